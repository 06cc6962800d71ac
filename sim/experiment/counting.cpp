#include "sim/experiment/counting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

int bytes_per_number(const Experiment& experiment) {
  return experiment.record.bytes_per_number.value_or(
      experiment.precision == Precision::single_precision ? sizeof(float) : sizeof(double));
}

Meter::Buffers averaged_buffers(const OptimizerSettings& optimizer) {
  if (!optimizer.average_buffers) return {};
  return {static_cast<std::uint64_t>(memory_vectors(optimizer.rule)),
          static_cast<std::uint64_t>(memory_scalars(optimizer.rule))};
}

}  // namespace

Sending::Sending(const Experiment& experiment, const Dynamics& dynamics, Worker workers, Index dimension)
    : experiment_(experiment),
      dynamics_(dynamics),
      meter_(dynamics, dimension, bytes_per_number(experiment), workers, experiment.objective.has_gradients(),
             experiment.algorithm.compression.get(), averaged_buffers(experiment.optimizer)) {}

// Of rounds and of a server, as the first ones go.
Sending::Rates Sending::rates(const Schedule& schedule, double communication_rate) const {
  if (!dynamics_.mixes_in_rounds() && !dynamics_.has_server()) {
    const double messages = dynamics_.sends() ? 1 : 2;  // of a communication
    const double arriving = 1 - experiment_.timing.messages.lost;
    return {0, communication_rate / arriving * messages * static_cast<double>(meter_.message().bytes)};
  }
  constexpr std::uint64_t sample = 32, sample_of_server = 4096;  // rounds, and exchanges with a server
  const auto cursor = schedule.from(0);
  Tally tally;
  double time = 0;
  const auto goes_on = [&] {
    return tally.rounds < sample && (!dynamics_.has_server() || tally.communications < sample_of_server);
  };
  for (auto events = cursor->next(); !events.empty() && goes_on(); events = cursor->next())
    for (auto event = events.begin(); event != events.end() && goes_on(); ++event) {
      meter_.add(*event, schedule.groups(), tally);
      time = event->time;
    }
  if (time == 0) return {};
  return {static_cast<double>(tally.rounds) / time, static_cast<double>(tally.bytes_sent) / time};
}

void Sending::check_stops(const Schedule& schedule) const {
  const StopRules& stop = experiment_.stop.rules;
  if (stop.rounds && !dynamics_.mixes_in_rounds())
    throw InputError(
        "/stop/rounds", "would never be reached: " + experiment_.algorithm.name + " has no rounds",
        fmt::format("{}", *stop.rounds), "give stop.time, stop.gradients or stop.communications");
  if (stop.bytes && rates(schedule, schedule.communication_rate()).bytes == 0)
    throw InputError("/stop/bytes", "would never be reached: nobody sends anything here",
                     fmt::format("{}", *stop.bytes), "leave it out, or give stop.time or stop.gradients");
}

double Sending::expected_end(const Schedule& schedule, double communication_rate) const {
  const StopRules& stop = experiment_.stop.rules;
  if (!stop.rounds && !stop.bytes) return infinity;
  const Rates expected = rates(schedule, communication_rate);
  double time = infinity;
  if (stop.rounds && expected.rounds > 0) time = static_cast<double>(*stop.rounds) / expected.rounds;
  if (stop.bytes && expected.bytes > 0)
    time = std::min(time, static_cast<double>(*stop.bytes) / expected.bytes);
  return time;
}

double share_done(const StopRules& stop, double time, const Tally& counts) {
  double share = std::isfinite(stop.time) && stop.time > 0 ? time / stop.time : 0.0;
  const auto reached = [&](std::uint64_t done, const std::optional<std::uint64_t>& allowed) {
    if (allowed) share = std::max(share, static_cast<double>(done) / static_cast<double>(*allowed));
  };
  reached(counts.gradients, stop.gradients);
  reached(counts.communications, stop.communications);
  reached(counts.rounds, stop.rounds);
  reached(counts.bytes_sent, stop.bytes);
  return share;
}

Counters counters_of(const Counts& counts) {
  return {.rounds = static_cast<double>(counts.rounds),
          .vectors_sent = static_cast<double>(counts.vectors_sent),
          .bytes_sent = static_cast<double>(counts.bytes_sent),
          .staleness_mean = counts.staleness.mean(counts.gradients),
          .staleness_max = static_cast<double>(counts.staleness.maximum())};
}

}  // namespace acidsim
