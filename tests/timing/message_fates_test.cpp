// Messages that get lost or come twice: how many, that nothing else changes, and what they do to links.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/transfer_schedule.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 8;

std::unique_ptr<Schedule> ring() {
  std::vector<Edge> edges;
  for (Worker i = 0; i < workers; ++i)
    edges.push_back({std::min(i, (i + 1) % workers), std::max(i, (i + 1) % workers), 0.5});
  return std::make_unique<PoissonSchedule>(3, std::vector<double>(workers, 1.0), edges);
}
std::unique_ptr<Schedule> messages(const MessageFaults& faults) {
  return std::make_unique<DirectedSchedule>(3, ring(), workers, std::vector<std::uint8_t>{}, faults);
}

TEST(MessageFates, ChangeNothingButWhatArrives) {
  const std::vector<Event> whole = events_between(*messages({}), 0, 500);
  const std::vector<Event> faulty = events_between(*messages({.lost = 0.3, .repeated = 0.4}), 0, 500);
  std::vector<Event> expected;  // what follows from the fates of the sends
  auto sent = faulty.begin();
  for (const Event& event : whole) {
    if (event.verb == Verb::receive) continue;
    sent = std::find_if(sent, faulty.end(), [&](const Event& other) { return other.verb == event.verb; });
    ASSERT_NE(sent, faulty.end());
    Event same = event;
    same.number = sent->number;
    expected.push_back(same);
    if (event.verb == Verb::send) {
      Event landing{event.time, event.j, event.i, event.clock, Verb::receive, 1};
      if (sent->fate() != Fate::lost) expected.push_back(landing);
      landing.completes = 0;
      if (sent->fate() == Fate::repeated) expected.push_back(landing);
    }
    ++sent;
  }
  EXPECT_EQ(faulty, expected);
}

TEST(MessageFates, ComeWithTheirProbabilities) {
  const MessageFaults faults{.lost = 0.3, .repeated = 0.4};
  double lost = 0, repeated = 0, sent = 0;
  for (const Event& event : events_between(*messages(faults), 0, 5000)) {
    sent += event.verb == Verb::send;
    lost += event.verb == Verb::send && event.fate() == Fate::lost;
    repeated += event.verb == Verb::send && event.fate() == Fate::repeated;
  }
  EXPECT_GT(sent, 10000);
  EXPECT_NEAR(lost / sent, 0.3, 4 * std::sqrt(0.3 * 0.7 / sent));
  EXPECT_NEAR(repeated / sent, 0.7 * 0.4, 4 * std::sqrt(0.28 * 0.72 / sent));
  EXPECT_DOUBLE_EQ(messages(faults)->communication_rate(), 0.7 * messages({})->communication_rate());
}

TEST(MessageFates, ArePartOfTheSchedule) {
  const auto schedule = messages({.lost = 0.3, .repeated = 0.4});
  std::vector<Event> tail = events_between(*schedule, 0, 100);
  std::erase_if(tail, [](const Event& event) { return event.time < 41; });
  EXPECT_EQ(events_between(*schedule, 41, 100), tail);
}

// A lost message occupies its edge as one that arrives, and a repeated one twice as long.
TEST(MessageFates, TakeTheirTimeOnLinks) {
  const MessageFaults faults{.lost = 0.3, .repeated = 0.4};
  const double latency = 0.4;
  const TransferSettings settings{.links = {{latency, infinity}}, .shared_card = false};
  const TransferSchedule schedule(messages(faults), Transfers(1, settings, workers), 8, workers, workers);
  std::vector<double> free(workers, 0);
  std::vector<Event> expected;
  std::size_t waited = 0;
  for (const Event& event : events_between(*messages(faults), 0, 300)) {
    if (event.verb == Verb::receive) continue;
    if (event.verb == Verb::gradient) {
      expected.push_back(event);
      continue;
    }
    double& edge_free = free[event.clock - workers];
    Event send = event, landing{0, event.j, event.i, event.clock, Verb::receive, 1};
    send.time = std::max(event.time, edge_free);
    waited += send.time > event.time;
    landing.time = edge_free = send.time + latency;
    if (send.time <= 300) expected.push_back(send);
    if (send.fate() != Fate::lost && landing.time <= 300) expected.push_back(landing);
    if (send.fate() != Fate::repeated) continue;
    landing.time = edge_free = landing.time + latency;
    landing.completes = 0;
    if (landing.time <= 300) expected.push_back(landing);
  }
  std::stable_sort(expected.begin(), expected.end(),
                   [](const Event& a, const Event& b) { return a.time < b.time; });
  EXPECT_EQ(events_between(schedule, 0, 300), expected);
  EXPECT_GT(waited, 20u);
}

}  // namespace
}  // namespace acidsim
