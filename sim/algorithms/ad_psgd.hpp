// AD-PSGD: asynchronous gossip SGD with gradients one step of the worker old.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Lian, Zhang, Zhang, Liu, "Asynchronous Decentralized Parallel Stochastic Gradient Descent", ICML 2018, arXiv
// 1710.06952, Algorithm 1. A worker reads its model, computes a gradient there while averagings go on, and then
// applies it to what its model has become:
//
//     gradient event of i      p = ∇F_i(x̂_i, ξ),   x_i ← x_i − γ p,   x̂_i ← x_i         after_step (Algorithm 1)
//                              p = ∇F_i(x̂_i, ξ),   x̂_i ← x_i,   x_i ← x_i − γ p         before_step
//     communication (i, j)     x_i, x_j ← (x_i + x_j)/2
//
//     x_i   model of worker i, in R^d             γ   learning rate
//     x̂_i   what it read when it began            ξ   minibatch or gradient noise
//
// before_step: the next model is read before the step is applied, as in facebookresearch/stochastic_gradient_push,
// one gradient of the worker older.
//
// On quadratics f_i = ½(x − b_i)ᵀA_i(x − b_i) under Poisson clocks with gradient rates R = diag(r_i) and the
// Laplacian Λ of the edge rates, the stationary mean solves
//     (γRK + ½Λ) E x = γRK b,   K = A(I + γA)⁻¹ after the step,   K = A before it, as for asynchronous gossip:
// staleness alone lowers the bias; as γ → 0 the limit minimises Σ_i r_i f_i.
enum class ReadTime { after_step, before_step };

Dynamics ad_psgd_dynamics(ReadTime read);

AlgorithmRow ad_psgd_row();

}  // namespace acidsim
