// SGD whose rounds mix by accelerated gossip.
#pragma once

#include "sim/algorithms/chebyshev.hpp"
#include "sim/algorithms/row.hpp"

namespace acidsim {

// In each round every worker computes one gradient, and the neighbours exchange K messages (chebyshev.hpp):
//
//     x_i ← (P(W) (x − γg))_i,   P(W) v = z_K / a_K
//
//     x_i   model of worker i, in R^d      W   mixing matrix, symmetric
//     γ     learning rate                  K   steps, by default the theory's ⌊1/√γ_W⌋
//
// The mean is kept; one round shrinks the disagreement by 2 c1^K/(1 + c1^{2K}). Without gradients it is accelerated
// gossip.
Dynamics chebyshev_gossip_dynamics(const Chebyshev& chebyshev);

AlgorithmRow chebyshev_gossip_row();

}  // namespace acidsim
