// An experiment as the equations of sim/theory: which quadratics, which coordinates are alike, and where they start.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/theory/exact_moments.hpp"

namespace acidsim {

// Coordinates whose equations are the same, or that depend on each other: their moments, all together.
struct TheorySystem {
  MomentEquations equations;
  std::shared_ptr<const Pairs> pairs;
  StartMoments start;
  Matrix<double> curvature;  // Ā
  Index centred = ExactMoments::nothing_centred;

  double size() const {
    const auto v = static_cast<double>(equations.vectors);
    return v * v * static_cast<double>(pairs->size());
  }
  ExactMoments moments() const { return {equations, pairs, start, curvature, centred}; }
};

struct TheoryProblem {
  std::vector<TheorySystem> systems;
  bool has_minimiser = false;
};

// Throws InputError where there is no exact theory. `step_scale` multiplies the learning rate.
TheoryProblem theory_problem(const Plan& plan, Resources& resources, double step_scale = 1);

// Throws InputError that names why method, clocks or optimizer have no exact theory.
void check_theory(const Plan& plan);

// The quadratics of an experiment, and what is known of their draws.
struct KnownQuadratics {
  std::vector<Matrix<double>> hessians = {};  // of each worker, d × d
  bool diagonal = false;                      // then d × 1
  Matrix<double> pulls = {};                  // d × n: A_i b_i
  double drawn =
      0;  // standard deviation of centres that each repeat draws anew: `pulls` are then those of one repeat
  double noise = 0;
  Vector<double> minimiser = {};  // no entries: none
};
// None for pure gossip.
std::optional<KnownQuadratics> known_quadratics(const Plan& plan, Resources& resources);

}  // namespace acidsim
