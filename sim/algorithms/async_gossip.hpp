// Asynchronous gossip SGD: the baseline without momentum between the events.
#pragma once

#include <memory>

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Randomized gossip [Boyd, Ghosh, Prabhakar, Shah 2006] with local SGD steps, in continuous time; the
// baseline of the A²CiD² paper (arXiv 2306.08289, equation 4 with η = 0 and α = α̃ = ½):
//
//     dx_i = − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij
//
//     x_i   model of worker i, in R^d        N_i    gradient events of worker i
//     γ     learning rate                    M_ij   communication events of edge (i, j)
//     α     how far two workers move towards each other; ½ = both take the average
struct AsyncGossipParameters {
  double alpha = 0.5;
};

Dynamics async_gossip_dynamics(const AsyncGossipParameters& parameters);

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_async_gossip_kernel(const AsyncGossipParameters& parameters,
                                                         Worker workers, Index dimension);

AlgorithmRow async_gossip_row();

}  // namespace acidsim
