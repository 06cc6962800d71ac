// Workers that compute, and meet in pairs when both are available.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "sim/timing/clock_checks.hpp"
#include "sim/timing/network/availability.hpp"
#include "sim/timing/network/durations.hpp"
#include "sim/timing/network/transfers.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// When a worker's gradient is evaluated: at the state where it lands, or at the state where its computation began.
enum class GradientRead { at_step, at_start };

struct AvailabilitySettings {
  std::uint64_t seed = 1;
  std::vector<WorkerPair> edges;  // i < j < workers, each once
  std::vector<std::uint32_t> positions =
      {};  // of the edges: edge e has clock workers + positions[e]; empty: + e
  PairingRule pairing = PairingRule::fifo;
  double rate = 1;  // averagings that are due beside each gradient, on average
  AveragingCount averagings = AveragingCount::poisson;
  Communication communication = Communication::blocking;
  GradientRead read = GradientRead::at_step;
  double bytes = 0;  // of a message
  // fifo: when edges can be used, see MeetingRules; empty: always.
  std::function<double(std::uint32_t edge, double time)> next_opening = {};
  double last_change = infinity;  // see MeetingRules
  bool trains = true;  // else gradients take their time and leave no event: nothing but communications happen
};

// The course of `Availability` as events: gradients where they land (or reads and steps), exchanges where they take no
// time, and otherwise two sends when a pair meets and two receives when its messages have arrived. All of it is a
// function of the settings, which draw from addresses of their own; what comes before a time is walked through.
class AvailabilitySchedule final : public Schedule {
 public:
  // Throws InputError where an edge is not a pair of workers, where the rate cannot be drawn, or where nothing would
  // ever happen.
  AvailabilitySchedule(AvailabilitySettings settings, GradientDurations durations, Transfers transfers);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  std::unique_ptr<OccupationCursor> occupations() const override;
  bool has_reads() const override { return settings_.trains && settings_.read == GradientRead::at_start; }
  bool has_flights() const override { return !transfers_.instantaneous(); }
  // Means over the first events; of very many workers, and of few communications, what they would be if nobody waited.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

 private:
  class Course;

  void estimate_rates();

  AvailabilitySettings settings_;
  GradientDurations durations_;
  Transfers transfers_;
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
