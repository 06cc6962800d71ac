// Bounds of one effective resistance from the neighbourhood of its edge.
#pragma once

#include <vector>

#include "topologies/spectrum/rated_rows.hpp"
#include "topologies/spectrum/spectrum_result.hpp"

namespace acidsim {

// When to stop drawing the bounds of one resistance together.
struct ResistanceGoal {
  double settled_below = 0;  // the upper bound is under this: the edge is not wanted
  double width = 0;          // relative
  int steps = 0;             // at most
  double visits = 0;         // of neighbours, at most (a step begun is finished)
};

// Conjugate gradients, preconditioned by D = diag Λ, for Λx = b = e_i − e_j from x = 0: after k steps x lives
// on the workers within k hops of the edge, so an edge of an expander is settled by its neighbourhood. For
// any x and r = b − Λx,
//   2bᵀx − xᵀΛx ≤ R_ij ≤ the same + min(χ1 ‖r‖², rᵀD⁻¹r / μ),  μ ≤ λ2(D^{-½}ΛD^{-½}),
// because R − (2bᵀx − xᵀΛx) = rᵀΛ⁺r and r is orthogonal to 1. For the x of conjugate gradients a smaller factor than
// 1/μ does: that of the Gauss-Radau quadrature of R with a node at μ [Golub and Meurant, Matrices, Moments and
// Quadrature, 2010, chapter 6], a step's worth of nearness on an expander. All bounds hold to rounding.
class LocalResistance {
 public:
  // Upper bounds of χ1 = 1/λ2(Λ) and of 1/λ2(D^{-½}ΛD^{-½}).
  LocalResistance(const RatedRows& rows, double chi_1, double chi_normalised);

  // Starts from what the edge alone says: R_ij ≤ 1/λ_ij, and R_ij ≥ its value where all others are joined to
  // one worker.
  Bounds bounds(Worker i, Worker j, double rate, const ResistanceGoal& goal);
  // The same at no cost: no step is made.
  Bounds start(Worker i, Worker j, double rate) const;

  double visits() const { return visits_; }  // of neighbours, since construction

 private:
  struct Member {
    double residual, direction, product, load;
  };

  std::uint32_t slot(Worker i);
  void reach(std::uint32_t members);
  double multiply();
  double next_factor(double factor, double length, double growth) const;

  const RatedRows& rows_;
  double chi_1_, chi_normalised_;
  double visits_ = 0;
  // The workers reached, in the order of reaching; slot_[w] is the place of w where it is one of them.
  std::vector<Worker> worker_;
  std::vector<Member> member_;
  std::vector<std::uint32_t> slot_;
  std::vector<std::uint32_t> neighbour_;  // places of the neighbours of the first members, row after row
  std::uint32_t rows_known_ = 0;
};

}  // namespace acidsim
