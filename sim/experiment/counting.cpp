#include "sim/experiment/counting.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

// Per unit time.
struct Rates {
  double rounds = 0, bytes = 0;
};

// As the first rounds go.
Rates rates_of_rounds(const Meter& meter, const Schedule& schedule) {
  constexpr std::uint64_t sample = 32;  // rounds
  const auto cursor = schedule.from(0);
  Tally tally;
  double time = 0;
  for (auto events = cursor->next(); !events.empty() && tally.rounds < sample; events = cursor->next()) {
    for (const Event& event : events) meter.add(event, schedule.groups(), tally);
    time = events.back().time;
  }
  if (time == 0) return {};
  return {static_cast<double>(tally.rounds) / time, static_cast<double>(tally.bytes_sent) / time};
}

Rates sent_rates(const Plan& plan, const Schedule& schedule, Index dimension) {
  const Meter meter = make_meter(plan, dimension);
  if (plan.dynamics.mixes_in_rounds()) return rates_of_rounds(meter, schedule);
  const double messages = plan.dynamics.sends() ? 1 : 2;  // of a communication
  return {0, communication_rate(plan, schedule) * messages * static_cast<double>(meter.message().bytes)};
}

}  // namespace

int bytes_per_number(const Experiment& experiment) {
  return experiment.record.bytes_per_number.value_or(
      experiment.precision == Precision::single_precision ? sizeof(float) : sizeof(double));
}

Meter make_meter(const Plan& plan, Index dimension) {
  return {plan.dynamics,
          dimension,
          bytes_per_number(plan.experiment),
          plan.workers(),
          plan.experiment.objective.has_gradients(),
          plan.experiment.algorithm.compression.get()};
}

void check_sent_stops(const Plan& plan, const Schedule& schedule) {
  const StopRules& stop = plan.experiment.stop.rules;
  if (stop.rounds && !plan.dynamics.mixes_in_rounds())
    throw InputError("/stop/rounds", "would never be reached: " + plan.algorithm().name + " has no rounds",
                     fmt::format("{}", *stop.rounds),
                     "give stop.time, stop.gradients or stop.communications");
  if (stop.bytes && sent_rates(plan, schedule, 1).bytes == 0)
    throw InputError("/stop/bytes", "would never be reached: nobody sends anything here",
                     fmt::format("{}", *stop.bytes), "leave it out, or give stop.time or stop.gradients");
}

double expected_end_by_sending(const Plan& plan, const Schedule& schedule, Index dimension) {
  const StopRules& stop = plan.experiment.stop.rules;
  if (!stop.rounds && !stop.bytes) return infinity;
  const Rates rates = sent_rates(plan, schedule, dimension);
  double time = infinity;
  if (stop.rounds && rates.rounds > 0) time = static_cast<double>(*stop.rounds) / rates.rounds;
  if (stop.bytes && rates.bytes > 0) time = std::min(time, static_cast<double>(*stop.bytes) / rates.bytes);
  return time;
}

double communication_rate(const Plan& plan, const Schedule& schedule) {
  const bool of_file = plan.experiment.timing.model == TimingModel::trace;
  return of_file && !plan.dynamics.mixes_in_rounds() ? plan.network->rate_total
                                                     : schedule.communication_rate();
}

}  // namespace acidsim
