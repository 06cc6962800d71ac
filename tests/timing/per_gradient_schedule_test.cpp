// Averagings that are drawn per gradient.
#include "sim/timing/per_gradient_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace per_gradient_schedule_test {
namespace {

using Count = PerGradientSchedule::Count;

// A star of unequal rates: the centre takes part in 1.75 exchanges per unit time.
const std::vector<Edge> star = {{0, 1, 1.0}, {0, 2, 0.5}, {0, 3, 0.25}};

PerGradientSchedule schedule(Count count, DurationLaw law = ExponentialDuration{}, bool trains = true) {
  return {7, GradientDurations(7, {1, 2, 1, 0.5}, std::move(law)), star, count, trains};
}

// Each edge has its rate, whatever the gradients' rates, half of it begun by either end; given the gradients' durations the
// number of exchanges of mean m for each is Poisson, and the m·N of all gradients in a time T vary by m² T·rate themselves.
TEST(PerGradient, EdgesHaveTheirRates) {
  const double end = 20000;
  std::vector<double> exchanges(3, 0), gradients(4, 0);
  for (const Event& event : events_between(schedule(Count::poisson), 0, end)) {
    if (event.verb == Verb::exchange) ++exchanges[event.clock - 4];
    if (event.verb == Verb::gradient) ++gradients[event.i];
  }
  const double rates[] = {1, 2, 1, 0.5};
  for (Worker i = 0; i < 4; ++i) EXPECT_NEAR(gradients[i] / end, rates[i], 5 * std::sqrt(rates[i] / end));
  for (std::size_t e = 0; e < 3; ++e) {
    const double half = star[e].rate / 2, other = rates[star[e].j];
    const double variance = (2 * half + half * half + half * half / other) * end;
    EXPECT_NEAR(exchanges[e], star[e].rate * end, 5 * std::sqrt(variance));
  }
  EXPECT_DOUBLE_EQ(schedule(Count::poisson).communication_rate(), 1.75);
}

// Leaves 2 and 3 begin 0.25 for each of their gradients; a worker alone with one neighbour shows the law of its counts.
TEST(PerGradient, CountsFollowTheirLaw) {
  const std::vector<Edge> pair = {{0, 1, 1.0}};
  for (const Count count : {Count::poisson, Count::deterministic}) {
    // Worker 1 is so slow that it begins a share of 0.05: 5 exchanges for each of its 0.1 gradients per unit time.
    const PerGradientSchedule both(7, GradientDurations(7, {1, 0.1}, ConstantDuration{}), pair, count, true);
    std::vector<int> of_worker_0(3000, 0);
    for (const Event& event : events_between(both, 0, 3000))
      if (event.verb == Verb::exchange && event.time < 3000)
        ++of_worker_0[static_cast<std::size_t>(event.time)];
    double mean = 0, squares = 0;
    for (const int k : of_worker_0) {
      mean += k / 3000.0;
      squares += k * k / 3000.0;
    }
    EXPECT_NEAR(mean, 1, 5 * std::sqrt(1.0 / 3000));
    // Poisson: ½ + ½ in each unit of time. Deterministic: (0, 1) in turn of worker 0, variance ¼; of worker 1 five places
    // among ten, multinomial: 5·0.1·0.9 = 0.45.
    const double variance = count == Count::poisson ? 1.0 : 0.25 + 0.45;
    EXPECT_NEAR(squares - mean * mean, variance, 5 * variance * std::sqrt(3.0 / 3000));
  }
}

TEST(PerGradient, RunsFromAnyTimeOn) {
  for (const Count count : {Count::poisson, Count::deterministic}) {
    const std::vector<Event> whole = events_between(schedule(count, GammaDuration{4}), 0, 80);
    ASSERT_TRUE(std::is_sorted(whole.begin(), whole.end(), before));
    for (std::size_t k = 0; k < whole.size(); k += 37) {
      const auto first = std::lower_bound(whole.begin(), whole.end(), whole[k].time,
                                          [](const Event& event, double time) { return event.time < time; });
      EXPECT_EQ(std::vector<Event>(first, whole.end()),
                events_between(schedule(count, GammaDuration{4}), whole[k].time, 80));
    }
  }
}

TEST(PerGradient, PureGossipHasNoGradients) {
  const std::vector<Event> events =
      events_between(schedule(Count::poisson, ExponentialDuration{}, false), 0, 100);
  EXPECT_GT(events.size(), 100u);
  for (const Event& event : events) EXPECT_EQ(event.verb, Verb::exchange);
}

TEST(PerGradient, RefusesRatesThatAreNone) {
  const auto make = [](std::vector<Edge> edges, bool trains) {
    return PerGradientSchedule(7, GradientDurations(7, {1, 1}), std::move(edges), Count::poisson, trains);
  };
  EXPECT_THROW(make({{0, 1, -1}}, true), InputError);
  EXPECT_THROW(make({{0, 2, 1}}, true), InputError);
  EXPECT_THROW(make({{0, 1, 1e7}}, true), InputError);
  EXPECT_THROW(make({}, false), InputError);
}

}  // namespace
}  // namespace per_gradient_schedule_test
}  // namespace acidsim
