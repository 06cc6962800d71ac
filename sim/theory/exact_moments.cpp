#include "sim/theory/exact_moments.hpp"

#include <Eigen/SparseLU>
#include <algorithm>
#include <cmath>
#include <functional>

namespace acidsim {
namespace {

// The same equations for numbers that are scaled so that none of them is much larger than what moves it [Osborne 1960]:
// x̃ of A²CiD² on a long ring has jumps hundreds of times as large as x.
MomentEquations balanced(const MomentEquations& given, double degree) {
  const Index v = given.vectors;
  Matrix<double> size = given.flow.cwiseAbs() + degree * (given.landing.cwiseAbs() * given.told.cwiseAbs());
  for (const MomentEquations::Gradient& gradient : given.gradients)
    size += gradient.rate / static_cast<double>(given.gradients.size()) * gradient.jump.cwiseAbs();
  size.diagonal().setZero();
  Vector<double> scales = Vector<double>::Ones(v);
  for (int sweep = 0; sweep < 20; ++sweep)
    for (Index a = 0; a < v; ++a) {
      const double row = size.row(a).norm(), column = size.col(a).norm();
      if (row == 0 || column == 0) continue;
      const double factor = std::exp2(std::round(0.5 * std::log2(row / column)));
      scales[a] *= factor;
      size.row(a) /= factor;
      size.col(a) *= factor;
    }
  const Vector<double> inverse = scales.cwiseInverse();
  const auto forward = scales.asDiagonal(), back = inverse.asDiagonal();
  MomentEquations result = given;
  result.flow = back * given.flow * forward;
  if (given.kept.size() > 0) result.kept = back * given.kept * forward;
  result.landing = back * given.landing;
  result.told = given.told * forward;
  result.model = given.model * forward;
  result.start = back * given.start;
  for (MomentEquations::Gradient& gradient : result.gradients) {
    gradient.jump = (back * gradient.jump * forward).eval();
    gradient.noise = (back * gradient.noise * back).eval();
    if (gradient.jump_at_start.size() == 0) continue;
    gradient.jump_at_start = (back * gradient.jump_at_start * forward).eval();
    gradient.noise_at_start = (back * gradient.noise_at_start * back).eval();
  }
  return result;
}

Vector<double> moments_at_start(const MomentEquations& equations, const Pairs& pairs,
                                const StartMoments& start) {
  const Index v = equations.vectors, n = pairs.size();
  Vector<double> moments = Vector<double>::Zero(v * v * n);
  for (Index a = 0; a < v; ++a)
    for (Index b = 0; b < v; ++b)
      for (Index s = 0; s < start.numbers(); ++s)
        for (Index t = 0; t < start.numbers(); ++t)
          if (const double factor = equations.start(a, s) * equations.start(b, t); factor != 0)
            moments.segment((a * v + b) * n, n) +=
                factor * Eigen::Map<const Vector<double>>(start.of(s, t), n);
  return moments;
}

// (L − shift)⁻¹ on packed moments.
LinearMap shifted_inverse(SecondMoments& operation, double shift) {
  Eigen::SparseMatrix<double> moved = operation.matrix(), identity(operation.size(), operation.size());
  identity.setIdentity();
  moved -= shift * identity;
  moved.makeCompressed();
  const auto solver = std::make_shared<Eigen::SparseLU<Eigen::SparseMatrix<double>>>(moved);
  if (solver->info() != Eigen::Success) throw Unsettled("the equations of exact theory have no factors");
  return [solver, &operation, full = Vector<double>(), solved = Vector<double>()](const auto& in,
                                                                                  auto& out) mutable {
    operation.unpack(in, full);
    solved = solver->solve(full);
    operation.pack(solved, out);
  };
}

constexpr double shift_of_scale = 1e-7;

// exp(duration·L), L of this scale, in steps as those of TaylorStep.
LinearMap flow_of(const LinearMap& map, double duration, double scale) {
  const auto steps = static_cast<int>(std::ceil(duration * scale / 6));
  return [=, term = Vector<double>(), next = Vector<double>()](const auto& in, auto& out) mutable {
    out = in;
    for (int step = 0; step < steps; ++step) {
      term = out;
      double size = out.norm();
      for (int k = 1; size > 1e-16 * out.norm(); ++k) {
        map(term, next);
        term = next * (duration / steps / k);
        out += term;
        size = term.norm();
      }
    }
  };
}

// One step of the Taylor series, and what is seen on its way.
class TaylorStep {
 public:
  using See = std::function<Expected(const Vector<double>&)>;

  // moments ← those after `duration`. False, and nothing done, where the terms grow so large that digits get lost.
  bool take(SecondMoments& operation, double duration, Vector<double>& moments, const See& see) {
    seen_.assign(1, see(moments));
    Vector<double> term = moments, sum = moments, next;
    const double size = moments.norm();
    int small = 0;
    for (int k = 1; small < 2; ++k) {
      operation.apply(term, next);
      if (k == 1) next += operation.noise();
      term.swap(next);
      term *= duration / k;
      sum += term;
      seen_.push_back(see(term));
      const double length = term.norm();
      if (!(length <= 1e5 * std::max(size, sum.norm()))) return false;
      small = length <= 1e-17 * sum.norm() ? small + 1 : 0;
    }
    moments.swap(sum);
    return true;
  }
  // Within the step, share in 0 … 1.
  Expected at(double share) const {
    Expected sum;
    for (auto term = seen_.rbegin(); term != seen_.rend(); ++term)
      sum = {sum.consensus * share + term->consensus, sum.distance * share + term->distance,
             sum.suboptimality * share + term->suboptimality};
    return sum;
  }

 private:
  std::vector<Expected> seen_;
};

}  // namespace

void StartMoments::add(const Matrix<double>& known) {
  for (Index a = 0; a < numbers_; ++a)
    for (Index b = 0; b < numbers_; ++b)
      if (!known.col(a).isZero(0) && !known.col(b).isZero(0))
        pairs_.add_product(known.col(a), known.col(b), at(a, b));
}

void StartMoments::add(const Matrix<double>& own, const Matrix<double>& common) {
  for (Index a = 0; a < numbers_; ++a)
    for (Index b = 0; b < numbers_; ++b) {
      for (const Index place : pairs_.diagonal()) at(a, b)[place] += own(a, b);
      Eigen::Map<Vector<double>>(at(a, b), pairs_.size()).array() += common(a, b);
    }
}

ExactMoments::ExactMoments(const MomentEquations& equations, std::shared_ptr<const Pairs> pairs,
                           const StartMoments& start, const Matrix<double>& curvature, Index centred)
    : equations_(balanced(equations, pairs->degrees().mean())),
      pairs_(std::move(pairs)),
      moments_(equations_, *pairs_),
      curvature_(curvature),
      start_(moments_at_start(equations_, *pairs_, start)),
      centred_(centred) {
  moments_.start(start_);
}

ExactMoments::Weights ExactMoments::of_consensus() const {
  const Matrix<double> model = equations_.model.transpose() * equations_.model;
  return {model, -model};
}

ExactMoments::Weights ExactMoments::of_distance(const Matrix<double>& curvature) const {
  return {Matrix<double>::Zero(moments_.vectors(), moments_.vectors()),
          equations_.model.transpose() * curvature * equations_.model};
}

double ExactMoments::seen(const Weights& weights, const Vector<double>& moments) const {
  const Index v = moments_.vectors();
  double sum = 0;
  for (Index a = 0; a < v; ++a)
    for (Index b = 0; b < v; ++b) {
      const double* const block = moments.data() + (a * v + b) * pairs_->size();
      if (weights.diagonal(a, b) != 0) sum += weights.diagonal(a, b) * pairs_->diagonal_mean(block);
      if (weights.all(a, b) != 0) sum += weights.all(a, b) * pairs_->mean(block);
    }
  return sum;
}

Expected ExactMoments::seen(const Vector<double>& moments) const {
  const Index d = equations_.model.rows();
  return {seen(of_consensus(), moments), seen(of_distance(Matrix<double>::Identity(d, d)), moments),
          0.5 * seen(of_distance(curvature_), moments)};
}

Vector<double> ExactMoments::functional(const Weights& weights) const {
  const Index v = moments_.vectors(), n = pairs_->size();
  Vector<double> result = Vector<double>::Zero(moments_.size());
  for (Index a = 0; a < v; ++a)
    for (Index b = 0; b < v; ++b) {
      auto block = result.segment((a * v + b) * n, n);
      block.array() += weights.all(a, b) / static_cast<double>(n);
      for (const Index place : pairs_->diagonal())
        block[place] += weights.diagonal(a, b) / static_cast<double>(pairs_->rows());
    }
  return result;
}

double ExactMoments::scale() {
  if (scale_ > 0) return scale_;
  Vector<double> from = start_ + moments_.noise() + functional(of_consensus());
  const double size = 0.1 * from.cwiseAbs().maxCoeff();
  for (Index k = 0; k < from.size(); ++k) from[k] += size * std::sin(static_cast<double>(k));
  return scale_ =
             std::max(spectral_radius([this](const auto& in, auto& out) { moments_.apply_packed(in, out); },
                                      moments_.packed(from)),
                      1e-12);
}

std::vector<Expected> ExactMoments::at(std::span<const double> times) {
  std::vector<Expected> result;
  Vector<double> moments = start_;
  double now = 0, step = 6 / scale();  // terms up to e⁶/√(12π) lose two digits
  std::size_t next = 0;
  for (; next < times.size() && times[next] <= now; ++next) result.push_back(seen(moments));
  TaylorStep taylor;
  while (next < times.size()) {
    const double duration = std::min(step, times.back() - now), end = now + duration;
    if (!taylor.take(moments_, duration, moments, [this](const auto& term) { return seen(term); })) {
      if (!std::isfinite(moments.norm()) || step < 1e-6 / scale()) break;
      step /= 2;
      continue;
    }
    moments = moments_.unpacked(moments_.packed(moments));  // antisymmetric rounding errors might grow
    const bool last = duration < step || end >= times.back();
    for (; next < times.size() && (last || times[next] <= end); ++next)
      result.push_back(taylor.at((times[next] - now) / duration));
    now = end;
  }
  result.resize(times.size(), {infinity, infinity, infinity});
  return result;
}

bool ExactMoments::factorises() const {
  constexpr Index from = 2000, most_neighbours = 8;
  return pairs_->rows() == 1 && moments_.size() > from &&
         static_cast<Index>(pairs_->neighbours().size()) <= most_neighbours;
}

// Takes out of a functional what is 0 for moments whose centred number has the sum 0: only then they differ as functionals.
void ExactMoments::centre(Vector<double>& weights) const {
  if (centred_ == nothing_centred) return;
  const Index v = moments_.vectors(), rows = pairs_->rows(), n = pairs_->workers();
  Vector<double> turned(pairs_->size());
  for (Index a = 0; a < v; ++a) {
    double* const block = weights.data() + (a * v + centred_) * pairs_->size();
    double* const mirrored = weights.data() + (centred_ * v + a) * pairs_->size();
    for (int side = 0; side < (a == centred_ ? 2 : 1); ++side) {
      Eigen::Map<Matrix<double>> by_row(block, rows, n);
      by_row.colwise() -= by_row.rowwise().mean().eval();
      pairs_->transpose(block, turned.data());
      Eigen::Map<Vector<double>>(mirrored, pairs_->size()) = turned;
    }
  }
}

double ExactMoments::rate(const Weights& weights) {
  SecondMoments adjoint(transposed(equations_), *pairs_);
  Vector<double> all;
  const auto centre_packed = [&](Vector<double>& packed) {
    if (centred_ == nothing_centred) return;
    adjoint.unpack(packed, all);
    centre(all);
    adjoint.pack(all, packed);
  };
  const LinearMap map = [&](const Vector<double>& in, Vector<double>& out) {
    adjoint.apply_packed(in, out);
    centre_packed(out);
  };
  Vector<double> seen_by = adjoint.packed(functional(weights));
  centre_packed(seen_by);
  Vector<double> from;
  map(seen_by, from);  // what never changes is not in it any more
  if (from.norm() <= 1e-13 * scale() * seen_by.norm()) return infinity;
  if (!factorises()) {
    const double duration =
        20 / scale();  // leaves of rates of the scale nothing, and of slow ones nearly all
    return -rightmost_eigenvalue_by_flow(flow_of(map, duration, scale()), duration, from, scale());
  }
  const double shift = shift_of_scale * scale();
  const LinearMap solve = shifted_inverse(adjoint, shift);
  const LinearMap inverse = [&](const Vector<double>& in, Vector<double>& out) {
    solve(in, out);
    centre_packed(out);
  };
  return -rightmost_eigenvalue_by_inverse(inverse, shift, from, scale());
}

Expected ExactMoments::rates() {
  if (rates_) return *rates_;
  const Index d = equations_.model.rows();
  const double distance = rate(of_distance(Matrix<double>::Identity(d, d)));
  return *(rates_ = Expected{rate(of_consensus()), distance, distance});
}

double ExactMoments::mean_distance_rate() { return std::min(rates().consensus, rates().distance); }

const Vector<double>& ExactMoments::limiting_moments() {
  if (limit_.size() > 0) return limit_;
  Vector<double> slope;
  moments_.apply(start_, slope);
  slope += moments_.noise();
  limit_ = start_;
  if (slope.norm() == 0) return limit_;
  LinearMap precondition;
  if (factorises()) precondition = shifted_inverse(moments_, shift_of_scale * scale());
  const LinearMap map = [this](const Vector<double>& in, Vector<double>& out) {
    moments_.apply_packed(in, out);
  };
  return limit_ -= moments_.unpacked(solve_linear(map, moments_.packed(slope), precondition));
}

Vector<double> ExactMoments::limiting_means(Index coordinate) {
  const Index v = moments_.vectors(), n = pairs_->workers();
  Vector<double> means = Vector<double>::Zero(n);
  for (Index a = 0; a < v; ++a)
    if (const double weight = equations_.model(coordinate, a); weight != 0)
      means += weight * limiting_moments().segment((a * v + v - 1) * pairs_->size(), n);
  return means;
}

Expected ExactMoments::limit() {
  if (std::min(rates().consensus, rates().distance) <= 0) return {infinity, infinity, infinity};
  Expected limit = seen(limiting_moments());
  const double rounding = 1e-13 * (seen(start_).mean_distance() + limit.mean_distance());
  for (double* const value : {&limit.consensus, &limit.distance, &limit.suboptimality})
    if (std::abs(*value) <= rounding) *value = 0;
  return limit;
}

}  // namespace acidsim
