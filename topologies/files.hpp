// Graphs from and to edge-list files.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

struct LoadedGraph {
  Graph graph;
  std::vector<std::string> notices;  // what was dropped, merged or skipped, for the user to read
};

// Reads an undirected connected graph. Text (UTF-8), one edge per line:
//   worker worker [rate]        separated by white space or one comma; "quotes" protect separators within a
//   name
// - Lines that start with # or % are comments; blank lines are skipped; a first line like
// `source,target[,rate]` (or
//   from/to, src/dst) is a header.
// - Workers are integers, not necessarily contiguous (numbered here in numeric order), or names (numbered in
// order of
//   appearance, unless all are integers). The original ids are kept in Graph::worker_names.
// - The third column, on all lines or on none, is the rate of the edge: finite, ≥ 0; 0 = never. It goes to
// Edge::rate
//   with weights_are_rates set. Without it every weight is 1.
// - Self-loops are dropped (their worker still counts). A repeated edge is merged, whichever way round it is
// written:
//   without rates it has weight 1 (many collections list (a, b) and (b, a) for one undirected edge), with
//   rates the rates add (two parallel links). Each comes with a notice.
// Throws InputError at "file:line" for a malformed line, and at the file where it is missing, unreadable, not
// an edge list, empty, of fewer than 2 workers, or disconnected.
LoadedGraph read_edge_list(const std::filesystem::path& file);

// One line per edge under a comment line with the sizes, as read_edge_list reads it. The third column is the
// weight, in shortest exact digits; it is left out where all weights are 1 and no rates. A graph whose
// workers have names that are not integers comes back with the workers in order of appearance.
void write_edge_list(const Graph& graph, std::ostream& out);

}  // namespace acidsim
