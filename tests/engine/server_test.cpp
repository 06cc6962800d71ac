// Methods with a parameter server against trajectories that were computed independently, and against laws.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/algorithms/server_async_sgd.hpp"
#include "sim/timing/server_schedule.hpp"
#include "tests/engine/server_runs.hpp"

namespace acidsim {
namespace server_test {

constexpr Worker workers = rival_workers;

constexpr double tolerance = 1e-12;  // numbers below 1.1 after at most 30 steps, each a few roundings

Meter meter_of(const Dynamics& dynamics) { return {dynamics, 3, 8, workers, true}; }

struct Case {
  std::string name, in_file;
  ServerProtocol protocol;
  double learning_rate;
};

class ServerTrajectory : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Rules, ServerTrajectory,
    ::testing::Values(
        Case{"plain", "asgd", {ServerRule::plain}, 1.0 / 32},
        Case{"delay_adaptive", "delay_adaptive", {ServerRule::delay_adaptive}, 1.0 / 32},
        Case{"ringmaster", "ringmaster_R6", {.rule = ServerRule::ringmaster, .delay_threshold = 6}, 1.0 / 32},
        Case{"rennala", "rennala_B4", {.rule = ServerRule::rennala, .batch = 4}, 0.25}),
    [](const auto& test) { return test.param.name; });

TEST_P(ServerTrajectory, IsThatOfTheFile) {
  const auto& [name, in_file, protocol, learning_rate] = GetParam();
  const json file = rivals("server.json");
  const Dynamics dynamics = server_async_sgd_dynamics();
  const ServerSchedule schedule(fixed_durations(30), workers, protocol);
  for (const auto& run : {+[](const Simulation<double>& s) { return run_serial(s); },
                          +[](const Simulation<double>& s) { return run_openmp(s, 3, Sharing::always); }}) {
    for (std::uint64_t arrivals = 1; arrivals <= 30; ++arrivals) {
      SCOPED_TRACE(arrivals);
      Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
      Simulation<double> simulation = problem.on(schedule, {.gradients = arrivals});
      simulation.meter = meter_of(dynamics);
      std::vector<Event> events;
      simulation.observe.on_events = [&](std::span<const Event> piece, std::span<const double>) {
        events.insert(events.end(), piece.begin(), piece.end());
      };
      const Outcome outcome = run(simulation);
      EXPECT_EQ(outcome.counts.gradients, arrivals);
      const json& row = file[in_file][arrivals - 1];
      const auto last = std::find_if(events.rbegin(), events.rend(),
                                     [](const Event& event) { return event.verb == Verb::gradient; });
      EXPECT_NEAR(last->time, row[0].get<double>(), tolerance);
      EXPECT_EQ(last->i, row[1].get<Worker>());
      EXPECT_EQ(last->clock, row[2].get<std::uint32_t>()) << "delay";
      for (Index k = 0; k < 3; ++k)
        EXPECT_NEAR(server_model(problem)[k], row[static_cast<std::size_t>(4 + k)].get<double>(), tolerance);
    }
  }
}

// As γ → 0 the limit is the minimiser of Σ f_i/τ_i; the models of a cycle of steps at 1/4096 lie within 2e-3 of it.
TEST(Server, UnequalSpeedsBiasTheLimit) {
  const json file = rivals("server.json");
  const Dynamics dynamics = server_async_sgd_dynamics();
  Problem problem(dynamics, {.learning_rate = {.base = 1.0 / 4096}});
  const ServerSchedule schedule(fixed_durations(100000), workers, {});
  Simulation<double> simulation = problem.on(schedule, {});
  simulation.meter = meter_of(dynamics);
  const Outcome outcome = run_serial(simulation);
  EXPECT_EQ(outcome.reason, StopReason::schedule_end);
  EXPECT_LT((server_model(problem) - vector_of(file["asgd_biased_optimum"])).cwiseAbs().maxCoeff(), 2e-3);
  const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
  EXPECT_GT((server_model(problem) - optimum).norm(), 0.3);
  double rates = 0;
  for (Worker i = 0; i < workers; ++i) rates += 1 / std::sqrt(i + 1.0);
  EXPECT_NEAR(static_cast<double>(outcome.counts.gradients) / outcome.time, rates, 0.01);
  // Delays add up to (n − 1)·arrivals, but for what is under way at the ends: n workers, delays below 3n.
  EXPECT_NEAR(outcome.staleness.mean, workers - 1, 3.0 * workers * workers / 100000);
  EXPECT_EQ(outcome.counts.communications, 100000u);
  EXPECT_EQ(outcome.counts.vectors_sent, 200000u) << "one up, one down";
}

// The fastest two of the workers with durations √(i + 1) send 39 % of all gradients, and make 60 % of the steps with
// R = 6, as an independent count of 60000 arrivals found: 0.59883.
TEST(Server, RingmasterPrefersFastWorkers) {
  const ServerSchedule schedule(fixed_durations(60000), workers,
                                {.rule = ServerRule::ringmaster, .delay_threshold = 6});
  double steps = 0, of_fast = 0;
  for (const Event& event : events_between(schedule, 0, infinity)) {
    if (event.verb != Verb::exchange || static_cast<Meeting>(event.number) != Meeting::applied) continue;
    ++steps;
    of_fast += event.i < 2 ? 1 : 0;
  }
  EXPECT_NEAR(of_fast / steps, 0.59883, 1e-4);
}

// Ringleader as its authors write it, with all gradients in tables on the server: sums and counts of this round and of
// the next.
class Ringleader {
 public:
  Ringleader(const Problem& problem, double learning_rate)
      : objective_(*problem.objective), scratch_(objective_.scratch()), learning_rate_(learning_rate) {
    x_ = vector_of(rivals("problem.json")["x0"]);
    copies_.assign(workers, x_);
  }

  void arrive(Worker i) {
    Vector<double> g(3);
    objective_.gradient(i, 0, copies_[i], g, *scratch_);
    const bool next = collected_ && stepped_[i];
    (next ? next_sums_ : sums_).col(i) += g;
    ++(next ? next_counts_ : counts_)[i];
    if (!collected_) collected_ = *std::min_element(counts_.begin(), counts_.end()) > 0;
    if (!collected_ || next) return;
    for (Worker j = 0; j < workers; ++j) x_ -= learning_rate_ / workers * sums_.col(j) / counts_[j];
    copies_[i] = x_;
    stepped_[i] = true;
    if (std::count(stepped_.begin(), stepped_.end(), true) < workers) return;
    sums_ = next_sums_;
    counts_ = next_counts_;
    next_sums_.setZero();
    next_counts_.assign(workers, 0);
    stepped_.assign(workers, false);
    collected_ = false;
  }
  const Vector<double>& model() const { return x_; }

 private:
  const reference::ExplicitQuadratic& objective_;
  std::unique_ptr<GradientScratch> scratch_;
  double learning_rate_;
  Vector<double> x_;
  std::vector<Vector<double>> copies_;
  Matrix<double> sums_ = Matrix<double>::Zero(3, workers), next_sums_ = sums_;
  std::vector<int> counts_ = std::vector<int>(workers, 0), next_counts_ = counts_;
  std::vector<bool> stepped_ = std::vector<bool>(workers, false);
  bool collected_ = false;
};

TEST(Server, RingleaderIsThatOfItsTables) {
  constexpr double learning_rate = 1.0 / 16;
  const Dynamics dynamics = ringleader_dynamics();
  for (const std::size_t arrivals : {1, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 60, 400}) {
    SCOPED_TRACE(arrivals);
    Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
    const ServerSchedule schedule(fixed_durations(arrivals), workers, {.rule = ServerRule::ringleader});
    Simulation<double> simulation = problem.on(schedule, {});
    simulation.meter = meter_of(dynamics);
    run_serial(simulation);
    Ringleader twin(problem, learning_rate);
    for (const Event& event : events_between(*fixed_durations(arrivals), 0, infinity)) twin.arrive(event.i);
    EXPECT_LT((server_model(problem) - twin.model()).norm(), tolerance);
  }
}

TEST(Server, RingleaderEndsAtTheMinimiser) {
  const Dynamics dynamics = ringleader_dynamics();
  Problem problem(dynamics, {.learning_rate = {.base = 1.0 / 16}});
  const ServerSchedule schedule(fixed_durations(10000), workers, {.rule = ServerRule::ringleader});
  Simulation<double> simulation = problem.on(schedule, {});
  simulation.meter = meter_of(dynamics);
  run_serial(simulation);
  EXPECT_LT((server_model(problem) - vector_of(rivals("problem.json")["x_star"])).norm(), tolerance);
}

// The same bits on threads, whatever the rule, and the model of the server with each worker that just stepped.
TEST(Server, ThreadsGiveTheSameBits) {
  for (const ServerRule rule : {ServerRule::plain, ServerRule::delay_adaptive, ServerRule::ringmaster,
                                ServerRule::rennala, ServerRule::ringleader}) {
    const Dynamics dynamics =
        rule == ServerRule::ringleader ? ringleader_dynamics() : server_async_sgd_dynamics();
    const ServerSchedule schedule(
        fixed_durations(500), workers,
        {.rule = rule, .delay_threshold = 3, .stops = rule == ServerRule::ringmaster, .batch = 3});
    std::vector<std::vector<double>> ends;
    for (const bool shared : {false, true}) {
      Problem problem(dynamics, {.learning_rate = {.base = 1.0 / 32}});
      Simulation<double> simulation = problem.on(schedule, {});
      simulation.meter = meter_of(dynamics);
      const Outcome outcome = shared ? run_openmp(simulation, 3, Sharing::always) : run_serial(simulation);
      EXPECT_EQ(outcome.counts.gradients, 500u);
      std::vector<double>& end = ends.emplace_back();
      for_each_state_vector<double>(*problem.kernel, nullptr, {}, [&](std::span<const std::byte> part) {
        const auto* const numbers = reinterpret_cast<const double*>(part.data());
        end.insert(end.end(), numbers, numbers + part.size() / sizeof(double));
      });
    }
    EXPECT_EQ(ends[0], ends[1]) << static_cast<int>(rule);
  }
}

}  // namespace server_test
}  // namespace acidsim
