// QG-DSGDm: decentralized SGD whose momentum follows the averaged displacement.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Lin, Karimireddy, Stich, Jaggi, "Quasi-Global Momentum: Accelerating Decentralized Deep Learning on Heterogeneous
// Data", ICML 2021, arXiv 2102.04761. In each round
//
//     x_i⁺ = Σ_j W_ij (x_j − γ (β m_j + ∇F_j(x_j, ξ))),   m_i⁺ = β m_i + (1 − β) (x_i − x_i⁺)/γ
//
//     x_i   model of worker i, in R^d      m_i   its quasi-global momentum
//     W     mixing matrix                  β     momentum
//     γ     learning rate, constant        ξ     minibatch or gradient noise
//
// The vectors stored are x, γm and γ∇F. At rest m = 0, so that its bias is that of D-PSGD (atc) with step γ.
Dynamics qg_dsgdm_dynamics(double momentum);

AlgorithmRow qg_dsgdm_row();

}  // namespace acidsim
