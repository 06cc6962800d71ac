#include "sim/experiment/theory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/experiment/theory_problem.hpp"

namespace acidsim {
namespace {

Vector<double> metrics_of(const Expected& expected, double mean_distance, bool has_minimiser) {
  if (!has_minimiser) return Vector<double>::Constant(1, expected.consensus);
  return Eigen::Vector4d(expected.consensus, expected.distance, mean_distance, expected.suboptimality);
}

// Multiples of `every`, and the end, as runs are recorded.
std::vector<double> record_times(const Plan& plan) {
  const double end = plan.expected.time, every = plan.record_every();
  if (!std::isfinite(end))
    throw InputError("/stop", "theory needs to know how long the experiment runs", "", "a stop.time");
  std::vector<double> times;
  for (std::uint64_t k = 0; static_cast<double>(k) * every < end; ++k)
    times.push_back(static_cast<double>(k) * every);
  times.push_back(end);
  return times;
}

// A number is touched some 30 times per unit of time.
void check_time(const TheoryProblem& problem, double time) {
  double work = 0;
  for (const TheorySystem& system : problem.systems) work += system.size() * time;
  constexpr double most = 1e9;  // a minute or two
  if (work > most)
    throw InputError("/stop/time", "exact theory would take long",
                     fmt::format("{} sets of equations for up to {:.3g} numbers each, to time {:.6g}",
                                 problem.systems.size(), problem.systems[0].size(), time),
                     "a shorter time, fewer distinct curvatures, or fewer workers");
}

Theory theory_of(const Plan& plan, Resources& resources, const std::vector<double>& times) {
  const TheoryProblem problem = theory_problem(plan, resources);
  if (!times.empty()) check_time(problem, times.back());
  Theory theory{.metrics = {"consensus_distance"}, .times = times};
  if (problem.has_minimiser)
    theory.metrics = {"consensus_distance", "distance_to_optimum", "mean_distance_to_optimum",
                      "suboptimality"};
  const auto count = static_cast<Index>(theory.metrics.size());
  theory.expected = Matrix<double>::Zero(static_cast<Index>(times.size()), count);
  theory.limit = Vector<double>::Zero(count);
  theory.rate = Vector<double>::Constant(count, infinity);
  for (const TheorySystem& system : problem.systems) {
    ExactMoments moments = system.moments();
    const std::vector<Expected> course = moments.at(times);
    for (std::size_t t = 0; t < times.size(); ++t)
      theory.expected.row(static_cast<Index>(t)) +=
          metrics_of(course[t], course[t].mean_distance(), problem.has_minimiser).transpose();
    const Expected limit = moments.limit();
    theory.limit += metrics_of(limit, limit.mean_distance(), problem.has_minimiser);
    theory.rate = theory.rate.cwiseMin(
        metrics_of(moments.rates(), moments.mean_distance_rate(), problem.has_minimiser));
  }
  return theory;
}

template <class Action>
auto within_place(const Plan& plan, const Action& action) {
  try {
    return action();
  } catch (const InputError& error) {
    throw error.within(plan.place());
  } catch (const Unsettled& error) {
    throw InputError("/algorithm", error.what(), plan.algorithm().name, "other constants, or fewer workers")
        .within(plan.place());
  }
}

}  // namespace

Theory exact_theory(const Plan& plan, Resources& resources) {
  return within_place(plan, [&] { return theory_of(plan, resources, record_times(plan)); });
}

Theory exact_ends(const Plan& plan, Resources& resources) {
  return within_place(plan, [&] { return theory_of(plan, resources, {}); });
}

double theory_size(const Plan& plan, Resources& resources) {
  return within_place(plan, [&] {
    double size = 0;
    for (const TheorySystem& system : theory_problem(plan, resources).systems) size += system.size();
    return size;
  });
}

double largest_stable_step(const Plan& plan, Resources& resources) {
  const auto stable = [&](double scale) {
    for (const TheorySystem& system : theory_problem(plan, resources, scale).systems)
      if (system.moments().mean_distance_rate() <= 0) return false;
    return true;
  };
  const double given =
      plan.optimizer().index() == 0 ? std::get<SgdParameters>(plan.optimizer()).learning_rate.base : 0;
  double low = 1e-3, high = 1e3;  // times the given one
  return within_place(plan, [&] {
    if (!stable(low)) return 0.0;
    if (stable(high)) return infinity;
    while (high > 1.001 * low) {
      const double middle = std::sqrt(low * high);
      (stable(middle) ? low : high) = middle;
    }
    return low * given;
  });
}

}  // namespace acidsim
