// Compressed gradients on their way to a parameter server: an independent twin, error feedback, and what is sent.
#include <gtest/gtest.h>

#include "sim/algorithms/server_async_sgd.hpp"
#include "sim/timing/server_schedule.hpp"
#include "tests/engine/server_runs.hpp"
#include "tests/engine/test_codec.hpp"

namespace acidsim {
namespace compressed_server_test {

constexpr Worker workers = rival_workers;

constexpr double learning_rate = 1.0 / 32;

Simulation<double> simulation_of(Problem& problem, const Dynamics& dynamics, const Schedule& schedule,
                                 const TestCodec& codec) {
  problem.kernel->use(codec);
  Simulation<double> simulation = problem.on(schedule, {});
  simulation.meter = Meter(dynamics, 3, 8, workers, true, &codec.codec());
  return simulation;
}

// A server and its workers, meeting by meeting, with the largest coordinate of each gradient alone.
class Twin {
 public:
  Twin(const Problem& problem, bool remembers)
      : objective_(*problem.objective), scratch_(objective_.scratch()), remembers_(remembers) {
    x_ = vector_of(rivals("problem.json")["x0"]);
    copies_.assign(workers, x_);
  }

  void meet(Worker i, Meeting how, double rate) {
    if (how == Meeting::restarted) {
      copies_[i] = x_;
      return;
    }
    Vector<double> g(3);
    objective_.gradient(i, 0, copies_[i], g, *scratch_);
    const Vector<double> meant = rate * g + lost_.col(i);
    Index largest = 0;
    meant.cwiseAbs().maxCoeff(&largest);
    Vector<double> told = Vector<double>::Zero(3);
    told[largest] = meant[largest];
    if (how != Meeting::ignored) {
      collected_ += told;
      if (remembers_) lost_.col(i) = meant - told;
    }
    if (how == Meeting::collected) return;
    if (how == Meeting::applied) {
      x_ -= collected_;
      collected_.setZero();
    }
    copies_[i] = x_;
  }
  const Vector<double>& model() const { return x_; }

 private:
  const reference::ExplicitQuadratic& objective_;
  std::unique_ptr<GradientScratch> scratch_;
  bool remembers_;
  Vector<double> x_, collected_ = Vector<double>::Zero(3);
  std::vector<Vector<double>> copies_;
  Matrix<double> lost_ = Matrix<double>::Zero(3, workers);
};

TEST(CompressedServer, IsThatOfTheTwin) {
  const TestCodec top_1("top_k", coordinates(1));
  const ServerProtocol protocols[] = {
      {ServerRule::plain},
      {.rule = ServerRule::ringmaster, .delay_threshold = 6},
      {.rule = ServerRule::ringmaster, .delay_threshold = 6, .stops = true},
      {.rule = ServerRule::rennala, .batch = 4},
  };
  for (const ServerProtocol& protocol : protocols)
    for (const ErrorFeedback feedback : {ErrorFeedback::none, ErrorFeedback::ef14}) {
      const Dynamics dynamics = server_async_sgd_dynamics(feedback);
      const ServerSchedule schedule(fixed_durations(200), workers, protocol);
      Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
      run_serial(simulation_of(problem, dynamics, schedule, top_1));
      Twin twin(problem, feedback == ErrorFeedback::ef14);
      const double rate = learning_rate / (protocol.rule == ServerRule::rennala ? 4 : 1);
      for (const Event& event : events_between(schedule, 0, infinity))
        if (event.verb == Verb::exchange) twin.meet(event.i, static_cast<Meeting>(event.number), rate);
      EXPECT_LT((server_model(problem) - twin.model()).cwiseAbs().maxCoeff(), 1e-12)
          << static_cast<int>(protocol.rule) << ' ' << static_cast<int>(feedback);
    }
}

// Equal speeds: the limit without compression is x*. With feedback nothing is lost for good, and the models stay near
// it in proportion to γ; without any the largest coordinates alone count, and the limit is elsewhere.
TEST(CompressedServer, FeedbackKeepsTheLimit) {
  const TestCodec top_1("top_k", coordinates(1));
  const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
  const auto error = [&](ErrorFeedback feedback) {
    std::vector<Event> arrivals;
    for (int k = 1; k <= 20000; ++k)
      for (Worker i = 0; i < workers; ++i) arrivals.push_back(gradient_event(k, i));
    const Dynamics dynamics = server_async_sgd_dynamics(feedback);
    const ServerSchedule schedule(std::make_unique<TraceSchedule>(std::move(arrivals)), workers, {});
    Problem problem(dynamics, {.learning_rate = {.base = 1.0 / 4096}});
    run_serial(simulation_of(problem, dynamics, schedule, top_1));
    return (server_model(problem) - optimum).cwiseAbs().maxCoeff();
  };
  EXPECT_LT(error(ErrorFeedback::ef14), 0.01);
  EXPECT_GT(error(ErrorFeedback::none), 0.1);
}

// 34 bits up where the worker tells, 3 numbers of 8 bytes down where it gets a model.
TEST(CompressedServer, CountsWhatGoesUpAndDown) {
  const TestCodec top_1("top_k", coordinates(1));
  const Dynamics dynamics = server_async_sgd_dynamics(ErrorFeedback::ef14);
  for (const ServerProtocol& protocol :
       {ServerProtocol{ServerRule::plain}, ServerProtocol{.rule = ServerRule::rennala, .batch = 4}}) {
    const ServerSchedule schedule(fixed_durations(100), workers, protocol);
    Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
    const Outcome outcome = run_serial(simulation_of(problem, dynamics, schedule, top_1));
    std::uint64_t up = 0, down = 0;
    for (const Event& event : events_between(schedule, 0, infinity)) {
      if (event.verb != Verb::exchange) continue;
      const auto how = static_cast<Meeting>(event.number);
      up += how != Meeting::restarted;
      down += how != Meeting::collected;
    }
    EXPECT_EQ(up, 100u);
    EXPECT_EQ(outcome.counts.vectors_sent, up + down);
    EXPECT_EQ(outcome.counts.bytes_sent, 5 * up + 24 * down);
  }
}

TEST(CompressedServer, ThreadsGiveTheSameBits) {
  const TestCodec random("random_k", coordinates(1));
  const Dynamics dynamics = server_async_sgd_dynamics(ErrorFeedback::ef14);
  const ServerSchedule schedule(fixed_durations(500), workers, {});
  std::vector<Vector<double>> ends;
  for (const auto& run : {+[](const Simulation<double>& s) { return run_serial(s); },
                          +[](const Simulation<double>& s) { return run_openmp(s, 3, Sharing::always); }}) {
    Problem problem(dynamics, {.learning_rate = {.base = learning_rate}});
    run(simulation_of(problem, dynamics, schedule, random));
    ends.push_back(server_model(problem));
  }
  EXPECT_EQ(ends[0], ends[1]);
}

}  // namespace compressed_server_test
}  // namespace acidsim
