#include "sim/timing/source_schedule.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "sim/core/error.hpp"

namespace acidsim {
namespace sources {
namespace {

constexpr std::size_t block = 1024;  // events

class Cursor final : public EventCursor {
 public:
  Cursor(std::unique_ptr<EventSource> source, const TimingInput& input, bool trains, double start)
      : source_(std::move(source)), input_(input), trains_(trains), start_(start) {}

  std::span<const Event> next() override {
    events_.clear();
    while (events_.size() < block && source_) {
      const std::optional<SourceEvent> told = source_->next();
      if (!told) {
        source_.reset();
        break;
      }
      check(*told);
      last_ = told->time;
      ++count_;
      if (told->time >= start_ && (told->communicates || trains_)) events_.push_back(event_of(*told));
    }
    return events_;
  }

 private:
  void check(const SourceEvent& told) const {
    const auto refuse = [&](const char* problem, double value, const std::string& hint) {
      throw InputError("model", fmt::format("event {} of this timing model {}", count_, problem),
                       fmt::format("{}", value), hint);
    };
    if (!(told.time >= last_ && told.time < infinity))
      refuse("does not come after the one before", told.time, fmt::format("a finite time ≥ {}", last_));
    const std::size_t known = told.communicates ? input_.edges.size() : input_.workers;
    if (told.index >= known)
      refuse(told.communicates ? "is on an edge that there is not" : "is of a worker that there is not",
             told.index, fmt::format("there are {}, counted from 0", known));
  }

  Event event_of(const SourceEvent& told) const {
    if (!told.communicates) return {told.time, told.index, told.index, told.index, Verb::gradient};
    const Edge& edge = input_.edges[told.index];
    return {told.time, edge.i, edge.j, input_.workers + told.index, Verb::exchange};
  }

  std::unique_ptr<EventSource> source_;  // null once it has told everything
  const TimingInput& input_;
  bool trains_;
  double start_, last_ = 0;
  std::uint64_t count_ = 0;
  std::vector<Event> events_;
};

}  // namespace
}  // namespace sources

SourceSchedule::SourceSchedule(MakeSource make, TimingInput input)
    : make_(std::move(make)), input_(std::move(input)) {
  if (make_(input_) == nullptr) throw std::logic_error("a timing model without a source of events");
  for (const double rate : input_.gradient_rates) gradient_rate_ += rate;
  for (const Edge& edge : input_.edges) communication_rate_ += edge.rate;
}

std::unique_ptr<EventCursor> SourceSchedule::from(double start) const {
  return std::make_unique<sources::Cursor>(make_(input_), input_, gradient_rate_ > 0, start);
}

}  // namespace acidsim
