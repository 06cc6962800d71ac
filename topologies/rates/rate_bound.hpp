// Lower bounds on χ1, χ2 and √(χ1χ2) over all feasible rates, from linear bounds on λ2 and the conductances.
#pragma once

#include "topologies/rates/rate_problem.hpp"

namespace acidsim {

// Planes above λ2 and C, valid for every w ≥ 0:
//   λ2(w) ≤ Σ_f lambda_2_f w_f       lambda_2_f = b_fᵀXb_f, any X ⪰ 0 with X1 = 0, tr X = 1
//   C(w) ≤ Σ_f conductance_f w_f     conductance_f = Σ_e μ_e (φ_e·b_f)², any μ in the simplex and potentials
//                                    φ_e with φ_e·b_e = 1 (Thomson's principle)
// and prices of the constraints, which say what a plane is worth at most: with y + z_i + z_j ≥ s_f for all
// edges f = (i, j), Σ s_f w_f ≤ budget·y + cap·Σ z_i (linear duality). Prices need only be right up to a
// factor.
struct RatePlanes {
  Vector<double> lambda_2, conductance;  // empty where the objective lacks the factor
  double budget_price = 1;               // y ≥ 0
  Vector<double> worker_prices;          // z ≥ 0; empty without a cap
};

// With P(s) the largest value of Σ s_f w_f, a plane's bound: χ1 ≥ 1/P(a), χ2 ≥ 1/(2P(c)), and for every κ > 0
// λ2 C ≤ P(a + κc)²/(4κ), so √(χ1χ2) ≥ √(2κ)/P(a + κc). The best κ is looked for. 0 where an
// edge has no price.
double lower_bound(const RateProblem& problem, const RatePlanes& planes);

}  // namespace acidsim
