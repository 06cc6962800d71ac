// Registry rows of the graph families.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "sim/app/registry/registry.hpp"
#include "topologies/families/closed_forms.hpp"
#include "topologies/families/directed.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/named_graphs.hpp"

namespace acidsim {
namespace {

constexpr double most_workers = 4294967295.0;

const Field workers = Field("workers", type_integer, 64, "number of workers; 1 = alone, without edges")
                          .at_least(1)
                          .at_most(most_workers);
const Field random_seed =
    Field("seed", type_integer, 1, "of the random graph; the same in all repeats").at_least(0);

const Field connected = Field("connected", type_string, "refuse",
                              "a draw that is not connected: refuse it, or redraw (at most 1000 times, each "
                              "by the seed and its number)")
                            .one_of({"refuse", "redraw"});
constexpr std::uint32_t most_redraws = 1000;

// A number of workers that follows from other parameters.
Field derived_workers(const char* what) {
  return Field("workers", type_integer | type_null, nullptr, what).at_least(1).at_most(most_workers);
}

const std::vector<Field> grid_parameters = {
    derived_workers("number of workers; null = rows × cols"),
    Field("rows", type_integer | type_null, nullptr,
          "null = the most nearly square split of `workers` (default 64)")
        .at_least(1)
        .at_most(most_workers),
    Field("cols", type_integer | type_null, nullptr, "null = workers / rows")
        .at_least(1)
        .at_most(most_workers)};

Worker worker_count(const Node& node) { return static_cast<Worker>(node.integer("workers")); }
std::int64_t workers_or_64(const Node& node) { return node.has("workers") ? node.integer("workers") : 64; }
std::vector<Worker> numbers(const Node& node, const char* key) {
  return node.json()[key].get<std::vector<Worker>>();
}

// Refuses a number of workers that is not what other parameters say (a real number: their product is large).
void check_workers(const Node& node, const char* key, double made) {
  if (!node.has("workers") || static_cast<double>(node.integer("workers")) == made) return;
  throw node.error(key, "does not fit the number of workers",
                   fmt::format("workers = {} is asked for, this makes {}; leave `workers` out",
                               node.integer("workers"), made));
}

// Rows and columns of a grid: given, or the most nearly square factorisation of the number of workers.
std::pair<Worker, Worker> grid_sides(const Node& node) {
  const bool has_rows = node.has("rows"), has_cols = node.has("cols");
  if (has_rows && has_cols && !node.has("workers"))
    return {static_cast<Worker>(node.integer("rows")), static_cast<Worker>(node.integer("cols"))};
  const std::int64_t n = workers_or_64(node);
  if (!has_rows && !has_cols) {
    const std::vector<Worker> sides = nearly_equal_sides(static_cast<Worker>(n), 2);
    return {sides[0], sides[1]};
  }
  const std::int64_t rows = has_rows ? node.integer("rows") : n / node.integer("cols");
  const std::int64_t cols = has_cols ? node.integer("cols") : n / rows;
  if (static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(cols) != static_cast<std::uint64_t>(n))
    throw node.error(has_rows ? "rows" : "cols", "does not fit the number of workers",
                     "rows × cols must be workers = " + std::to_string(n));
  return {static_cast<Worker>(rows), static_cast<Worker>(cols)};
}

std::vector<Worker> torus_sides(const Node& node) {
  const int dimensions = node.has("dimensions") ? static_cast<int>(node.integer("dimensions")) : 0;
  if (!node.has("sides"))
    return nearly_equal_sides(static_cast<Worker>(workers_or_64(node)), dimensions > 0 ? dimensions : 3);
  const std::vector<Worker> sides = numbers(node, "sides");
  if (dimensions > 0 && static_cast<std::size_t>(dimensions) != sides.size())
    throw node.error("dimensions", "is not the number of sides",
                     fmt::format("{}, or leave it out", sides.size()));
  check_workers(node, "sides", std::accumulate(sides.begin(), sides.end(), 1.0, std::multiplies<>()));
  return sides;
}

Graph bipartite_from(const Node& node) {
  if (!node.has("parts")) {
    const auto n = static_cast<Worker>(workers_or_64(node));
    if (n < 2) throw node.error("workers", "too few", "at least 2");
    return complete_bipartite(n / 2, n - n / 2);
  }
  const std::vector<Worker> parts = numbers(node, "parts");
  if (parts.size() != 2) throw node.error("parts", "not two parts", "two numbers of workers: [3, 5]");
  check_workers(node, "parts", 1.0 * parts[0] + parts[1]);
  return complete_bipartite(parts[0], parts[1]);
}

Graph geometric_from(const Node& node, Redraws* redraws) {
  const Worker n = worker_count(node);
  if (node.has("radius")) return random_geometric(n, node.number("radius"), node.natural("seed"), redraws);
  if (n < 2) throw node.error("workers", "too few", "at least 2");
  const double threshold = std::sqrt(std::log(static_cast<double>(n)) / (std::numbers::pi * n));
  return random_geometric(n, 2 * threshold, node.natural("seed"), redraws);
}

Graph named_from(const Node& node) {
  Graph graph = named_graph(node.text("name"));
  check_workers(node, "workers", graph.workers);
  return graph;
}

// "petersen (10), heawood (14), …"
std::string list_of_named() {
  std::vector<std::string> entries;
  for (const NamedGraph& row : named_graphs())
    entries.push_back(fmt::format("{} ({})", row.name, row.workers));
  return fmt::format("{}", fmt::join(entries, ", "));
}

std::vector<std::string> names_of_named() {
  std::vector<std::string> names;
  for (const NamedGraph& row : named_graphs()) names.push_back(row.name);
  return names;
}

// Whole numbers of workers, one per side, part or offset.
Field number_list(const char* name, Json fallback, const char* what) {
  const unsigned types = fallback.is_null() ? type_array | type_null : +type_array;
  return Field(name, types, std::move(fallback), what).of(type_integer).at_least(1).at_most(most_workers);
}

bool of_one_worker(const Node& node) { return node.has("workers") && node.integer("workers") == 1; }

FamilyRow family(const char* name, const char* what, const char* source, std::vector<Field> parameters,
                 std::function<Graph(const Node&)> make) {
  return {{name, what, source, std::move(parameters), ""},
          [make = std::move(make)](const Node& node, std::vector<std::string>&) {
            return of_one_worker(node) ? single_worker() : make(node);
          },
          nullptr};
}

// A random family whose draws may be disconnected.
FamilyRow redrawable(const char* name, const char* what, const char* source, std::vector<Field> parameters,
                     std::function<Graph(const Node&, Redraws*)> make) {
  parameters.push_back(connected);
  FamilyRow row{{name, what, source, std::move(parameters), ""}, nullptr, nullptr};
  row.make = [make = std::move(make)](const Node& node, std::vector<std::string>& notices) {
    if (of_one_worker(node)) return single_worker();
    Redraws redraws{most_redraws, 0};
    const bool redraw = node.text("connected") == "redraw";
    Graph graph = make(node, redraw ? &redraws : nullptr);
    if (redraws.made > 0)
      notices.push_back(fmt::format("{}: connected after {} redraw{}", graph.name, redraws.made,
                                    redraws.made == 1 ? "" : "s"));
    return graph;
  };
  return row;
}

FamilyRow sized(const char* name, const char* what, Graph (*make)(Worker),
                GraphConstants (*constants)(Worker, double) = nullptr, const char* source = "") {
  FamilyRow row =
      family(name, what, source, {workers}, [make](const Node& node) { return make(worker_count(node)); });
  if (constants)
    row.constants = [constants](const Node& node, double rate) {
      return constants(worker_count(node), rate);
    };
  return row;
}

FamilyRow with_constants(FamilyRow row, std::function<GraphConstants(const Node&, double)> constants) {
  row.constants = std::move(constants);
  return row;
}

// Of a family whose formula holds for the rates of uniform_edge alone.
FamilyRow with_unlike_edges(FamilyRow row) {
  row.edges_alike = false;
  return row;
}

FamilyRow along_directions(FamilyRow row) {
  row.directed = true;
  return row;
}

std::pair<Worker, Worker> parts_of(const Node& node) {
  if (node.has("parts")) return {numbers(node, "parts")[0], numbers(node, "parts")[1]};
  const auto n = static_cast<Worker>(workers_or_64(node));
  return {n / 2, n - n / 2};
}

FamilyRow gridded(const char* name, const char* what, Graph (*make)(Worker, Worker)) {
  return family(name, what, "", grid_parameters, [make](const Node& node) {
    const auto [rows, cols] = grid_sides(node);
    return make(rows, cols);
  });
}

std::vector<FamilyRow> random_graph_families() {
  return {
      redrawable("erdos_renyi", "every pair with probability p", "Gilbert 1959",
                 {workers, Field("p", type_number, 0.15, "probability of an edge").at_least(0).at_most(1),
                  random_seed},
                 [](const Node& node, Redraws* redraws) {
                   return erdos_renyi(worker_count(node), node.number("p"), node.natural("seed"), redraws);
                 }),
      family(
          "random_regular",
          "connected random graph in which every worker has `degree` neighbours: uniform if the degree is 2 "
          "or at "
          "least workers − 3, else nearly so where it is small beside workers",
          "Steger and Wormald 1999",
          {workers,
           Field("degree", type_integer, 4, "neighbours of every worker").at_least(1).at_most(most_workers),
           random_seed},
          [](const Node& node) {
            return random_regular(worker_count(node), static_cast<Worker>(node.integer("degree")),
                                  node.natural("seed"));
          }),
      redrawable(
          "watts_strogatz", "small world: a ring of nearest neighbours, each edge moved with probability p",
          "Watts and Strogatz 1998",
          {workers,
           Field("degree", type_integer, 4, "nearest neighbours on the ring: even, at most workers / 2")
               .at_least(2)
               .at_most(most_workers),
           Field("p", type_number, 0.1, "probability that an edge is moved").at_least(0).at_most(1),
           random_seed},
          [](const Node& node, Redraws* redraws) {
            return watts_strogatz(worker_count(node), static_cast<Worker>(node.integer("degree")),
                                  node.number("p"), node.natural("seed"), redraws);
          }),
      family(
          "barabasi_albert",
          "preferential attachment: each worker joins `links` earlier ones, in proportion to their degrees",
          "Barabási and Albert 1999",
          {workers,
           Field("links", type_integer, 2, "edges that each worker brings").at_least(1).at_most(most_workers),
           random_seed},
          [](const Node& node) {
            return barabasi_albert(worker_count(node), static_cast<Worker>(node.integer("links")),
                                   node.natural("seed"));
          }),
      redrawable("random_geometric", "uniform places in the unit square, joined within `radius`",
                 "Gilbert 1961; Gupta and Kumar 1998",
                 {workers,
                  Field("radius", type_number | type_null, nullptr,
                        "null = 2 √(ln n / (π n)), twice the threshold of connectivity")
                      .above(0)
                      .at_most(std::sqrt(2.0)),
                  random_seed},
                 geometric_from),
  };
}

}  // namespace

std::vector<FamilyRow> graph_families() {
  std::vector<FamilyRow> table = {
      sized("complete", "all pairs", complete, complete_constants),
      sized("cycle", "a ring", cycle, cycle_constants),
      with_unlike_edges(sized("path", "a line", path, path_constants)),
      sized("star", "worker 0 joined to all others", star, star_constants),
      gridded("grid2d", "rows × cols grid", grid2d),
      with_constants(gridded("torus2d", "rows × cols grid with wrap-around", torus2d),
                     [](const Node& node, double rate) {
                       const auto [rows, cols] = grid_sides(node);
                       return torus_constants(std::vector<Worker>{rows, cols}, rate);
                     }),
      with_constants(
          family(
              "torus", "lattice of any number of dimensions with wrap-around", "",
              {derived_workers("number of workers; null = the product of `sides`, or 64"),
               number_list("sides", nullptr,
                           "workers along each direction; null = the most nearly equal split of `workers`"),
               Field("dimensions", type_integer | type_null, nullptr, "null = the number of `sides`, or 3")
                   .at_least(1)
                   .at_most(64)},
              [](const Node& node) { return torus(torus_sides(node)); }),
          [](const Node& node, double rate) { return torus_constants(torus_sides(node), rate); }),
      sized("hypercube", "workers = 2^k, joined where their binary names differ in one digit", hypercube,
            hypercube_constants),
      sized("exponential",
            "neighbours i ± 2^k mod n with multiplicity, as the A²CiD² reference code weights them",
            exponential, exponential_constants, "Ying et al. 2021; Nabli et al. 2023"),
      with_constants(
          family("circulant", "neighbours i ± s mod n for every offset s", "",
                 {workers, number_list("offsets", Json{1, 2},
                                       "each from 1 to workers / 2, without divisor common "
                                       "to all and to workers")},
                 [](const Node& node) { return circulant(worker_count(node), numbers(node, "offsets")); }),
          [](const Node& node, double rate) {
            return circulant_constants(worker_count(node), numbers(node, "offsets"), rate);
          }),
      with_constants(
          family("complete_bipartite", "all pairs across two parts", "",
                 {derived_workers("number of workers; null = the sum of `parts`, or 64"),
                  number_list("parts", nullptr, "workers in the two parts; null = two halves of `workers`")},
                 bipartite_from),
          [](const Node& node, double rate) {
            const auto [left, right] = parts_of(node);
            return complete_bipartite_constants(left, right, rate);
          }),
      with_unlike_edges(sized("barbell", "two complete graphs of workers / 2, joined by one edge", barbell,
                              barbell_constants)),
      sized("binary_tree", "complete binary tree, worker 0 the root", binary_tree),
      along_directions(sized("directed_ring", "directed: i → i + 1 mod n", directed_ring)),
      along_directions(sized("directed_exponential", "directed: i → i + 2^k mod n for all 2^k < n",
                             directed_exponential, nullptr, "Assran et al. 2019; Ying et al. 2021")),
      family("named", "a small symmetric graph that has a name", "Holton and Sheehan 1993",
             {derived_workers("null = what the graph has"),
              Field("name", type_string, "petersen", list_of_named()).one_of(names_of_named())},
             named_from),
  };
  for (FamilyRow& row : random_graph_families()) table.push_back(std::move(row));
  return table;
}

}  // namespace acidsim
