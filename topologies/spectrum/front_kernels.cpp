#include "topologies/spectrum/front_kernels.hpp"

#include <Eigen/Core>
#include <cmath>

namespace acidsim {
namespace {

using Stride = Eigen::OuterStride<>;
using Block = Eigen::Map<Matrix<double>, 0, Stride>;

constexpr Index panel = 64;

// A dense block of a larger matrix by columns.
class View {
 public:
  View(double* data, Index stride) : data_(data), stride_(stride) {}
  double* column(Index j) const { return data_ + j * stride_; }
  double& operator()(Index i, Index j) const { return data_[i + j * stride_]; }
  Block block(Index i, Index j, Index rows, Index columns) const {
    return {data_ + i + j * stride_, rows, columns, Stride(stride_)};
  }

 private:
  double* data_;
  Index stride_;
};

// Columns [first, last), with all that lies below `last` lumped into one vertex: its conductances are
// `lumped`.
bool eliminate_diagonal_block(const View& f, Index first, Index last, double* lumped) {
  for (Index k = first; k < last; ++k) {
    auto column = f.block(k, k, last - k, 1).col(0);
    auto below = column.tail(last - k - 1);
    const double pivot = lumped[k - first] - below.sum();
    if (!(pivot > 0)) return false;
    const double root = std::sqrt(pivot);
    column[0] = root;
    below /= root;
    const double lump = lumped[k - first] / root;
    for (Index j = k + 1; j < last; ++j) {
      const double factor = column[j - k];
      f.block(j + 1, j, last - j - 1, 1) -= factor * column.tail(last - j - 1);
      lumped[j - first] -= lump * factor;
    }
  }
  return true;
}

}  // namespace

bool eliminate(double* front, Index rows, Index columns) {
  const View f(front, rows);
  double lumped[panel];
  for (Index first = 0; first < columns; first += panel) {
    const Index last = std::min(first + panel, columns), width = last - first, below = rows - last;
    for (Index k = first; k < last; ++k) lumped[k - first] = -f.block(last, k, below, 1).sum();
    if (!eliminate_diagonal_block(f, first, last, lumped)) return false;
    auto lower = f.block(last, first, below, width);
    f.block(first, first, width, width)
        .triangularView<Eigen::Lower>()
        .transpose()
        .solveInPlace<Eigen::OnTheRight>(lower);
    f.block(last, last, below, below).selfadjointView<Eigen::Lower>().rankUpdate(lower, -1.0);
  }
  return true;
}

namespace {

// Columns [first, last) of the resistances, rows from `first` on. On entry, rows from `last` on hold what the
// sum Σ_k p_k R_kj has from k ≥ last. `share`: p, and 1/d on its diagonal.
void resistance_columns(const View& r, const View& share, Index rows, Index first, Index last) {
  const Index below = rows - last;
  if (last - first > 4) {
    const Index middle = first + (last - first) / 2, upper = last - middle, lower = middle - first;
    resistance_columns(r, share, rows, middle, last);
    r.block(last, first, below, lower).noalias() +=
        r.block(last, middle, below, upper) * share.block(middle, first, upper, lower);
    r.block(middle, first, upper, lower).noalias() =
        r.block(middle, middle, upper, upper) * share.block(middle, first, upper, lower);
    r.block(middle, first, upper, lower).noalias() +=
        r.block(last, middle, below, upper).transpose() * share.block(last, first, below, lower);
    resistance_columns(r, share, rows, first, middle);
    r.block(first, middle, lower, upper) = r.block(middle, first, upper, lower).transpose();
    return;
  }
  for (Index i = last - 1; i >= first; --i) {
    double* sum = r.column(i);
    const double* p = share.column(i);
    double quadratic = 0;
    for (Index k = i + 1; k < last; ++k) {
      const double* known = r.column(k);
      double inner = 0;
      for (Index j = last; j < rows; ++j) {
        sum[j] += known[j] * p[k];
        inner += known[j] * p[j];
      }
      for (Index j = i + 1; j < last; ++j) inner += known[j] * p[j];
      sum[k] = inner;
    }
    for (Index j = i + 1; j < rows; ++j) quadratic += p[j] * sum[j];
    const double shift = p[i] - 0.5 * quadratic;
    for (Index j = i + 1; j < rows; ++j) sum[j] += shift;
    sum[i] = 0;
    for (Index j = i + 1; j < last; ++j) r(i, j) = sum[j];
  }
}

}  // namespace

void find_resistances(double* resistances, double* factor, Index rows, Index columns) {
  const View r(resistances, rows), share(factor, rows);
  for (Index k = 0; k < columns; ++k) {
    double* column = share.column(k);
    const double scale = 1 / column[k];
    for (Index i = k + 1; i < rows; ++i) column[i] *= -scale;
    column[k] = scale * scale;
  }
  const Index beyond = rows - columns;
  r.block(columns, 0, beyond, columns).noalias() =
      r.block(columns, columns, beyond, beyond) * share.block(columns, 0, beyond, columns);
  resistance_columns(r, share, rows, 0, columns);
  share.block(0, 0, rows, columns) = r.block(0, 0, rows, columns);
}

}  // namespace acidsim
