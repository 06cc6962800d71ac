// The gradient rates of a plan's workers, from whichever form the experiment gives them in.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/core/error.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/timing/worker_rates.hpp"

namespace acidsim {

std::vector<double> Plan::gradient_rates(std::uint64_t seed) const {
  if (!experiment.objective.has_gradients() || dynamics.dual) return std::vector<double>(workers(), 0.0);
  return worker_rates(seed);
}

std::vector<double> Plan::worker_rates(std::uint64_t seed) const {
  const auto& given = experiment.timing.gradient_rate;
  if (const auto* rate = std::get_if<double>(&given)) return std::vector<double>(workers(), *rate);
  if (const auto* rates = std::get_if<std::vector<double>>(&given)) {
    if (rates->size() != workers())
      throw InputError(
          "/timing/gradient_rate", fmt::format("has {} rates for {} workers", rates->size(), workers()),
          fmt::format("[{}]", fmt::join(*rates, ",")), "give one rate per worker, or one number");
    return *rates;
  }
  return with_error_path("/timing/gradient_rate", [&] {
    if (const auto* read = std::get_if<ReadRates>(&given))
      return (*read)(workers(), network->graph.worker_names);
    if (std::holds_alternative<RatesOfGraph>(given)) {
      if (network->graph.worker_rates.empty())
        throw InputError("", "the graph gives its workers no rates", network->graph.name);
      return network->graph.worker_rates;
    }
    return draw_rates(std::get<RateDistribution>(given), workers(), seed);
  });
}

}  // namespace acidsim
