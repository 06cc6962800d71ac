// One reader per format, each from a stream. They check what the format says; what a graph must be
// (connected, at least two workers) is assemble()'s to check. `file` names the stream in messages; no reader
// opens files. All throw InputError at "file:line", take memory in proportion to what the stream holds (never
// to what a header claims), and read no more than largest_graph workers or edges.
#pragma once

#include <iosfwd>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// One edge per line: `worker worker [rate]`, separated by white space or one comma. Separators within
// "quotes" belong to the name, and "" within quotes is one quote.
// - Lines that start with # or % are comments, blank lines are skipped.
// - Workers are integers, not necessarily contiguous (numbered in numeric order), or names (numbered in order
//   of appearance, unless all are integers).
// - The third column, on all lines or on none, is the rate of the edge: finite, ≥ 0; 0 = never.
// - An edge may be listed in both directions: without rates it is one edge of weight 1, with rates they add.
// - The first line may be something else, which a notice reports:
//     one integer n           the number of workers, whose ids are then 0 … n − 1 or 1 … n
//     two integers n m        the numbers of workers and edges, if the m lines that follow have rates, or if
//                             the line cannot be an edge: all other ids fit, and the ids n and m would leave
//                             a gap among them. If both readings make sense the file is refused.
//     source target [rate]    a header: these words (or from, to; src, dst; …), or any words if all workers
//                             are integers
RawGraph parse_edge_list(std::istream& in, const std::string& file);

// GraphML (graphml.graphdrawing.org), as networkx, igraph, Gephi or the Internet Topology Zoo write it.
RawGraph parse_graphml(std::istream& in, const std::string& file);

// GML (Himsolt 1996), as networkx, igraph, yEd or the Internet Topology Zoo write it.
RawGraph parse_gml(std::istream& in, const std::string& file);

// The part of Graphviz's DOT language that says which nodes and edges there are.
RawGraph parse_dot(std::istream& in, const std::string& file);

// Matrix Market coordinate format (Boisvert, Pozo and Remington, NISTIR 5935, 1996): an adjacency matrix.
RawGraph parse_matrix_market(std::istream& in, const std::string& file);

// The graph format of METIS and Chaco (METIS 5 manual, section 4.1).
RawGraph parse_metis(std::istream& in, const std::string& file);

}  // namespace acidsim
