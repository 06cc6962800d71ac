#include "topologies/rates/rate_barrier.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "topologies/rates/rate_bound.hpp"
#include "topologies/spectrum/dense_algebra.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;
using Values = Vector<double>;

constexpr double rounding = 1e-12;  // of the barrier function, relatively
constexpr double centred = 0.1;     // squared Newton decrement at which τ grows
constexpr double largest_tau = 1e12;
// Of τ: slower where the path is curved, which shows in the number of steps.
constexpr double fastest_growth = 4.0, slowest_growth = 1.5;
constexpr int usual_steps = 8, most_steps = 60;

struct Point {
  Values w;
  double t = 0, s = 0;
};

// b_eᵀGb_f for all pairs of edges.
Dense between_edges(const RateProblem& problem, const Dense& g) {
  const Index m = problem.size();
  Dense result(m, m);
  for (Index f = 0; f < m; ++f) {
    const Edge& b = problem.edges[static_cast<std::size_t>(f)];
    const Values column = g.col(b.i) - g.col(b.j);
    for (Index e = 0; e < m; ++e) {
      const Edge& a = problem.edges[static_cast<std::size_t>(e)];
      result(e, f) = column[a.i] - column[a.j];
    }
  }
  return result;
}

// The barrier function at one point, with what its derivatives are made of.
class Barrier {
 public:
  Barrier(const RateProblem& problem, double tau, Point x) : problem_(problem), tau_(tau), x_(std::move(x)) {
    inside_ = compute();
  }

  // −∞ outside.
  double value() const { return inside_ ? value_ : -infinity; }

  // The gradient, and minus the Hessian, in the variables (w, t, s); t and s have a gradient of 0 and no
  // coupling where they are not in use.
  void derivatives(Values& gradient, Dense& hessian) const {
    const Index m = problem_.size();
    gradient = Values::Zero(m + 2);
    hessian = Dense::Zero(m + 2, m + 2);
    hessian(m, m) = hessian(m + 1, m + 1) = 1.0;
    gradient.head(m) = x_.w.cwiseInverse();
    hessian.diagonal().head(m) = x_.w.cwiseInverse().cwiseAbs2();
    add_constraints(gradient, hessian);
    if (problem_.chi_1) add_lambda_2(gradient, hessian);
    if (problem_.chi_2) add_conductances(gradient, hessian);
  }

  RatePlanes planes() const {
    RatePlanes planes;
    if (problem_.chi_1) planes.lambda_2 = edge_diagonal(problem_, shifted_->g) / shifted_->trace;
    if (problem_.chi_2) {
      const Dense q = between_edges(problem_, inverse_->g);
      // φ_e = Λ⁺b_e/R_e, μ_e ∝ 1/(1/R_e − s).
      const Values weights = slack_inverse_.cwiseQuotient(resistances_.cwiseAbs2()) / slack_inverse_.sum();
      planes.conductance = q.cwiseAbs2() * weights;
    }
    planes.budget_price = 1.0 / budget_slack_;
    if (problem_.cap) planes.worker_prices = load_slack_.cwiseInverse();
    return planes;
  }

 private:
  bool compute() {
    if (!(x_.w.minCoeff() > 0.0) || !(x_.t > 0.0) || !(x_.s > 0.0)) return false;
    value_ = x_.w.array().log().sum();
    budget_slack_ = problem_.budget - x_.w.sum();
    if (!(budget_slack_ > 0.0)) return false;
    value_ += std::log(budget_slack_);
    if (problem_.cap) {
      load_slack_ = *problem_.cap - loads(problem_, x_.w).array();
      if (!(load_slack_.minCoeff() > 0.0)) return false;
      value_ += load_slack_.array().log().sum();
    }
    if (problem_.chi_1) {
      shifted_ = invert_laplacian(problem_, x_.w, x_.t);
      if (!shifted_) return false;
      value_ += tau_ * std::log(x_.t) + shifted_->log_determinant;
    }
    if (problem_.chi_2) {
      inverse_ = invert_laplacian(problem_, x_.w);
      if (!inverse_) return false;
      resistances_ = edge_diagonal(problem_, inverse_->g);
      const Values slack = resistances_.cwiseInverse().array() - x_.s;
      if (!(slack.minCoeff() > 0.0)) return false;
      slack_inverse_ = slack.cwiseInverse();
      value_ += tau_ * std::log(x_.s) + slack.array().log().sum();
    }
    return std::isfinite(value_);
  }

  void add_constraints(Values& gradient, Dense& hessian) const {
    const Index m = problem_.size();
    gradient.head(m).array() -= 1.0 / budget_slack_;
    hessian.topLeftCorner(m, m).array() += 1.0 / (budget_slack_ * budget_slack_);
    if (!problem_.cap) return;
    Dense incidence = Dense::Zero(m, problem_.workers);
    for (Index e = 0; e < m; ++e) {
      const Edge& edge = problem_.edges[static_cast<std::size_t>(e)];
      incidence(e, edge.i) = 1.0 / load_slack_[edge.i];
      incidence(e, edge.j) = 1.0 / load_slack_[edge.j];
    }
    gradient.head(m) -= incidence.rowwise().sum();
    hessian.topLeftCorner(m, m).noalias() += incidence * incidence.transpose();
  }

  void add_lambda_2(Values& gradient, Dense& hessian) const {
    const Index m = problem_.size();
    const Dense k = between_edges(problem_, shifted_->g);
    gradient.head(m) += k.diagonal();
    gradient[m] = tau_ / x_.t - shifted_->trace;
    hessian.topLeftCorner(m, m) += k.cwiseAbs2();
    // (Λ − tP)⁺ squared is G² up to a multiple of 11ᵀ, which b_e does not see.
    Values h(m);
    for (Index e = 0; e < m; ++e) {
      const Edge& edge = problem_.edges[static_cast<std::size_t>(e)];
      h[e] = (shifted_->g.col(edge.i) - shifted_->g.col(edge.j)).squaredNorm();
    }
    hessian.col(m).head(m) = -h;
    hessian.row(m).head(m) = -h.transpose();
    hessian(m, m) = shifted_->squared_norm + tau_ / (x_.t * x_.t);
  }

  // With C_e = 1/R_e, Q = (b_eᵀΛ⁺b_f): ∂C_e/∂w_f = Q_ef²/R_e², ∂²C_e/∂w_f∂w_g = 2 Q_ef Q_eg (Q_ef Q_eg/R_e −
  // Q_fg)/R_e².
  void add_conductances(Values& gradient, Dense& hessian) const {
    const Index m = problem_.size();
    const Dense q = between_edges(problem_, inverse_->g);
    const Dense q2 = q.cwiseAbs2();
    const Values c2 = resistances_.cwiseInverse().cwiseAbs2();
    const Values weight = slack_inverse_.cwiseProduct(c2);
    gradient.head(m) += q2 * weight;
    gradient[m + 1] = tau_ / x_.s - slack_inverse_.sum();
    auto block = hessian.topLeftCorner(m, m);
    const Values both = weight.cwiseProduct(weight - 2.0 * resistances_.cwiseInverse());
    block.noalias() += q2 * both.asDiagonal() * q2;
    Dense qdq(m, m);
    qdq.noalias() = q * weight.asDiagonal() * q;
    block += 2.0 * q.cwiseProduct(qdq);
    const Values coupling = q2 * slack_inverse_.cwiseProduct(weight);
    hessian.col(m + 1).head(m) = -coupling;
    hessian.row(m + 1).head(m) = -coupling.transpose();
    hessian(m + 1, m + 1) = slack_inverse_.squaredNorm() + tau_ / (x_.s * x_.s);
  }

  const RateProblem& problem_;
  double tau_;
  Point x_;
  bool inside_ = false;
  double value_ = 0, budget_slack_ = 0;
  Values load_slack_, resistances_, slack_inverse_;
  std::optional<DenseInverse> shifted_, inverse_;
};

// Equal rates, well inside all constraints.
Point start(const RateProblem& problem) {
  Point x;
  x.w = Values::Ones(problem.size());
  scale_to_feasible(problem, x.w);
  x.w *= 0.9;
  const auto inverse = invert_laplacian(problem, x.w);
  ACIDSIM_CHECK(inverse);
  x.t = 0.5 / inverse->trace;  // λ2 > 1/tr Λ⁺
  x.s = 0.5 / edge_diagonal(problem, inverse->g).maxCoeff();
  return x;
}

// One damped Newton step. Returns the decrement squared, 0 where no step was possible.
double newton_step(const RateProblem& problem, double tau, double longest, Point& x) {
  const Index m = problem.size();
  const Barrier here(problem, tau, x);
  Values gradient;
  Dense hessian;
  here.derivatives(gradient, hessian);
  Values scale(m + 2);
  scale << x.w, x.t, x.s;
  hessian = (scale.asDiagonal() * hessian * scale.asDiagonal()).eval();
  const Values scaled_gradient = scale.cwiseProduct(gradient);
  const std::optional<Values> relative = solve_in_place(hessian, scaled_gradient);
  if (!relative) return 0.0;
  const double decrement = scaled_gradient.dot(*relative);
  const double to_boundary = 0.95 / std::max(1e-300, -relative->minCoeff());
  const auto along = [&](double step) {
    const Values factors = 1.0 + step * relative->array();
    return Point{x.w.cwiseProduct(factors.head(m)), x.t * factors[m], x.s * factors[m + 1]};
  };
  double step = std::min(longest, to_boundary);
  while (!(Barrier(problem, tau, along(step)).value() >=
           here.value() + 0.01 * step * decrement - rounding * std::abs(here.value()))) {
    step *= 0.5;
    if (step < 1e-12) return 0.0;
  }
  x = along(step);
  return decrement;
}

}  // namespace

RateSolution optimise_by_barrier(const RateProblem& problem, double gap) {
  Point x = start(problem);
  RateSolution best;
  double best_value = infinity, growth = fastest_growth;
  for (double tau = 1.0; tau < largest_tau; tau *= growth) {
    double decrement = infinity;
    int steps = 0;
    // The first step follows the central path, whose slacks go with 1/τ: linearly in 1/τ, not in τ.
    for (; steps < most_steps && decrement > centred; ++steps) {
      decrement = newton_step(problem, tau, steps == 0 ? 1.0 / growth : 1.0, x);
    }
    const double value = objective(problem, x.t, x.s);
    if (value < best_value) {
      best_value = value;
      best.rates = x.w;
    }
    best.lower_bound = std::max(best.lower_bound, lower_bound(problem, Barrier(problem, tau, x).planes()));
    if (best_value <= (1.0 + gap) * best.lower_bound || decrement == 0.0) break;
    if (steps > usual_steps) growth = std::max(slowest_growth, std::sqrt(growth));
  }
  scale_to_feasible(problem, best.rates);
  return best;
}

}  // namespace acidsim
