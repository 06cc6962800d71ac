// MSDA: the multi-step dual accelerated method.
#pragma once

#include "sim/algorithms/chebyshev.hpp"
#include "sim/algorithms/row.hpp"

namespace acidsim {

// Scaman, Bach, Bubeck, Lee, Massoulié, "Optimal algorithms for smooth and strongly convex distributed
// optimization in networks", ICML 2017, arXiv 1702.08704, algorithm 2. In each round, with x_i = ∇f_i*(u_i),
//
//     w⁺ = u − η (x − P(W) x),   u⁺ = (1 + m) w⁺ − m w
//
// where P(W) takes K exchanges (chebyshev.hpp), and with q = c1^K
//
//     η = μ (1 + q²)/(1 + q)²,   m = ((1 + q)√κ − 1 + q)/((1 + q)√κ + 1 − q)
//
//     u_i, w_i   dual vectors of worker i, in R^d, 0 at the start     x_i   its model
//     μ, L       of every f_i: strong convexity and smoothness        κ     L/μ
//
// Models are computed at the end of a round, and once before the first: a round costs one ∇f_i* per worker. Needs
// ∇f_i* in closed form. Exact; the spectral radius of a round is at most 1 − 1/√κ', κ' = κ times the condition number
// of I − P(W).
struct MsdaParameters {
  double eta, momentum;
  static MsdaParameters of(double smoothness, double strong_convexity, const Chebyshev& chebyshev);
};

Dynamics msda_dynamics(const MsdaParameters& parameters, const Chebyshev& chebyshev);

AlgorithmRow msda_row();

}  // namespace acidsim
