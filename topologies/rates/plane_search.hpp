// The best lower bound that rates near the optimum can certify.
#pragma once

#include "topologies/rates/rate_bound.hpp"

namespace acidsim {

// The dual programme, restricted to what the rates w suggest: planes and prices as in rate_bound.hpp with
//   X = UQUᵀ, U the slowest modes of Λ(w), Q ⪰ 0;   φ_e = Λ⁺b_e/R_e, any μ;   any prices.
// Of optimal rates these hold the optimal ones (complementary slackness: X lives on the eigenspace of λ2),
// and every choice gives a valid bound. L-BFGS on a p-norm of s_f/price_f, with Q, μ and the prices as
// squares. Returns the largest lower bound met.
double search_planes(const RateProblem& problem, const Vector<double>& w);

}  // namespace acidsim
