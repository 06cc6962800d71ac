#include "sim/algorithms/table.hpp"

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/adom_plus.hpp"
#include "sim/algorithms/all_reduce_sgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/chebyshev_gossip.hpp"
#include "sim/algorithms/choco_pairwise.hpp"
#include "sim/algorithms/choco_sgd.hpp"
#include "sim/algorithms/continuized.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/diloco.hpp"
#include "sim/algorithms/exact_diffusion.hpp"
#include "sim/algorithms/extra.hpp"
#include "sim/algorithms/gasloc.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/gradient_tracking.hpp"
#include "sim/algorithms/local_only.hpp"
#include "sim/algorithms/local_sgd.hpp"
#include "sim/algorithms/msda.hpp"
#include "sim/algorithms/noloco.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/push_tracking.hpp"
#include "sim/algorithms/qg_dsgdm.hpp"
#include "sim/algorithms/relay_sgd.hpp"
#include "sim/algorithms/server_async_sgd.hpp"
#include "sim/algorithms/swarm_sgd.hpp"

namespace acidsim {
namespace {

std::deque<AlgorithmRow>& algorithm_table() {
  static std::deque<AlgorithmRow> table = {async_gossip_row(),
                                           a2cid2_row(),
                                           local_only_row(),
                                           ad_psgd_row(),
                                           swarm_sgd_row(),
                                           gossip_tracking_row(),
                                           choco_pairwise_row(),
                                           continuized_row(),
                                           dadao_row(),
                                           all_reduce_sgd_row(),
                                           local_sgd_row(),
                                           diloco_row(),
                                           noloco_row(),
                                           gasloc_row(),
                                           d_psgd_row(),
                                           qg_dsgdm_row(),
                                           gradient_tracking_row(),
                                           extra_row(),
                                           nids_row(),
                                           exact_diffusion_row(),
                                           d2_row(),
                                           chebyshev_gossip_row(),
                                           msda_row(),
                                           adom_plus_row(),
                                           choco_sgd_row(),
                                           relay_sgd_row(),
                                           push_sum_row(),
                                           push_diging_row(),
                                           push_pull_row(),
                                           server_async_sgd_row()};
  return table;
}

}  // namespace

const std::deque<AlgorithmRow>& all_algorithms() { return algorithm_table(); }

void add_algorithm(AlgorithmRow row) { algorithm_table().push_back(std::move(row)); }

}  // namespace acidsim
