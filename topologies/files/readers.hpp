// One reader per format, each from a stream. They check what the format says; what a graph must be
// (connected, at least two workers) is assemble()'s to check. `file` names the stream in messages; no reader
// opens files. All throw InputError at "file:line", take memory in proportion to what the stream holds (never
// to what a header claims), and read no more than largest_graph workers or edges.
#pragma once

#include <iosfwd>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// One edge per line: `worker worker [rate]`, separated by white space, commas or semicolons (edge_list_line.hpp).
// - Lines that start with # or % are comments, blank lines are skipped.
// - Workers are integers, not necessarily contiguous (numbered in numeric order), or names (numbered in order
//   of appearance). Integers among names must be quoted: a mixture is refused.
// - The third column, on all lines or on none, is the rate of the edge: finite, ≥ 0; 0 = never. NetworkX's
//   dictionaries may stand for it. With semicolons it may have a decimal comma.
// - An edge may be listed in both directions: without rates it is one edge of weight 1, with rates they add.
//   An arrow may stand between the workers; then, and in tables of directed edges, the directions must agree.
// - The first line may be something else, which a notice reports:
//     one integer n           the number of workers, whose ids are then 0 … n − 1 or 1 … n
//     two integers n m        the numbers of workers and edges, if the m lines that follow have rates, or if
//                             the line cannot be an edge: all other ids fit, and the ids n and m would leave
//                             a gap among them. If both readings make sense the file is refused.
//     source target … rate …  a header (edge_columns.hpp): these words (or from, to; src, dst; …), the columns that
//                             `options` names, or any words that are no workers of other lines
//     % sym weighted          the header of KONECT's networks, whose fourth column is a time
// - What other programs write may look like edges and mean something else: dense matrices, neighbours line by
//   line, LGL. Files that make sense both ways are refused unless options.format is "edge_list".
RawGraph parse_edge_list(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_edge_list(std::istream& in, const std::string& file);

// GraphML (graphml.graphdrawing.org), as networkx, igraph, Gephi or the Internet Topology Zoo write it.
RawGraph parse_graphml(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_graphml(std::istream& in, const std::string& file);

// GML (Himsolt 1996), as networkx, igraph, yEd or the Internet Topology Zoo write it.
RawGraph parse_gml(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_gml(std::istream& in, const std::string& file);

// The part of Graphviz's DOT language that says which nodes and edges there are.
RawGraph parse_dot(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_dot(std::istream& in, const std::string& file);

// Matrix Market format (Boisvert, Pozo and Remington, NISTIR 5935, 1996), coordinate or array: an adjacency matrix.
RawGraph parse_matrix_market(std::istream& in, const std::string& file);

// The graph format of METIS and Chaco (METIS 5 manual, section 4.1).
RawGraph parse_metis(std::istream& in, const std::string& file);

// GEXF (gexf.net), as Gephi writes it: nodes with labels, positions and attributes, edges with weights.
RawGraph parse_gexf(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_gexf(std::istream& in, const std::string& file);

// Pajek (.net): *Vertices with labels, positions and attributes, then *Edges, *Arcs, *Edgeslist or *Arcslist. One
// network per file.
RawGraph parse_pajek(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_pajek(std::istream& in, const std::string& file);

// One line per worker, itself first: `worker neighbour neighbour …`, as networkx.write_adjlist writes it. Lines that
// begin with # are comments. No rates.
RawGraph parse_adjacency_list(std::istream& in, const std::string& file);

// The number of workers, then a line for each of 0, 1, 2, … with its neighbours, which may be empty. No rates.
RawGraph parse_neighbours(std::istream& in, const std::string& file);

// LGL: `# worker`, then a line `neighbour [rate]` for each of its neighbours.
RawGraph parse_lgl(std::istream& in, const std::string& file);

// SIF of Cytoscape: `worker kind worker worker …`. The kinds mean nothing here. No rates.
RawGraph parse_sif(std::istream& in, const std::string& file);

// DIMACS: `p edge workers edges`, then `e worker worker` or, with rates, `a from to rate`.
RawGraph parse_dimacs(std::istream& in, const std::string& file);

// An adjacency matrix written out row by row, its columns separated as those of edge lists. 0 = no edge; entries
// other than 1 are rates. The first line may name the columns, and every row begin with its name. One that is not
// symmetric is a directed graph.
RawGraph parse_matrix(std::istream& in, const std::string& file);

}  // namespace acidsim
