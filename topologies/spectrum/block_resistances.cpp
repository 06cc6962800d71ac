#include "topologies/spectrum/block_resistances.hpp"

#include <algorithm>

namespace acidsim {

BlockResistances::BlockResistances(std::span<const Edge> edges, const Blocks& blocks)
    : edges_(edges), blocks_(blocks), around_(blocks.sizes.size(), 0.0) {
  // Kahan's compensation: a cycle may have millions of edges.
  std::vector<double> lost(around_.size(), 0.0);
  for (std::size_t k = 0; k < edges.size(); ++k) {
    const std::uint32_t block = blocks.block_of[k];
    if (block == no_block || !blocks.sizes[block].cycle()) continue;
    const double term = 1.0 / edges[k].rate - lost[block], sum = around_[block] + term;
    lost[block] = (sum - around_[block]) - term;
    around_[block] = sum;
  }
}

double BlockResistances::resistance(std::size_t k) const {
  const std::uint32_t block = blocks_.block_of[k];
  const double alone = 1.0 / edges_[k].rate;
  if (blocks_.sizes[block].bridge()) return alone;
  return alone * ((around_[block] - alone) / around_[block]);
}

bool BlockResistances::all_known() const {
  return std::all_of(blocks_.sizes.begin(), blocks_.sizes.end(), simple);
}

}  // namespace acidsim
