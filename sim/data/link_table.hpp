// Tables of what messages take along the edges of a graph.
#pragma once

#include "sim/data/worker_table.hpp"

namespace acidsim {

struct LinkTable {
  std::vector<double> latencies, bandwidths;  // of every edge, or none where the table has no such column
};

// From a CSV file with the columns i and j (workers by name or number, in either order), and latency, bandwidth or
// both. It must name every edge once, and none besides. Throws InputError.
LinkTable read_links(const std::string& path, Worker workers, std::span<const std::string> names,
                     std::span<const Edge> edges);

// "a – b", or "0 – 1" where workers have no names.
std::string described_edge(const Edge& edge, std::span<const std::string> names);

}  // namespace acidsim
