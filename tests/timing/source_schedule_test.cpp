// Timing models from elsewhere as schedules.
#include "sim/timing/source_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/timing/rings.hpp"

namespace acidsim {
namespace source_schedule_test {
namespace {

using ::testing::HasSubstr;

// Tells what is written down.
class Script final : public EventSource {
 public:
  explicit Script(std::vector<SourceEvent> events) : events_(std::move(events)) {}
  std::optional<SourceEvent> next() override {
    if (told_ == events_.size()) return std::nullopt;
    return events_[told_++];
  }

 private:
  std::vector<SourceEvent> events_;
  std::size_t told_ = 0;
};

MakeSource script(std::vector<SourceEvent> events) {
  return [events = std::move(events)](const TimingInput&) { return std::make_unique<Script>(events); };
}

TimingInput ring_input(Worker n) { return {1, n, std::vector<double>(n, 1.0), ring_of(n, 0.5)}; }

std::vector<Event> events_of(std::vector<SourceEvent> told, double from = 0) {
  const SourceSchedule schedule(script(std::move(told)), ring_input(4));
  return events_between(schedule, from, infinity);
}

std::string refusal(std::vector<SourceEvent> told) {
  try {
    events_of(std::move(told));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(SourceSchedule, GivesTheEventsOfItsSourceWithTheirClocks) {
  const std::vector<Edge> edges = ring_of(4, 0.5);
  const auto events = events_of({gradient_at(0.5, 2), communication_at(0.5, 1), gradient_at(3, 0)});
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0], (Event{0.5, 2, 2, 2, Verb::gradient}));
  EXPECT_EQ(events[1], (Event{0.5, edges[1].i, edges[1].j, 5, Verb::exchange}));
  EXPECT_EQ(events[2], (Event{3, 0, 0, 0, Verb::gradient}));
}

TEST(SourceSchedule, BeginsAnywhere) {
  const std::vector<SourceEvent> told = {gradient_at(1, 0), communication_at(2, 0), gradient_at(2, 3),
                                         communication_at(5, 2)};
  for (const double from : {0.0, 1.5, 2.0, 2.5, 6.0}) {
    std::vector<Event> tail = events_of(told);
    std::erase_if(tail, [&](const Event& event) { return event.time < from; });
    EXPECT_EQ(events_of(told, from), tail) << "from " << from;
  }
}

TEST(SourceSchedule, LeavesGradientsOutWhereNothingTrains) {
  TimingInput input = ring_input(4);
  input.gradient_rates.assign(4, 0.0);
  const SourceSchedule schedule(script({gradient_at(1, 0), communication_at(2, 0)}), input);
  const auto events = events_between(schedule, 0, 10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].verb, Verb::exchange);
}

TEST(SourceSchedule, HasTheRatesOfItsInput) {
  const SourceSchedule schedule(script({}), ring_input(4));
  EXPECT_EQ(schedule.gradient_rate(), 4);
  EXPECT_EQ(schedule.communication_rate(), 2);
}

TEST(SourceSchedule, RefusesEventsThatCannotBe) {
  EXPECT_THAT(refusal({gradient_at(2, 0), gradient_at(1, 0)}),
              HasSubstr("event 1 of this timing model does not come after"));
  EXPECT_THAT(refusal({gradient_at(-1, 0)}), HasSubstr("event 0"));
  EXPECT_THAT(refusal({gradient_at(infinity, 0)}), HasSubstr("does not come after"));
  EXPECT_THAT(refusal({gradient_at(std::numeric_limits<double>::quiet_NaN(), 0)}),
              HasSubstr("does not come after"));
  EXPECT_THAT(refusal({gradient_at(1, 4)}), HasSubstr("of a worker that there is not (4)"));
  EXPECT_THAT(refusal({communication_at(1, 4)}), HasSubstr("on an edge that there is not (4)"));
}

TEST(SourceSchedule, NeedsASource) {
  EXPECT_THROW(SourceSchedule([](const TimingInput&) { return nullptr; }, ring_input(4)), std::logic_error);
}

}  // namespace
}  // namespace source_schedule_test
}  // namespace acidsim
