// Everything about one experiment that is known before it runs: graph, constants, data, expected size.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/configuration.hpp"
#include "sim/app/network.hpp"
#include "sim/app/registry.hpp"
#include "sim/events/event.hpp"

namespace acidsim {

// What several cells and repeats share: each network and each data set is made once. Thread-safe.
class Resources {
 public:
  // `topology` and the rate say all. Throws InputError.
  std::shared_ptr<const Network> network(const Node& topology, double communication_rate, SpectrumNeed need);
  template <class Scalar>
  const DatasetPair<Scalar>& data(const Node& data, bool classification);

 private:
  std::mutex mutex_;
  NetworkCache cache_;
  std::map<std::string, std::shared_ptr<const Network>> networks_;
  std::map<std::string, DatasetPair<double>> data_double_;
  std::map<std::string, DatasetPair<float>> data_float_;
};

struct Plan {
  Cell cell;
  std::filesystem::path directory;  // of the configuration: relative paths start here
  std::string place;                // starts the messages
  std::shared_ptr<const Network> network;
  std::vector<Constant> constants;

  const Json& config() const { return cell.config; }
  Node node(const std::string& section) const { return {config().at(section), "/" + section, directory}; }
  const AlgorithmRow& algorithm() const {
    return row_named(algorithms(), config()["algorithm"]["name"].get<std::string>());
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
  template <class Scalar>
  std::unique_ptr<Objective<Scalar>> make_objective(Resources& resources,
                                                    std::uint64_t seed) const;  // null for "none"
  template <class Scalar>
  std::unique_ptr<Kernel<Scalar>> make_kernel(Index dimension) const;
};

// What a run will cost, before it runs.
struct Estimate {
  double time = 0;  // simulated time at the end, if no target is met
  double gradients = 0, communications = 0;
  Index dimension = 0;
  double state_bytes = 0, data_bytes = 0;
  std::optional<ObjectiveConstants> objective;
};

// Throws InputError for whatever is wrong with the experiment beyond its grammar: graph, data, metrics,
// rates.
Plan make_plan(const Configuration& configuration, const Cell& cell, Resources& resources);
Estimate estimate(const Plan& plan, Resources& resources);

}  // namespace acidsim
