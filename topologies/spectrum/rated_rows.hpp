// A rated graph in compressed rows, for the methods that only multiply by Λ.
#pragma once

#include <span>
#include <vector>

#include "topologies/structure.hpp"

namespace acidsim {

// The rates beside the neighbours of an CompressedRows, whose indices of edges are let go. Where all rates
// are equal one is kept.
class RatedRows {
 public:
  RatedRows(CompressedRows rows, std::span<const Edge> edges);

  const CompressedRows& rows() const { return rows_; }
  Worker workers() const { return rows_.workers(); }
  bool uniform() const { return rates_.empty(); }
  double rate(std::uint32_t position) const { return rates_.empty() ? uniform_ : rates_[position]; }
  double load(Worker i) const { return load_[i]; }  // Λ_ii = Σ_j λ_ij
  const std::vector<double>& loads() const { return load_; }
  std::size_t visits() const { return rows_.neighbour.size() + workers(); }  // of one product with Λ

  // Σ_j λ_ij x_j
  double gather(Worker i, const double* x) const {
    const std::uint32_t begin = rows_.first[i], end = rows_.first[i + 1];
    double sum = 0.0;
    if (rates_.empty()) {
      for (std::uint32_t k = begin; k < end; ++k) sum += x[rows_.neighbour[k]];
      return sum * uniform_;
    }
    for (std::uint32_t k = begin; k < end; ++k) sum += rates_[k] * x[rows_.neighbour[k]];
    return sum;
  }

 private:
  CompressedRows rows_;
  double uniform_ = 0;
  std::vector<double> rates_, load_;
};

}  // namespace acidsim
