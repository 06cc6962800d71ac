#include "sim/algorithms/table.hpp"

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/continuized.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/local_only.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/swarm_sgd.hpp"

namespace acidsim {

std::span<const AlgorithmRow> all_algorithms() {
  static const std::vector<AlgorithmRow> table = {
      async_gossip_row(), a2cid2_row(),  local_only_row(), d_psgd_row(), gossip_tracking_row(),
      push_sum_row(),     ad_psgd_row(), swarm_sgd_row(),  dadao_row(),  continuized_row()};
  return table;
}

}  // namespace acidsim
