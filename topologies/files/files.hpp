// Graphs from and to files.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// Reads an undirected graph of the format that the file's extension names; where that says nothing (.txt,
// .csv, .edges, none) an edge list. Node-link JSON is not read here (sim/app/node_link.hpp does). Throws
// InputError with the place "file:line".
LoadedGraph read_graph(const std::filesystem::path& file, const ReadOptions& options = {});

// What a reader says of the formats it knows, one per line: "edge list (.txt, .edges, …)".
const std::vector<std::string>& known_formats();

// A column of values per edge, for export (λ, R).
struct EdgeValues {
  std::string name;
  std::span<const double> values;
};

// As read_graph reads it back: names, coordinates (x, y), weights or rates, and the values as further
// attributes.
void write_graphml(const Graph& graph, std::span<const EdgeValues> values, std::ostream& out);

// One line per edge under a comment line with the sizes. The third column is the weight, in shortest exact
// digits; it is left out where all weights are 1 and no rates. Read back, workers whose names are not all
// integers are numbered in order of appearance, and names that are one integer in two spellings (7, 07) are
// one worker.
void write_edge_list(const Graph& graph, std::ostream& out);

}  // namespace acidsim
