// What all families share.
#pragma once

#include <cstdint>
#include <string>

#include "topologies/graph.hpp"

namespace acidsim {

// Throws InputError("workers", …) unless 2 ≤ workers and neither workers nor edges (as a real number, so that
// a product cannot overflow) exceed `largest_graph`.
void check_size(std::uint64_t workers, double edges);

// A graph without edges.
Graph make_graph(std::string name, Worker workers);

}  // namespace acidsim
