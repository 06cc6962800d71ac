#include "sim/algorithms/table.hpp"

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/local_only.hpp"

namespace acidsim {

std::span<const AlgorithmRow> all_algorithms() {
  static const std::vector<AlgorithmRow> table = {async_gossip_row(), a2cid2_row(), local_only_row()};
  return table;
}

}  // namespace acidsim
