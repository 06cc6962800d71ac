// Timing models from elsewhere: whoever says what happens next gives a schedule.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// What a timing model is asked to schedule. Every draw follows from the seed (sim/core/random.hpp addresses draws), so that
// two sources of equal input tell the same.
struct TimingInput {
  std::uint64_t seed = 0;  // of the repeat
  Worker workers = 0;
  // Gradients of each worker per unit time; all 0 where there is nothing to train.
  std::vector<double> gradient_rates = {};
  // i < j < workers, with the communications per unit time that χ1, χ2 and the method count on; none where the method
  // does not communicate.
  std::vector<Edge> edges = {};
};

// The gradient of a worker, or the communication over an edge.
struct SourceEvent {
  double time = 0;  // in mean gradient durations
  bool communicates = false;
  std::uint32_t index = 0;  // the worker, or a position in TimingInput::edges
};
inline SourceEvent gradient_at(double time, Worker worker) { return {time, false, worker}; }
inline SourceEvent communication_at(double time, std::uint32_t edge) { return {time, true, edge}; }

// Tells one event after another, in order of time.
class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual std::optional<SourceEvent> next() = 0;  // nothing: no more will happen
};
using MakeSource = std::function<std::unique_ptr<EventSource>(const TimingInput&)>;

// The events of a source as a schedule, each checked as it comes: times are finite, ≥ 0 and never go down, and workers and
// edges are known. A cursor walks through what comes before its start.
class SourceSchedule final : public Schedule {
 public:
  // Where nothing trains, gradients of the source are left out. Makes a source once, so that what it refuses is refused
  // here; throws std::logic_error where there is none.
  SourceSchedule(MakeSource make, TimingInput input);

  // The cursor reads this schedule, which must outlive it. It throws InputError at an event that cannot be.
  std::unique_ptr<EventCursor> from(double start) const override;
  // As the rates of the input say.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

 private:
  MakeSource make_;
  TimingInput input_;
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
