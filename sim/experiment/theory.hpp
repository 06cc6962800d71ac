// What is expected of an experiment exactly, where its method is linear and its objective a quadratic.
#pragma once

#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"

namespace acidsim {

// Expectations are over event times, the noise of gradients, and what is drawn anew in each repeat (starts, centres): the
// mean of infinitely many repeats.
struct Theory {
  std::vector<std::string> metrics;  // consensus_distance, and where there is a minimiser the distances to it
  std::vector<double> times;         // of the records
  Matrix<double> expected = {};      // times × metrics
  // What each metric tends to, and the rate λ of e^{−λt} at which it does, per unit time; negative where it grows.
  Vector<double> limit = {}, rate = {};
};

// Throws InputError, placed in the experiment, that says why there is no exact theory for it, or that it would take too
// long.
Theory exact_theory(const Plan& plan, Resources& resources);
// Limits and rates alone: no times.
Theory exact_ends(const Plan& plan, Resources& resources);

// How many numbers the equations have, all together: what theory costs. Throws as above.
double theory_size(const Plan& plan, Resources& resources);

// The learning rate from which on the models no longer settle, in the mean of the squares, between 1/1000 and 1000
// times that of the experiment, to three digits; infinite or 0 beyond. Throws as above.
double largest_stable_step(const Plan& plan, Resources& resources);

}  // namespace acidsim
