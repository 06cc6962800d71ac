// Names and coordinates of the workers of a graph that a file gave.
#pragma once

#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

inline constexpr std::size_t longest_name = 1000;  // bytes; a line of an edge list holds two of them

// `text` as one line of at most longest_name bytes; `fallback` where nothing is left of it.
std::string name_of(const std::string& text, const std::string& fallback);

// The workers of `loaded` are the nodes (or integer ids) of `raw`, in order. Each gets its node's name, else
// its id, with the id added where names repeat, as one line without blanks at its ends. A graph whose workers
// are called 0, 1, 2, … in order gets no names.
void name_workers(const RawGraph& raw, const std::string& file, LoadedGraph& loaded);

// Where some nodes have coordinates and others have none, those are put amid their neighbours, with a notice;
// in a graph that is not connected no worker gets any.
void place_workers(const RawGraph& raw, const std::string& file, LoadedGraph& loaded);

}  // namespace acidsim
