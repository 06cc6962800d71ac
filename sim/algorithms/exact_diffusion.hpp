// Exact diffusion, NIDS and D²: three exact algorithms in synchronous rounds that share their equations.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// With V = (I + W)/2 (exact diffusion, NIDS) or V = W (D²):
//
//     x^{k+1} = V (2x^k − x^{k−1} − γ (g^k − g^{k−1}))
//     x¹ = V (x⁰ − γg⁰)     exact diffusion: Yuan, Ying, Zhao, Sayed 2019, arXiv 1702.05122;
//                           D²: Tang, Lian, Yan, Zhang, Liu 2018, arXiv 1803.07068
//     x¹ = x⁰ − γg⁰         NIDS: Li, Shi, Yan 2019, arXiv 1704.07807
//
//     x_i   model of worker i, in R^d      g_i   its gradient, ∇F_i(x_i, ξ)
//     W     mixing matrix                  γ     learning rate
//
// The vectors stored are x, ψ = the x − γg of the round before, and γg. The first round of NIDS mixes nothing and sends
// nothing. Stable iff γL < 2; D² also needs λ_n(W) > −⅓.
enum class DiffusionStart { mixed, unmixed };

// mixed_share: how much of V is W, ½ or 1.
Dynamics exact_diffusion_dynamics(double mixed_share, DiffusionStart start);

AlgorithmRow exact_diffusion_row();
AlgorithmRow nids_row();
AlgorithmRow d2_row();

}  // namespace acidsim
