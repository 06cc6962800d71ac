// Continuized accelerated decentralized optimization: dual, with a gradient of the conjugates at each communication.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Even, Berthier, Bach, Flammarion, Gaillard, Hendrikx, Massoulié, Taylor, "A Continuized View on Nesterov
// Acceleration for Stochastic Gradient Descent and Randomized Gossip", NeurIPS 2021, arXiv 2106.07644:
//
//     dy = η (z − y) dt − γ Σ_j (∇f_i*(y_i) − ∇f_j*(y_j)) dM_ij
//     dz = η (y − z) dt − γ̃ Σ_j (∇f_i*(y_i) − ∇f_j*(y_j)) dM_ij
//
//     y_i, z_i   dual variables of worker i, in R^d, 0 at the start         M_ij   communication events of edge (i, j)
//     ∇f_i*      ∇f_i*(z) is the x with ∇f_i(x) = z; the model is ∇f_i*(z_i)
//
// With L = max_i L_i, the worst local μ = min_i μ_i and the χ's of the edge rates,
//     γ = μ/2,   γ̃ = ½√(Lμχ1/χ2),   η = ½√(μ/(Lχ1χ2)):
// these are the paper's for edges that ring at total rate 1, in the time of these clocks. At μ = L, η and γ̃/μ are
// those of A²CiD². The authors of DADAO use an η larger by √2 in their comparison. There are no gradient events: a
// communication computes a ∇f_i* on each side, which is what counts as gradients. Σ_i y_i = Σ_i z_i = 0, so that
// consensus is at the minimiser of f.
struct ContinuizedParameters {
  double eta, gamma, gamma_tilde;
};

// The theory's choice.
ContinuizedParameters continuized_parameters(const GraphConstants& graph, double smoothness,
                                             double strong_convexity);

Dynamics continuized_dynamics(const ContinuizedParameters& parameters);

AlgorithmRow continuized_row();

}  // namespace acidsim
