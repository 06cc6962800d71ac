// The two matrix products of a minibatch gradient of a linear model, over samples that lie scattered in a
// table: scores = Aᵀ W and G = A D, where the columns of A are the samples of the batch. The samples are read
// where they lie; a general product would first want them gathered side by side, which alone costs as much as
// either product. Order of summation: fixed by the number of features and the vector width of the build; a
// score depends on its own sample and output only.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/objectives/objective.hpp"

namespace acidsim {

// What gradients and sums over samples of a linear model need room for.
template <class Scalar>
struct LinearScratch final : GradientScratch {
  Matrix<Scalar> batch, scores, weights;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> labels;
  Vector<Scalar> targets;
};

// Gives a matrix at least rows × columns entries; if it grows, its old entries are lost.
template <class M>
void reserve(M& matrix, Index rows, Index columns) {
  if (matrix.size() < rows * columns) matrix.resize(rows, columns);
}

template <class Scalar>
class MinibatchProducts {
 public:
  // table: features × samples; weights: features × outputs. Both must outlive this object, as must the
  // scratch, of which `batch`, `weights` and `scores` are used.
  MinibatchProducts(const Matrix<Scalar>& table, const Scalar* weights, Index outputs,
                    LinearScratch<Scalar>& scratch);

  // The number of samples that stay in the cache between scores() and gradient().
  Index block() const { return block_; }

  // Makes `rows` (1 … block() of them) the batch, and returns its scores, samples × outputs (column-major).
  Scalar* scores(std::span<const std::uint32_t> rows);

  // g ← factor · start + A D for the batch of the last scores(). D: samples × outputs; start, g: features ×
  // outputs, and may be the same. With factor = 0, start is not read.
  void gradient(const Scalar* derivatives, Scalar factor, const Scalar* start, Scalar* g) const;

 private:
  template <int vectors>
  void gradient_in(const Scalar* derivatives, Scalar factor, const Scalar* start, Scalar* g) const;
  const Scalar* sample(Index s) const {
    return table_ + static_cast<Index>(rows_[static_cast<std::size_t>(s)]) * features_;
  }

  // The vector that ends with the sample.
  const Scalar* sample_tail(Index s) const;
  void copy_short_samples();

  const Scalar* table_;
  const Scalar* weights_;
  Index features_, outputs_;
  Index tail_;  // features beyond the last whole vector
  bool short_;  // no whole vector at all
  bool far_;    // the table does not stay in the cache
  Index block_;
  LinearScratch<Scalar>& scratch_;
  std::span<const std::uint32_t> rows_;
};

}  // namespace acidsim
