#include "sim/theory/second_moments.hpp"

#include <algorithm>
#include <set>

namespace acidsim {

SecondMoments::SecondMoments(const MomentEquations& equations, const Pairs& pairs)
    : equations_(equations), pairs_(pairs), vectors_(equations.vectors) {
  drift_ = by_rows([this](Index row) {
    Matrix<double> drift = equations_.flow;
    if (!equations_.gradients.empty()) drift += gradient_of(row).rate * gradient_of(row).jump;
    if (equations_.kept.size() > 0) drift += pairs_.degrees()[row] * equations_.kept;
    return drift;
  });
  noise_ = Vector<double>::Zero(size());
  if (!equations_.gradients.empty())
    for (Index row = 0; row < pairs_.rows(); ++row)
      add_at(noise_, pairs_.diagonal()[static_cast<std::size_t>(row)],
             gradient_of(row).rate * gradient_of(row).noise);
  prepare_exchanges();
  left_ = Vector<double>::Zero(size());
  message_.resize(pairs_.size());
  mixed_.resize(pairs_.size() * equations_.told.rows());
}

const MomentEquations::Gradient& SecondMoments::gradient_of(Index row) const {
  return equations_.gradients[equations_.gradients.size() == 1 ? 0 : static_cast<std::size_t>(row)];
}

Matrix<double> SecondMoments::at(const Vector<double>& moments, Index place) const {
  Matrix<double> result(vectors_, vectors_);
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b) result(a, b) = moments[block(a, b) + place];
  return result;
}

void SecondMoments::add_at(Vector<double>& moments, Index place, const Matrix<double>& change) const {
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b) moments[block(a, b) + place] += change(a, b);
}

SecondMoments::Coefficients SecondMoments::by_rows(
    const std::function<Matrix<double>(Index row)>& of_row) const {
  Matrix<double> all(pairs_.rows(), vectors_ * vectors_);
  for (Index row = 0; row < pairs_.rows(); ++row) {
    const Matrix<double> own = of_row(row);
    for (Index a = 0; a < vectors_; ++a)
      for (Index b = 0; b < vectors_; ++b) all(row, a * vectors_ + b) = own(a, b);
  }
  Coefficients result;
  for (Index entry = 0; entry < all.cols(); ++entry)
    result.push_back(all.col(entry).isZero(0) ? Vector<double>() : Vector<double>(all.col(entry)));
  return result;
}

void SecondMoments::prepare_exchanges() {
  const Index r = equations_.told.rows();
  difference_.resize(static_cast<std::size_t>(r * r));
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b)
      for (Index s = 0; s < r; ++s)
        for (Index t = 0; t < r; ++t) {
          if (const double factor = equations_.told(s, a) * equations_.told(t, b); factor != 0)
            told_.push_back({block(a, b), s * r + t, factor});
          if (const double factor = equations_.landing(a, s) * equations_.landing(b, t); factor != 0)
            landing_.push_back({block(a, b), s * r + t, factor});
        }
}

// out ← factors·C, where C_ij is multiplied by those of row i.
void SecondMoments::times_rows(const Coefficients& factors, const Vector<double>& in,
                               Vector<double>& out) const {
  const Index rows = pairs_.rows(), n = pairs_.workers();
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b) {
      Eigen::Map<Matrix<double>> target(out.data() + block(a, b), rows, n);
      target.setZero();
      for (Index c = 0; c < vectors_; ++c) {
        const Vector<double>& factor = factors[static_cast<std::size_t>(a * vectors_ + c)];
        if (factor.size() == 0) continue;
        const Eigen::Map<const Matrix<double>> source(in.data() + block(c, b), rows, n);
        if (factor.minCoeff() == factor.maxCoeff())
          target += factor[0] * source;
        else
          for (Index j = 0; j < n; ++j) target.col(j).array() += factor.array() * source.col(j).array();
      }
    }
}

// out ← A C + C Aᵀ.
void SecondMoments::add_drift(const Vector<double>& in, Vector<double>& out) {
  const Index pairs = pairs_.size(), told = equations_.told.rows();
  times_rows(drift_, in, left_);
  for (Index b = 0; b < vectors_; ++b)
    for (Index s = 0; s < told; ++s) {
      message_.setZero();
      for (Index c = 0; c < vectors_; ++c)
        if (const double factor = equations_.told(s, c); factor != 0)
          message_ += factor * in.segment(block(c, b), pairs);
      pairs_.laplacian(message_.data(), mixed_.data());
      for (Index a = 0; a < vectors_; ++a)
        if (const double factor = equations_.landing(a, s); factor != 0)
          left_.segment(block(a, b), pairs) -= factor * mixed_.head(pairs);
    }
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b) {
      pairs_.transpose(left_.data() + block(b, a), out.data() + block(a, b));
      out.segment(block(a, b), pairs) += left_.segment(block(a, b), pairs);
    }
}

// With U = −(landing·told) (e_i − e_j) (e_i − e_j)ᵀ.
void SecondMoments::add_exchange(const Pairs::Neighbour& at, const Vector<double>& in, Vector<double>& out) {
  std::fill(difference_.begin(), difference_.end(), 0.0);
  for (const Term& term : told_) {
    const double* const c = in.data() + term.block;
    difference_[static_cast<std::size_t>(term.entry)] +=
        term.factor * (c[at.own] + c[at.other] - c[at.pair] - c[at.back]);
  }
  for (const Term& term : landing_) {
    const double change = at.rate * term.factor * difference_[static_cast<std::size_t>(term.entry)];
    out[term.block + at.own] += change;
    out[term.block + at.pair] -= change;
  }
}

void SecondMoments::add_kept_exchange(const Pairs::Neighbour& neighbour, const Vector<double>& in,
                                      Vector<double>& out) const {
  const Matrix<double> other = equations_.landing * equations_.told, own = equations_.kept - other;
  const Matrix<double> c_ii = at(in, neighbour.own), c_ij = at(in, neighbour.pair);
  const Matrix<double> c_ji = at(in, neighbour.back), c_jj = at(in, neighbour.other);
  const Matrix<double> to_i = own * c_ii + other * c_ji,
                       to_j = own * c_ij + other * c_jj;  // (U C)_ii, (U C)_ij
  add_at(out, neighbour.own, neighbour.rate * (to_i * own.transpose() + to_j * other.transpose()));
  add_at(out, neighbour.pair, neighbour.rate * (to_i * other.transpose() + to_j * own.transpose()));
}

void SecondMoments::add_jumps(const Vector<double>& in, Vector<double>& out) {
  if (!equations_.gradients.empty())
    for (Index row = 0; row < pairs_.rows(); ++row) {
      const MomentEquations::Gradient& gradient = gradient_of(row);
      const Index place = pairs_.diagonal()[static_cast<std::size_t>(row)];
      add_at(out, place, gradient.rate * (gradient.jump * at(in, place) * gradient.jump.transpose()));
    }
  for (const Pairs::Neighbour& neighbour : pairs_.neighbours())
    if (equations_.told.rows() == 0)
      break;
    else if (equations_.kept.size() > 0)
      add_kept_exchange(neighbour, in, out);
    else
      add_exchange(neighbour, in, out);
}

void SecondMoments::apply(const Vector<double>& moments, Vector<double>& out) {
  out.resize(size());
  add_drift(moments, out);
  add_jumps(moments, out);
}

void SecondMoments::pack(const Vector<double>& moments, Vector<double>& out) const {
  const Index n = pairs_.size();
  out.resize(vectors_ * (vectors_ + 1) / 2 * n);
  Index at = 0;
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = a; b < vectors_; ++b, at += n) out.segment(at, n) = moments.segment(block(a, b), n);
}

void SecondMoments::unpack(const Vector<double>& packed, Vector<double>& out) const {
  const Index n = pairs_.size();
  out.resize(size());
  Index at = 0;
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = a; b < vectors_; ++b, at += n) {
      pairs_.transpose(packed.data() + at, out.data() + block(b, a));
      if (a == b)
        out.segment(block(a, a), n) = 0.5 * (out.segment(block(a, a), n) + packed.segment(at, n));
      else
        out.segment(block(a, b), n) = packed.segment(at, n);
    }
}

Vector<double> SecondMoments::packed(const Vector<double>& moments) const {
  Vector<double> result;
  pack(moments, result);
  return result;
}

Vector<double> SecondMoments::unpacked(const Vector<double>& packed) const {
  Vector<double> result;
  unpack(packed, result);
  return result;
}

void SecondMoments::apply_packed(const Vector<double>& in, Vector<double>& out) {
  unpack(in, full_);
  apply(full_, change_);
  pack(change_, out);
}

void SecondMoments::start(Vector<double>& moments) {
  if (equations_.gradients.empty() || equations_.gradients[0].jump_at_start.size() == 0) return;
  const Coefficients factors = by_rows([this](Index row) -> Matrix<double> {
    return Matrix<double>::Identity(vectors_, vectors_) + gradient_of(row).jump_at_start;
  });
  Vector<double> turned(size());
  for (int side = 0; side < 2; ++side) {
    times_rows(factors, moments, left_);
    for (Index a = 0; a < vectors_; ++a)
      for (Index b = 0; b < vectors_; ++b)
        pairs_.transpose(left_.data() + block(b, a), turned.data() + block(a, b));
    moments = turned;
  }
  for (Index row = 0; row < pairs_.rows(); ++row)
    add_at(moments, pairs_.diagonal()[static_cast<std::size_t>(row)], gradient_of(row).noise_at_start);
}

// Drift and mixing entry by entry, for symmetric C; what jumps add reaches few places, and is found by applying it to each.
Eigen::SparseMatrix<double> SecondMoments::matrix() {
  const Index n = pairs_.size(), rows = pairs_.rows();
  std::vector<Eigen::Triplet<double>> entries;
  const auto add = [&](Index row, Index column, double value) {
    if (value != 0) entries.emplace_back(static_cast<int>(row), static_cast<int>(column), value);
  };
  const Matrix<double> mixing = equations_.landing * equations_.told;
  const Eigen::SparseMatrix<double> laplacian = pairs_.laplacian_matrix();
  for (Index a = 0; a < vectors_; ++a)
    for (Index b = 0; b < vectors_; ++b)
      for (Index c = 0; c < vectors_; ++c) {
        if (const Vector<double>& drift = drift_[static_cast<std::size_t>(a * vectors_ + c)];
            drift.size() > 0)
          for (Index p = 0; p < n; ++p) {
            add(block(a, b) + p, block(c, b) + p, drift[p % rows]);
            add(block(b, a) + pairs_.transposed(p), block(b, c) + pairs_.transposed(p), drift[p % rows]);
          }
        if (mixing(a, c) == 0) continue;
        for (Index q = 0; q < n; ++q)
          for (Eigen::SparseMatrix<double>::InnerIterator entry(laplacian, q); entry; ++entry) {
            const double value = -mixing(a, c) * entry.value();
            add(block(a, b) + entry.row(), block(c, b) + q, value);
            add(block(b, a) + pairs_.transposed(entry.row()), block(b, c) + pairs_.transposed(q), value);
          }
      }
  std::set<Index> places(pairs_.diagonal().begin(), pairs_.diagonal().end());
  for (const Pairs::Neighbour& neighbour : pairs_.neighbours())
    places.insert({neighbour.pair, neighbour.back, neighbour.other});
  Vector<double> unit = Vector<double>::Zero(size()), change = unit;
  for (Index entry = 0; entry < vectors_ * vectors_; ++entry)
    for (const Index place : places) {
      unit[entry * n + place] = 1;
      add_jumps(unit, change);
      for (Index other = 0; other < vectors_ * vectors_; ++other)
        for (const Index reached : places) {
          add(other * n + reached, entry * n + place, change[other * n + reached]);
          change[other * n + reached] = 0;
        }
      unit[entry * n + place] = 0;
    }
  Eigen::SparseMatrix<double> result(size(), size());
  result.setFromTriplets(entries.begin(), entries.end());
  return result;
}

}  // namespace acidsim
