// A replay gives the bits of the serial run: states, optimizer memory, every record, counts and the reason to
// stop.
#include "sim/mpi/replay.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/kernel_states.hpp"
#include "sim/metrics/metric.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/algorithms/methods.hpp"
#include "tests/mpi/ranks.hpp"
#include "topologies/families/families.hpp"
#include "topologies/partition.hpp"

namespace acidsim {
namespace {

StopRules until(double time) {
  StopRules stop;
  stop.time = time;
  return stop;
}

template <class Scalar>
using MakeKernel = std::function<std::unique_ptr<Kernel<Scalar>>(Worker held, Index dimension)>;

// One experiment, to be run serially and by all ranks.
template <class Scalar>
struct Experiment {
  MakeKernel<Scalar> kernel;
  Graph graph = cycle(11);
  bool metis = false;
  Index dimension = 5;
  bool gradients = true;
  SgdParameters optimizer = {.learning_rate = {.base = 0.1}, .momentum = 0.6, .weight_decay = 0.01};
  StopRules stop = until(9.3);
  double record_every = 2;
  bool local_steps = false;
  double target_below = -1;  // of the sum of squares of all states
  double initial_scale = 1;
  ReplayOptions options = {};
  bool restarts = true;
  std::uint64_t seed = 7;
};

// What a run leaves behind, at rank 0.
struct Trace {
  Outcome outcome;
  std::vector<double> rows;
  std::vector<std::byte> states;
  std::vector<Event> events;
};

template <class Scalar>
class HeldRun {
 public:
  HeldRun(const Experiment<Scalar>& experiment, std::vector<Worker> own)
      : experiment_(experiment),
        own_(std::move(own)),
        edges_(experiment.graph.edges),
        schedule_(experiment.seed,
                  std::vector<double>(experiment.graph.workers, experiment.gradients ? 1.0 : 0.0),
                  weigh(edges_, experiment.graph.workers)),
        kernel_(experiment.kernel(static_cast<Worker>(own_.size()), experiment.dimension)),
        objective_(experiment.gradients ? make_quadratic<Scalar>({.dimension = experiment.dimension,
                                                                  .curvature_min = 0.5,
                                                                  .curvature_max = 2,
                                                                  .noise = 0.3,
                                                                  .heterogeneity = 1},
                                                                 experiment.graph.workers, 1, 2)
                                        : nullptr),
        optimizer_(experiment.optimizer, static_cast<Worker>(own_.size()),
                   experiment.gradients ? experiment.dimension : 0),
        simulation_{schedule_, *kernel_} {
    simulation_.objective = objective_.get();
    simulation_.optimizer = &optimizer_;
    simulation_.edges = static_cast<Index>(edges_.size());
    simulation_.stop = experiment.stop;
    simulation_.observe.every = experiment.record_every;
    simulation_.progress_clock = experiment.local_steps ? ProgressClock::local_steps : ProgressClock::time;
    simulation_.horizon = 500;
    simulation_.observe.on_record = [this](const Record<Scalar>& record) { return watch(record); };
    simulation_.observe.on_events = [this](std::span<const Event> events, std::span<const double>) {
      trace_.events.insert(trace_.events.end(), events.begin(), events.end());
    };
    if (experiment.restarts) {
      simulation_.resume.restart = [this] {
        trace_ = {};
        hashes.clear();
        initialise();
      };
    }
    initialise();
  }

  Simulation<Scalar>& simulation() { return simulation_; }
  const Kernel<Scalar>& kernel() const { return *kernel_; }
  const Optimizer<Scalar>& optimizer() const { return optimizer_; }

  Trace serially() {
    trace_.outcome = run_serial(simulation_);
    for_each_state_vector<Scalar>(*kernel_, &optimizer_, ReadTimes{trace_.outcome.time}, keep());
    return std::move(trace_);
  }

  Trace by_ranks(const Ownership& ownership) {
    SharedStates<Scalar> states(*kernel_, &optimizer_, world(), ownership);
    states_ = &states;
    ReplayOutcome replay = run_mpi(simulation_, world(), ownership, states, experiment_.options);
    trace_.outcome = std::move(replay.outcome);
    reports = std::move(replay.reports);
    states.for_each_state_vector(ReadTimes{trace_.outcome.time}, keep());
    return std::move(trace_);
  }

  struct Checkpoint {
    Position position;
    Counts counts;
    std::vector<double> times;
    std::vector<Scalar> stored;
    std::vector<std::byte> memory;  // of the optimizer
  };

  // Keeps what it takes to go on from each checkpoint, at rank 0.
  void keep_checkpoints(double every) {
    simulation_.checkpoints.every = every;
    simulation_.checkpoints.write = [this](const Position& position, const Counts& counts, const auto&) {
      Checkpoint& kept = checkpoints.emplace_back(Checkpoint{position, counts, {}, {}, {}});
      const auto m = static_cast<std::size_t>(kernel_->vectors());
      const auto d = static_cast<std::size_t>(kernel_->dimension());
      std::vector<Scalar> stored(m * d);
      std::vector<std::byte> memory(optimizer_.memory().size());
      for (Worker worker = 0; worker < experiment_.graph.workers; ++worker) {
        if (states_ != nullptr) {
          kept.times.push_back(states_->save(worker, stored));
          states_->memory(worker, memory);
        } else {
          kept.times.push_back(kernel_->save(worker, stored));
          std::ranges::copy(optimizer_.memory().bytes(worker), memory.begin());
        }
        kept.stored.insert(kept.stored.end(), stored.begin(), stored.end());
        kept.memory.insert(kept.memory.end(), memory.begin(), memory.end());
      }
    };
  }

  // To be used before the run: goes on from there.
  void start_from(const Checkpoint& checkpoint) {
    const auto m = static_cast<std::size_t>(kernel_->vectors());
    const auto d = static_cast<std::size_t>(kernel_->dimension());
    for (Worker place = 0; place < own_.size(); ++place) {
      const std::size_t worker = own_[place];
      kernel_->restore(place, checkpoint.times[worker],
                       std::span(checkpoint.stored).subspan(worker * m * d, m * d));
      const std::span<std::byte> memory = optimizer_.memory().bytes(place);
      std::ranges::copy(std::span(checkpoint.memory).subspan(worker * memory.size(), memory.size()),
                        memory.begin());
    }
    simulation_.resume.position = &checkpoint.position;
    simulation_.resume.counts = &checkpoint.counts;
    simulation_.resume.restart = {};
  }

  // Keeps the state after every event in `hashes`.
  void hash_states() {
    simulation_.observe.on_state = [this](const StateHash& hash) { hashes.push_back(hash); };
  }

  std::vector<RankReport> reports;
  std::vector<StateHash> hashes;
  std::vector<Checkpoint> checkpoints;

 private:
  static const std::vector<Edge>& weigh(std::vector<Edge>& edges, Worker workers) {
    for (Edge& edge : edges) edge.rate = static_cast<double>(workers) / static_cast<double>(edges.size());
    return edges;
  }

  void initialise() {
    optimizer_.memory().clear();
    Vector<Scalar> x(experiment_.dimension);
    for (Worker place = 0; place < own_.size(); ++place) {
      Stream(5, Purpose::initial_state, own_[place])
          .normals<Scalar>(0, {x.data(), static_cast<std::size_t>(x.size())});
      x *= static_cast<Scalar>(experiment_.initial_scale);
      kernel_->initialise(place, x);
    }
  }

  // Reads all there is, twice and in two orders, as metrics do.
  bool watch(const Record<Scalar>& record) {
    const StateView<Scalar>& states = record.states;
    std::vector<Scalar> x(static_cast<std::size_t>(states.dimension()));
    double sum = 0;
    for (int a = 0; a < states.vectors(); ++a) {
      for (Worker worker = 0; worker < states.workers(); ++worker) {
        states.read(worker, a, x);
        for (const Scalar value : x) sum += static_cast<double>(value) * static_cast<double>(value);
      }
    }
    Snapshot<Scalar> snapshot(objective_.get());
    snapshot.move_to(states);
    trace_.rows.insert(trace_.rows.end(), {record.time, static_cast<double>(record.counts.gradients),
                                           static_cast<double>(record.counts.communications), sum});
    for (const Metric<Scalar>& metric : all_metrics<Scalar>()) {
      if (metric.name == "consensus_distance" || (metric.name == "loss" && objective_ != nullptr))
        trace_.rows.push_back(metric.evaluate(snapshot));
    }
    return sum < experiment_.target_below;
  }

  StateVisit keep() {
    return [this](std::span<const std::byte> part) {
      trace_.states.insert(trace_.states.end(), part.begin(), part.end());
    };
  }

  const Experiment<Scalar>& experiment_;
  std::vector<Worker> own_;
  std::vector<Edge> edges_;
  PoissonSchedule schedule_;
  std::unique_ptr<Kernel<Scalar>> kernel_;
  std::unique_ptr<Objective<Scalar>> objective_;
  Sgd<Scalar> optimizer_;
  Simulation<Scalar> simulation_;
  SharedStates<Scalar>* states_ = nullptr;  // of a run by ranks
  Trace trace_;
};

template <class Scalar>
Ownership ownership_of(const Experiment<Scalar>& experiment) {
  const Graph& graph = experiment.graph;
  if (experiment.metis)
    return own_parts(partition(graph.workers, graph.edges, world().size()), world().rank());
  return own_blocks(graph.workers, world().size(), world().rank());
}

std::vector<Worker> everyone(Worker workers) {
  std::vector<Worker> all(workers);
  for (Worker i = 0; i < workers; ++i) all[i] = i;
  return all;
}

// Runs both; compares at rank 0. The serial trace, there.
template <class Scalar>
Trace expect_equal(const Experiment<Scalar>& experiment, const std::string& what) {
  SCOPED_TRACE(what);
  const Ownership ownership = ownership_of(experiment);
  HeldRun<Scalar> shared(experiment, ownership.own);
  const Trace replay = shared.by_ranks(ownership);
  if (world().rank() != 0) return {};
  Trace serial = HeldRun<Scalar>(experiment, everyone(experiment.graph.workers)).serially();
  EXPECT_EQ(replay.outcome.reason, serial.outcome.reason);
  EXPECT_EQ(replay.outcome.detail, serial.outcome.detail);
  EXPECT_EQ(replay.outcome.time, serial.outcome.time);
  EXPECT_EQ(replay.outcome.counts.gradients, serial.outcome.counts.gradients);
  EXPECT_EQ(replay.outcome.counts.communications, serial.outcome.counts.communications);
  EXPECT_EQ(replay.outcome.counts.worker_gradients, serial.outcome.counts.worker_gradients);
  EXPECT_EQ(replay.outcome.counts.edge_communications, serial.outcome.counts.edge_communications);
  EXPECT_EQ(replay.rows, serial.rows);
  EXPECT_TRUE(replay.states == serial.states) << "final states differ";
  EXPECT_TRUE(replay.events == serial.events) << "events shown differ";
  EXPECT_FALSE(serial.states.empty());
  return serial;
}

const A2cid2Parameters momentum_parameters{0.3, 0.5, 0.8};

// Every method that the schedules here serve, and the generic kernel of one with a flow.
template <class Scalar>
std::vector<std::pair<std::string, MakeKernel<Scalar>>> kernels() {
  std::vector<std::pair<std::string, MakeKernel<Scalar>>> all;
  for (const Method& method : pairwise_methods())
    if (!method.dynamics.dual)  // those ask an oracle by worker; tests/contracts runs them
      all.emplace_back(method.name, [method](Worker n, Index d) { return method.kernel<Scalar>(n, d); });
  all.emplace_back("generic", [](Worker n, Index d) {
    return make_generic_kernel<Scalar>(a2cid2_dynamics(momentum_parameters), n, d);
  });
  return all;
}

template <class Scalar>
MakeKernel<Scalar> a2cid2() {
  return [](Worker n, Index d) { return make_a2cid2_kernel<Scalar>(momentum_parameters, n, d); };
}

template <class Scalar>
void every_kernel_and_graph() {
  for (const auto& [name, kernel] : kernels<Scalar>()) {
    for (const Graph& graph : {cycle(11), complete(9), erdos_renyi(16, 0.4, 3)}) {
      for (const bool metis : {false, true}) {
        const Experiment<Scalar> experiment{.kernel = kernel, .graph = graph, .metis = metis};
        expect_equal(experiment, name + " on " + graph.name + (metis ? ", METIS" : ", blocks"));
      }
    }
  }
}

TEST(Replay, EveryKernelAndGraphInDouble) { every_kernel_and_graph<double>(); }
TEST(Replay, EveryKernelAndGraphInSingle) { every_kernel_and_graph<float>(); }

TEST(Replay, GossipAlone) {
  for (const auto& [name, kernel] : kernels<double>())
    expect_equal<double>({.kernel = kernel, .graph = complete(12), .gradients = false, .stop = until(40)},
                         name);
}

TEST(Replay, AsManyWorkersAsRanks) {
  const auto n = static_cast<Worker>(std::max(world().size(), 2));
  expect_equal<double>({.kernel = a2cid2<double>(), .graph = complete(n), .stop = until(60)}, "complete");
  expect_equal<float>({.kernel = a2cid2<float>(), .graph = path(n), .stop = until(60)}, "path");
}

TEST(Replay, LongVectors) {
  expect_equal<double>({.kernel = a2cid2<double>(), .graph = cycle(9), .dimension = 20'000, .stop = until(4)},
                       "d = 20 000: rendezvous");
  expect_equal<float>({.kernel = a2cid2<float>(),
                       .graph = cycle(8),
                       .dimension = 300'001,
                       .gradients = false,
                       .stop = until(2)},
                      "d = 300 001: more than a bundle");
}

TEST(Replay, FewSlots) {
  for (const std::size_t slots : {1, 2, 3}) {
    for (const Worker n : {8u, 17u})
      expect_equal<double>({.kernel = a2cid2<double>(),
                            .graph = complete(n),
                            .dimension = 700,
                            .stop = until(20),
                            .options = {.slots = slots}},
                           "slots: " + std::to_string(slots));
  }
}

TEST(Replay, StopsByGradients) {
  for (const std::uint64_t limit : {0, 1, 144, 176, 1000}) {  // 176 = 16 n: at a look for divergence
    StopRules stop;
    stop.gradients = limit;
    expect_equal<double>({.kernel = a2cid2<double>(), .stop = stop}, std::to_string(limit));
  }
}

TEST(Replay, StopsAtATarget) {
  const Trace serial = expect_equal<double>(
      {.kernel = a2cid2<double>(), .stop = until(1000), .record_every = 0.5, .target_below = 60}, "target");
  EXPECT_EQ(serial.outcome.reason, world().rank() == 0 ? StopReason::target : StopReason::time);
}

TEST(Replay, RecordsOftenAndSeldom) {
  for (const double every : {0.01, 0.3, 1e9})
    expect_equal<double>({.kernel = a2cid2<double>(), .record_every = every}, std::to_string(every));
}

TEST(Replay, CountsLocalSteps) {
  expect_equal<double>({.kernel = a2cid2<double>(),
                        .optimizer = {.learning_rate = {.kind = LearningRate::Kind::cosine, .base = 0.2}},
                        .stop = until(30),
                        .local_steps = true},
                       "cosine");
}

TEST(Replay, DivergesWhereTheSerialRunDoes) {
  for (const bool restarts : {false, true}) {
    for (const double rate : {2.0, 40.0}) {
      for (const double every : {0.7, 1e9}) {
        const Trace serial =
            expect_equal<double>({.kernel = a2cid2<double>(),
                                  .optimizer = {.learning_rate = {.base = rate}, .momentum = 0.5},
                                  .stop = until(1000),
                                  .record_every = every,
                                  .restarts = restarts},
                                 "rate " + std::to_string(rate));
        EXPECT_EQ(serial.outcome.reason, world().rank() == 0 ? StopReason::diverged : StopReason::time);
      }
    }
    const Trace at_once = expect_equal<float>(
        {.kernel = a2cid2<float>(), .initial_scale = 1e20, .restarts = restarts}, "too large at the start");
    EXPECT_EQ(at_once.outcome.time, 0);
    StopRules stop;  // one worker of one rank: 176 gradients and communications are a look for divergence
    stop.gradients = 93;
    expect_equal<double>({.kernel = a2cid2<double>(),
                          .optimizer = {.learning_rate = {.base = 1e13}},
                          .stop = stop,
                          .restarts = restarts},
                         "near the end");
  }
}

TEST(Replay, RandomExperiments) {
  Draws draws(Stream(99, Purpose::problem, 0));
  for (int k = 0; k < 40; ++k) {
    const auto n = static_cast<Worker>(std::max(world().size(), 2) + static_cast<int>(30 * draws.uniform()));
    const auto all = kernels<double>();
    Experiment<double> experiment{.kernel = all[static_cast<std::size_t>(6 * draws.uniform())].second};
    experiment.graph = draws.uniform() < 0.5 ? complete(n) : path(n);
    experiment.metis = draws.uniform() < 0.5;
    experiment.dimension = static_cast<Index>(std::exp(8 * draws.uniform()));
    experiment.gradients = draws.uniform() < 0.7;
    experiment.stop = until(20 * draws.uniform());
    experiment.record_every = 0.2 + 5 * draws.uniform();
    experiment.options.slots = static_cast<std::size_t>(6 * draws.uniform());
    experiment.seed = static_cast<std::uint64_t>(k);
    expect_equal(experiment, "experiment " + std::to_string(k));
  }
}

TEST(Replay, CheckpointsAreThoseOfTheSerialRunAndRanksGoOnFromThem) {
  for (const auto& [name, kernel] : kernels<double>()) {
    SCOPED_TRACE(name);
    const Experiment<double> experiment{.kernel = kernel, .graph = complete(11), .stop = until(9.3)};
    const Ownership ownership = ownership_of(experiment);
    HeldRun<double> shared(experiment, ownership.own);
    shared.keep_checkpoints(2.7);
    const Trace replay = shared.by_ranks(ownership);

    // Every rank needs the checkpoints: it takes them from a serial run of its own.
    HeldRun<double> alone(experiment, everyone(11));
    alone.keep_checkpoints(2.7);
    const Trace serial = alone.serially();
    EXPECT_EQ(alone.checkpoints.size(), 4u) << "at 2.7, 5.4, 8.1 and at the end";
    if (world().rank() == 0) {
      EXPECT_EQ(shared.checkpoints.size(), 4u);
      for (std::size_t k = 0; k < std::min(shared.checkpoints.size(), alone.checkpoints.size()); ++k) {
        auto& found = shared.checkpoints[k];
        const auto& expected = alone.checkpoints[k];
        found.position.wall_seconds = expected.position.wall_seconds;
        EXPECT_EQ(found.position, expected.position);
        EXPECT_EQ(found.counts.gradients, expected.counts.gradients);
        EXPECT_EQ(found.counts.worker_gradients, expected.counts.worker_gradients);
        EXPECT_EQ(found.counts.edge_communications, expected.counts.edge_communications);
        EXPECT_EQ(found.times, expected.times);
        EXPECT_EQ(found.stored, expected.stored);
        EXPECT_EQ(found.memory, expected.memory);
      }
      EXPECT_EQ(replay.states, serial.states);
    }
    for (const auto& checkpoint : alone.checkpoints) {
      HeldRun<double> resumed(experiment, ownership.own);
      resumed.start_from(checkpoint);
      const Trace rest = resumed.by_ranks(ownership);
      if (world().rank() != 0) continue;
      EXPECT_EQ(rest.states, serial.states);
      EXPECT_EQ(rest.outcome.counts.worker_gradients, serial.outcome.counts.worker_gradients);
      EXPECT_TRUE(std::equal(rest.rows.rbegin(), rest.rows.rend(), serial.rows.rbegin())) << "the last rows";
    }
  }
}

TEST(Replay, CheckpointsByTheClockAreThoseOfRankZeroAndChangeNothing) {
  const Experiment<double> experiment{.kernel = a2cid2<double>(), .stop = until(100)};
  const Ownership ownership = ownership_of(experiment);
  HeldRun<double> shared(experiment, ownership.own);
  shared.keep_checkpoints(infinity);
  shared.simulation().checkpoints.every_seconds = 0;
  const Trace replay = shared.by_ranks(ownership);
  if (world().rank() != 0) {
    EXPECT_TRUE(shared.checkpoints.empty());
    return;
  }
  EXPECT_GE(shared.checkpoints.size(), 3u) << "wanted at every point";
  HeldRun<double> alone(experiment, everyone(11));
  EXPECT_EQ(replay.states, alone.serially().states);
}

TEST(Replay, HashesOfEveryEventFindTheFirstThatDiffers) {
  for (const auto& [name, kernel] : kernels<double>()) {
    SCOPED_TRACE(name);
    const Experiment<double> experiment{.kernel = kernel, .graph = complete(10), .stop = until(15)};
    const Ownership ownership = ownership_of(experiment);
    HeldRun<double> shared(experiment, ownership.own);
    shared.hash_states();
    shared.by_ranks(ownership);
    const std::vector<StateHash> found = gather_hashes(world(), shared.hashes);
    if (world().rank() != 0) continue;
    HeldRun<double> alone(experiment, everyone(10));
    alone.hash_states();
    const Trace serial = alone.serially();
    const Outcome& outcome = serial.outcome;
    const std::uint64_t at_start = alone.kernel().has_gradient_at_start() ? 10 : 0;  // of no event
    EXPECT_EQ(alone.hashes.size(), outcome.counts.gradients - at_start + 2 * outcome.counts.communications);
    EXPECT_FALSE(first_difference(alone.hashes, found).has_value());

    // One bit of one state, changed in the middle.
    std::vector<StateHash> false_one = found;
    const std::size_t middle = false_one.size() / 2;
    false_one[middle].hash ^= 1;
    const auto difference = first_difference(alone.hashes, false_one);
    EXPECT_TRUE(difference.has_value());
    EXPECT_EQ(difference.value_or(StateDifference{}).event, found[middle].event);
    EXPECT_EQ(difference.value_or(StateDifference{}).worker, found[middle].worker);
  }
}

TEST(Replay, ReportsTellWhoDidWhat) {
  const Experiment<double> experiment{.kernel = a2cid2<double>(), .graph = complete(12), .stop = until(50)};
  const Ownership ownership = ownership_of(experiment);
  HeldRun<double> run(experiment, ownership.own);
  const Trace trace = run.by_ranks(ownership);
  if (world().rank() != 0) return;
  EXPECT_EQ(run.reports.size(), static_cast<std::size_t>(world().size()));
  std::uint64_t workers = 0, gradients = 0, communications = 0, messages = 0;
  for (const RankReport& report : run.reports) {
    workers += report.workers;
    gradients += report.gradients;
    communications += report.communications;
    messages += report.messages;
    EXPECT_EQ(report.bytes, report.messages * 5 * sizeof(double));
    EXPECT_LE(report.waiting + report.observing, report.seconds);
    EXPECT_EQ(report.host, world().host());
  }
  EXPECT_EQ(workers, 12u);
  EXPECT_EQ(gradients, trace.outcome.counts.gradients);
  EXPECT_EQ(communications + messages / 2, trace.outcome.counts.communications);
}

TEST(Replay, ReportsAsATable) {
  const std::vector<RankReport> reports = {{0, "near", 3, 1000, 20, 7, 1'500'000, 2.0, 0.5, 0.1},
                                           {1, "far-away", 4, 12, 0, 7, 1'500'000, 2.0, 1.9, 0.0}};
  EXPECT_EQ(table_of(reports),
            "rank  host      workers   gradients  exchanges here   messages  MB sent  seconds  computing  "
            "waiting  observing\n"
            "   0  near            3        1000              20          7      1.5     2.00     70.0 %   "
            "25.0 %      5.0 %\n"
            "   1  far-away        4          12               0          7      1.5     2.00      5.0 %   "
            "95.0 %      0.0 %\n");
}

TEST(Replay, AnInterruptOfOneRankStopsAllAtTheSameEvent) {
  Experiment<double> experiment{.kernel = a2cid2<double>(), .stop = {}, .record_every = 1e9};
  const Ownership ownership = ownership_of(experiment);
  HeldRun<double> run(experiment, ownership.own);
  const std::atomic<bool> interrupt = world().rank() == world().size() - 1;
  run.simulation().observe.interrupt = &interrupt;
  const Trace trace = run.by_ranks(ownership);
  EXPECT_EQ(trace.outcome.reason, StopReason::interrupted);
  if (world().rank() != 0) return;
  EXPECT_EQ(trace.outcome.counts.gradients + trace.outcome.counts.communications, trace.events.size());
}

TEST(Replay, WallSecondsOfRankZeroStopAll) {
  Experiment<double> experiment{.kernel = a2cid2<double>(), .stop = {}, .record_every = 1e9};
  experiment.stop.wall_seconds = 0.05;
  const Ownership ownership = ownership_of(experiment);
  HeldRun<double> run(experiment, ownership.own);
  EXPECT_EQ(run.by_ranks(ownership).outcome.reason, StopReason::wall_seconds);
}

}  // namespace
}  // namespace acidsim
