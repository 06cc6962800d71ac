// The graphs of a sequence, each over workers of its own, put over all workers by their names.
#pragma once

#include <string>
#include <vector>

#include "topologies/graph_sequence.hpp"

namespace acidsim {

// A graph as one phase has it, before the workers of all phases are known.
struct PhaseGraph {
  Graph graph;          // need not be connected
  double duration = 1;  // in units of time
  // Whose workers are numbers alone, and all workers of the sequence: a family's. Otherwise a graph names its
  // workers (one without names calls them 0, 1, 2, …) and may lack some of them.
  bool numbered = false;
  std::string place;  // starts messages and notices
};

// Workers of one name are one worker, and those that a graph lacks have no edges in its phase, which a notice
// says. Workers whose names are all integers stand in the order of their values, others in that of their
// appearance; a `numbered` graph takes them in this order. Where `largest` is true the largest component of
// all graphs together is kept (the first of the largest), with a notice. Coordinates are those of the first
// graph that places a worker, if all workers are placed. Rates of workers are those of the graphs that have them.
// Throws InputError at the place of a numbered graph over another number of workers, or of a graph that gives a worker
// another rate than one before; and where some workers have a rate and others none.
std::vector<GraphPhase> join_workers(std::vector<PhaseGraph>&& graphs, bool largest,
                                     std::vector<std::string>& notices);

}  // namespace acidsim
