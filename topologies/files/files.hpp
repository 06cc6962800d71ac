// Graphs from and to files.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <span>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// Reads a graph (undirected, unless the options say otherwise) of the format that the options or the file's extension (before .gz) name; where that says
// nothing (.txt, .csv, .edges, none) an edge list. What comes through a pipe without an extension is recognised by its
// first bytes. Throws InputError with the place "file:line", or the name of an option that does not fit.
LoadedGraph read_graph(const std::filesystem::path& file, const ReadOptions& options = {});

// What a reader says of the formats it knows, one per line: "edge list (.txt, .edges, …)".
const std::vector<std::string>& known_formats();
// The names of formats in options: edge_list, graphml, …
std::vector<std::string> format_names();

// A column of values per edge, for export (λ, R).
struct EdgeValues {
  std::string name;
  std::span<const double> values;
};

// As read_graph reads it back: names, coordinates (x, y), weights or rates, and the values as further
// attributes.
void write_graphml(const Graph& graph, std::span<const EdgeValues> values, std::ostream& out);

// In the format of the extension (.graphml .gml .dot .mtx .json .csv .txt …), so that read_graph reads the same graph
// back; only GraphML takes the values. Throws InputError without a place for other extensions, and for names that the
// format has no room for.
void write_graph(const Graph& graph, std::span<const EdgeValues> values, const std::string& extension,
                 std::ostream& out);

// Whether weights say more than that there is an edge, and the attribute that holds them: rate or weight.
bool is_weighted(const Graph& graph);
std::string weight_name(const Graph& graph);
// A worker's name as a column of an edge list or table; `among_words`: not all names are integers.
std::string edge_list_column(const std::string& name, bool among_words);

// One line per edge under a comment line with the sizes. The third column is the weight, in shortest exact
// digits; it is left out where all weights are 1 and no rates. Read back, workers whose names are not all
// integers are numbered in order of appearance, and names that are one integer in two spellings (7, 07) are
// one worker.
void write_edge_list(const Graph& graph, std::ostream& out);

}  // namespace acidsim
