// When records happen and when a run ends, on schedules made by hand and on Poisson clocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace run_loop_test {

using ::testing::ElementsAre;

constexpr Worker workers = 3;

OwnedRun<double> small_run(double rate = 0.1) {
  return {make_a2cid2_kernel<double>({0.3, 0.5, 0.8}, workers, 4),
          make_quadratic<double>({.dimension = 4, .noise = 0.5, .heterogeneity = 1}, workers, 1, 2),
          {.learning_rate = {.base = rate}, .momentum = 0.5}};
}

// Gradients at 0.5, 1, 1 (a tie), 2.25; communications at 0.75, 1, 2.5.
std::vector<Event> by_hand() {
  return {gradient_event(0.5, 0),
          communication_event(0.75, 0, 1, workers, 0),
          gradient_event(1.0, 0),
          gradient_event(1.0, 2),
          communication_event(1.0, 1, 2, workers, 1),
          gradient_event(2.25, 1),
          communication_event(2.5, 0, 1, workers, 0)};
}

struct Seen {
  std::vector<double> times;
  std::vector<std::uint64_t> gradients, communications;

  template <class Scalar>
  void watch(Simulation<Scalar>& simulation) {
    simulation.observe.on_record = [this](const Record<Scalar>& record) {
      times.push_back(record.time);
      gradients.push_back(record.counts.gradients);
      communications.push_back(record.counts.communications);
      return false;
    };
  }
};

TEST(RunLoopTest, EventsAtTheTimeOfARecordComeBeforeIt) {
  const ListSchedule schedule(by_hand());
  auto run = small_run();
  auto simulation = run.on(schedule, until(3.25));
  simulation.edges = 2;
  Seen seen;
  seen.watch(simulation);
  const Outcome outcome = run_serial(simulation);
  EXPECT_THAT(seen.times, ElementsAre(0, 1, 2, 3, 3.25));
  EXPECT_THAT(seen.gradients, ElementsAre(0, 3, 3, 4, 4));
  EXPECT_THAT(seen.communications, ElementsAre(0, 2, 2, 3, 3));
  EXPECT_EQ(outcome.reason, StopReason::time);
  EXPECT_EQ(outcome.time, 3.25);
  EXPECT_THAT(outcome.counts.worker_gradients, ElementsAre(2, 1, 1));
  EXPECT_THAT(outcome.counts.edge_communications, ElementsAre(2, 1));
}

TEST(RunLoopTest, EventsAtTheStopTimeHappenAndLaterOnesDoNot) {
  const ListSchedule schedule(by_hand());
  auto run = small_run();
  auto simulation = run.on(schedule, until(1.0), 0.5);
  Seen seen;
  seen.watch(simulation);
  const Outcome outcome = run_serial(simulation);
  EXPECT_THAT(seen.times, ElementsAre(0, 0.5, 1.0)) << "the last record is not repeated";
  EXPECT_EQ(outcome.counts.gradients, 3u);
  EXPECT_EQ(outcome.counts.communications, 2u);
}

TEST(RunLoopTest, RecordTimesAreMultiplesAndDoNotDrift) {
  const ListSchedule schedule({});
  auto run = small_run();
  auto simulation = run.on(schedule, until(1000), 0.1);
  Seen seen;
  seen.watch(simulation);
  run_serial(simulation);
  ASSERT_EQ(seen.times.size(), 10001u);
  for (std::size_t k = 0; k < seen.times.size(); ++k) ASSERT_EQ(seen.times[k], static_cast<double>(k) * 0.1);
}

TEST(RunLoopTest, GradientLimitIsExactAndEndsAtItsEvent) {
  for (std::uint64_t limit = 0; limit <= 4; ++limit) {
    for (const std::size_t block : {1, 2, 3, 100}) {
      const ListSchedule schedule(by_hand(), block);
      for (const int threads : {0, 2}) {
        auto run = small_run();
        StopRules stop;
        stop.gradients = limit;
        auto simulation = run.on(schedule, stop);
        Seen seen;
        seen.watch(simulation);
        const Outcome outcome = threads == 0 ? run_serial(simulation) : run_openmp(simulation, threads);
        EXPECT_EQ(outcome.reason, StopReason::gradients);
        EXPECT_EQ(outcome.counts.gradients, limit);
        EXPECT_EQ(outcome.time, (std::vector<double>{0, 0.5, 1, 1, 2.25})[limit]);
        EXPECT_EQ(seen.times.back(), outcome.time);
        EXPECT_EQ(outcome.counts.communications, (std::vector<std::uint64_t>{0, 0, 1, 1, 2})[limit]);
      }
    }
  }
}

TEST(RunLoopTest, CommunicationLimitIsExactAndEndsAtItsEvent) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  for (const std::uint64_t limit : {0, 1, 2, 77, 5000}) {
    for (const int threads : {0, 2}) {
      auto run = small_run();
      StopRules stop;
      stop.communications = limit;
      auto simulation = run.on(schedule, stop);
      Seen seen;
      seen.watch(simulation);
      std::vector<Event> events;
      simulation.observe.on_events = [&](std::span<const Event> piece, std::span<const double>) {
        events.insert(events.end(), piece.begin(), piece.end());
      };
      const Outcome outcome = threads == 0 ? run_serial(simulation) : run_openmp(simulation, threads);
      EXPECT_EQ(outcome.reason, StopReason::communications);
      EXPECT_EQ(outcome.counts.communications, limit);
      ASSERT_EQ(events.empty(), limit == 0);
      EXPECT_EQ(outcome.time, limit == 0 ? 0 : events.back().time);
      if (limit > 0) {
        EXPECT_EQ(events.back().verb, Verb::exchange);
      }
      EXPECT_EQ(seen.times.back(), outcome.time);
    }
  }
}

TEST(RunLoopTest, GradientLimitOnPoissonClocks) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  auto run = small_run();
  StopRules stop;
  stop.gradients = 12345;
  const Outcome outcome = run_serial(run.on(schedule, stop));
  EXPECT_EQ(outcome.counts.gradients, 12345u);
  std::uint64_t sum = 0;
  for (const std::uint64_t count : outcome.counts.worker_gradients) sum += count;
  EXPECT_EQ(sum, 12345u);
}

TEST(RunLoopTest, TargetEndsAtTheRecordThatReachesIt) {
  const ListSchedule schedule(by_hand());
  auto run = small_run();
  auto simulation = run.on(schedule, until(10));
  int calls = 0;
  simulation.observe.on_record = [&](const Record<double>& record) {
    ++calls;
    return record.time >= 2;
  };
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.reason, StopReason::target);
  EXPECT_EQ(outcome.time, 2);
  EXPECT_EQ(outcome.counts.gradients, 3u);
  EXPECT_EQ(calls, 3) << "at 0, 1 and 2, and not once more at the end";
}

TEST(RunLoopTest, ScheduleThatRunsOutEndsTheRun) {
  const ListSchedule schedule(by_hand());
  auto run = small_run();
  auto simulation = run.on(schedule, {});
  Seen seen;
  seen.watch(simulation);
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.reason, StopReason::schedule_end);
  EXPECT_EQ(outcome.time, 2.5);
  EXPECT_THAT(seen.times, ElementsAre(0, 1, 2, 2.5));
}

TEST(RunLoopTest, InterruptStopsBetweenEvents) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  auto run = small_run();
  std::atomic<bool> interrupt = false;
  auto simulation = run.on(schedule, {});
  simulation.observe.interrupt = &interrupt;
  Seen seen;
  seen.watch(simulation);
  simulation.observe.on_events = [&](std::span<const Event> events, std::span<const double>) {
    interrupt = interrupt || events.back().time > 100;
  };
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.reason, StopReason::interrupted);
  EXPECT_GT(outcome.time, 100);
  EXPECT_EQ(seen.times.back(), outcome.time) << "what was reached is recorded";
}

TEST(RunLoopTest, InterruptStopsARunWithoutEvents) {
  const ListSchedule schedule({});
  auto run = small_run();
  const std::atomic<bool> interrupt = true;
  auto simulation = run.on(schedule, until(1e9));
  simulation.observe.interrupt = &interrupt;
  EXPECT_EQ(run_serial(simulation).reason, StopReason::interrupted);
}

TEST(RunLoopTest, WallSecondsStopTheRunSoon) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  auto run = small_run();
  StopRules stop;
  stop.wall_seconds = 0.1;
  auto simulation = run.on(schedule, stop, infinity);
  int progress = 0;
  simulation.observe.on_progress = [&](double, const Counts&) { ++progress; };
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.reason, StopReason::wall_seconds);
  EXPECT_GE(outcome.wall_seconds, 0.1);
  EXPECT_LT(outcome.wall_seconds, 2.0) << "checked every few milliseconds; the rest is for a busy machine";
  EXPECT_GE(progress, 1);
}

TEST(RunLoopTest, DivergenceSaysWhatWhereAndWhen) {
  // Steps of −3 ∇f on one worker: x grows by a factor 2 at each event until it is too large.
  std::vector<Event> events;
  for (int k = 1; k < 200; ++k) events.push_back(gradient_event(k, 1));
  const ListSchedule schedule(events);
  for (const double bound : {1e6, infinity}) {
    OwnedRun<float> run(make_async_gossip_kernel<float>({}, workers, 2),
                        make_quadratic<float>({.dimension = 2, .heterogeneity = 1}, workers, 1, 2),
                        {.learning_rate = {.base = 3}});
    auto simulation = run.on(schedule, until(1000), 10);
    simulation.stop.diverged_above = bound;
    double last_record = -1;
    simulation.observe.on_record = [&](const Record<float>& record) {
      last_record = record.time;
      return false;
    };
    const Outcome outcome = run_serial(simulation);
    EXPECT_EQ(outcome.reason, StopReason::diverged);
    // 2^20 > 10⁶ and 2^128 is beyond float; looks come every 16 events per worker.
    const double period = 16.0 * workers, steps = bound == infinity ? 128 : 20;
    EXPECT_EQ(outcome.time, std::ceil(steps / period) * period);
    EXPECT_LT(last_record, outcome.time) << "the observer is not shown the diverged end";
    if (bound == infinity) {
      EXPECT_THAT(outcome.detail,
                  ::testing::MatchesRegex("worker 1: \\|x\\| = (inf|nan|-nan) at time [0-9]+"));
    } else {
      EXPECT_THAT(outcome.detail,
                  ::testing::MatchesRegex("worker 1: \\|x\\| = [0-9.]+e\\+[0-9]+ > 1e\\+06 at time [0-9]+"));
    }
  }
}

TEST(RunLoopTest, WhereADivergedRunEndsDoesNotDependOnItsRecords) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  std::vector<std::string> details;
  for (const double every : {0.1, 1.0, 7.0, 1e9}) {
    auto run = small_run();
    auto simulation = run.on(schedule, until(1000), every);
    simulation.stop.diverged_above = 1e-3;
    details.push_back(run_serial(simulation).detail);
  }
  EXPECT_THAT(details[0], ::testing::HasSubstr("> 0.001 at time "));
  EXPECT_THAT(details, ::testing::Each(details[0]));
}

TEST(RunLoopTest, NullObjectiveSkipsGradients) {
  const ListSchedule schedule(by_hand());
  auto run = small_run();
  auto simulation = run.on(schedule, until(5));
  simulation.objective = nullptr;
  simulation.optimizer = nullptr;
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.counts.gradients, 0u);
  EXPECT_EQ(outcome.counts.communications, 3u);
}

TEST(RunLoopTest, EveryEventIsShownOnceAndInOrder) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  auto run = small_run();
  auto simulation = run.on(schedule, until(500), 0.37);
  std::vector<Event> shown;
  simulation.observe.on_events = [&](std::span<const Event> events, std::span<const double>) {
    shown.insert(shown.end(), events.begin(), events.end());
  };
  run_serial(simulation);
  EXPECT_EQ(shown, events_between(schedule, 0, 500));
}

// Recording more often must not change a bit of the run, nor where the schedule's blocks end.
TEST(RunLoopTest, ObservingNeverChangesTheRun) {
  const PoissonSchedule schedule(9, ones(workers), ring_edges(workers));
  const ListSchedule listed(events_between(schedule, 0, 200), 7);
  std::vector<std::vector<double>> finals;
  for (const double every : {infinity, 1.0, 0.01}) {
    for (const Schedule* source :
         {static_cast<const Schedule*>(&schedule), static_cast<const Schedule*>(&listed)}) {
      auto run = small_run();
      run_serial(run.on(*source, until(200), every));
      finals.push_back(run.states(200));
    }
  }
  for (const auto& states : finals) EXPECT_EQ(states, finals[0]);
  EXPECT_EQ(finals[0].size(), workers * 3 * 4u) << "x, x̃ and the momentum buffer";
}

// One coordinate of f = ½x²; γ = ½ in the first half of the run and 0 in the second, so each early step
// halves x exactly. Returns how many steps were early, of five at the given time.
double early_steps(double time, bool local_steps, double horizon) {
  const LearningRate halves{
      .kind = LearningRate::Kind::step, .base = 0.5, .milestones = {0.5}, .factor = 0.0};
  OwnedRun<double> run(make_async_gossip_kernel<double>({}, 2, 1),
                       make_quadratic<double>({.dimension = 1}, 2, 1, 2), {.learning_rate = halves});
  const double before = run.states(0)[0];
  const ListSchedule schedule(std::vector<Event>(5, gradient_event(time, 0)));
  auto simulation = run.on(schedule, until(100));
  simulation.horizon = horizon;
  simulation.progress_clock = local_steps ? ProgressClock::local_steps : ProgressClock::time;
  run_serial(simulation);
  return std::log2(before / run.states(100)[0]);
}

TEST(RunLoopTest, LearningRateProgressByTime) {
  EXPECT_EQ(early_steps(49, false, 100), 5);
  EXPECT_EQ(early_steps(50, false, 100), 0);
}

// Steps 0, 1, 2, … of one of 2 workers with a horizon of 8 gradients: progress 0, ¼, ½, …, whatever the time.
TEST(RunLoopTest, LearningRateProgressByLocalSteps) {
  EXPECT_EQ(early_steps(99, true, 8), 2);
  EXPECT_EQ(early_steps(1, true, 8), 2);
}

TEST(StopReasonTest, NamesAreDistinctWords) {
  std::vector<std::string> names;
  for (int reason = 0; reason <= static_cast<int>(StopReason::schedule_end); ++reason)
    names.push_back(name_of(static_cast<StopReason>(reason)));
  EXPECT_EQ(names,
            (std::vector<std::string>{"time", "gradients", "communications", "rounds", "bytes", "target",
                                      "wall_seconds", "diverged", "interrupted", "schedule_end"}));
}

// A moment of a run, with all that it takes to go on.
struct Moment {
  Position position;
  Counts counts;
  std::vector<double> times;  // of the states
  std::vector<std::vector<double>> states;
  std::vector<std::vector<std::byte>> memory;  // of the optimizer
  std::size_t records;
};

struct Row {
  double time;
  std::uint64_t gradients, communications;
  double coordinate;
  friend bool operator==(const Row&, const Row&) = default;
};

// Runs from the start, or from a moment, to `end`; notes rows and moments.
std::vector<double> run_noting(const Moment* start, const Schedule& schedule, StopRules stop,
                               std::vector<Row>& rows, std::vector<Moment>* moments) {
  auto run = small_run();
  auto simulation = run.on(schedule, stop, 0.75);
  simulation.edges = 3;
  if (start != nullptr) {
    simulation.resume.position = &start->position;
    simulation.resume.counts = &start->counts;
    for (Worker i = 0; i < workers; ++i) {
      run.kernel->restore(i, start->times[i], start->states[i]);
      std::ranges::copy(start->memory[i], run.optimizer.memory().bytes(i).begin());
    }
  }
  simulation.observe.on_record = [&](const Record<double>& record) {
    std::vector<double> x(4);
    record.states.read(1, 1, x);
    rows.push_back({record.time, record.counts.gradients, record.counts.communications, x[2]});
    return false;
  };
  simulation.checkpoints.every = 0.5;
  simulation.checkpoints.write = [&](const Position& position, const Counts& counts, const auto&) {
    if (moments == nullptr) return;
    Moment moment{position, counts, {}, {}, {}, rows.size()};
    for (Worker i = 0; i < workers; ++i) {
      moment.states.emplace_back(8);
      moment.times.push_back(run.kernel->save(i, moment.states.back()));
      const auto memory = run.optimizer.memory().bytes(i);
      moment.memory.emplace_back(memory.begin(), memory.end());
    }
    moments->push_back(std::move(moment));
  };
  const Outcome outcome = run_serial(simulation);
  return run.states(outcome.time);
}

TEST(RunLoopTest, GoesOnFromEveryCheckpoint) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  for (const bool by_gradients : {false, true}) {
    StopRules stop = until(40.1);
    if (by_gradients) stop.gradients = 70;
    std::vector<Row> rows;
    std::vector<Moment> moments;
    const std::vector<double> states = run_noting(nullptr, schedule, stop, rows, &moments);
    ASSERT_GT(moments.size(), 30u);
    for (const Moment& moment : moments) {
      std::vector<Row> resumed(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(moment.records));
      EXPECT_EQ(run_noting(&moment, schedule, stop, resumed, nullptr), states);
      EXPECT_EQ(resumed, rows) << "from " << moment.position.time;
    }
  }
}

TEST(RunLoopTest, TheLastCheckpointCanBeExtended) {
  const PoissonSchedule schedule(3, ones(workers), ring_edges(workers));
  std::vector<Row> short_rows, long_rows;
  std::vector<Moment> moments;
  run_noting(nullptr, schedule, until(10.1), short_rows, &moments);
  const std::vector<double> states = run_noting(nullptr, schedule, until(25), long_rows, nullptr);
  const Moment& last = moments.back();
  EXPECT_EQ(last.position.time, 10.1);
  short_rows.resize(last.records);
  EXPECT_EQ(run_noting(&last, schedule, until(25), short_rows, nullptr), states);
  EXPECT_EQ(short_rows, long_rows);
}

}  // namespace run_loop_test
}  // namespace acidsim
