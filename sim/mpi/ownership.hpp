// Which worker lives on which rank.
#pragma once

#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Seen from one rank. A rank's kernel and optimizer hold its own workers alone, in ascending order.
struct Ownership {
  int rank = 0;                // whose view this is
  std::vector<int> rank_of;    // per worker
  std::vector<Worker> places;  // per worker: its index in the kernel of its rank
  std::vector<Worker> own;     // the workers of this rank, ascending

  Worker workers() const { return static_cast<Worker>(rank_of.size()); }
};

// Contiguous blocks whose sizes differ by one at most. 1 ≤ ranks ≤ workers.
Ownership own_blocks(Worker workers, int ranks, int rank);

// Part p of a partition (per worker: its part) lives on rank p.
Ownership own_parts(std::vector<int> parts, int rank);

}  // namespace acidsim
