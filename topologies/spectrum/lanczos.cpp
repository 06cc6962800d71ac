#include "topologies/spectrum/lanczos.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// Times as many steps as at the last check, at least one more: all checks together cost some fifty times the
// last one. Steps after convergence would only gather rounding errors: copies of the eigenvalue come and go.
inline constexpr double next_check = 1.02;
inline constexpr std::size_t most_steps = 300000;
inline constexpr double small_coupling = 1e-6;  // β/α; below, a second projection is needed
inline constexpr double no_coupling = 1e-14;    // rounding

// The symmetric tridiagonal matrix of the recurrence. below[k] couples k and k + 1; its last entry leads out
// of the matrix.
struct Tridiagonal {
  std::vector<double> diagonal, below;

  // No eigenvalue is below `shift`: all pivots of T − shift are positive (Sturm).
  bool none_below(double shift) const {
    double pivot = diagonal[0] - shift;
    for (std::size_t k = 1; k < diagonal.size() && pivot > 0; ++k) {
      pivot = diagonal[k] - shift - below[k - 1] * below[k - 1] / pivot;
    }
    return pivot > 0;
  }

  // The smallest eigenvalue, from below, by bisection down to rounding: T − result is positive definite.
  double smallest() const {
    double low = 0.0, high = diagonal[0];
    for (double middle = 0.5 * high; middle > low && middle < high; middle = 0.5 * (low + high)) {
      (none_below(middle) ? low : high) = middle;
    }
    return low;
  }

  // |last entry| of the unit eigenvector, by inverse iteration at `shift` = smallest(), where Gauss
  // elimination needs no pivoting.
  double last_entry(double shift) const {
    const std::size_t n = diagonal.size();
    std::vector<double> pivot(n), x(n, 1.0);
    pivot[0] = diagonal[0] - shift;
    for (std::size_t k = 1; k < n; ++k) {
      pivot[k] = diagonal[k] - shift - below[k - 1] * below[k - 1] / pivot[k - 1];
    }
    const auto normalise = [&x] {
      double largest = 0.0, sum = 0.0;
      for (const double v : x) largest = std::max(largest, std::abs(v));
      for (double& v : x) {
        v /= largest;
        sum += v * v;
      }
      for (double& v : x) v /= std::sqrt(sum);
    };
    for (int repeat = 0; repeat < 3; ++repeat) {
      for (std::size_t k = 1; k < n; ++k) x[k] -= below[k - 1] / pivot[k - 1] * x[k - 1];
      x[n - 1] /= pivot[n - 1];
      for (std::size_t k = n - 1; k-- > 0;) x[k] = (x[k] - below[k] * x[k + 1]) / pivot[k];
      normalise();
    }
    return std::abs(x[n - 1]);
  }
};

// The vectors q_k of the recurrence β_k q_{k+1} = A q_k − α_k q_k − β_{k−1} q_{k−1}. They are kept with a
// factor instead of being divided by their norms, so that a step reads each twice.
class Recurrence {
 public:
  Recurrence(const RatedRows& rows, LaplacianKind kind)
      : rows_(rows), normalised_(kind == LaplacianKind::normalised) {
    const Worker n = rows.workers();
    previous_.assign(n, 0.0);
    next_.resize(n);
    current_.resize(n);
    if (normalised_) {
      root_.resize(n);
      scaled_.resize(n);
      for (Worker i = 0; i < n; ++i) root_[i] = std::sqrt(rows.load(i));
    }
    Stream(0, Purpose::topology, 1).normals(0, std::span<double>(current_));
    for (Worker i = 0; i < n; ++i) null_square_ += null(i) * null(i);
    factor_ = 1.0 / std::sqrt(project(current_));
  }

  // Appends α_k and β_k. False where β_k is nothing but rounding: the subspace is invariant.
  bool step(Tridiagonal& t) {
    const double before = t.below.empty() ? 0.0 : t.below.back() * previous_factor_;
    const Products sums = multiply(before);
    const double alpha = sums.alpha;
    double beta = std::sqrt(orthogonalise(sums));
    if (beta < small_coupling * alpha) beta = std::sqrt(project(next_));
    t.diagonal.push_back(alpha);
    t.below.push_back(beta);
    previous_.swap(current_);
    current_.swap(next_);
    previous_factor_ = factor_;
    factor_ = 1.0 / beta;
    return beta > no_coupling * alpha;
  }

 private:
  double null(Worker i) const { return normalised_ ? root_[i] : 1.0; }

  // Makes x orthogonal to the null vector and returns its squared norm.
  double project(std::vector<double>& x) const {
    double along = 0.0, square = 0.0;
    for (Worker i = 0; i < rows_.workers(); ++i) along += x[i] * null(i);
    for (Worker i = 0; i < rows_.workers(); ++i) {
      x[i] -= along / null_square_ * null(i);
      square += x[i] * x[i];
    }
    return square;
  }

  struct Products {
    double alpha, next_along, current_along;  // q · A q, next · null, q · null
  };

  // next ← A q − before · previous.
  Products multiply(double before) {
    const Worker n = rows_.workers();
    Products sums{0.0, 0.0, 0.0};
    if (normalised_) {
      for (Worker i = 0; i < n; ++i) scaled_[i] = current_[i] / root_[i];
    }
    const double* source = normalised_ ? scaled_.data() : current_.data();
    for (Worker i = 0; i < n; ++i) {
      const double row = normalised_ ? current_[i] - rows_.gather(i, source) / root_[i]
                                     : rows_.load(i) * current_[i] - rows_.gather(i, source);
      const double product = factor_ * row;
      sums.alpha += factor_ * current_[i] * product;
      next_[i] = product - before * previous_[i];
      sums.next_along += next_[i] * null(i);
      sums.current_along += factor_ * current_[i] * null(i);
    }
    return sums;
  }

  // next ← next − α q, and off the null vector, towards which rounding would drift; its square. What q itself
  // has along the null vector counts, or it would grow by α/β with every step.
  double orthogonalise(const Products& sums) {
    const double drift = (sums.next_along - sums.alpha * sums.current_along) / null_square_;
    double square = 0.0;
    for (Worker i = 0; i < rows_.workers(); ++i) {
      next_[i] -= sums.alpha * factor_ * current_[i] + drift * null(i);
      square += next_[i] * next_[i];
    }
    return square;
  }

  const RatedRows& rows_;
  bool normalised_;
  std::vector<double> previous_, current_, next_, root_, scaled_;
  double factor_ = 1.0, previous_factor_ = 0.0, null_square_ = 0.0;
};

}  // namespace

Lambda2 lanczos_lambda_2(const RatedRows& rows, LaplacianKind kind, double tolerance, double visits) {
  const double per_step = static_cast<double>(rows.visits());
  const auto steps =
      static_cast<std::size_t>(std::clamp(visits / per_step, 1.0, static_cast<double>(most_steps)));
  Recurrence recurrence(rows, kind);
  Tridiagonal t;
  Lambda2 result;
  // Gershgorin: no eigenvalue exceeds 2 max Λ_ii, or 2.
  const double largest =
      kind == LaplacianKind::plain ? *std::max_element(rows.loads().begin(), rows.loads().end()) : 1.0;
  result.rounding = 20.0 * std::numeric_limits<double>::epsilon() * largest;
  std::size_t check = 1;
  for (bool more = true; more && !result.converged;) {
    more = recurrence.step(t);
    result.steps = t.diagonal.size();
    more = more && result.steps < steps;
    if (more && result.steps < check) continue;
    check =
        std::max(result.steps + 1, static_cast<std::size_t>(next_check * static_cast<double>(result.steps)));
    result.value = t.smallest();
    result.residual = result.value > 0 ? t.below.back() * t.last_entry(result.value) : infinity;
    result.converged = result.residual <= std::max(tolerance * result.value, result.rounding);
  }
  return result;
}

}  // namespace acidsim
