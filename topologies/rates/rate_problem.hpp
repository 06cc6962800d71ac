// The convex programme behind optimal rates, as its solvers see it.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Maximise λ2(Λ(w)), the least conductance C(w) = min_e 1/R_e(w), or their product, over
//   w ≥ 0,  Σ w_e ≤ budget,  Σ_{e at worker i} w_e ≤ cap.
// λ2 and every 1/R_e are concave in w and homogeneous of degree 1 [Ghosh, Boyd and Saberi, SIAM Review 50,
// 2008], so the logarithm of the product is concave. χ1 = 1/λ2, χ2 = 1/(2C), √(χ1χ2) = (2 λ2 C)^(-1/2).
struct RateProblem {
  Worker workers = 0;
  std::vector<Edge> edges;  // connected; Edge::rate is not used
  double budget = 0;
  std::optional<double> cap;
  bool chi_1 = true, chi_2 = true;  // which of the two factors the objective has

  Index size() const { return static_cast<Index>(edges.size()); }  // number of edges m
};

// What a solver hands back.
struct RateSolution {
  Vector<double> rates;    // feasible, and no multiple of them larger than 1 is
  double lower_bound = 0;  // of the objective over all feasible rates
};

// Σ of w over the edges at every worker.
Vector<double> loads(const RateProblem& problem, const Vector<double>& w);

// Multiplies w by the largest factor that keeps it feasible.
void scale_to_feasible(const RateProblem& problem, Vector<double>& w);

// The objective of the problem (χ1, χ2 or √(χ1χ2)) from λ2 and C; an argument that it does not need is
// ignored.
double objective(const RateProblem& problem, double lambda_2, double conductance);

// G with b_eᵀGb_f = b_eᵀ(Λ(w) − shift)⁺b_f for all edges e, f. invert_laplacian returns nothing if Λ − shift
// is not positive definite on the complement of 1. n³ multiplications.
struct DenseInverse {
  Matrix<double> g;
  double trace = 0,
         squared_norm = 0;  // of the pseudo-inverse: Σ 1/μ, Σ 1/μ² over eigenvalues μ of Λ − shift off 1
  double log_determinant = 0;  // of Λ − shift on the complement of 1, up to a constant
};
std::optional<DenseInverse> invert_laplacian(const RateProblem& problem, const Vector<double>& w,
                                             double shift = 0.0);

// b_eᵀMb_e for every edge e, M symmetric.
Vector<double> edge_diagonal(const RateProblem& problem, const Matrix<double>& m);

// Σ_e s_e (b_fᵀGb_e)² for every edge f, G = Λ⁺ up to a multiple of 11ᵀ: what rates s add to b_fᵀΛ⁺ΛΛ⁺b_f.
// O(mn) for sparse graphs.
Vector<double> transfer(const RateProblem& problem, const Matrix<double>& inverse, const Vector<double>& s);

}  // namespace acidsim
