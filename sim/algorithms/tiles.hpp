// Sums of vectors, some coordinates at a time: the arithmetic of the generic kernel.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "sim/algorithms/exponential.hpp"
#include "sim/core/types.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// Coordinates handled at a time: a worker's vectors of a tile stay in the first-level cache.
inline constexpr Index tile = 128;

// factor·x, a term of a sum.
template <class Scalar>
struct Scaled {
  double factor;
  const Scalar* x;
  double added_to(double sum, Index k) const { return multiply_add(factor, static_cast<double>(x[k]), sum); }
};
// factor·(x − y)
template <class Scalar>
struct ScaledDifference {
  double factor;
  const Scalar *x, *y;
  double added_to(double sum, Index k) const {
    return multiply_add(factor, static_cast<double>(x[k]) - static_cast<double>(y[k]), sum);
  }
};

// out ← (adds ? out : 0) + the terms, one after another: in registers, for their number is known.
template <bool adds, class Out, class Term, std::size_t... t>
void sum_known(const Term* given, std::index_sequence<t...>, Index count, Out* __restrict out) {
  [[maybe_unused]] const std::array<Term, sizeof...(t)> terms{given[t]...};
  for (Index k = 0; k < count; ++k) {
    double sum = adds ? static_cast<double>(out[k]) : 0.0;
    ((sum = std::get<t>(terms).added_to(sum, k)), ...);
    out[k] = static_cast<Out>(sum);
  }
}

inline constexpr std::size_t most_known = 6;  // terms

template <bool adds, class Out, class Term>
void sum_few(std::span<const Term> terms, Index count, Out* out) {
  const auto known = [&]<std::size_t n>(std::integral_constant<std::size_t, n>) {
    sum_known<adds>(terms.data(), std::make_index_sequence<n>{}, count, out);
  };
  [&]<std::size_t... n>(std::index_sequence<n...>) {
    ((terms.size() == n ? known(std::integral_constant<std::size_t, n>{}) : void()), ...);
  }
  (std::make_index_sequence<most_known + 1>{});
}

// sum ← sum + the terms, in their order.
template <class Term>
void add_terms(std::span<const Term> terms, Index count, double* sum) {
  while (!terms.empty()) {
    const auto few = terms.first(std::min(terms.size(), most_known));
    sum_few<true>(few, count, sum);
    terms = terms.subspan(few.size());
  }
}

template <class Out>
void store(const double* values, Index count, Out* __restrict out) {
  for (Index k = 0; k < count; ++k) out[k] = static_cast<Out>(values[k]);
}

// out ← 0 + the terms, in their order and in double; at most a tile.
template <class Term, class Out>
void sum_terms(std::span<const Term> terms, Index count, Out* out) {
  if (terms.size() <= most_known) return sum_few<false>(terms, count, out);
  double sum[tile];
  sum_few<false>(terms.first(most_known), count, sum);
  add_terms(terms.subspan(most_known), count, sum);
  store(sum, count, out);
}

// out ← out + factor·x
template <class Scalar, class Out>
void add_scaled(double factor, const Scalar* x, Index count, Out* __restrict out) {
  for (Index k = 0; k < count; ++k)
    out[k] = static_cast<Out>(multiply_add(factor, static_cast<double>(x[k]), static_cast<double>(out[k])));
}

// Some coordinates of a worker's vectors, which follow each other at `stride`.
template <class Scalar>
struct Part {
  Scalar* first;
  Index stride, count;

  Scalar* vector(int a) const { return first + a * stride; }
};

// A small matrix that acts on a worker's vectors, and its entries that are not zero, row by row.
class SparseRows {
 public:
  SparseRows() {}  // empty; what is not used is not written
  explicit SparseRows(const SmallMatrix& matrix)
      : matrix_(matrix), rows_(matrix.size() == 0 ? 0 : static_cast<int>(matrix.rows())) {
    for (int r = 0; r < rows_; ++r) {
      Row& row = row_[static_cast<std::size_t>(r)];
      row.entries = 0;
      for (int a = 0; a < static_cast<int>(matrix.cols()); ++a) {
        if (matrix(r, a) == 0.0) continue;
        row.column[row.entries] = a;
        row.value[row.entries++] = matrix(r, a);
      }
    }
  }

  // The product of both as matrices.
  SmallMatrix operator*(const SparseRows& other) const {
    SmallMatrix product = SmallMatrix::Zero(matrix_.rows(), other.matrix_.cols());
    for (Index r = 0; r < product.rows(); ++r)
      for (Index k = 0; k < other.matrix_.rows(); ++k)
        for (Index c = 0; c < product.cols(); ++c)
          product(r, c) = multiply_add(matrix_(r, k), other.matrix_(k, c), product(r, c));
    return product;
  }

  bool empty() const { return rows_ == 0; }
  int size() const { return rows_; }

  // out ← row r · S.
  template <class Scalar, class Out>
  void combine(int r, const Part<Scalar>& state, Out* out) const {
    const Row& row = row_[static_cast<std::size_t>(r)];
    std::array<Scaled<std::remove_const_t<Scalar>>, most_vectors> terms;
    for (std::size_t t = 0; t < row.entries; ++t) terms[t] = {row.value[t], state.vector(row.column[t])};
    sum_terms(std::span(std::as_const(terms)).first(row.entries), state.count, out);
  }

  // out ← M S, row after row at `stride`.
  template <class State, class Scalar>
  void tell(const State& state, Scalar* out, Index stride) const {
    for (int r = 0; r < rows_; ++r) combine(r, state, out + r * stride);
  }

  // S ← M S; nothing where this is empty.
  template <class Scalar>
  void transform(const Part<Scalar>& state) const {
    Scalar before[most_vectors][tile];
    for (int a = 0; a < rows_; ++a) std::copy_n(state.vector(a), state.count, before[a]);
    const Part<Scalar> old{before[0], tile, state.count};
    for (int a = 0; a < rows_; ++a) combine(a, old, state.vector(a));
  }

 private:
  struct Row {
    std::size_t entries;
    std::array<int, most_vectors> column;
    std::array<double, most_vectors> value;
  };
  SmallMatrix matrix_;
  int rows_ = 0;
  std::array<Row, most_vectors> row_;
};

// S ← S + landing·γpᵀ.
template <class Scalar>
void land(const Vector<double>& landing, double learning_rate, const Scalar* direction,
          const Part<Scalar>& state) {
  for (int a = 0; a < landing.size(); ++a)
    if (landing[a] != 0.0) add_scaled(landing[a] * learning_rate, direction, state.count, state.vector(a));
}

// Coordinates of several vectors, in double.
using Differences = double[most_vectors][tile];

// S ← S − landing·differences.
template <class Scalar>
void subtract(const Matrix<double>& landing, const Differences& differences, const Part<Scalar>& state) {
  for (int a = 0; a < landing.rows(); ++a)
    for (Index r = 0; r < landing.cols(); ++r)
      if (landing(a, r) != 0.0) add_scaled(-landing(a, r), differences[r], state.count, state.vector(a));
}

}  // namespace acidsim
