// Live runs whose workers live on several ranks: they end, their counts are consistent, and one process
// replays their traces to the bit.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/live/live_forecast.hpp"
#include "sim/live/live_run.hpp"
#include "sim/live/live_schedule.hpp"
#include "sim/live/mpi_transport.hpp"
#include "sim/mpi/ownership.hpp"
#include "tests/algorithms/methods.hpp"
#include "tests/engine/runs.hpp"
#include "tests/mpi/ranks.hpp"

namespace acidsim {
namespace {

struct Case {
  std::string method = "a2cid2 sde";
  Worker workers = 6;
  bool complete = false;
  double rate = 1;
  Index dimension = 5;
  double momentum = 0.9;
  std::uint64_t gradients = 61;
  std::optional<double> wall_seconds = {};
  bool deterministic = false;  // partners and counts
  bool interrupted = false;    // after a few gradients
  bool saved = false;          // every 2 ms
};

// The workers that a process has, and what it needs to compute with them.
template <class Scalar>
class Held {
 public:
  Held(const Case& c, Worker first, Worker last)
      : kernel(method_named(c.method).kernel<Scalar>(last - first, c.dimension)),
        objective(make_quadratic<Scalar>({.dimension = c.dimension, .noise = 1, .heterogeneity = 1},
                                         c.workers, 3, 3)),
        optimizer({.learning_rate = {.base = 0.05}, .momentum = c.momentum}, last - first, c.dimension) {
    Vector<Scalar> x(c.dimension);
    for (Worker worker = first; worker < last; ++worker) {
      Stream(5, Purpose::initial_state, worker)
          .normals<Scalar>(0, {x.data(), static_cast<std::size_t>(x.size())});
      kernel->initialise(worker - first, x);
    }
  }

  std::unique_ptr<Kernel<Scalar>> kernel;
  std::unique_ptr<Objective<Scalar>> objective;
  Sgd<Scalar> optimizer;
};

std::vector<Edge> edges_of(const Case& c) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < c.workers; ++i)
    for (Worker j = i + 1; j < c.workers; ++j)
      if (c.complete || j == i + 1 || j == i + c.workers - 1) edges.push_back({i, j, 1.0});
  return edges;
}

LiveProtocol protocol_of(const Case& c) {
  LiveProtocol protocol{
      .workers = c.workers,
      .edges = {},
      .rate = c.rate,
      .pairing = c.deterministic ? PairingRule::fixed : PairingRule::fifo,
      .averagings = c.deterministic ? AveragingCount::deterministic : AveragingCount::poisson};
  for (const Edge& edge : edges_of(c)) protocol.edges.push_back({edge.i, edge.j});
  if (c.wall_seconds || c.interrupted)
    protocol.wall_seconds = c.wall_seconds;
  else
    protocol.gradients = c.gradients;
  return protocol;
}

template <class Scalar>
LiveResult<Scalar> run_on_ranks(const Case& c, const LiveProtocol& protocol, Held<Scalar>& held,
                                LiveTransport& transport) {
  std::atomic<bool> interrupt = false;
  LiveRun<Scalar> run{.protocol = protocol,
                      .kernel = *held.kernel,
                      .optimizer = held.optimizer,
                      .objective = *held.objective,
                      .gradient_seconds = std::vector<double>(c.workers, 0.0002),
                      .horizon = 61};
  if (c.interrupted) {
    run.control.interrupt = &interrupt;
    run.control.on_progress = [&](double, std::uint64_t gradients) { interrupt = gradients >= 20; };
  }
  if (!c.saved) return run_live(run, transport);
  std::size_t pauses = 0;
  run.control.save_every = 0.002;
  run.save = [&](const LiveHistory& history, const auto& each_worker) {
    ++pauses;
    Worker worker = 0;
    each_worker([&](double time, std::span<const Scalar>, std::span<const std::byte>) {
      EXPECT_LE(time, history.trace.time_of(worker++));
    });
    EXPECT_EQ(worker, c.workers);
  };
  LiveResult<Scalar> result = run_live(run, transport);
  EXPECT_EQ(pauses > 1, transport.rank() == 0);
  return result;
}

// Every tell of one worker to another has its hear, and the other did the same as often.
void expect_symmetric(const LiveTrace& trace, const LiveCourse& course) {
  std::map<std::pair<Worker, Worker>, std::uint64_t> tells, hears;
  for (Worker worker = 0; worker < trace.workers.size(); ++worker)
    for (const LiveOperation& operation : trace.workers[worker]) {
      if (operation.verb == Verb::send) ++tells[{worker, operation.peer}];
      if (operation.verb == Verb::receive) ++hears[{worker, operation.peer}];
    }
  EXPECT_EQ(tells, hears);
  std::uint64_t total = 0;
  for (const auto& [pair, count] : hears) {
    EXPECT_EQ(count, (hears[{pair.second, pair.first}]));
    total += count;
  }
  EXPECT_EQ(total, 2 * course.total_averagings());
}

template <class Scalar>
void expect_replayed(const Case& c, StopReason reason = StopReason::gradients) {
  SCOPED_TRACE(c.method + (c.complete ? " complete" : " cycle") + " of " + std::to_string(c.workers) +
               " rate " + std::to_string(c.rate));
  const LiveProtocol protocol = protocol_of(c);
  const std::vector<Edge> edges = edges_of(c);
  const auto transport = make_mpi_transport(world(), c.workers);
  Held<Scalar> held(c, transport->first_worker(), transport->last_worker());
  const LiveResult<Scalar> result = run_on_ranks(c, protocol, held, *transport);
  if (transport->rank() != 0) {
    EXPECT_EQ(result.states, nullptr);
    return;
  }
  EXPECT_EQ(result.reason, reason);
  const LiveCourse course = measured_course(result.trace, protocol.edges);
  if (protocol.gradients) {
    EXPECT_EQ(course.total_gradients(), *protocol.gradients);
  }
  expect_symmetric(result.trace, course);

  std::vector<Scalar> live, again;
  for_each_averaged_vector<Scalar>(
      result.mean, held.kernel->vectors(), c.workers,
      [&](Worker worker) { return std::span<const std::byte>(result.states->memory(worker)); },
      [&](std::span<const std::byte> part) { append(part, live); });
  Held<Scalar> all(c, 0, c.workers);
  const LiveSchedule schedule(result.trace, edges, "trace");
  Simulation<Scalar> simulation{schedule, *all.kernel};
  simulation.objective = all.objective.get();
  simulation.optimizer = &all.optimizer;
  simulation.edges = static_cast<Index>(edges.size());
  simulation.observe.every = 1;
  const Outcome outcome = replay_live<Scalar>(
      simulation, 61, [](const auto& replay) { return run_serial(replay); },
      [&](std::span<const std::byte> part) { append(part, again); });
  EXPECT_EQ(outcome.counts.worker_gradients, course.gradients);
  EXPECT_EQ(outcome.counts.edge_communications, course.pairs);
  EXPECT_TRUE(again == live) << "the replay ends with other states";
}

TEST(LiveRanks, EndAndReplayToTheBit) {
  for (const bool complete : {false, true})
    for (const double rate : {0.5, 1.0, 3.0}) {
      expect_replayed<double>({.method = "a2cid2 sde", .complete = complete, .rate = rate});
      expect_replayed<float>({.method = "async_gossip", .complete = complete, .rate = rate, .momentum = 0});
      expect_replayed<float>({.method = "a2cid2 reference",
                              .workers = 7,
                              .complete = complete,
                              .rate = rate,
                              .deterministic = true});
    }
}

TEST(LiveRanks, SavedOnTheWayTheyReplayWhole) {
  for (const bool deterministic : {false, true}) {
    expect_replayed<double>({.gradients = 400, .deterministic = deterministic, .saved = true});
    expect_replayed<float>({.method = "async_gossip",
                            .workers = 7,
                            .rate = 2,
                            .gradients = 400,
                            .deterministic = deterministic,
                            .saved = true});
  }
}

TEST(LiveRanks, OneWorkerEach) {
  const auto workers = static_cast<Worker>(world().size());
  for (const double rate : {0.5, 3.0}) {
    expect_replayed<double>({.method = "async_gossip", .workers = workers, .rate = rate});
    expect_replayed<float>({.method = "a2cid2 sde", .workers = workers, .complete = true, .rate = rate});
  }
}

TEST(LiveRanks, LongVectorsArriveWhole) {
  expect_replayed<double>({.workers = 4, .rate = 2, .dimension = 200'003, .gradients = 20});
}

TEST(LiveRanks, AnInterruptOfRankZeroEndsAll) {
  expect_replayed<double>({.interrupted = true}, StopReason::interrupted);
}

TEST(LiveRanks, WallSecondsEndAll) {
  expect_replayed<double>({.wall_seconds = 0.1}, StopReason::wall_seconds);
}

TEST(LiveRanks, HaveBlocksOfWorkers) {
  const Worker workers = 11;
  const auto transport = make_mpi_transport(world(), workers);
  const Ownership blocks = own_blocks(workers, world().size(), world().rank());
  EXPECT_EQ(transport->rank(), world().rank());
  EXPECT_EQ(transport->first_worker(), blocks.own.front());
  EXPECT_EQ(transport->last_worker(), blocks.own.back() + 1);
}

TEST(LiveRanks, BroadcastAndCollect) {
  const Worker workers = 11;
  const auto transport = make_mpi_transport(world(), workers);
  for (Worker owner = 0; owner < workers; ++owner) {
    const bool own = owner >= transport->first_worker() && owner < transport->last_worker();
    const auto mark = static_cast<std::byte>(owner + 1);
    std::vector<std::byte> shared(1000, own ? mark : std::byte{0});
    transport->broadcast(owner, shared);
    EXPECT_EQ(shared, std::vector<std::byte>(1000, mark));
    // Of a size that the owner alone knows; one is empty.
    std::vector<std::byte> collected(own ? owner * std::size_t{30'000} : 5, mark);
    transport->collect(owner, collected);
    if (world().rank() != 0) continue;
    EXPECT_EQ(collected, std::vector<std::byte>(owner * std::size_t{30'000}, mark));
  }
}

TEST(LiveRanks, MoreThanWorkersAreRefused) {
  try {
    make_mpi_transport(world(), static_cast<Worker>(world().size() - 1));
    ADD_FAILURE() << "was accepted";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("more ranks than workers"), std::string::npos) << error.what();
  }
}

// Cannot compute the third gradient of the last worker.
class Failing final : public Objective<double> {
 public:
  Failing(Worker workers, Index dimension) : workers_(workers), dimension_(dimension) {}
  Index dimension() const override { return dimension_; }
  Worker workers() const override { return workers_; }
  void gradient(Worker worker, std::uint64_t index, const Vector<double>& x, Vector<double>& g,
                GradientScratch&) const override {
    if (worker == workers_ - 1 && index == 2) throw std::runtime_error("the last worker cannot go on");
    g = x;
  }
  double loss(const Vector<double>&) const override { return 0; }
  double worker_loss(Worker, const Vector<double>&) const override { return 0; }
  void full_gradient(const Vector<double>& x, Vector<double>& g) const override { g = x; }
  const Minimiser& minimiser() const override { return minimiser_; }

 private:
  Worker workers_;
  Index dimension_;
  Minimiser minimiser_{};
};

// For a program of its own: what fails on one of several ranks ends all of them.
TEST(LiveFailure, EndsAllRanks) {
  const Case c{.gradients = 1'000'000};
  const LiveProtocol protocol = protocol_of(c);
  const auto transport = make_mpi_transport(world(), c.workers);
  Held<double> held(c, transport->first_worker(), transport->last_worker());
  held.objective = std::make_unique<Failing>(c.workers, c.dimension);
  run_on_ranks(c, protocol, held, *transport);
  ADD_FAILURE() << "the run came to its end";
}

}  // namespace
}  // namespace acidsim
