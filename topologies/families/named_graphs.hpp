// Graphs that have a name and one size: small, regular and symmetric.
#pragma once

#include <string>
#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

struct NamedGraph {
  std::string name;
  Worker workers;
  std::string what;
  Graph (*make)();  // without its name
};

// petersen, heawood, moebius_kantor, pappus, desargues, nauru, mcgee, tutte_coxeter, dodecahedral,
// icosahedral, clebsch and hoffman_singleton. Sources: named_graphs.cpp. Layouts: circles.
const std::vector<NamedGraph>& named_graphs();

// Throws InputError("name", …) where there is none of that name.
Graph named_graph(const std::string& name);

}  // namespace acidsim
