#include "sim/experiment/plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/algorithms/generic_kernel.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/evaluated_rows.hpp"

namespace acidsim {

const AlgorithmRow& Plan::algorithm() const {
  for (const AlgorithmRow& row : all_algorithms())
    if (row.name == experiment.algorithm.name) return row;
  std::vector<std::string> known;
  for (const AlgorithmRow& row : all_algorithms()) known.push_back(row.name);
  throw InputError("/algorithm/name", "unknown algorithm", experiment.algorithm.name,
                   unknown_name_hint(experiment.algorithm.name, known));
}

std::vector<Edge> Plan::averaging_edges() const {
  if (!dynamics.communicates()) return {};
  std::vector<Edge> edges = network->edges.list();
  std::erase_if(edges, [](const Edge& edge) { return edge.rate == 0; });
  return edges;
}

double Plan::kept_numbers(Index dimension) const {
  const bool keeps = keeps_copies() || dynamics.send.running_sums;
  const double copies = keeps ? 4 * static_cast<double>(network->edges.size()) : 0;
  return static_cast<double>(dimension) * (static_cast<double>(nodes()) * dynamics.size() + copies);
}

LiveTrace Plan::live_trace() const {
  const std::vector<Edge> edges = averaging_edges();
  return with_error_path("/timing/file",
                         [&] { return read_live_trace(experiment.timing.trace, workers(), edges); });
}

std::unique_ptr<LiveSchedule> Plan::live_schedule(const LiveTrace& trace, std::string_view from) const {
  return std::make_unique<LiveSchedule>(trace, network->edges.list(), from);
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> Plan::make_objective(Resources& resources, std::uint64_t seed) const {
  const ObjectiveSource& source = experiment.objective;
  if (!source.has_gradients()) return nullptr;
  DatasetPair<Scalar> data;
  if (source.data) {
    data = resources.data<Scalar>(*source.data, source.needs);
    choose_evaluated(experiment, data);
  }
  return with_error_path("/objective", [&] {
    return source.make.get<Scalar>()(
        ObjectiveInput<Scalar>{workers(), seed, source.data ? &data : nullptr, network->graph.worker_names});
  });
}

OptimizerParameters Plan::optimizer() const {
  OptimizerParameters parameters = experiment.optimizer.rule;
  if (experiment.optimizer.automatic_scale)  // Goyal et al. 2017
    learning_rate_of(parameters).scale = experiment.objective.batch_size * workers() / 256.0;
  return parameters;
}

std::uint64_t Plan::seed_of(int repeat) const {
  return replica_seed(experiment.seed, static_cast<std::uint32_t>(repeat));
}

std::string Plan::problem(std::uint64_t seed) const {
  const ObjectiveSource& source = experiment.objective;
  std::string name = fmt::format("{} {}", source.identity, name_of(experiment.precision));
  if (source.varies != Varies::with_nothing) name += fmt::format(" workers {}", workers());
  if (source.varies == Varies::with_repeats) name += fmt::format(" seed {}", seed);
  return name;
}

double Estimate::cost() const { return 1e-9 * time * (work.per_time + work.per_record / record_every); }

template std::unique_ptr<Objective<double>> Plan::make_objective<double>(Resources&, std::uint64_t) const;
template std::unique_ptr<Objective<float>> Plan::make_objective<float>(Resources&, std::uint64_t) const;

}  // namespace acidsim
