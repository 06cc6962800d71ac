// DADAO: decentralized asynchronous optimization with gradients and communications decoupled, primal and exact.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Nabli, Oyallon, "DADAO: Decoupled Accelerated Decentralized Asynchronous Optimization", ICML 2023, arXiv
// 2208.00779, with the constants of the authors' program:
//
//     dx = η (x̃ − x) dt − γ G dN,     dx̃ = η (x − x̃) dt − γ̃ G dN,         G = ∇f_i(x) − ν x − ỹ
//     dy = α (ỹ − y) dt,              dỹ = −θ (y + z + ν x̃) dt + δ G dN
//     dz = α (z̃ − z) dt − β m dM,     dz̃ = α̃ (z − z̃) dt − β̃ m dM,          m = (y_i + z_i) − (y_j + z_j)
//
//     x, x̃       model of a worker and its momentum           N   its gradient events, of rate 1
//     y, ỹ       dual variables of the gradients              M   communication events of its edges
//     z, z̃       dual variables of the consensus, Σ_i z_i = 0
//
// x starts at x_0 and all others at 0. With κ = L/μ, L = max_i L_i and the worst local μ = min_i μ_i, ν = μ/2 and
// r = √(ν/L):
//     α = r/4,   α̃ = η = r/8,   θ = 1/(2r),   β = ½,   β̃ = 2χ1/r,   δ = 1 + r/4,   γ = 1/(4L),   γ̃ = 1/(4√(Lν)).
// The theory asks for gradients of rate 1 and for communications with 2χ1χ2 ≤ 1; with fewer the method diverges. At the fixed point G = 0 and y + z
// is common, so that Σ_i ∇f_i = 0: the minimiser, whatever the gradient rates.
struct DadaoParameters {
  double nu, eta, alpha, alpha_tilde, theta, beta, beta_tilde, delta, gamma, gamma_tilde;
};

// The choice above; `nu` is given for runs that choose their own.
DadaoParameters dadao_parameters(double nu, double smoothness, double chi_1);

Dynamics dadao_dynamics(const DadaoParameters& parameters);

AlgorithmRow dadao_row();

}  // namespace acidsim
