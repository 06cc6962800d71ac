// From a graph as a file lists it to a graph of workers.
#pragma once

#include <string>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// Makes a graph of `raw`. The workers are numbered as they stand; self-loops are dropped and parallel links
// merged (one edge; given rates add), each with a notice. Where links are directed, those of one direction
// add up, and the two directions, if both are listed, must agree and count once. A graph that is not
// connected is refused, cut down to its largest component (the first of the largest), or left as it is. Names become unique
// text of one line; workers without coordinates in a graph that has some are put amid their neighbours.
// `file` starts messages and notices. Throws InputError.
LoadedGraph assemble(RawGraph&& raw, const std::string& file, const ReadOptions& options);

}  // namespace acidsim
