// Registry rows of graphs that are given edge by edge, and of graphs that change over time.
#include <fmt/format.h>

#include <limits>

#include "sim/app/registry/registry.hpp"
#include "topologies/families/directed.hpp"
#include "topologies/families/sequences.hpp"
#include "topologies/files/assemble.hpp"
#include "topologies/files/files.hpp"
#include "topologies/joined_workers.hpp"

namespace acidsim {
namespace {

using Notices = std::vector<std::string>;

const Field component =
    Field("component", type_string, "all",
          "of a disconnected graph (in a list: of all graphs together): refuse it, or take its "
          "largest component")
        .one_of({"all", "largest"});

bool wants_largest(const Node& node) { return node.has("component") && node.text("component") == "largest"; }

const Field directed =
    Field("directed", type_boolean, false,
          "links go from their first worker to their second alone; for algorithms of directed graphs");

enum class Use { alone, in_a_list };

ReadOptions read_options(const Node& node, Use use) {
  ReadOptions options;
  options.largest_component = wants_largest(node);
  options.one_of_a_sequence = use == Use::in_a_list;
  options.directed = node.has("directed") && node.flag("directed");
  if (node.has("format")) options.format = node.text("format");
  if (node.has("columns")) options.columns = node.json()["columns"].get<std::vector<std::string>>();
  if (node.has("rate_attribute")) options.rate_attribute = node.text("rate_attribute");
  if (node.has(worker_rate_attribute)) options.worker_rate_attribute = node.text(worker_rate_attribute);
  return options;
}

Graph keep(LoadedGraph&& loaded, Notices& notices) {
  notices.insert(notices.end(), loaded.notices.begin(), loaded.notices.end());
  return std::move(loaded.graph);
}

Graph graph_of_file(const Node& node, Use use, Notices& notices) {
  return keep(read_graph(node.file("file"), read_options(node, use)), notices);
}

RawGraph::Link inline_link(const Json& item, const std::string& place) {
  const bool sized = item.size() == 2 || item.size() == 3;
  if (!sized || !is_worker(item[0]) || !is_worker(item[1]) || (item.size() == 3 && !item[2].is_number()))
    throw InputError(place, "not an edge", shown(item), "[i, j] or [i, j, rate], workers counted from 0");
  const auto a = item[0].get<std::uint64_t>(), b = item[1].get<std::uint64_t>();
  if (std::max(a, b) >= largest_graph)
    throw InputError(place, "worker out of range", shown(item), fmt::format("below {}", largest_graph));
  const double rate = item.size() == 3 ? item[2].get<double>() : 1.0;
  if (!(rate >= 0) || rate == infinity)
    throw InputError(place, "the rate must be finite and ≥ 0", shown(item), "0 = never");
  return {static_cast<Worker>(a), static_cast<Worker>(b), rate};
}

// `"edges": [[0, 1], [1, 2, 0.5], …]`: workers 0 … the largest that is named.
Graph graph_of_edges(const Node& node, Use use, Notices& notices) {
  const Json& items = node.json()["edges"];
  RawGraph raw;
  raw.name = "edges";
  raw.has_rates = !items.empty() && items[0].size() == 3;
  Worker workers = 0;
  for (std::size_t k = 0; k < items.size(); ++k) {
    const std::string place = fmt::format("{}/edges/{}", node.path(), k);
    raw.links.push_back(inline_link(items[k], place));
    if ((items[k].size() == 3) != raw.has_rates)
      throw InputError(place, "a rate for some edges only", shown(items[k]),
                       "give a rate for every edge or for none");
    workers = std::max({workers, raw.links.back().a + 1, raw.links.back().b + 1});
  }
  for (Worker i = 0; i < workers; ++i) raw.nodes.push_back({fmt::format("{}", i), {}, {}});
  Graph graph = keep(assemble(std::move(raw), node.path() + "/edges", read_options(node, use)), notices);
  if (graph.workers == workers) graph.worker_names.clear();  // the names are the numbers
  return graph;
}

const Field number_of_workers =
    Field("workers", type_integer, 64, "number of workers").at_least(1).at_most(4294967295.0);
const Field graph_duration =
    Field("duration", type_number, 1.0, "time that each graph of the sequence lasts").above(0);
const Field window =
    Field("window", type_number | type_null, nullptr,
          "χ1, χ2 are those of the average Laplacian over the times 0 to this; null = one period")
        .above(0);
const Field drawn = Field("phases", type_integer, 64, "graphs drawn, after which the first follows again")
                        .at_least(1)
                        .at_most(1e6);
const Field drawing_seed =
    Field("seed", type_integer, 1, "of the graphs drawn; the same in all repeats").at_least(0);

const Field eta =
    Field("eta", type_number, 0.5, "η of W = (1 − η)I + ηA: a worker takes η(n − 1)/n of its peer")
        .above(0)
        .at_most(1);

Worker worker_count(const Node& node) { return static_cast<Worker>(node.integer("workers")); }
std::size_t phases_of(const Node& node) { return static_cast<std::size_t>(node.integer("phases")); }

// Graphs from files and edge lists name their workers; those of a family are numbers.
PhaseGraph phase_of_list(const Node& item, Notices& notices) {
  const FamilyRow& row = family_of(item);
  const auto& make = row.make_part ? row.make_part : row.make;
  Graph graph = with_error_path(item.path(), [&] { return make(item, notices); });
  if (!graph.directions.empty())
    throw InputError(item.path(), "a directed graph cannot stand in a list", graph.name,
                     "one_peer_directed_exponential is a sequence of its own");
  return {std::move(graph), item.number("duration"), !row.make_part, item.path()};
}

GraphSequence sequence_of_list(const Node& node, Notices& notices) {
  GraphSequence sequence;
  sequence.periodic = node.flag("periodic");
  const Json& items = node.json()["graphs"];
  if (items.empty()) throw node.error("graphs", "is empty", "at least one graph");
  std::vector<PhaseGraph> graphs;
  bool largest = false;
  for (std::size_t k = 0; k < items.size(); ++k) {
    const Node item(items[k], fmt::format("{}/graphs/{}", node.path(), k), node.directory());
    graphs.push_back(phase_of_list(item, notices));
    sequence.name += (k == 0 ? "" : "+") + graphs.back().graph.name;
    largest = largest || wants_largest(item);
  }
  sequence.phases = join_workers(std::move(graphs), largest, notices);
  return sequence;
}

FamilyRow given(Row row, Graph (*make)(const Node&, Use, Notices&)) {
  FamilyRow family{std::move(row), nullptr, nullptr};
  family.make = [make](const Node& node, Notices& notices) { return make(node, Use::alone, notices); };
  family.make_part = [make](const Node& node, Notices& notices) {
    return make(node, Use::in_a_list, notices);
  };
  return family;
}

// One of the two sequences of EquiTopo that draw an offset for each phase.
FamilyRow equidyn_row(const char* name, const char* summary,
                      GraphSequence (*make)(Worker, double, std::size_t, double, std::uint64_t),
                      bool one_way) {
  const auto sequence = [make](const Node& node, Notices&) {
    return make(worker_count(node), node.number("eta"), phases_of(node), node.number("duration"),
                node.natural("seed"));
  };
  const std::vector<Field> fields = {number_of_workers, eta, drawn, graph_duration, drawing_seed, window};
  return {{name, summary, "Song et al. 2022", fields, ""}, nullptr, sequence, {}, {}, one_way};
}

}  // namespace

Graph graph_by_attribute(const Node& topology, const std::string& attribute, const NeededAttribute& needed) {
  ReadOptions options = read_options(topology, Use::alone);
  options.rate_attribute = attribute;
  options.needed = needed;
  options.columns.resize(std::min<std::size_t>(options.columns.size(), 2));
  return read_graph(topology.file("file"), options).graph;
}

std::vector<FamilyRow> given_graphs() {
  return {
      given({"file",
             "a graph from a file: edge lists and tables, GraphML, GML, DOT, GEXF, Pajek, Matrix Market, "
             "METIS, "
             "node-link JSON and others, perhaps packed by gzip",
             "",
             {Field("file", type_string, required(), "its path, relative to the configuration").path(),
              Field("format", type_string | type_null, nullptr, "of the file; null = as its extension says")
                  .one_of(format_names()),
              Field("columns", type_array | type_null, nullptr,
                    "of a table of edges: the names of the columns of both workers, and perhaps of the rate; "
                    "null = "
                    "source and target, from and to, …, and rate or weight")
                  .of(type_string),
              Field("rate_attribute", type_string | type_null, nullptr,
                    "the attribute or column that is the rate of an edge; null = rate, or else weight"),
              directed, component},
             "file"},
            graph_of_file),
      given({"edges",
             "a graph written out in the configuration",
             "",
             {Field("edges", type_array, required(), "[i, j] or [i, j, rate] for each edge; workers from 0")
                  .of(type_array),
              directed, component},
             "edges"},
            graph_of_edges),
  };
}

std::vector<FamilyRow> changing_graphs() {
  return {
      {{"graphs",
        "a list of graphs, each for its time, again and again; workers of one name are one worker",
        "",
        {Field("graphs", type_array, required(), "graphs, each with its duration")
             .of(type_object)
             .with({Field("family", type_string, "cycle", "name of the graph family")
                        .name_of_a(Kind::unchanging_family),
                    graph_duration})
             .variant(Kind::unchanging_family, "family"),
         Field("periodic", type_boolean, true,
               "after the last graph the first follows; else the last one stays"),
         window},
        "graphs"},
       nullptr,
       sequence_of_list},
      {{"one_peer_exponential",
        "one distance at a time: in phase k worker i is joined to i + 2^k mod n",
        "Ying et al. 2021",
        {number_of_workers, graph_duration, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return one_peer_exponential(worker_count(node), node.number("duration"));
       }},
      {{"one_peer_directed_exponential",
        "directed, one distance at a time: in phase k i → i + 2^k mod n; averages exactly for workers = 2^K",
        "Assran et al. 2019; Ying et al. 2021",
        {number_of_workers, graph_duration, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return one_peer_directed_exponential(worker_count(node), node.number("duration"));
       },
       {},
       {},
       true},
      {{"one_peer_hypercube",
        "one digit at a time: in phase k worker i is joined to i xor 2^k, for workers = 2^K",
        "Shi et al. 2016",
        {number_of_workers, graph_duration, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return one_peer_hypercube(worker_count(node), node.number("duration"));
       }},
      {{"base_graph",
        "base-(peers + 1) graphs: weighted rounds after which all hold the exact average, for any number of "
        "workers",
        "Takezawa et al. 2023",
        {number_of_workers,
         Field("peers", type_integer, 1, "the most neighbours of a worker in a phase")
             .at_least(1)
             .at_most(4294967295.0),
         Field(
             "variant", type_string, "base",
             "simple = by the digits of workers in base peers + 1; base = factors of workers up to the base "
             "are taken apart first, where that is not longer")
             .one_of({"simple", "base"}),
         graph_duration, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return base_graph(
             worker_count(node), static_cast<Worker>(node.integer("peers")),
             node.text("variant") == "simple" ? BaseGraphVariant::simple : BaseGraphVariant::base,
             node.number("duration"));
       }},
      equidyn_row("od_equidyn",
                  "directed, one random offset at a time: i → i + a mod n, with weights that average at a "
                  "rate free of n",
                  od_equidyn, true),
      equidyn_row("ou_equidyn",
                  "one random offset at a time: pairs i, i + a mod n, with weights that average at a rate "
                  "free of n",
                  ou_equidyn, false),
      {{"random_matchings",
        "pairs drawn anew in every phase: uniform random matchings of all workers",
        "",
        {number_of_workers, drawn, graph_duration, drawing_seed, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return random_matchings(worker_count(node), phases_of(node), node.number("duration"),
                                 node.natural("seed"));
       }},
      {{"random_geometric_walk",
        "workers walk about on the unit torus, and those within `radius` of each other are joined",
        "",
        {number_of_workers,
         Field("radius", type_number, 0.2, "reach, in sides of the torus").above(0).at_most(1),
         Field("speed", type_number, 0.05, "standard deviation of a step per coordinate, from phase to phase")
             .at_least(0)
             .at_most(1),
         drawn, graph_duration, drawing_seed, window},
        ""},
       nullptr,
       [](const Node& node, Notices&) {
         return random_geometric_walk(worker_count(node), node.number("radius"), node.number("speed"),
                                      phases_of(node), node.number("duration"), node.natural("seed"));
       }},
  };
}

}  // namespace acidsim
