// Combinatorial structure of the edges of positive rate: neighbours in compressed rows, bridges and blocks,
// the diameter. An edge of rate 0 never communicates and is left out of all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Compressed rows: the neighbours of worker i are neighbour[first[i]] … neighbour[first[i + 1] − 1],
// ascending, over the edges of the same positions. 4 bytes per worker and 16 per edge.
struct CompressedRows {
  std::vector<std::uint32_t> first;  // workers + 1
  std::vector<Worker> neighbour;     // two per edge of positive rate
  std::vector<std::uint32_t> edge;   // index among the edges given; may be emptied where it is not needed

  Worker workers() const { return static_cast<Worker>(first.size() - 1); }
  Worker degree(Worker i) const { return first[i + 1] - first[i]; }
  std::span<const Worker> neighbours(Worker i) const { return {neighbour.data() + first[i], degree(i)}; }
};

// Edges: i < j, sorted, distinct, fewer than 2³¹. O(workers + edges).
CompressedRows compressed_rows(Worker workers, std::span<const Edge> edges);

// Sizes of the connected components, largest first.
std::vector<Worker> component_sizes(const CompressedRows& rows);

inline constexpr std::uint32_t no_block = 0xffffffff;

// A block is a largest set of edges any two of which lie on a common cycle; an edge on no cycle, a bridge, is
// a block of its own.
struct Blocks {
  struct Size {
    std::uint32_t edges = 0;
    Worker workers = 0;
    bool bridge() const { return edges == 1; }
    bool cycle() const { return edges == workers; }
  };
  std::vector<Size> sizes;
  std::vector<std::uint32_t> block_of;  // per edge given, no_block for those of rate 0
};

// The blocks of a graph that need not be connected [Tarjan, SIAM J. Comput. 1, 1972], without recursion.
// `edges`: how many were given to compressed_rows(). O(workers + edges).
Blocks blocks(const CompressedRows& rows, std::size_t edges);

std::size_t count_bridges(const Blocks& blocks);

// Hops between the two workers that are furthest apart: low ≤ diameter ≤ high.
struct Diameter {
  Worker low = 0, high = 0;
  bool exact() const { return low == high; }
};

// Breadth-first searches, each of which bounds the eccentricity of every worker, until the bounds settle the
// diameter [Takes and Kosters, Algorithms 6, 2013] or `work` visits of neighbours are spent: a few searches
// on most graphs, one from every worker where all are alike. The graph is connected.
Diameter diameter(const CompressedRows& rows, double work = 2e8);

}  // namespace acidsim
