// Rates of least χ2, for up to some hundred thousand workers.
#pragma once

#include "topologies/rates/rate_problem.hpp"

namespace acidsim {

// λ_e ← λ_e R_e budget/(n − 1), which keeps Σ λ_e = budget (Foster: Σ λ_e R_e = n − 1) and at whose fixed
// point every edge of positive rate has R_e = (n − 1)/budget: no rates have a smaller maximum. It is the
// multiplicative algorithm for D-optimal designs [Titterington 1976; Yu, Annals of Statistics 38, 2010],
// which maximises the weighted number of spanning trees. A cap is ignored. Each iteration computes all R_e
// (topologies/spectrum).
RateSolution minimise_chi_2(const RateProblem& problem, double gap);

}  // namespace acidsim
