// Resistances that the blocks of a graph give in closed form.
#pragma once

#include <span>
#include <vector>

#include "topologies/structure.hpp"

namespace acidsim {

// Current between the ends of an edge stays in its block. A bridge has R = 1/λ; on a cycle, with r = 1/λ and
// S = Σ r around it, R_e = r_e (S − r_e)/S. The arguments must outlive this.
class BlockResistances {
 public:
  BlockResistances(std::span<const Edge> edges, const Blocks& blocks);

  bool known(std::size_t k) const {  // no for edges of rate 0, which lie in no block
    return blocks_.block_of[k] != no_block && simple(blocks_.sizes[blocks_.block_of[k]]);
  }
  double resistance(std::size_t k) const;  // of a known one
  bool all_known() const;                  // of positive rate

 private:
  static bool simple(const Blocks::Size& size) { return size.bridge() || size.cycle(); }

  std::span<const Edge> edges_;
  const Blocks& blocks_;
  std::vector<double> around_;  // S per block, where it is a cycle
};

}  // namespace acidsim
