// ADOM+: an accelerated primal method with communication rounds of its own.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Kovalev, Gasanov, Gasnikov, Richtárik, "Lower Bounds and Optimal Algorithms for Smooth and Strongly Convex
// Decentralized Optimization Over Time-Varying Networks", NeurIPS 2021, arXiv 2106.04469. With 𝓛 = (I − W)/(1 − λ_n),
// χ = (1 − λ_n)/(1 − λ_2), and x_g = τ1 x + (1 − τ1) x_f, y_g and z_g likewise with σ1, a round is
//
//     G = ∇f(x_g)
//     x⁺ = x + ηα (x_g − x⁺) − η (G − ν x_g − y⁺)
//     y⁺ = y + θβ (G − ν x_g − y⁺) − θ ((y_g + z_g)/ν + x⁺)
//     V  = (γ/ν)(y_g + z_g) + m,   z⁺ = z + γδ (z_g − z) − 𝓛V,   m⁺ = V − 𝓛V
//     x_f⁺ = x_g + τ2 (x⁺ − x),   y_f⁺ = y_g + σ2 (y⁺ − y),   z_f⁺ = z_g − ζ 𝓛(y_g + z_g)
//
//     x, x_f          models, in R^d; they start at x_0      y, y_f, z, z_f   dual vectors, 0 at the start
//     m               error of communication, 0 at the start
//
// τ2 = √(μ/L), τ1 = 1/(1/τ2 + ½), σ2 = τ2/(16χ), σ1 = 1/(1/σ2 + ½), η = 1/(Lτ2), α = ν = μ/2, β = 1/(2L), δ = 1/(17L),
// γ = ν/(14 σ2 χ²), θ = ν/(4σ2), ζ = ½. With multi-consensus 𝓛 becomes I − (I − 𝓛)^T, T = ⌈χ ln 2⌉ exchanges, and χ is
// 2. Exact. The mean of m grows for ever, which costs digits in very long runs.
struct AdomParameters {
  double tau_1, tau_2, sigma_1, sigma_2, eta, alpha, beta, delta, nu, gamma, theta, zeta;
  static AdomParameters of(double smoothness, double strong_convexity, double chi);
};

// laplacian_scale: 1 − λ_n. steps: T, 1 without multi-consensus.
Dynamics adom_plus_dynamics(const AdomParameters& parameters, double laplacian_scale, int steps);

AlgorithmRow adom_plus_row();

}  // namespace acidsim
