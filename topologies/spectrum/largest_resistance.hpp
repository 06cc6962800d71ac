// The largest effective resistance over the edges of a graph, between certified bounds, without a
// factorisation.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "topologies/spectrum/block_resistances.hpp"
#include "topologies/spectrum/local_resistance.hpp"

namespace acidsim {

struct LargestResistance {
  Bounds bounds;
  std::size_t edge = 0;  // whose resistance is the largest known
};

// The exact answer from bridges and cycle blocks alone: the largest R among their edges, if it is at least
// 1/λ of every other edge (R ≤ 1/λ always). Nothing otherwise.
std::optional<LargestResistance> largest_by_blocks(std::span<const Edge> edges,
                                                   const BlockResistances& known);

// Branch and bound: every edge's bounds are drawn together, by conjugate gradients in its neighbourhood,
// until it cannot beat the best one by more than `width`/2, relatively; first with few steps for all, then
// with twice as many for those left, and so on, until none is left or `visits` are spent. Foster's theorem
// bounds the largest from below too: R ≥ (n − 1)/Σλ. The bounds are valid whenever this stops, given those of
// λ2 inside `local`.
LargestResistance largest_by_bounding(std::span<const Edge> edges, const BlockResistances& known,
                                      LocalResistance& local, Worker workers, double width, double visits);

}  // namespace acidsim
