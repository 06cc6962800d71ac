// Optimal rates by descent on a smoothed objective, for up to some thousands of workers.
#pragma once

#include "topologies/rates/rate_problem.hpp"

namespace acidsim {

// L-BFGS on θ, λ = θ², with p-norms for the maxima (smoothed_rates.hpp) and growing p, from equal rates. Ends
// once value/lower bound − 1 ≤ gap, or after the largest p with a search for the best bound
// (plane_search.hpp). An evaluation takes about 2n³ + O(mn) operations; some hundreds are usual.
RateSolution optimise_by_descent(const RateProblem& problem, double gap);

}  // namespace acidsim
