// Everything about one experiment that is known before it runs: graph, constants, data, expected size.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/algorithms/table.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/experiment/network.hpp"
#include "sim/experiment/workload.hpp"
#include "sim/live/live_schedule.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/system/memo.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// What several cells and repeats share, each made once. Thread-safe.
class Resources {
 public:
  // Throws InputError.
  std::shared_ptr<const Network> network(const TopologySource& topology, double communication_rate,
                                         SpectrumNeed need);
  template <class Scalar>
  const DatasetPair<Scalar>& data(const DataSource& data, const DataNeeds& needs);
  // The objective's minimiser; `problem` is a name that says all about f.
  template <class Scalar>
  const Minimiser& minimiser(const std::string& problem, const Objective<Scalar>& objective) {
    return minimisers_.get(problem, [&] { return objective.minimiser(); });
  }

 private:
  NetworkCache cache_;
  Memo<std::shared_ptr<const Network>> networks_;
  Memo<DatasetPair<double>> data_double_;
  Memo<DatasetPair<float>> data_float_;
  Memo<Minimiser> minimisers_;
};

// What one repeat will be, as far as the experiment tells.
struct Estimate {
  double time = 0;  // simulated time at the end, if no target is met
  double gradients = 0, communications = 0;
  Index dimension = 0;
  double state_bytes = 0, data_bytes = 0;
  double own_bytes = 0;  // what the repeat has alone: states, clocks, counts, rows
  Workload work;         // by the fixed model
  double record_every = 1;

  double cost() const;  // nominal seconds, records included; infinite where no end is known
};

struct Plan {
  Experiment experiment;
  std::shared_ptr<const Network> network;
  Values constants;   // of the algorithm, with the theory's values in the place of "auto"
  Dynamics dynamics;  // the algorithm as it is resolved
  Estimate expected;
  std::shared_ptr<const Matrix<double>> initial_points;  // checked; null where the workers start elsewhere
  std::vector<std::string> notices;                      // about the graph and the data, for the user to read
  double communication_rate = 0;                         // the experiment's, over the algorithm's slowdown
  std::shared_ptr<const Group> mixing = nullptr;         // a mixing matrix that is given; null: one by a rule
  std::optional<double> epoch_gradients = {};            // of all workers; nothing without training rows

  const AlgorithmRow& algorithm() const;
  const std::string& place() const { return experiment.place; }
  Worker workers() const { return network->graph.workers; }
  // Who has a state: the workers, and the server of a method that has one, which comes last.
  Worker nodes() const { return workers() + Worker{dynamics.has_server()}; }
  bool single_precision() const { return experiment.precision == Precision::single_precision; }
  double record_every() const { return expected.record_every; }

  // Made anew for each repeat from its seed.
  std::vector<double> gradient_rates(std::uint64_t seed) const;  // of gradient events: 0 where there are none
  std::vector<double> worker_rates(std::uint64_t seed) const;    // as the experiment gives them
  std::unique_ptr<Schedule> schedule(std::uint64_t seed) const;
  // The edges whose workers ever average; none where the algorithm does not communicate.
  std::vector<Edge> averaging_edges() const;
  // Exchanges are compressed, and each worker keeps public copies for each of its edges.
  bool keeps_copies() const { return experiment.algorithm.compression && dynamics.exchanges(); }
  // Numbers that all workers keep beside optimizer memory.
  double kept_numbers(Index dimension) const;
  bool replays_live_run() const { return experiment.timing.model == TimingModel::live_trace; }
  LiveTrace live_trace() const;  // that it replays
  // A trace as events on the network's edges; `from` starts the messages.
  std::unique_ptr<LiveSchedule> live_schedule(const LiveTrace& trace, std::string_view from) const;
  template <class Scalar>
  std::unique_ptr<Objective<Scalar>> make_objective(Resources& resources,
                                                    std::uint64_t seed) const;  // null for pure gossip
  // `local_workers`: how many of the workers it holds. `of_run`: the constants of the run, which may change over time.
  template <class Scalar>
  std::unique_ptr<Kernel<Scalar>> make_kernel(const Values& of_run, Worker local_workers,
                                              Index dimension) const;
  // With the scale of the learning rate that is told by the batch.
  OptimizerParameters optimizer() const;
  std::uint64_t seed_of(int repeat) const;
  // A name that says all about the f of the repeat with this seed: f does not depend on how it is sampled.
  std::string problem(std::uint64_t seed) const;
};

// Throws InputError for whatever is wrong with the experiment: graph, data, metrics, rates. `local_share`: the
// share of the states that this machine will hold.
Plan make_plan(const Experiment& experiment, Resources& resources, double local_share = 1);

}  // namespace acidsim
