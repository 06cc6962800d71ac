// Optimal rates by an interior-point method, for up to some hundreds of edges.
#pragma once

#include "topologies/rates/rate_problem.hpp"

namespace acidsim {

// Maximises  τ (log t + log s) + log det(Λ(w) − tP) + Σ_e log(1/R_e(w) − s) + Σ log w_e
//            + log(budget − Σ w) + Σ_i log(cap − load_i)
// over (w, t, s) by Newton's method, for a growing τ [Boyd and Vandenberghe, Convex Optimization, 11.3]: t →
// λ2, s → C. P projects off 1; what the objective lacks is left out. Ends once value/lower bound − 1 ≤ gap. A
// step takes about 6m³ + 4n³ operations; 30 to 60 are usual.
RateSolution optimise_by_barrier(const RateProblem& problem, double gap);

}  // namespace acidsim
