// Graphs in node-link JSON, as NetworkX, D3 and others write them.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// {"directed": …, "nodes": [{"id": …, "label" or "name": …, "x": …, "y": … or "pos": [x, y]}], "links" or
// "edges":
// [{"source": …, "target": …, "rate" or "weight": …}]}; other keys are not read. Ids are numbers, strings or
// lists of them (NetworkX's tuples), each once; source and target are ids (or, where no node has one,
// positions). Rates count if every link has one. Reads item by item: memory for the graph, not for the JSON.
// Throws InputError with the place "file: /links/3".
RawGraph parse_node_link(std::istream& in, const std::string& file);

// The same from a file, assembled.
LoadedGraph read_node_link(const std::filesystem::path& file, const ReadOptions& options = {});

// Whether a file is JSON with a list of nodes, links or edges at its top, which no experiment has. Never
// throws for what is in the file.
bool is_node_link(const std::filesystem::path& file);

}  // namespace acidsim
