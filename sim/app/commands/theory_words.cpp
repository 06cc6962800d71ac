#include "sim/app/commands/theory_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/core/error.hpp"
#include "sim/experiment/theory.hpp"

namespace acidsim {
namespace {

constexpr double most_explained = 2e4;   // numbers in the equations: about a second
constexpr double most_searched = 1.5e3;  // where limits of steps are searched for, in some fifteen trials

// The same experiment with another method, with the theory's constants.
std::optional<Theory> ends_with(const char* method, const Plan& plan, Resources& resources) {
  Experiment experiment = plan.experiment;
  experiment.algorithm = {.name = method, .parameters = {}};
  try {
    return exact_ends(make_plan(experiment, resources), resources);
  } catch (const InputError&) {
    return std::nullopt;  // without χ1 and χ2 for example
  }
}

void print_gain(const Plan& plan, Resources& resources) {
  const auto gossip = ends_with("async_gossip", plan, resources), acid = ends_with("a2cid2", plan, resources);
  if (!gossip || !acid || !std::isfinite(gossip->rate[0]) || gossip->rate[0] <= 0) return;
  const double gain = acid->rate[0] / gossip->rate[0];
  fmt::print(
      "             A²CiD² against plain gossip, in this experiment: consensus settles at {:.3g} × the "
      "rate{}",
      gain,
      gain < 0.9995   ? ", which is slower"
      : gain < 1.0005 ? ", which is no gain"
                      : "");
  if (gossip->limit[0] > 0 && std::isfinite(acid->limit[0])) {
    const double ratio = acid->limit[0] / gossip->limit[0];
    fmt::print(", at {:.3g} × the distance{}", ratio, ratio > 1.0005 ? ", which is further apart" : "");
  }
  fmt::print("\n");
}

}  // namespace

void print_theory(const Plan& plan, Resources& resources, bool step_known) {
  try {
    const double size = theory_size(plan, resources);
    if (size > most_explained) {
      fmt::print("theory       exact, by `acidsim theory`: {:.3g} numbers\n", size);
      return;
    }
    const Theory ends = exact_ends(plan, resources);
    const char* start = "theory       ";
    for (std::size_t m = 0; m < std::min<std::size_t>(ends.metrics.size(), 3); ++m) {
      if (m == 1) continue;
      const double rate = ends.rate[static_cast<Index>(m)];
      if (rate < 0)
        fmt::print("{}{} grows without bounds, at rate {:.6g}\n", start, ends.metrics[m], -rate);
      else
        fmt::print("{}{} tends to {:.6g} like e^(−{:.6g} t)\n", start, ends.metrics[m],
                   ends.limit[static_cast<Index>(m)], rate);
      start = "             ";
    }
    if (size > most_searched) return;
    if (!step_known && plan.experiment.objective.has_gradients())
      if (const double step = largest_stable_step(plan, resources); step > 0 && std::isfinite(step))
        fmt::print("             stable in the mean square for γ < {:.3g}\n", step);
    print_gain(plan, resources);
  } catch (const InputError&) {  // there is none: `acidsim theory` says why
  }
}

}  // namespace acidsim
