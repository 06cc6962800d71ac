// A method as a configuration can choose it: one row, beside the method.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"
#include "sim/algorithms/limit.hpp"
#include "sim/core/by_precision.hpp"
#include "sim/core/parameters.hpp"

namespace acidsim {

template <class Scalar>
using KernelFactory =
    std::function<std::unique_ptr<Kernel<Scalar>>(const Values&, Worker workers, Index dimension)>;

// What the theory's constants of a method may follow from. Null: not known.
struct MethodFacts {
  const GraphConstants* graph = nullptr;  // χ1 and χ2 are infinite if nothing ever communicates
  const ObjectiveConstants* objective = nullptr;
  const MixingConstants* mixing = nullptr;
  Worker workers = 1;
  bool compressed = false;  // messages are
};

struct AlgorithmRow {
  std::string name;
  std::string summary;                      // one line
  std::string source = {};                  // citation, or empty
  std::vector<std::string> equations = {};  // as `explain` prints them
  std::vector<Parameter> parameters = {};   // those that are `automatic` are the method's constants

  // Whether the theory's values of the automatic parameters need χ1 and χ2; absent: never.
  std::function<bool(const Values&)> needs_spectrum = {};
  // Whether they need L and μ of the objective, both positive; absent: never.
  std::function<bool(const Values&)> needs_objective = {};
  // Whether they need the eigenvalues of the mixing matrix; absent: never.
  std::function<bool(const Values&)> needs_mixing = {};
  // Replaces every "auto" by its value. The graph is known where needs_spectrum() is true, the objective where
  // needs_objective() is, the mixing matrix where needs_mixing() is. Throws InputError, whose
  // place is a field of `timing`, where the theory does not hold. It may set further values, for `dynamics` alone.
  std::function<void(Values&, const MethodFacts&)> resolve = {};

  // The method's declaration, from resolved values.
  std::function<Dynamics(const Values&)> dynamics;
  // Whether the method's kernel carries out `dynamics` with these values, or else something close to it;
  // absent: always.
  std::function<bool(const Values&)> follows_dynamics = {};
  // Makes the method's own kernel from resolved values; absent or returning null: the generic kernel runs it.
  ByPrecision<KernelFactory> fused = {};

  // Whether the stored vectors contain the learning rate as a factor, so that it must not change during a run; absent:
  // they don't.
  std::function<bool(const Values&)> needs_constant_learning_rate = {};
  // The method's constants are its step sizes: the optimizer has to be plain SGD with γ = 1.
  bool own_steps = false;
  // What a mixing matrix has to be besides doubly stochastic: symmetric, and with all eigenvalues above this.
  bool needs_symmetric_mixing = true;
  double least_eigenvalue = -1;
  // Why its theory needs the same matrix in every round, of methods that run on graphs that change too; empty: it does not.
  std::string one_matrix_because = {};
  // It relays sums along the edges of a tree, from one point where all workers start; W is not a mixing matrix then.
  bool needs_tree = false;
  // By what the clocks of communications are slowed down; absent: they are not.
  std::function<double(const Values&)> slowdown = {};
  bool compresses = false;       // its messages may be compressed
  std::string sends = {};        // what a worker sends in a communication
  std::string fixed_point = {};  // where the workers end without noise, on unequal data
  // The same on quadratics as equations, from resolved values; absent or none: exact, or not known.
  std::function<std::optional<LimitRule>(const Values&)> limit = {};
  // How large γ may be, from resolved values; absent or none: not known.
  std::function<std::optional<StepLimit>(const Values&, const StepFacts&)> step_limit = {};
};

// Of needs that do not depend on the values.
inline bool always(const Values&) { return true; }

// What it sends and where it ends, as `explain` and `list` print them: a line each.
std::vector<std::string> facts_of(const AlgorithmRow& row);

// The parameter `mixing` of methods that mix in rounds: the rule that gives W.
Parameter mixing_parameter();

// The kernel that the row runs on: its own, or the generic kernel of its dynamics.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_kernel(const AlgorithmRow& row, const Values& resolved, Worker workers,
                                            Index dimension);

}  // namespace acidsim
