// Graphs in node-link JSON, as NetworkX, D3 and others write them.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// {"directed": …,
//  "nodes": [{"id": …, "label" or "name": …, "x": …, "y": … or "pos": [x, y]}],
//  "links" or "edges": [{"source": …, "target": …, "rate" or "weight": …}]}
// Other keys are ignored. Ids are numbers, strings or lists of them (NetworkX's tuples) and must be distinct;
// source and target are ids, or positions in the list of nodes if no node has an id. Rates are used if every
// link has one. Reads item by item, so memory grows with the graph and not with the text.
// Throws InputError with the place "file: /links/3".
RawGraph parse_node_link(std::istream& in, const std::string& file, const ReadOptions& options);
RawGraph parse_node_link(std::istream& in, const std::string& file);

// Whether a file is JSON with a list of nodes, links or edges at its top, which no experiment has. Never
// throws for what is in the file.
bool is_node_link(const std::filesystem::path& file);

}  // namespace acidsim
