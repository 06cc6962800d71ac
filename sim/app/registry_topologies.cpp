// Registry rows of the graph families and files.
#include <algorithm>
#include <cmath>

#include "sim/app/registry.hpp"
#include "topologies/families.hpp"
#include "topologies/files.hpp"

namespace acidsim {
namespace {

const Field workers =
    Field("workers", type_integer, 64, "number of workers").at_least(1).at_most(4294967295.0);
const Field random_seed =
    Field("seed", type_integer, 1, "of the random graph; the same in all repeats").at_least(0);

const std::vector<Field> sides = {
    Field("workers", type_integer | type_null, nullptr, "number of workers; null = rows × cols")
        .at_least(1)
        .at_most(4294967295.0),
    Field("rows", type_integer | type_null, nullptr,
          "null = the most nearly square split of `workers` (default 64)")
        .at_least(1)
        .at_most(4294967295.0),
    Field("cols", type_integer | type_null, nullptr, "null = workers / rows")
        .at_least(1)
        .at_most(4294967295.0)};

Worker worker_count(const Node& node) { return static_cast<Worker>(node.integer("workers")); }

// Rows and columns of a grid: given, or the most nearly square factorisation of the number of workers.
std::pair<Worker, Worker> grid_sides(const Node& node) {
  const bool has_rows = node.has("rows"), has_cols = node.has("cols");
  if (has_rows && has_cols && !node.has("workers"))
    return {static_cast<Worker>(node.integer("rows")), static_cast<Worker>(node.integer("cols"))};
  const std::int64_t n = node.has("workers") ? node.integer("workers") : 64;
  std::int64_t rows = has_rows   ? node.integer("rows")
                      : has_cols ? n / node.integer("cols")
                                 : static_cast<std::int64_t>(std::sqrt(static_cast<double>(n)));
  if (!has_rows && !has_cols)
    while (n % rows != 0) --rows;
  const std::int64_t cols = has_cols ? node.integer("cols") : n / std::max<std::int64_t>(rows, 1);
  if (static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(cols) != static_cast<std::uint64_t>(n))
    throw node.error(has_rows ? "rows" : "cols", "does not fit the number of workers",
                     "rows × cols must be workers = " + std::to_string(n));
  return {static_cast<Worker>(rows), static_cast<Worker>(cols)};
}

using Notices = std::vector<std::string>;
using Maker = std::function<Graph(const Node&, Notices&)>;

FamilyRow sized(const char* name, const char* what, Graph (*make)(Worker), const char* source = "") {
  return {{name, what, source, {workers}, ""},
          [make](const Node& node, Notices&) { return make(worker_count(node)); }};
}

FamilyRow gridded(const char* name, const char* what, Graph (*make)(Worker, Worker)) {
  return {{name, what, "", sides, ""}, [make](const Node& node, Notices&) {
            const auto [rows, cols] = grid_sides(node);
            return make(rows, cols);
          }};
}

}  // namespace

const std::vector<FamilyRow>& families() {
  static const std::vector<FamilyRow> table = {
      sized("complete", "all pairs", complete),
      sized("cycle", "a ring", cycle),
      sized("path", "a line", path),
      sized("star", "worker 0 joined to all others", star),
      gridded("grid2d", "rows × cols grid", grid2d),
      gridded("torus2d", "rows × cols grid with wrap-around", torus2d),
      sized("hypercube", "workers = 2^k, joined where their binary names differ in one digit", hypercube),
      sized("exponential",
            "neighbours i ± 2^k mod n with multiplicity, as the A²CiD² reference code weights them",
            exponential, "Ying et al. 2021; Nabli et al. 2023"),
      {{"erdos_renyi",
        "every pair with probability p; refused where not connected",
        "Gilbert 1959",
        {workers, Field("p", type_number, 0.15, "probability of an edge").at_least(0).at_most(1),
         random_seed},
        ""},
       [](const Node& node, Notices&) {
         return erdos_renyi(worker_count(node), node.number("p"), node.json()["seed"].get<std::uint64_t>());
       }},
      {{"random_regular",
        "uniform-like random graph in which every worker has `degree` neighbours",
        "Steger and Wormald 1999",
        {workers,
         Field("degree", type_integer, 4, "neighbours of every worker").at_least(1).at_most(4294967295.0),
         random_seed},
        ""},
       [](const Node& node, Notices&) {
         return random_regular(worker_count(node), static_cast<Worker>(node.integer("degree")),
                               node.json()["seed"].get<std::uint64_t>());
       }},
      {{"file",
        "an edge list: two columns, a third = rate of the edge for \"rates\": \"explicit\"",
        "",
        {Field("file", type_string, required(), "path of the edge list, relative to the configuration")},
        "file"},
       [](const Node& node, Notices& notices) {
         LoadedGraph loaded = read_edge_list(node.file("file"));
         notices.insert(notices.end(), loaded.notices.begin(), loaded.notices.end());
         return loaded.graph;
       }},
  };
  return table;
}

}  // namespace acidsim
