// What the loops over the registry share: an experiment in which any row of a kind can be chosen.
#pragma once

#include <fmt/format.h>

#include <fstream>

#include "sim/app/contracts/fitting.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/limits.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/datasets/npy_text.hpp"

namespace acidsim::testing {

inline std::vector<std::string> names(Kind kind) {
  std::vector<std::string> result;
  for (const Row& row : rows(kind)) result.push_back(row.name);
  return result;
}

// Files that rows with a required file read, written into `scratch`.
inline void write_example_files(const Scratch& scratch) {
  std::string ring;
  for (int k = 0; k < 16; ++k) ring += fmt::format("{} {} {}\n", k, (k + 1) % 16, 1 + k % 3);
  scratch.write("graph.txt", ring);
  std::string gml = "graph [";
  for (int k = 0; k < 16; ++k) gml += fmt::format(" node [ id {} speed {} ]", k, 1 + k % 3);
  for (int k = 0; k < 16; ++k) gml += fmt::format(" edge [ source {} target {} ]", k, (k + 1) % 16);
  scratch.write("graph.gml", gml + " ]");
  std::string csv, libsvm, labels, images, owned = "a,b,owner,label\n", rows = "row,worker\n", rates;
  for (int k = 0; k < 64; ++k) {
    const int label = k % 2, a = 37 * k % 11 + label, b = 17 * k % 7;
    csv += fmt::format("{},{},{}\n", a, b, label);
    owned += fmt::format("{},{},{},{}\n", a, b, k % 16, label);
    rows += fmt::format("{},{}\n", k, k % 16);
    if (k < 16) rates += fmt::format("{},{}\n", k, 1 + k % 3);
    if (k < 16)
      scratch.write(fmt::format("part{}.csv", k), fmt::format("a,b,label\n{},{},0\n{},{},1\n", a, b, b, a));
    libsvm += fmt::format("{} 1:{} 2:{}\n", label, a, b);
    labels += static_cast<char>(label);
    images += {static_cast<char>(a), static_cast<char>(b)};
  }
  scratch.write("table.csv", csv);
  scratch.write("owned.csv", owned);
  scratch.write("rows.csv", rows);
  scratch.write("rates.csv", rates);
  scratch.write("durations.csv", "duration\n0.5\n1\n2\n0.75\n");
  scratch.write("table.libsvm", libsvm);
  scratch.write("labels", std::string("\0\0\x08\x01\0\0\0\x40", 8) + labels);
  scratch.write("images", std::string("\0\0\x08\x02\0\0\0\x40\0\0\0\x02", 12) + images);
  const char* const one_each = "'fortran_order': False, 'shape': ";
  scratch.write("images.npy", npy_text(fmt::format("{{'descr': '|u1', {}(64, 2, 1), }}", one_each), images));
  scratch.write("labels.npy", npy_text(fmt::format("{{'descr': '|u1', {}(64,), }}", one_each), labels));
  const auto colour_images = [](int count, int label_bytes) {
    std::string bytes;
    for (int k = 0; k < count; ++k) {
      bytes.append(static_cast<std::size_t>(label_bytes), static_cast<char>(k % 10));
      for (int pixel = 0; pixel < 3072; ++pixel) bytes += static_cast<char>(25 * (k % 10) + pixel % 7);
    }
    return bytes;
  };
  for (int k = 1; k <= 5; ++k) scratch.write(fmt::format("cifar/data_batch_{}.bin", k), colour_images(10, 1));
  scratch.write("cifar/test_batch.bin", colour_images(10, 1));
  scratch.write("cifar/train.bin", colour_images(40, 2));
  scratch.write("cifar/test.bin", colour_images(10, 2));
  scratch.write(
      "live_trace.csv",
      "worker,kind,time,wall,peer,exchange,version\n"
      "0,read,0,0.5,,,0\n0,offer,0,0.6,,,\n0,tell,0.1,0.8,1,0,\n0,hear,0.2,1,1,0,\n0,step,1,1.5,,,\n"
      "1,offer,0,0.7,,,\n1,tell,0,0.8,0,0,\n1,hear,0,1,0,0,\n1,read,0,1.5,,,1\n1,step,1,2,,,\nend,10\n");
  std::vector<double> points;  // of 16 workers in dimension 6
  for (int k = 0; k < 96; ++k) points.push_back(k % 5 - 1.5);
  scratch.write("start.npy", npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (16, 6), }",
                                      bytes_of<double>(points)));
  scratch.write("trace.csv",
                "index,time,kind,i,j\n0,0.5,gradient,1,-1\n1,1,communication,0,1\n2,2.5,gradient,0,-1\n");
}

// The parameters of a row that have no default.
inline Json required_parameters(Kind kind, const Row& row) {
  if (kind == Kind::initial && row.name == "point") return {{"x", {1, -1, 0.5, 0, 2, 3}}};
  if (kind == Kind::initial && row.name == "file") return {{"file", "start.npy"}};
  static const std::map<std::string, Json> examples = {
      {"file", {{"file", "graph.txt"}}},
      {"edges", {{"edges", Json::parse("[[0, 1, 1], [1, 2, 2], [2, 3, 0.5], [3, 0, 1], [0, 2, 0.25]]")}}},
      {"graphs", {{"graphs", Json::parse(R"([{"family": "cycle", "workers": 16, "duration": 2},
                                             {"family": "star", "workers": 16}])")}}},
      {"trace", {{"file", "trace.csv"}}},
      {"live_trace", {{"file", "live_trace.csv"}}},
      {"csv", {{"file", "table.csv"}}},
      {"column", {{"column", "owner"}}},
      {"libsvm", {{"file", "table.libsvm"}}},
      {"cifar10", {{"directory", "cifar"}}},
      {"cifar100", {{"directory", "cifar"}, {"labels", "coarse"}}},
      {"images", {{"images", "images.npy"}, {"labels", "labels.npy"}}},
      {"idx",
       {{"images", "images"}, {"labels", "labels"}, {"test_images", "images"}, {"test_labels", "labels"}}},
  };
  if (kind == Kind::codec && (row.name == "top_k" || row.name == "random_k")) return {{"k", 2}};
  if (kind == Kind::duration && (row.name == "empirical" || row.name == "trace"))
    return {{"file", "durations.csv"}};
  if (kind == Kind::distribution && row.name == "file") return {{"file", "rates.csv"}};
  if (kind == Kind::distribution && row.name == "attribute") return {{"attribute", "speed"}};
  if (kind == Kind::partition && row.name == "file") return {{"file", "rows.csv"}};
  Json given = Json::object();
  for (const Field& field : row.parameters)
    if (field.default_value.is_discarded()) {
      const auto found = examples.find(row.name);
      if (found == examples.end() || !found->second.contains(field.name))
        throw std::runtime_error(fmt::format("give an example of {} of {} (kind {})", field.name, row.name,
                                             static_cast<int>(kind)));
    }
  if (const auto found = examples.find(row.name); found != examples.end()) given = found->second;
  return given;
}

// The configuration's `data` that a partition of sixteen workers can be made of.
inline Json data_for_partition(const std::string& partition) {
  Json files = Json::array();
  for (int k = 0; k < 16; ++k) files.push_back(fmt::format("part{}.csv", k));
  const Json file = partition == "column"                             ? Json("owned.csv")
                    : partition == "files" || partition == "chapters" ? files
                                                                      : Json("table.csv");
  return {{"dataset", "csv"}, {"file", file}, {"test_fraction", 0}};
}

// An experiment with this algorithm, as its theory asks for.
inline Json with_algorithm(Json source, const AlgorithmRow& row,
                           const std::filesystem::path& file = "test.json") {
  const auto graph = Trial(source, file).plan.network->constants();
  return with_method(std::move(source), row, graph.value_or(GraphConstants{}));
}

// Whether the algorithm finds what it needs in the objective of an experiment that any algorithm could run.
inline bool suits(const AlgorithmRow& row, const Json& source) {
  Trial trial(source);
  const auto constants = known_limits(trial.plan, trial.resources).constants;
  const bool known = constants && constants->smoothness && constants->strong_convexity;
  if (row.needs_objective && row.needs_objective(with_defaults(row.parameters, {})) && !known) return false;
  if (!asks_for_conjugates(row)) return true;
  const auto objective = trial.plan.make_objective<double>(trial.resources, 1);
  return objective && objective->no_conjugate_reason().empty();
}
inline bool is_tree(const FamilyRow& family) {
  return family.name == "path" || family.name == "star" || family.name == "binary_tree";
}
// Whether the algorithm takes the graphs of this family: some want trees, directed ones want messages along their edges alone (or
// prescribe doubly stochastic matrices, which may do), and ones that change neither partners in rounds, nor eigenvalues of a
// mixing matrix, nor a server.
inline bool goes_with(const FamilyRow& family, const AlgorithmRow& row) {
  const Dynamics dynamics = default_dynamics(row);
  const auto mixes_with = [&](Company company) {
    return std::any_of(dynamics.rounds.begin(), dynamics.rounds.end(),
                       [&](const Dynamics::Mixing& round) { return round.company == company; });
  };
  const bool changes = !family.make;
  if (row.needs_tree && !is_tree(family)) return false;
  if (changes && (row.needs_mixing || mixes_with(Company::partner) || dynamics.has_server())) return false;
  if (!family.directed) return true;
  const bool one_way_will_do = family.name == "od_equidyn" && !row.needs_symmetric_mixing;
  return !dynamics.exchanges() && (!mixes_with(Company::neighbours) || one_way_will_do) &&
         !mixes_with(Company::partner) && !(changes && dynamics.sends());
}
// Every way to compress the messages of methods that are not pairwise, with this codec: configurations of `algorithm`.
inline Json compressed_algorithms(const Json& compression) {
  Json algorithms = Json::array();
  for (const AlgorithmRow& row : all_algorithms()) {
    if (!row.compresses || default_dynamics(row).exchanges()) continue;
    const Json plain = {{"name", row.name}, {"compression", compression}};
    const std::size_t before = algorithms.size();
    for (const Parameter& parameter : row.parameters)
      if (parameter.name == "error_feedback")
        for (const std::string& choice : parameter.choices)
          algorithms.push_back(changed(plain, {{parameter.name, choice}}));
    if (algorithms.size() == before) algorithms.push_back(plain);
  }
  return algorithms;
}
inline bool communicates(const AlgorithmRow& row) { return default_dynamics(row).communicates(); }
// It sends gradients.
inline bool has_server(const AlgorithmRow& row) { return default_dynamics(row).has_server(); }
// A mean over all workers is no communication of a pair.
inline bool communicates_in_pairs(const AlgorithmRow& row) {
  const Dynamics dynamics = default_dynamics(row);
  const auto on_edges = [](const Dynamics::Mixing& round) { return round.company != Company::everyone; };
  return dynamics.exchanges() || dynamics.sends() || dynamics.has_server() ||
         std::any_of(dynamics.rounds.begin(), dynamics.rounds.end(), on_edges);
}

// The object of a configuration that chooses this row: {key: name, required parameters}.
inline Json choice(Kind kind, const Row& row, const char* key) {
  Json object = required_parameters(kind, row);
  if (row.selected_by.empty()) object[key] = row.name;
  return object;
}

// The configuration's `objective` for a row: small synthetic data where it needs any.
inline Json objective_choice(const ObjectiveRow& row) {
  Json object = {{"name", row.name}};
  if (row.name == "network")
    object["layers"] = Json::parse(
        R"([{"dense": 4}, "batch_norm", "tanh", {"residual": [{"dense": 4}, "relu"]}, {"dropout": 0.1}, {"dense": null}])");
  if (row.needs_data)
    object["data"] = {{"dataset", "synthetic"},
                      {"samples", 120},
                      {"test_samples", 40},
                      {"features", 5},
                      {"classes", row.name == "softmax_regression" ? 3 : 2}};
  return object;
}

// The objectives that loops go over: all but networks of images, which are lists of layers as `network` takes them, and which
// tests/app/networks_test.cpp runs, and those of LibTorch (tests/torch).
inline std::vector<std::string> small_objectives() {
  std::vector<std::string> some = names(Kind::objective);
  std::erase_if(some, [](const std::string& name) {
    return name == "lenet" || name.starts_with("resnet") || name.starts_with("torch");
  });
  return some;
}

// Sixteen workers, five units of time, with the states' spread recorded.
inline Json contract_experiment() {
  return changed(
      small_experiment(),
      {{"topology.workers", 16}, {"initial.kind", "normal"}, {"record.metrics", {"consensus_distance"}}});
}

// Rows of kinds that no loop of their own goes over.
inline std::vector<std::pair<Category, std::string>> other_rows() {
  std::vector<std::pair<Category, std::string>> result;
  for (const Category& kind : categories())
    for (const std::string& name : names(kind.kind))
      if (kind.kind != Kind::family && kind.kind != Kind::rates && kind.kind != Kind::algorithm &&
          kind.kind != Kind::objective && kind.kind != Kind::metric && kind.kind != Kind::backend &&
          name != "fashion_mnist" &&  // which tests/golden reads
          name != "text")             // which is for networks
        result.emplace_back(kind, name);
  return result;
}

// An experiment with logistic regression that chooses this row.
inline Json with_row(const Category& kind, const std::string& name) {
  const Row& row = *find_row(kind.kind, name);
  // "objective.data.dataset": the object objective.data, chosen by its key "dataset".
  const auto dot = kind.where.rfind('.');
  const std::string parent = kind.where.substr(0, dot), key = kind.where.substr(dot + 1);
  const bool starts_network = kind.kind == Kind::initial && name == "network";
  const char* const objective = starts_network              ? "mlp"
                                : name.starts_with("cifar") ? "softmax_regression"
                                                            : "logistic_regression";
  Json source =
      changed(contract_experiment(), {{"objective", objective_choice(row_named(objectives(), objective))}});
  source["record"]["metrics"] = {"consensus_distance", "loss"};
  if (kind.kind == Kind::distribution && name == "attribute") source["topology"] = {{"file", "graph.gml"}};
  if (kind.kind == Kind::duration) source["timing"]["model"] = "availability";
  if (kind.kind == Kind::partition) source["objective"]["data"] = data_for_partition(name);
  if (kind.kind == Kind::sampling)
    source["objective"]["sampling"] = name;
  else if (kind.kind == Kind::codec)
    source["algorithm"] = {{"name", "choco_sgd"}, {"compression", choice(kind.kind, row, "name")}};
  else if (kind.kind == Kind::mixing)
    source["algorithm"] = {{"name", "d_psgd"}, {"mixing", name}};
  else
    source = changed(source, {{parent, choice(kind.kind, row, key.c_str())}});
  if (kind.kind == Kind::family && row_named(families(), name).directed)
    source["algorithm"] = {{"name", "push_pull"}};
  return source;
}

inline void expect_finite(const RepeatResult& result) {
  ASSERT_FALSE(result.records.empty());
  EXPECT_EQ(result.outcome.reason, StopReason::time) << result.outcome.detail;
  for (const RecordRow& row : result.records)
    for (const double value : row.metrics) EXPECT_TRUE(std::isfinite(value)) << "at time " << row.time;
}

}  // namespace acidsim::testing
