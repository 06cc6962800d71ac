#include "sim/app/registry/registry.hpp"

#include "sim/metrics/metric.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace {

template <class RowType>
std::vector<Row> plain(const std::vector<RowType>& table) {
  return {table.begin(), table.end()};
}

std::vector<Row> unchanging_families() {
  std::vector<FamilyRow> kept = families();
  std::erase_if(kept, [](const FamilyRow& row) { return row.make == nullptr; });
  return plain(kept);
}

std::vector<Row> algorithm_rows() {
  std::vector<Row> result;
  for (const AlgorithmRow& row : all_algorithms()) {
    Row& added = result.emplace_back(Row{row.name, row.summary, row.source, {}, "", facts_of(row)});
    for (const Parameter& parameter : row.parameters) added.parameters.push_back(field_of(parameter));
    if (row.compresses)
      added.parameters.push_back(
          Field("compression", type_object | type_null, nullptr, "how messages are compressed; null = not")
              .with({Field("name", type_string, required(), "the compression").name_of_a(Kind::codec)})
              .variant(Kind::codec, "name"));
  }
  return result;
}

std::vector<Row> rows_of_mixing() {
  std::vector<Row> result;
  for (const MixingRow& row : mixing_rules()) result.push_back({row.name, row.summary, row.source, {}, ""});
  return result;
}

std::vector<Row> codec_rows() {
  std::vector<Row> result;
  for (const CodecRow& row : all_codecs()) {
    Row& added = result.emplace_back(Row{row.name, row.summary, row.source, {}, ""});
    for (const Parameter& parameter : row.parameters) added.parameters.push_back(field_of(parameter));
  }
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

const FamilyRow& family_of(const Node& topology) { return row_chosen_by(topology, families(), "family"); }

namespace {

// Made at the first call: rows of one category may name another.
template <auto make>
const std::vector<Row>& kept() {
  static const std::vector<Row> rows = make();
  return rows;
}

}  // namespace

const std::vector<Category>& categories() {
  static const std::vector<Category> list = {
      {Kind::family, "topologies", "topology.family", "graph families and files",
       kept<[] { return plain(families()); }>},
      {Kind::rates, "rates", "topology.rates", "how the communication rate is spread over the edges",
       kept<[] { return plain(rate_schemes()); }>},
      {Kind::timing, "timing", "timing.model", "timing models", kept<[] { return plain(timing_models()); }>},
      {Kind::distribution, "distributions", "timing.gradient_rate.distribution",
       "distributions of gradient rates over workers", kept<[] { return plain(rate_distributions()); }>},
      {Kind::duration, "durations", "timing.gradient_duration.distribution",
       "laws of the durations of gradients", kept<[] { return plain(duration_laws()); }>},
      {Kind::algorithm, "algorithms", "algorithm.name", "algorithms", kept<algorithm_rows>},
      {Kind::mixing, "mixing", "algorithm.mixing", "mixing matrices of algorithms of rounds",
       kept<rows_of_mixing>},
      {Kind::codec, "compression", "algorithm.compression.name", "compression of messages", kept<codec_rows>},
      {Kind::objective, "objectives", "objective.name", "objectives",
       kept<[] { return plain(objectives()); }>},
      {Kind::dataset, "datasets", "objective.data.dataset", "data", kept<[] { return plain(datasets()); }>},
      {Kind::partition, "partitions", "objective.partition.scheme", "who owns which rows",
       kept<[] { return plain(partitions()); }>},
      {Kind::sampling, "sampling", "objective.sampling", "how minibatches are drawn",
       kept<[] { return plain(samplings()); }>},
      {Kind::initial, "initial", "initial.kind", "initial states",
       kept<[] { return plain(initial_kinds()); }>},
      {Kind::optimizer, "optimizers", "optimizer.name", "local optimizers",
       kept<[] { return plain(optimizers()); }>},
      {Kind::schedule, "schedules", "optimizer.schedule.name", "learning-rate schedules",
       kept<[] { return plain(schedules()); }>},
      {Kind::metric, "metrics", "record.metrics", "metrics", kept<metric_rows>},
      {Kind::backend, "backends", "--backend", "backends", kept<[] { return plain(backends()); }>},
  };
  return list;
}

const std::vector<Row>& rows(Kind kind) {
  static const std::vector<Row> none;
  if (kind == Kind::none) return none;
  if (kind == Kind::unchanging_family) return kept<unchanging_families>();
  for (const Category& category : categories())
    if (category.kind == kind) return category.rows();
  throw std::logic_error("a kind without a category");
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
