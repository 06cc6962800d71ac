// Verbs through whole runs: methods against trajectories that were computed independently (tests/data/rivals), serial
// and shared among threads; messages out of order; means of all; gradients that land later.
#include <gtest/gtest.h>

#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "tests/engine/rivals.hpp"

namespace acidsim {
namespace verbs_test {

constexpr Worker workers = rival_workers;

// The 64 events of the file on the ring; edge i joins i and i + 1.
std::vector<Event> ring_events(const json& file, bool directed) {
  std::vector<Event> events;
  for (const json& line : file["events"]) {
    const double time = line[0];
    const Worker i = line[2];
    if (line[1] == "g") {
      events.push_back({time, i, i, i, Verb::gradient});
      continue;
    }
    const Worker j = line[3];
    const std::uint32_t clock = workers + i;
    if (directed) {
      events.push_back({time, i, j, clock, Verb::send});
      events.push_back({time, j, i, clock, Verb::receive, 1});
    } else {
      events.push_back({time, i, j, clock, Verb::exchange});
    }
  }
  return events;
}

template <class Run>
std::vector<double> expect_rival(const std::string& name, const Dynamics& dynamics, const Run& run) {
  const json file = rivals("events.json");
  Problem problem(dynamics);
  const ListSchedule schedule(ring_events(file, dynamics.sends()));
  const Outcome outcome = run(problem.on(schedule, {}));
  EXPECT_EQ(outcome.reason, StopReason::schedule_end);
  const json& last = file[name].back();
  std::vector<double> x(3), all;
  for (Worker i = 0; i < workers; ++i) {
    problem.kernel->read(i, 0, last["time"], x);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(x[k], last["x"][i][k], 1e-12) << name << " worker " << i;
    if (dynamics.weighted()) {
      EXPECT_NEAR(problem.kernel->weight(i), last["w"][i][0], 1e-12);
    }
    all.insert(all.end(), x.begin(), x.end());
  }
  const std::uint64_t at_start = problem.kernel->has_gradient_at_start() ? workers : 0;
  std::uint64_t gradients = at_start, communications = 0;
  for (const json& line : file["events"]) (line[1] == "g" ? gradients : communications) += 1;
  EXPECT_EQ(outcome.counts.gradients, gradients);
  EXPECT_EQ(outcome.counts.communications, communications);
  return all;
}

// 1e-12: the two computations of each number differ by at most 1.3e-13.
TEST(Verbs, EventsOfTheRivals) {
  for (const auto& [name, dynamics] :
       {std::pair("gossip_tracking", gossip_tracking_dynamics()), std::pair("push_sum", push_sum_dynamics())})
    EXPECT_EQ(expect_rival(name, dynamics, serially), expect_rival(name, dynamics, on_three_threads));
}

// Two messages are under way on one clock, and the later one lands first.
TEST(Verbs, MessagesOvertakeOneAnother) {
  const auto kernel = make_generic_kernel<double>(push_sum_dynamics(), 2, 1);
  kernel->initialise(0, Vector<double>::Constant(1, 8.0));
  kernel->initialise(1, Vector<double>::Constant(1, 0.0));
  const ListSchedule schedule({{1, 0, 1, 2, Verb::send},
                               {2, 0, 1, 2, Verb::send},
                               {3, 1, 0, 2, Verb::receive, 1},
                               {4, 1, 0, 2, Verb::receive, 1, 1}},
                              4);
  std::vector<double> seen;
  Simulation<double> simulation{.schedule = schedule, .kernel = *kernel, .observe = {.every = 1.0}};
  simulation.observe.on_record = [&](const Record<double>& record) {
    std::vector<double> x(1);
    record.states.read(1, 0, x);
    seen.push_back(x[0]);
    return false;
  };
  // The first message is 8/2 = 4, the second 4/2 = 2; back names how many were sent after the one that lands.
  run_serial(simulation);
  EXPECT_EQ(seen, (std::vector<double>{0, 0, 0, 2, 6}));
}

TEST(Verbs, AMessageThatWasNotSentIsAnError) {
  const auto kernel = make_generic_kernel<double>(push_sum_dynamics(), 2, 1);
  const ListSchedule schedule({{1, 1, 0, 2, Verb::receive, 1}});
  EXPECT_THROW(run_serial(Simulation<double>{.schedule = schedule, .kernel = *kernel}), std::logic_error);
}

// In a round with the mean of all, every member ends at the mean, and threads add it in the same order.
TEST(Verbs, MeanOfAll) {
  std::vector<std::vector<float>> ends;
  for (const bool shared : {false, true}) {
    constexpr Worker many = 37;
    const auto kernel = make_generic_kernel<float>(d_psgd_dynamics(MixingOrder::adapt_then_combine), many, 5);
    Vector<float> x(5);
    Vector<double> sum = Vector<double>::Zero(5);
    Group all;
    for (Worker i = 0; i < many; ++i) {
      Stream(3, Purpose::initial_state, i).normals<float>(0, {x.data(), 5});
      kernel->initialise(i, x);
      sum += x.cast<double>();
      all.members.push_back(i);
    }
    all.mean_of_all = true;
    ListSchedule schedule({{1, 0, 0, 0, Verb::round}});
    schedule.set_groups({all});
    const Simulation<float> simulation{.schedule = schedule, .kernel = *kernel};
    shared ? run_openmp(simulation, 3, Sharing::always) : run_serial(simulation);
    std::vector<float> end(5);
    ends.emplace_back();
    for (Worker i = 0; i < many; ++i) {
      kernel->read(i, 0, 1.0, end);
      // x − (x − mean) of numbers below 4: two roundings of half a unit in the last place, 2.4e-7.
      for (Index k = 0; k < 5; ++k) EXPECT_NEAR(end[static_cast<std::size_t>(k)], sum[k] / many, 5e-7);
      ends.back().insert(ends.back().end(), end.begin(), end.end());
    }
  }
  EXPECT_EQ(ends[0], ends[1]);
}

// The gradient is that of the model when it was read, though an exchange came in between.
TEST(Verbs, AGradientLandsWhereItIsSteppedAsItWasRead) {
  OwnedRun<double> run(make_async_gossip_kernel<double>({}, 2, 1),
                       make_quadratic<double>({.dimension = 1}, 2, 1, 1), {.learning_rate = {.base = 0.5}});
  run.kernel->initialise(0, Vector<double>::Constant(1, 4.0));
  run.kernel->initialise(1, Vector<double>::Constant(1, 0.0));
  const ListSchedule schedule(
      {{1, 0, 0, 0, Verb::read}, {2, 0, 1, 2, Verb::exchange}, {3, 0, 0, 0, Verb::step}});
  const Outcome outcome = run_serial(run.on(schedule, {}));
  EXPECT_EQ(outcome.counts.gradients, 1u);
  EXPECT_EQ(outcome.counts.communications, 1u);
  // f(x) = x²/2, so that the gradient read is 4; x_0 = (4 + 0)/2 − 0.5 · 4.
  EXPECT_EQ(run.states(3), (std::vector<double>{0, 2}));
}

}  // namespace verbs_test
}  // namespace acidsim
