// λ2 of a Laplacian that is too large to factorise.
#pragma once

#include <cstddef>

#include "topologies/spectrum/rated_rows.hpp"

namespace acidsim {

enum class LaplacianKind {
  plain,      // Λ, null vector 1
  normalised  // D^{-½} Λ D^{-½}, D = diag Λ, null vector D^{½} 1
};

struct Lambda2 {
  double value = 0;     // a Ritz value: never below λ2, but for rounding
  double residual = 0;  // ‖Λx − value·x‖ for its unit Ritz vector: an eigenvalue is that near
  double rounding = 0;  // of both, absolute
  bool converged = false;
  std::size_t steps = 0;

  // Ends of an interval that holds an eigenvalue; the lower one is below λ2 where that eigenvalue is λ2
  // itself, the upper one is above it in any case.
  double low() const { return value - residual - rounding; }
  double high() const { return value + rounding; }
};

// Lanczos' three-term recurrence [Paige, IMA J. Appl. Math. 10, 1972], four vectors of memory, from a fixed
// random start, until residual ≤ max(tolerance × value, rounding) or `visits` neighbours are read. That the
// smallest Ritz value has found λ2, and not stopped at λ3, rests on the start: it fails by more than ε (λ_n −
// λ2) with a probability of at most 1.648 √n e^{−√ε (2·steps − 1)} over random starts [Kuczyński and
// Woźniakowski, SIAM J. Matrix Anal. Appl. 13, 1992, Theorem 4.1]; the chance of missing an eigenvector that
// stands clear of the others is that of a start almost orthogonal to it.
Lambda2 lanczos_lambda_2(const RatedRows& rows, LaplacianKind kind, double tolerance, double visits);

}  // namespace acidsim
