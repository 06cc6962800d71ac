// Gossip tracking: gradient tracking on asynchronous pairwise events.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Gradient tracking [Di Lorenzo, Scutari 2016; Nedić, Olshevsky, Shi 2017] carried over to the pairwise
// events of gossip. It converges to the exact minimiser under heterogeneous data, whatever the workers'
// gradient rates:
//
//     before the first event   y_i = l_i = ∇F_i(x_0, ξ)
//     gradient event of i      x_i ← x_i − γ y_i,   p = ∇F_i(x_i, ξ),   y_i ← y_i + p − l_i,   l_i ← p
//     communication (i, j)     x_i, x_j ← (x_i + x_j)/2,   y_i, y_j ← (y_i + y_j)/2
//
//     x_i   model of worker i, in R^d             y_i   its estimate of the mean gradient
//     l_i   its last gradient                     γ     learning rate, constant
//
// Σ_i y_i = Σ_i l_i always. The vectors stored are x, γy and γl.
Dynamics gossip_tracking_dynamics();

AlgorithmRow gossip_tracking_row();

}  // namespace acidsim
