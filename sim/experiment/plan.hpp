// Everything about one experiment that is known before it runs: graph, constants, data, expected size.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/app/json/configuration.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/network.hpp"
#include "sim/experiment/workload.hpp"
#include "sim/live/live_schedule.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/system/once_map.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// What several cells and repeats share, each made once. Thread-safe.
class Resources {
 public:
  // `topology` and the rate say all. Throws InputError.
  std::shared_ptr<const Network> network(const Node& topology, double communication_rate, SpectrumNeed need);
  template <class Scalar>
  const DatasetPair<Scalar>& data(const Node& data, bool classification);
  // The objective's minimiser; `problem` is a name that says all about f.
  template <class Scalar>
  const Minimiser& minimiser(const std::string& problem, const Objective<Scalar>& objective) {
    return minimisers_.get(problem, [&] { return objective.minimiser(); });
  }

 private:
  NetworkCache cache_;
  OnceMap<std::shared_ptr<const Network>> networks_;
  OnceMap<DatasetPair<double>> data_double_;
  OnceMap<DatasetPair<float>> data_float_;
  OnceMap<Minimiser> minimisers_;
};

// What one repeat will be, as far as the configuration tells.
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
  Cell cell;
  std::filesystem::path directory;  // of the configuration: relative paths start here
  std::string place;                // starts the messages
  std::shared_ptr<const Network> network;
  Values constants;   // of the algorithm, with the theory's values where the configuration says "auto"
  Dynamics dynamics;  // the algorithm as it is resolved
  Estimate expected;
  bool automatic_cadence = false;  // record.every was "auto"; the configuration here has the number

  const Json& config() const { return cell.config; }
  Node node(const std::string& section) const { return {config().at(section), "/" + section, directory}; }
  const AlgorithmRow& algorithm() const {
    return row_named(all_algorithms(), config()["algorithm"]["name"].get<std::string>());
  }
  const ObjectiveRow& objective() const {
    return row_named(objectives(), config()["objective"]["name"].get<std::string>());
  }
  Worker workers() const { return network->graph.workers; }
  bool single_precision() const { return config()["precision"] == "single"; }
  std::uint64_t seed() const { return config()["seed"].get<std::uint64_t>(); }
  int repeats() const { return config()["repeats"].get<int>(); }

  // Made anew for each repeat from its seed.
  std::vector<double> gradient_rates(std::uint64_t seed) const;
  std::unique_ptr<Schedule> schedule(std::uint64_t seed) const;
  // The edges whose workers ever average; none where the algorithm does not communicate.
  std::vector<Edge> averaging_edges() const;
  TimingModel timing_model() const {
    return row_named(timing_models(), config()["timing"]["model"].get<std::string>()).value;
  }
  bool replays_live_run() const { return timing_model() == TimingModel::live_trace; }
  LiveTrace live_trace() const;  // that it replays
  // A trace as events on the network's edges; `place` starts the messages.
  std::unique_ptr<LiveSchedule> live_schedule(const LiveTrace& trace, std::string_view place) const;
  template <class Scalar>
  std::unique_ptr<Objective<Scalar>> make_objective(Resources& resources,
                                                    std::uint64_t seed) const;  // null for "none"
  // `local_workers`: how many of the workers it holds.
  template <class Scalar>
  std::unique_ptr<Kernel<Scalar>> make_kernel(Worker local_workers, Index dimension) const;
  // A name that says all about the f of the repeat with this seed: f does not depend on how it is sampled.
  std::string problem(std::uint64_t seed) const;
};

// Throws InputError for whatever is wrong with the experiment beyond its grammar: graph, data, metrics,
// rates. `local_share`: the share of the states that this machine will hold.
Plan make_plan(const Configuration& configuration, const Cell& cell, Resources& resources,
               double local_share = 1);
// L and μ of the first repeat's objective, where it has them.
std::optional<ObjectiveConstants> objective_constants(const Plan& plan, Resources& resources);

}  // namespace acidsim
