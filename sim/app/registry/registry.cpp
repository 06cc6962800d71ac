#include "sim/app/registry/registry.hpp"

#include "sim/app/registry/grown_table.hpp"
#include "sim/experiment/extension.hpp"
#include "sim/metrics/metric.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace {

Row algorithm_row(const AlgorithmRow& row) {
  Row result{row.name, row.summary, row.source, {}, "", facts_of(row)};
  for (const Parameter& parameter : row.parameters) result.parameters.push_back(field_of(parameter));
  if (row.compresses)
    result.parameters.push_back(
        Field("compression", type_object | type_null, nullptr, "how messages are compressed; null = not")
            .with({Field("name", type_string, required(), "the compression").name_of_a(Kind::codec)})
            .variant(Kind::codec, "name"));
  if (const auto origin = origin_of(RowKind::method, row.name); origin && !origin->empty())
    result.facts.push_back("from " + *origin);
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

const std::deque<FamilyRow>& families() {
  static GrownTable<FamilyRow> table([] {
    std::vector<FamilyRow> all = graph_families();
    for (auto& rows_of : {given_graphs(), changing_graphs()})
      all.insert(all.end(), rows_of.begin(), rows_of.end());
    return all;
  }());
  return table.with(own_topologies(), [](const OwnTopology& own) { return row_of(own); });
}

const FamilyRow& family_of(const Node& topology) { return row_chosen_by(topology, families(), "family"); }

namespace {

// Made at the first call: rows of one category may name another.
template <auto make>
const std::deque<Row>& kept() {
  static const std::deque<Row> rows = [] {
    const auto made = make();
    return std::deque<Row>(made.begin(), made.end());
  }();
  return rows;
}

// Of a table that grows.
template <auto table>
const std::deque<Row>& followed() {
  static GrownTable<Row> rows;
  return rows.with(table(), [](const Row& row) { return row; });
}

const std::deque<Row>& algorithm_rows() {
  static GrownTable<Row> rows;
  return rows.with(all_algorithms(), algorithm_row);
}

// Those that were added do not change over time.
const std::deque<Row>& unchanging_families() {
  static GrownTable<Row> rows([] {
    std::vector<Row> first;
    for (const std::vector<FamilyRow>& part : {graph_families(), given_graphs(), changing_graphs()})
      for (const FamilyRow& row : part)
        if (row.make) first.push_back(row);
    return first;
  }());
  return rows.with(own_topologies(), [](const OwnTopology& own) { return Row(row_of(own)); });
}

}  // namespace

const std::vector<Category>& categories() {
  static const std::vector<Category> list = {
      {Kind::family, "topologies", "topology.family", "graph families and files", followed<families>},
      {Kind::rates, "rates", "topology.rates", "how the communication rate is spread over the edges",
       kept<rate_schemes>},
      {Kind::timing, "timing", "timing.model", "timing models", followed<timing_models>},
      {Kind::distribution, "distributions", "timing.gradient_rate.distribution",
       "distributions of gradient rates over workers", kept<rate_distributions>},
      {Kind::duration, "durations", "timing.gradient_duration.distribution",
       "laws of the durations of gradients", kept<duration_laws>},
      {Kind::algorithm, "algorithms", "algorithm.name", "algorithms", algorithm_rows},
      {Kind::mixing, "mixing", "algorithm.mixing", "mixing matrices of algorithms of rounds",
       kept<rows_of_mixing>},
      {Kind::codec, "compression", "algorithm.compression.name", "compression of messages", kept<codec_rows>},
      {Kind::objective, "objectives", "objective.name", "objectives", followed<objectives>},
      {Kind::dataset, "datasets", "objective.data.dataset", "data", kept<datasets>},
      {Kind::partition, "partitions", "objective.partition.scheme", "who owns which rows", kept<partitions>},
      {Kind::sampling, "sampling", "objective.sampling", "how minibatches are drawn", kept<samplings>},
      {Kind::initial, "initial", "initial.kind", "initial states", kept<initial_kinds>},
      {Kind::optimizer, "optimizers", "optimizer.name", "local optimizers", kept<optimizers>},
      {Kind::schedule, "schedules", "optimizer.schedule.name", "learning-rate schedules", kept<schedules>},
      {Kind::metric, "metrics", "record.metrics", "metrics", kept<metric_rows>},
      {Kind::backend, "backends", "--backend", "backends", kept<backends>},
  };
  return list;
}

const std::deque<Row>& rows(Kind kind) {
  static const std::deque<Row> none;
  if (kind == Kind::none) return none;
  if (kind == Kind::unchanging_family) return unchanging_families();
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
