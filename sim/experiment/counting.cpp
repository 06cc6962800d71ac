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

Rates sent_rates(const Meter& meter, const Schedule& schedule, double communication_rate) {
  if (meter.in_rounds()) return rates_of_rounds(meter, schedule);
  return {0, communication_rate * static_cast<double>(meter.communication_bytes())};
}

}  // namespace

Meter make_meter(const Experiment& experiment, const Dynamics& dynamics, Worker workers, Index dimension) {
  const int own_bytes = experiment.precision == Precision::single_precision ? sizeof(float) : sizeof(double);
  return {dynamics, dimension, experiment.record.bytes_per_number.value_or(own_bytes), workers,
          experiment.objective.has_gradients()};
}

void check_sent_stops(const Experiment& experiment, const Meter& meter, const Schedule& schedule) {
  const StopRules& stop = experiment.stop.rules;
  if (stop.rounds && !meter.in_rounds())
    throw InputError(
        "/stop/rounds", "would never be reached: " + experiment.algorithm.name + " has no rounds",
        fmt::format("{}", *stop.rounds), "give stop.time, stop.gradients or stop.communications");
  if (stop.bytes && sent_rates(meter, schedule, schedule.communication_rate()).bytes == 0)
    throw InputError("/stop/bytes", "would never be reached: nobody sends anything here",
                     fmt::format("{}", *stop.bytes), "leave it out, or give stop.time or stop.gradients");
}

double expected_end_by_sending(const StopRules& stop, const Meter& meter, const Schedule& schedule,
                               double communication_rate) {
  if (!stop.rounds && !stop.bytes) return infinity;
  const Rates rates = sent_rates(meter, schedule, communication_rate);
  double time = infinity;
  if (stop.rounds && rates.rounds > 0) time = static_cast<double>(*stop.rounds) / rates.rounds;
  if (stop.bytes && rates.bytes > 0) time = std::min(time, static_cast<double>(*stop.bytes) / rates.bytes);
  return time;
}

Counters counters_of(const Counts& counts) {
  return {.rounds = static_cast<double>(counts.rounds),
          .vectors_sent = static_cast<double>(counts.vectors_sent),
          .bytes_sent = static_cast<double>(counts.bytes_sent),
          .staleness_mean = counts.staleness.mean(counts.gradients),
          .staleness_max = static_cast<double>(counts.staleness.maximum())};
}

}  // namespace acidsim
