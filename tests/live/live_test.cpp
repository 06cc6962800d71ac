// Live runs within one process: they end, their counts are consistent, and their traces replay to the bit.
#include <gtest/gtest.h>

#include <numeric>

#include "sim/live/live_forecast.hpp"
#include "tests/live/live_case.hpp"

namespace acidsim {
namespace {

template <class Scalar>
void expect_replayed(const std::string& graph, const std::string& method, double rate, double momentum,
                     bool fixed, bool mean_counts) {
  SCOPED_TRACE(graph + " " + method + " rate " + std::to_string(rate) + (fixed ? " fixed" : ""));
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of(graph, n);
  LiveProtocol protocol = protocol_of(edges, n, rate);
  protocol.pairing = fixed ? PairingRule::fixed : PairingRule::fifo;
  protocol.averagings = mean_counts ? AveragingCount::deterministic : AveragingCount::poisson;
  LiveCase<Scalar> live(method, n, 0.05, momentum), again(method, n, 0.05, momentum);
  const LiveResult<Scalar> result = live.live(protocol);
  EXPECT_EQ(result.reason, StopReason::gradients);
  const LiveCourse course = measured_course(result.trace, protocol.edges);
  EXPECT_EQ(course.total_gradients(), 101u);
  EXPECT_EQ(std::accumulate(course.averagings.begin(), course.averagings.end(), std::uint64_t{0}),
            2 * course.total_averagings());
  const LiveTrace read = through_file(result.trace, edges);
  EXPECT_EQ(read, result.trace);
  const Outcome outcome = again.replay(read, edges);
  // Those before the first event are of no operation.
  const std::uint64_t at_start = again.owned.kernel->has_gradient_at_start() ? 1 : 0;
  std::vector<std::uint64_t> gradients = course.gradients;
  for (std::uint64_t& count : gradients) count += at_start;
  EXPECT_EQ(outcome.counts.gradients, 101u + n * at_start);
  EXPECT_EQ(outcome.counts.worker_gradients, gradients);
  EXPECT_EQ(outcome.counts.edge_communications, course.pairs);
  EXPECT_EQ(again.final_states, live.final_states);
}

TEST(Live, EndsAndReplaysToTheBit) {
  for (const char* graph : {"cycle", "complete", "star", "wheel"})
    for (const double rate : {0.0, 0.5, 1.0, 3.0}) {
      expect_replayed<double>(graph, "a2cid2 sde", rate, 0.0, false, false);
      expect_replayed<float>(graph, "async_gossip", rate, 0.9, true, true);
    }
}

TEST(Live, EveryMethodThatExchangesReplays) {
  for (const Method& method : pairwise_methods())
    for (const double rate : {0.4, 2.0}) {
      if (!method.dynamics.exchanges() || method.dynamics.dual) continue;
      expect_replayed<float>("cycle", method.name, rate, 0.9, false, true);
      expect_replayed<double>("complete", method.name, rate, 0.0, true, false);
    }
}

TEST(Live, GossipKeepsTheMean) {
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  LiveCase<double> run("async_gossip", n, 0.0, 0.0);
  OrderedMean<double> mean(5);
  std::vector<double> x(5);
  for (Worker worker = 0; worker < n; ++worker) {
    run.owned.kernel->read(worker, 0, 0.0, x);
    mean.add(x);
  }
  const LiveResult<double> result = run.live(protocol_of(edges, n, 2.0), false);
  // Each of at most some 500 averagings rounds to 2⁻⁵³ of values below 10.
  EXPECT_LT((result.mean - mean.mean()).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(Live, AReplayCutShortStopsAtItsRule) {
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  LiveCase<double> live("a2cid2 sde", n, 0.05, 0.0), again("a2cid2 sde", n, 0.05, 0.0);
  const LiveResult<double> result = live.live(protocol_of(edges, n, 1.0));
  StopRules stop;
  stop.gradients = 40;
  const Outcome outcome = again.replay(result.trace, edges, stop);
  EXPECT_EQ(outcome.reason, StopReason::gradients);
  EXPECT_EQ(outcome.counts.gradients, 40u);
}

// Cannot compute the third gradient of worker 3.
class Failing final : public Objective<double> {
 public:
  explicit Failing(Worker workers) : workers_(workers) {}
  Index dimension() const override { return 5; }
  Worker workers() const override { return workers_; }
  void gradient(Worker worker, std::uint64_t index, const Vector<double>& x, Vector<double>& g,
                GradientScratch&) const override {
    if (worker == 3 && index == 2) throw std::runtime_error("worker 3 cannot go on");
    g = x;
  }
  double loss(const Vector<double>&) const override { return 0; }
  double worker_loss(Worker, const Vector<double>&) const override { return 0; }
  void full_gradient(const Vector<double>& x, Vector<double>& g) const override { g = x; }
  const Minimiser& minimiser() const override { return minimiser_; }

 private:
  Worker workers_;
  Minimiser minimiser_{};
};

TEST(Live, AFailureEndsTheRunWithItsMessage) {
  const Worker n = 6;
  LiveCase<double> run("a2cid2 sde", n, 0.05, 0.0);
  run.owned.objective = std::make_unique<Failing>(n);
  LiveProtocol protocol = protocol_of(edges_of("cycle", n), n, 1.0);
  protocol.gradients = 100000;
  try {
    run.live(protocol);
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "worker 3 cannot go on");
  }
}

// Runs that only something else than their gradients ends.
template <class Change>
void expect_ended(StopReason reason, const Change& change) {
  const Worker n = 6;
  for (const char* graph : {"cycle", "star"})
    for (const double rate : {0.5, 3.0}) {
      const std::vector<Edge> edges = edges_of(graph, n);
      LiveProtocol protocol = protocol_of(edges, n, rate);
      protocol.gradients.reset();
      LiveControl control;
      change(protocol, control);
      LiveCase<double> live("a2cid2 sde", n, 0.05, 0.5), again("a2cid2 sde", n, 0.05, 0.5);
      const LiveResult<double> result = live.live(protocol, true, control);
      EXPECT_EQ(result.reason, reason);
      const Outcome outcome = again.replay(result.trace, edges);
      EXPECT_EQ(outcome.counts.gradients, measured_course(result.trace, protocol.edges).total_gradients());
      EXPECT_EQ(again.final_states, live.final_states);
    }
}

TEST(Live, EndsByTheWallClock) {
  expect_ended(StopReason::wall_seconds,
               [](LiveProtocol& protocol, LiveControl&) { protocol.wall_seconds = 0.03; });
}

TEST(Live, EndsWhenTheUserInterrupts) {
  std::atomic<bool> interrupt = false;
  expect_ended(StopReason::interrupted, [&](LiveProtocol&, LiveControl& control) {
    interrupt = false;
    control.interrupt = &interrupt;
    control.on_progress = [&](double, std::uint64_t) { interrupt = true; };
  });
  interrupt = true;  // before it began
  expect_ended(StopReason::interrupted,
               [&](LiveProtocol&, LiveControl& control) { control.interrupt = &interrupt; });
}

TEST(LiveForecast, OfItsOwnTraceComputesEveryGradient) {
  const Worker n = 6;
  const std::vector<Edge> edges = edges_of("cycle", n);
  for (const double rate : {0.5, 1.0, 3.0}) {
    const LiveProtocol protocol = protocol_of(edges, n, rate);
    LiveCase<double> live("a2cid2 sde", n, 0.05, 0.0);
    const LiveTimings timings = fit_timings(live.live(protocol).trace);
    const LiveCourse course = forecast_live(protocol, timings, 1);
    EXPECT_EQ(course.total_gradients(), 101u);
    EXPECT_EQ(std::accumulate(course.averagings.begin(), course.averagings.end(), std::uint64_t{0}),
              2 * course.total_averagings());
    EXPECT_GT(course.total_averagings(), 0u);
  }
}

}  // namespace
}  // namespace acidsim
