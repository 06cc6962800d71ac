// One measurement of the replay, run by two ranks: `replay_ranks (sgd|duo|pairs|complete) D [SLOTS]`.
// Prints `ratio`, and what it is the ratio of, from rounds by turns: the best of each.
#include <fmt/format.h>
#include <mpi.h>

#include <chrono>
#include <string>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/mpi/replay.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A rate of 1 for each worker.
std::vector<Edge> rated(const Graph& graph) {
  std::vector<Edge> edges = graph.edges;
  for (Edge& edge : edges) edge.rate = 0.5 * graph.workers / static_cast<double>(edges.size());
  return edges;
}

struct Experiment {
  Graph graph;
  Index dimension;
  std::unique_ptr<Objective<double>> objective;
  double time;  // simulated
  std::size_t slots;
};

struct Measured {
  double seconds = infinity;
  std::uint64_t messages = 0;  // of rank 0
  double waiting = 0;          // of rank 0, share
};

// One run from the beginning, by all ranks, or by this one alone.
Measured measure(const Experiment& experiment, MpiWorld& world, bool alone) {
  const Worker workers = experiment.graph.workers;
  const PoissonSchedule schedule(1, std::vector<double>(workers, experiment.objective ? 1.0 : 0.0),
                                 rated(experiment.graph));
  const Ownership ownership = own_blocks(workers, alone ? 1 : world.size(), alone ? 0 : world.rank());
  const auto held = static_cast<Worker>(ownership.own.size());
  const auto kernel = experiment.objective
                          ? make_a2cid2_kernel<double>({.eta = 0.035, .alpha = 0.5, .alpha_tilde = 1.2}, held,
                                                       experiment.dimension)
                          : make_async_gossip_kernel<double>({}, held, experiment.dimension);
  for (Worker place = 0; place < held; ++place)
    kernel->initialise(place, Vector<double>::Constant(experiment.dimension, ownership.own[place]));
  Sgd<double> optimizer(SgdParameters{}, held, experiment.objective ? experiment.dimension : 0);
  Simulation<double> simulation{schedule, *kernel};
  simulation.objective = experiment.objective.get();
  simulation.optimizer = &optimizer;
  simulation.record_every = infinity;
  simulation.stop.time = experiment.time;
  simulation.restart = [] {};
  Measured measured;
  if (alone) {
    const double start = wall_seconds();
    run_serial(simulation);
    measured.seconds = wall_seconds() - start;
    return measured;
  }
  SharedStates<double> states(*kernel, &optimizer, world, ownership);
  world.all(true);
  const double start = wall_seconds();
  const ReplayOutcome outcome = run_mpi(simulation, world, ownership, states, {.slots = experiment.slots});
  measured.seconds = wall_seconds() - start;
  if (world.rank() == 0) {
    measured.messages = outcome.reports[0].messages;
    measured.waiting = outcome.reports[0].waiting / outcome.reports[0].seconds;
  }
  return measured;
}

// Exchanges of `dimension` numbers with the other rank, one after another, from and into a buffer for each of
// `workers` workers in turn: seconds each.
double bare_exchange(MpiWorld& world, Index dimension, Worker workers) {
  const std::vector<double> buffer(static_cast<std::size_t>(dimension), 1.0);
  std::vector<std::vector<double>> out(workers, buffer), in(workers, buffer);
  const int peer = 1 - world.rank(), count = static_cast<int>(dimension);
  const auto exchange = [&](long times) {
    Worker worker = 0;
    for (long k = 0; k < times; ++k) {
      MPI_Sendrecv(out[worker].data(), count, MPI_DOUBLE, peer, 0, in[worker].data(), count, MPI_DOUBLE, peer,
                   0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (++worker == workers) worker = 0;
    }
  };
  const long times = std::max(20L, std::min(100'000L, 200'000'000L / (dimension * 8 + 2000)));
  exchange(times / 10 + 1);
  const double start = wall_seconds();
  exchange(times);
  return (wall_seconds() - start) / static_cast<double>(times);
}

void gradient_bound(MpiWorld& world, Index dimension, std::size_t slots) {
  const Graph graph = cycle(64);
  const Experiment experiment{graph, dimension,
                              make_quadratic<double>({dimension, 1, 1, 1, 0}, graph.workers, 1, 1),
                              5e6 / static_cast<double>(dimension), slots};
  Measured serial, replay;
  for (int round = 0; round < 5; ++round) {
    if (world.rank() == 0)
      serial.seconds = std::min(serial.seconds, measure(experiment, world, true).seconds);
    world.all(true);
    const Measured found = measure(experiment, world, false);
    if (found.seconds < replay.seconds) replay = found;
  }
  if (world.rank() == 0)
    fmt::print("ratio {:.4g}\nserial_seconds {:.4g}\nreplay_seconds {:.4g}\nwaiting {:.3g}\n",
               serial.seconds / replay.seconds, serial.seconds, replay.seconds, replay.waiting);
}

void communication_bound(MpiWorld& world, const Graph& graph, Index dimension, std::size_t slots) {
  const Experiment experiment{graph, dimension, nullptr,
                              64.0 / graph.workers * 2e7 / (2000 + 5 * static_cast<double>(dimension)),
                              slots};
  Measured replay;
  double bare = infinity;
  for (int round = 0; round < 5; ++round) {
    bare = std::min(bare, bare_exchange(world, dimension, graph.workers / 2));
    const Measured found = measure(experiment, world, false);
    if (found.seconds < replay.seconds) replay = found;
  }
  const double each = replay.seconds / static_cast<double>(replay.messages);
  if (world.rank() == 0)
    fmt::print("ratio {:.4g}\nbare_us {:.4g}\nreplay_us {:.4g}\nwaiting {:.3g}\nmessages {}\n", bare / each,
               bare * 1e6, each * 1e6, replay.waiting, replay.messages);
}

}  // namespace
}  // namespace acidsim

int main(int argc, char** argv) {
  using namespace acidsim;
  const std::string what = argc >= 3 ? argv[1] : "";
  const Index dimension = argc >= 3 ? std::stol(argv[2]) : 0;
  const std::size_t slots = argc >= 4 ? std::stoul(argv[3]) : 0;
  MpiWorld world(MpiWorld::Threads::one, nullptr);
  if (world.size() != 2 || dimension < 1) {
    fmt::print(stderr, "usage: mpirun -np 2 replay_ranks (sgd|duo|pairs|complete) DIMENSION [SLOTS]\n");
    return 2;
  }
  if (what == "sgd") gradient_bound(world, dimension, slots);
  if (what == "pairs") communication_bound(world, complete_bipartite(32, 32), dimension, slots);
  if (what == "duo") communication_bound(world, complete(2), dimension, slots);
  if (what == "complete") communication_bound(world, complete(64), dimension, slots);
  return 0;
}
