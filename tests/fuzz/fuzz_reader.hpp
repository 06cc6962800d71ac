// What every target does with its bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "sim/core/error.hpp"
#include "topologies/files/assemble.hpp"
#include "topologies/files/files.hpp"
#include "topologies/files/readers.hpp"

namespace acidsim {

// A graph must keep what graph.hpp promises; anything else is a finding.
inline void check_promises(const Graph& graph) {
  const auto promise = [](bool kept) {
    if (!kept) std::abort();
  };
  promise(graph.workers >= 2);
  for (std::size_t k = 0; k < graph.edges.size(); ++k) {
    const Edge& e = graph.edges[k];
    promise(e.i < e.j && e.j < graph.workers && e.rate >= 0 && e.rate < infinity);
    if (k > 0)
      promise(graph.edges[k - 1].i < e.i || (graph.edges[k - 1].i == e.i && graph.edges[k - 1].j < e.j));
  }
  promise(component_sizes(graph).size() == 1);
  promise(graph.worker_names.empty() || graph.worker_names.size() == graph.workers);
  promise(graph.coordinates.empty() || graph.coordinates.size() == graph.workers);
  for (const auto& [x, y] : graph.coordinates) promise(x - x == 0 && y - y == 0);
}

// Names and edges survive being written and read again. An edge list numbers the workers its own way, and
// takes 7 and 07 for one if all names left are integers.
inline void check_round_trips(const Graph& graph) {
  std::stringstream text, list;
  write_graphml(graph, {}, text);
  Graph again = assemble(parse_graphml(text, "again"), "again", {}).graph;
  if (again.worker_names != graph.worker_names || again.edges.size() != graph.edges.size()) std::abort();
  const auto leads_with_zero = [](const std::string& name) {
    return name.starts_with('0') || name.starts_with("-0");
  };
  if (std::any_of(graph.worker_names.begin(), graph.worker_names.end(), leads_with_zero)) return;
  write_edge_list(graph, list);
  again = assemble(parse_edge_list(list, "again"), "again", {}).graph;
  if (again.workers != graph.workers || again.edges.size() != graph.edges.size()) std::abort();
}

// Any bytes become a graph or an InputError; nothing else.
inline void fuzz_reader(const std::uint8_t* data, std::size_t size,
                        RawGraph (*parse)(std::istream&, const std::string&)) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  try {
    RawGraph raw = parse(in, std::string("fuzz"));
    RawGraph copy = raw;
    const Graph largest = assemble(std::move(copy), "fuzz", {true}).graph;
    check_promises(largest);
    check_round_trips(largest);
    check_promises(assemble(std::move(raw), "fuzz", {}).graph);
  } catch (const InputError&) {
  }
}

}  // namespace acidsim
