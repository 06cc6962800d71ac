// RelaySGD [Vogels, He, Koloskova, Lin, Karimireddy, Stich, Jaggi, NeurIPS 2021]: on a tree, in rounds.
//
// In every round worker i takes a step, x_h,i = x_i − γg_i, and sends to each neighbour j
//
//     m_{i→j} = x_h,i + Σ_{k≠j} m_{k→i}  (those of the last round),
//
// so that it hears of every worker once, of each as it was so many rounds ago as edges lie between them, less
// one. Then x_i ← (x_h,i + Σ_j m_{j→i} + what has not come yet as x_0)/n. Here everything is counted from x_0,
// where all workers start: what has not come yet is 0.
//
// No worker remembers messages by edge. With M_i(k) = Σ_j m_{j→i}(k) it tells all neighbours the same
// T_i(k) = x_h,i − x_0 + M_i(k−1), from which each subtracts what it sent itself: m_{i→j}(k) = T_i(k) − m_{j→i}(k−1).
// Summed over the neighbours of j:
//
//     M_j(k) = Σ_i T_i(k) − deg_j T_j(k−1) + M_j(k−2).
//
// The state holds x; x_0; `received`, M(k−1); and `returned`, M(k−2) − deg·T(k−1).
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

Dynamics relay_sgd_dynamics(Worker workers);

AlgorithmRow relay_sgd_row();

}  // namespace acidsim
