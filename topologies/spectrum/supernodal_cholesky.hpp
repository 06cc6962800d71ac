// Sparse Cholesky factorisation of a grounded graph Laplacian, and the effective resistances on the factor's
// pattern.
#pragma once

#include <memory>
#include <span>

#include "sim/core/types.hpp"

namespace acidsim {

// Λ with the row and column of the worker of largest degree (the ground) struck out is positive definite
// where the edges of positive rate connect all workers. Its Cholesky factor, in a fill-reducing order (nested
// dissection by METIS, or approximate minimum degree), is kept as dense blocks of columns of equal pattern
// (supernodes).
//
// No step subtracts numbers of like size: pivots are sums of conductances, resistances come from resistances.
// Entries of the factor and resistances are right to rounding, relative to each one's own size, however
// ill-conditioned Λ is and however widely rates differ.
class SupernodalCholesky {
 public:
  // The symbolic analysis alone: what the factor will cost. O(m log n) time and O(m) memory.
  // On graphs whose factor would take far more than `most_flops` the ordering itself is given up early; then
  // factor_flops() and memory_bytes() are rough estimates, the former above `most_flops`, and factorise()
  // must not be called.
  SupernodalCholesky(Worker workers, std::span<const Edge> edges, double most_flops = infinity);
  ~SupernodalCholesky();
  SupernodalCholesky(SupernodalCholesky&&) noexcept;
  SupernodalCholesky& operator=(SupernodalCholesky&&) noexcept;

  double factor_flops() const;   // of the factorisation; the resistances take about twice as many
  double memory_bytes() const;   // peak, from here on, of factorisation and resistances
  const char* ordering() const;  // in words

  // False where a pivot is not positive: exactly where the edges of positive rate do not connect all workers.
  // `edges` as in the constructor, with the rates. May be called again, with other rates.
  bool factorise(std::span<const Edge> edges);

  // x ← Λ⁺x up to a multiple of 1 (the mean of the result is 0), for x of mean 0. x: one entry per worker.
  // Needs factorise() and not yet invert().
  void solve(std::span<double> x) const;

  // Replaces the factor by the effective resistances on its pattern (selected inversion [Takahashi, Fagan and
  // Chin 1973], written for resistances); after this, resistance() of every edge of positive or zero rate
  // that the constructor saw.
  void invert();
  double resistance(Worker i, Worker j) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace acidsim
