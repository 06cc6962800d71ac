#include "sim/app/registry.hpp"

#include "sim/metrics/metric.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace {

const std::vector<Row> rate_schemes = {
    {"uniform_neighbor",
     "each worker wakes at rate r/2 and picks a neighbour uniformly: λ_ij = (r/2)(1/deg_i + 1/deg_j)",
     "",
     {},
     ""},
    {"uniform_edge", "every edge alike: λ_ij = n r / (2|E|)", "", {}, ""},
    {"metropolis", "λ_ij ∝ 1/(1 + max(deg_i, deg_j)), with the total n r / 2", "Xiao and Boyd 2004", {}, ""},
    {"explicit",
     "the rates of the graph's file, or of `edges`, times communication_rate",
     "",
     {Field("edges", type_array | type_null, nullptr,
            "[i, j, rate] for every edge of the graph; null = the file's rates")
          .of(type_array)},
     ""},
    {"optimized",
     "rates that minimise an objective within a budget, with a certificate of how near the optimum they are",
     "Boyd et al. 2006; Kiefer and Wolfowitz 1960",
     {Field("objective", type_string, "sqrt_chi1_chi2", "what is minimised")
          .one_of({"sqrt_chi1_chi2", "chi_1", "chi_2"}),
      Field("budget", type_number | type_null, nullptr,
            "communications per unit time, Σ λ_ij; null = n r / 2, as the other schemes have")
          .above(0),
      Field("prune", type_number, 0.0,
            "edges below this fraction of the largest rate are silenced, and the rest optimised again")
          .at_least(0)
          .at_most(0.999)},
     ""},
};

const std::vector<Row> timing_models = {
    {"poisson",
     "independent Poisson clocks: one per worker for gradients, one per edge for communications",
     "Nabli et al. 2023, section 3",
     {},
     ""},
    {"trace",
     "the events of a file, as written by `acidsim schedule` (rates are then used for χ1, χ2 and the "
     "learning-rate schedule alone)",
     "",
     {Field("file", type_string, required(), "CSV with the columns index,time,kind,i,j")},
     ""},
    {"live_trace",
     "what happened in a live run, as its replay.json says: the same states, in wall seconds",
     "",
     {Field("file", type_string, required(), "trace.csv of a live run"),
      Field("horizon", type_number, 1.0, "gradients of all workers that the learning rate counted on")
          .above(0)},
     ""},
};

const std::vector<Row> rate_distributions = {
    {"lognormal",
     "rate_i = mean·exp(sigma·z − sigma²/2), z normal",
     "",
     {Field("mean", type_number, 1.0, "mean rate").above(0),
      Field("sigma", type_number, 0.5, "standard deviation of the logarithm").at_least(0).at_most(10)},
     ""},
    {"uniform",
     "uniform between low and high",
     "",
     {Field("low", type_number, 0.5, "smallest rate").at_least(0),
      Field("high", type_number, 1.5, "largest rate").above(0)},
     ""},
    {"two_speed",
     "stragglers: a fraction of the workers, chosen by seed, is slow",
     "",
     {Field("fast", type_number, 1.0, "rate of the fast workers").above(0),
      Field("slow", type_number, 0.25, "rate of the slow workers").at_least(0),
      Field("slow_fraction", type_number, 0.1, "share of slow workers").at_least(0).at_most(1)},
     ""},
};

const std::vector<Row> samplings = {
    {"with_replacement", "independent uniform draws", "", {}, ""},
    {"without_replacement", "distinct rows within a batch", "", {}, ""},
    {"epoch", "a new random order of the worker's rows in each of its epochs", "", {}, ""},
};

const std::vector<Row> initial_kinds = {
    {"zero", "all workers at 0", "", {}, ""},
    {"common_normal", "all workers at the same normal point", "", {}, ""},
    {"normal", "each worker at its own normal point", "", {}, ""},
};

const Field milestones = Field("milestones", type_array, Json{0.5, 0.75}, "fractions of the run")
                             .of(type_number)
                             .at_least(0)
                             .at_most(1);
const Field factor =
    Field("factor", type_number, 0.1, "γ is multiplied by this at each milestone").at_least(0);

const std::vector<Row> schedules = {
    {"constant", "γ", "", {}, ""},
    {"inverse_time",
     "γ/(1 + decay·t)",
     "",
     {Field("decay", type_number, 0.01, "per unit of simulated time").at_least(0)},
     ""},
    {"step", "γ·factor^(milestones passed)", "", {milestones, factor}, ""},
    {"cosine",
     "half a cosine from γ to γ·final_fraction",
     "Loshchilov and Hutter 2017",
     {Field("final_fraction", type_number, 0.0, "of γ, at the end").at_least(0).at_most(1)},
     ""},
    {"goyal",
     "linear warm-up from γ to γ·scale, then × factor at each milestone",
     "Goyal et al. 2017",
     {Field("scale", type_number | type_string, "auto",
            "large-batch factor; auto = batch_size × workers / 256")
          .one_of({"auto"})
          .above(0),
      Field("warmup", type_number, 0.05, "fraction of the run").at_least(0).at_most(1), milestones, factor},
     ""},
};

const std::vector<Row> backends = {
    {"serial",
     "one thread applies every event in order: the definition of correct; repeats and sweep cells run side "
     "by side",
     "",
     {},
     ""},
    {"openmp", "events of disjoint workers run side by side on --threads threads; same digest", "", {}, ""},
    {"mpi",
     "mpirun -np P acidsim run FILE --backend mpi: P processes, on one host or several, each with its share "
     "of "
     "the workers; same digest",
     "",
     {},
     ""},
    {"live",
     "asynchronous training in wall-clock time: each worker with a gradient loop and an averaging loop, in "
     "one "
     "process or over the ranks of mpirun; DIR/replay.json carries it out again, with the same digest",
     "Nabli et al. 2023, section 4 and its implementation",
     {},
     ""},
};

template <class RowType>
std::vector<Row> plain(const std::vector<RowType>& table) {
  return {table.begin(), table.end()};
}

std::vector<Row> static_families() {
  std::vector<FamilyRow> kept = families();
  std::erase_if(kept, [](const FamilyRow& row) { return row.make == nullptr; });
  return plain(kept);
}

std::vector<Row> algorithm_rows_of_table() {
  std::vector<Row> result;
  for (const AlgorithmRow& row : all_algorithms()) {
    Row& added = result.emplace_back(Row{row.name, row.summary, row.source, {}, ""});
    for (const Parameter& parameter : row.parameters) added.parameters.push_back(field_of(parameter));
  }
  return result;
}

std::vector<Row> rows_of_mixing() {
  std::vector<Row> result;
  for (const MixingRow& row : mixing_rules()) result.push_back({row.name, row.summary, row.source, {}, ""});
  return result;
}

std::vector<Row> metric_rows() {
  std::vector<Row> result;
  for (const Metric<double>& metric : all_metrics<double>())
    result.push_back({metric.name, metric.what, "", {}, ""});
  return result;
}

}  // namespace

const std::vector<FamilyRow>& families() {
  static const std::vector<FamilyRow> table = [] {
    std::vector<FamilyRow> all = graph_families();
    for (auto& rows_of : {given_graphs(), changing_graphs()})
      all.insert(all.end(), rows_of.begin(), rows_of.end());
    return all;
  }();
  return table;
}

const FamilyRow& family_of(const Node& topology) {
  for (const FamilyRow& row : families())
    if (!row.selected_by.empty() && topology.has(row.selected_by)) return row;
  return row_named(families(), topology.text("family"));
}

const std::vector<KindOfThing>& all_kinds() {
  static const std::vector<KindOfThing> kinds = {
      {Kind::family, "topologies", "topology.family", "graph families and files"},
      {Kind::rates, "rates", "topology.rates", "how the communication rate is spread over the edges"},
      {Kind::timing, "timing", "timing.model", "timing models"},
      {Kind::distribution, "distributions", "timing.gradient_rate.distribution",
       "distributions of gradient rates over workers"},
      {Kind::algorithm, "algorithms", "algorithm.name", "algorithms"},
      {Kind::mixing, "mixing", "algorithm.mixing", "mixing matrices of algorithms of rounds"},
      {Kind::objective, "objectives", "objective.name", "objectives"},
      {Kind::dataset, "datasets", "objective.data.dataset", "data"},
      {Kind::partition, "partitions", "objective.partition.scheme", "who owns which rows"},
      {Kind::sampling, "sampling", "objective.sampling", "how minibatches are drawn"},
      {Kind::initial, "initial", "initial.kind", "initial states"},
      {Kind::schedule, "schedules", "optimizer.schedule.name", "learning-rate schedules"},
      {Kind::metric, "metrics", "record.metrics", "metrics"},
      {Kind::backend, "backends", "--backend", "backends"},
  };
  return kinds;
}

const std::vector<Row>& rows(Kind kind) {
  static const std::vector<Row> none;
  static const std::vector<Row> family_rows = plain(families()), static_rows = static_families(),
                                algorithm_rows = algorithm_rows_of_table(), mixing_rows = rows_of_mixing(),
                                objective_rows = plain(objectives()), dataset_rows = plain(datasets()),
                                partition_rows = plain(partitions()), metrics = metric_rows();
  switch (kind) {
    case Kind::family:
      return family_rows;
    case Kind::static_family:
      return static_rows;
    case Kind::rates:
      return rate_schemes;
    case Kind::timing:
      return timing_models;
    case Kind::distribution:
      return rate_distributions;
    case Kind::algorithm:
      return algorithm_rows;
    case Kind::mixing:
      return mixing_rows;
    case Kind::objective:
      return objective_rows;
    case Kind::dataset:
      return dataset_rows;
    case Kind::partition:
      return partition_rows;
    case Kind::sampling:
      return samplings;
    case Kind::initial:
      return initial_kinds;
    case Kind::schedule:
      return schedules;
    case Kind::metric:
      return metrics;
    case Kind::backend:
      return backends;
    case Kind::none:
      break;
  }
  return none;
}

std::vector<std::string> names_of(Kind kind) {
  std::vector<std::string> names;
  for (const Row& row : rows(kind))
    if (row.selected_by.empty()) names.push_back(row.name);
  return names;
}

const Row* find_row(Kind kind, const std::string& name) {
  for (const Row& row : rows(kind))
    if (row.name == name) return &row;
  return nullptr;
}

}  // namespace acidsim
