#include "sim/objectives/explicit_quadratic.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// What rounding may leave of an entry or an eigenvalue that should be 0, relative to the largest one.
constexpr double rounding = 1e-12;

using EigenSolver = Eigen::SelfAdjointEigenSolver<Matrix<double>>;

void check_symmetric(const Matrix<double>& matrix, std::size_t worker) {
  const double allowed = rounding * matrix.cwiseAbs().maxCoeff();
  for (Index k = 0; k < matrix.rows(); ++k)
    for (Index l = 0; l < k; ++l)
      if (std::abs(matrix(k, l) - matrix(l, k)) > allowed)
        throw InputError("matrices", fmt::format("that of worker {} is not symmetric", worker),
                         fmt::format("entries ({}, {}) and ({}, {}) are {} and {}", k, l, l, k, matrix(k, l),
                                     matrix(l, k)),
                         "½(A + Aᵀ) has the same f");
}

}  // namespace

template <class Scalar>
ExplicitQuadratic<Scalar>::ExplicitQuadratic(const std::vector<Matrix<double>>& matrices,
                                             Matrix<Scalar> centres, double noise, std::uint64_t noise_seed)
    : centres_(std::move(centres)), noise_(static_cast<Scalar>(noise)), noise_seed_(noise_seed) {
  if (matrices.empty() || matrices[0].rows() == 0)
    throw InputError("matrices", "there are none", "", "one for every worker");
  const Index d = matrices[0].rows();
  const auto workers = static_cast<Index>(matrices.size());
  if (centres_.cols() > 0 && (centres_.rows() != d || centres_.cols() != workers))
    throw InputError("centers", "have the wrong shape",
                     fmt::format("{} × {}", centres_.cols(), centres_.rows()),
                     fmt::format("workers × dimension = {} × {}", workers, d));
  mean_matrix_ = Matrix<double>::Zero(d, d);
  for (const Matrix<double>& matrix : matrices) take_matrix(matrix);
  mean_matrix_ /= static_cast<double>(workers);
  *constants_.rms_smoothness /= std::sqrt(static_cast<double>(workers));
  minimise();
}

template <class Scalar>
void ExplicitQuadratic<Scalar>::take_matrix(const Matrix<double>& matrix) {
  const std::size_t worker = matrices_.size();
  if (matrix.rows() != mean_matrix_.rows() || matrix.cols() != matrix.rows())
    throw InputError("matrices", fmt::format("that of worker {} has the wrong shape", worker),
                     fmt::format("{} × {}", matrix.rows(), matrix.cols()),
                     fmt::format("{0} × {0}", mean_matrix_.rows()));
  check_symmetric(matrix, worker);
  const Matrix<double> symmetric = 0.5 * (matrix + matrix.transpose());
  const Vector<double> values = EigenSolver(symmetric, Eigen::EigenvaluesOnly).eigenvalues();  // ascending
  const double low = values[0], high = values[values.size() - 1];
  if (low < -rounding * std::max(std::abs(low), std::abs(high)))
    throw InputError("matrices", fmt::format("that of worker {} is not positive semidefinite", worker),
                     fmt::format("its smallest eigenvalue is {:.6g}", low), "f_i would have no minimum");
  constants_.smoothness = std::max(constants_.smoothness.value_or(0), high);
  constants_.rms_smoothness = std::hypot(constants_.rms_smoothness.value_or(0), high);
  const double convexity = low > rounding * high ? low : 0.0;
  constants_.strong_convexity = std::min(constants_.strong_convexity.value_or(convexity), convexity);
  matrices_.push_back(symmetric.template cast<Scalar>());
  mean_matrix_ += matrices_.back().template cast<double>();
}

// x* of Ā x = (1/n) Σ_i A_i b_i; where Ā is singular, the solution of least norm.
template <class Scalar>
void ExplicitQuadratic<Scalar>::minimise() {
  if (constants_.strong_convexity == 0) constants_.strong_convexity.reset();
  const Index d = dimension();
  Vector<double> pull = Vector<double>::Zero(d);
  for (Index i = 0; i < centres_.cols(); ++i)
    pull += matrices_[static_cast<std::size_t>(i)].template cast<double>() *
            centres_.col(i).template cast<double>();
  pull /= static_cast<double>(workers());
  const EigenSolver solver(mean_matrix_);
  const Vector<double>& values = solver.eigenvalues();
  constants_.mean_smoothness = values[d - 1];
  const double least = static_cast<double>(d) * rounding * values[d - 1];
  unique_ = values[0] > least;
  if (unique_) {
    minimiser_.point = Eigen::LLT<Matrix<double>>(mean_matrix_).solve(pull);
  } else {
    const Vector<double> inverse =
        values.unaryExpr([&](double value) { return value > least ? 1 / value : 0.0; });
    minimiser_.point = solver.eigenvectors() * inverse.cwiseProduct(solver.eigenvectors().transpose() * pull);
  }
  minimiser_.value = 0;
  for (Worker worker = 0; worker < workers(); ++worker)
    minimiser_.value += own_loss(worker, minimiser_.point);
  minimiser_.value /= workers();
  minimiser_.gradient_norm = 0;
}

template <class Scalar>
void ExplicitQuadratic<Scalar>::gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x,
                                         Vector<Scalar>& g, GradientScratch&) const {
  const Index d = dimension();
  g = Vector<Scalar>::Zero(d);
  Scalar* __restrict out = g.data();
  for (Index l = 0; l < d; ++l) {  // column by column: each sum runs over l in order, on every backend
    const Scalar* __restrict column = matrices_[worker].col(l).data();
    const Scalar offset = centres_.cols() > 0 ? x[l] - centres_(l, worker) : x[l];
    for (Index k = 0; k < d; ++k) out[k] = multiply_add(column[k], offset, out[k]);
  }
  if (noise_ == 0) return;
  Stream(noise_seed_, Purpose::gradient_noise, worker)
      .visit_normals(index, static_cast<std::size_t>(d),
                     [&](std::size_t first, std::span<const float> noise) {
                       for (std::size_t k = 0; k < noise.size(); ++k)
                         out[first + k] = multiply_add(noise_, static_cast<Scalar>(noise[k]), out[first + k]);
                     });
}

template <class Scalar>
Vector<double> ExplicitQuadratic<Scalar>::offset(Worker worker, const Vector<double>& x) const {
  if (centres_.cols() == 0) return x;
  return x - centres_.col(worker).template cast<double>();
}

template <class Scalar>
double ExplicitQuadratic<Scalar>::own_loss(Worker worker, const Vector<double>& x) const {
  const Vector<double> away = offset(worker, x);
  return 0.5 * away.dot(matrices_[worker].template cast<double>() * away);
}

template <class Scalar>
double ExplicitQuadratic<Scalar>::loss(const Vector<Scalar>& x) const {
  const Vector<double> away = x.template cast<double>() - minimiser_.point;
  return minimiser_.value + 0.5 * away.dot(mean_matrix_ * away);
}

template <class Scalar>
double ExplicitQuadratic<Scalar>::worker_loss(Worker worker, const Vector<Scalar>& x) const {
  return own_loss(worker, x.template cast<double>());
}

template <class Scalar>
void ExplicitQuadratic<Scalar>::full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const {
  g = (mean_matrix_ * (x.template cast<double>() - minimiser_.point)).template cast<Scalar>();
}

template <class Scalar>
std::string ExplicitQuadratic<Scalar>::no_minimiser_reason() const {
  return unique_ ? "" : "has none that is unique: the sum of its matrices is singular";
}

template <class Scalar>
const Minimiser& ExplicitQuadratic<Scalar>::minimiser() const {
  if (!unique_) throw InputError("matrices", "there is no unique minimiser: their sum is singular");
  return minimiser_;
}

template <class Scalar>
std::optional<QuadraticForm> ExplicitQuadratic<Scalar>::quadratic_form(Worker worker) const {
  const Matrix<double> h = matrices_[worker].template cast<double>();
  return QuadraticForm{h, -(h * offset(worker, Vector<double>::Zero(dimension())))};
}

template <class Scalar>
void ExplicitQuadratic<Scalar>::conjugate_gradient(Worker worker, const Vector<Scalar>& z,
                                                   Vector<Scalar>& x) const {
  std::call_once(conjugate_made_, [&] {
    for (Worker i = 0; i < workers(); ++i) {
      const QuadraticForm form = *quadratic_form(i);
      conjugate_.add(form.hessian, form.pull);
    }
  });
  conjugate_(worker, z, x);
}

template <class Scalar>
std::string ExplicitQuadratic<Scalar>::no_conjugate_reason() const {
  if (noise_ != 0) return "has noise, and a conjugate has none: noise must be 0";
  return constants_.strong_convexity ? "" : "has a singular matrix";
}

template class ExplicitQuadratic<float>;
template class ExplicitQuadratic<double>;

}  // namespace acidsim
