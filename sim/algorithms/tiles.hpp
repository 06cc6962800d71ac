// Sums of vectors, some coordinates at a time: the arithmetic of the generic kernel.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "sim/algorithms/exponential.hpp"
#include "sim/core/types.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// Coordinates handled at a time: a worker's vectors of a tile stay in the first-level cache.
inline constexpr Index tile = 256;
inline constexpr std::size_t line = 64;  // bytes: room for a tile starts on a cache line

// Calls act(start, count) for tiles that cover the coordinates.
template <class Act>
void for_each_tile(Range range, const Act& act) {
  const Index end = range.first + range.count;
  for (Index start = range.first; start < end; start += tile) act(start, std::min(tile, end - start));
}

// factor·x, a term of a sum.
template <class Scalar>
struct Scaled {
  double factor;
  const Scalar* x;
  [[gnu::always_inline]] double added_to(double sum, Index k) const {
    return multiply_add(factor, static_cast<double>(x[k]), sum);
  }
};
// factor·(x − y)
template <class Scalar>
struct ScaledDifference {
  double factor;
  const Scalar *x, *y;
  [[gnu::always_inline]] double added_to(double sum, Index k) const {
    return multiply_add(factor, static_cast<double>(x[k]) - static_cast<double>(y[k]), sum);
  }
};

// What becomes of `out` when terms are summed: it is the sum, it begins the sum, or factor·sum lands on it.
struct Set {
  static constexpr bool looks = false;
  [[gnu::always_inline]] double begin(double) const { return 0.0; }
  [[gnu::always_inline]] double end(double, double sum) const { return sum; }
};
struct Add {
  static constexpr bool looks = true;
  [[gnu::always_inline]] double begin(double out) const { return out; }
  [[gnu::always_inline]] double end(double, double sum) const { return sum; }
};
struct Land {
  static constexpr bool looks = true;
  double factor;
  [[gnu::always_inline]] double begin(double) const { return 0.0; }
  [[gnu::always_inline]] double end(double out, double sum) const { return multiply_add(factor, sum, out); }
};

// The terms one after another: in registers, for their number is known.
template <class What, class Out, class Term, std::size_t... t>
void sum_known(const What what, const Term* given, std::index_sequence<t...>, Index count,
               Out* __restrict out) {
  [[maybe_unused]] const std::array<Term, sizeof...(t)> terms{given[t]...};
  for (Index k = 0; k < count; ++k) {
    const double old = What::looks ? static_cast<double>(out[k]) : 0.0;
    double sum = what.begin(old);
    ((sum = std::get<t>(terms).added_to(sum, k)), ...);
    out[k] = static_cast<Out>(what.end(old, sum));
  }
}

inline constexpr std::size_t most_known = 6;  // terms

template <class What, class Out, class Term>
void sum_few(const What what, std::span<const Term> terms, Index count, Out* out) {
  const auto known = [&]<std::size_t n>(std::integral_constant<std::size_t, n>) {
    sum_known(what, terms.data(), std::make_index_sequence<n>{}, count, out);
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
    sum_few(Add{}, few, count, sum);
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
  if (terms.size() <= most_known) return sum_few(Set{}, terms, count, out);
  alignas(line) double sum[tile];
  sum_few(Set{}, terms.first(most_known), count, sum);
  add_terms(terms.subspan(most_known), count, sum);
  store(sum, count, out);
}

// out ← 0 + x, the sum of one term 1·x: −0 becomes 0.
template <class Scalar>
void copy_sum(const Scalar* x, Index count, Scalar* __restrict out) {
  for (Index k = 0; k < count; ++k) out[k] = x[k] + Scalar{0};
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
      row.unit = -1;
      for (int a = 0; a < static_cast<int>(matrix.cols()); ++a) {
        if (matrix(r, a) == 0.0) continue;
        row.column[row.entries] = a;
        row.value[row.entries++] = matrix(r, a);
      }
      if (row.entries == 1 && row.value[0] == 1.0) row.unit = row.column[0];
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

  // The one vector that row r is, or −1.
  int unit(int r) const { return row_[static_cast<std::size_t>(r)].unit; }

  // out ← row r · S.
  template <class Scalar, class Out>
  void combine(int r, const Part<Scalar>& state, Out* out) const {
    combine(
        r, state.count, [&](int a) { return state.vector(a); }, out);
  }

  // out ← M S, row after row at `stride`.
  template <class State, class Scalar>
  void tell(const State& state, Scalar* out, Index stride) const {
    for (int r = 0; r < rows_; ++r) combine(r, state, out + r * stride);
  }

  // S ← M S; nothing where this is empty. Vectors that stay are not copied.
  template <class Scalar>
  void transform(const Part<Scalar>& state) const {
    alignas(line) Scalar before[most_vectors][tile];
    const auto stays = [&](int a) { return unit(a) == a; };
    for (int a = 0; a < rows_; ++a) {
      if (!stays(a))
        std::copy_n(state.vector(a), state.count, before[a]);
      else
        for (Index k = 0; k < state.count; ++k)
          state.vector(a)[k] += Scalar{0};  // as in every sum, −0 becomes 0
    }
    const auto old = [&](int a) -> const Scalar* { return stays(a) ? state.vector(a) : before[a]; };
    for (int a = 0; a < rows_; ++a)
      if (!stays(a)) combine(a, state.count, old, state.vector(a));
  }

 private:
  // out ← row r of these vectors.
  template <class VectorOf, class Out>
  void combine(int r, Index count, const VectorOf& vector, Out* out) const {
    using Scalar = std::remove_cvref_t<decltype(*vector(0))>;
    const Row& row = row_[static_cast<std::size_t>(r)];
    if constexpr (std::is_same_v<Scalar, Out>)
      if (row.unit >= 0) return copy_sum<Scalar>(vector(row.unit), count, out);
    std::array<Scaled<Scalar>, most_vectors> terms;
    for (std::size_t t = 0; t < row.entries; ++t) terms[t] = {row.value[t], vector(row.column[t])};
    sum_terms(std::span(std::as_const(terms)).first(row.entries), count, out);
  }

  struct Row {
    std::size_t entries;
    int unit;
    std::array<int, most_vectors> column;
    std::array<double, most_vectors> value;
  };
  SmallMatrix matrix_;
  int rows_ = 0;
  std::array<Row, most_vectors> row_;
};

// S ← second·(first·S), where each is left out that is empty.
template <class Scalar>
void transform(const SparseRows& first, const SparseRows& second, const Part<Scalar>& state) {
  if (first.empty()) return second.transform(state);
  if (second.empty()) return first.transform(state);
  alignas(line) Scalar between[most_vectors * tile];
  first.tell(state, between, tile);
  second.tell(Part<Scalar>{between, tile, state.count}, state.first, state.stride);
}

// S ← S + landing·γpᵀ.
template <class Scalar>
void land(const Vector<double>& landing, double learning_rate, const Scalar* direction,
          const Part<Scalar>& state) {
  for (int a = 0; a < landing.size(); ++a)
    if (landing[a] != 0.0) add_scaled(landing[a] * learning_rate, direction, state.count, state.vector(a));
}

}  // namespace acidsim
