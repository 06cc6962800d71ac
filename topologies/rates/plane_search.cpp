#include "topologies/rates/plane_search.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "topologies/rates/lbfgs.hpp"
#include "topologies/rates/low_modes.hpp"
#include "topologies/rates/smooth_maximum.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;
using Values = Vector<double>;

constexpr double start_power = 32;  // of the norms whose weights are the start
constexpr double last_power = 2048;
constexpr int iterations = 80;        // at each power
constexpr double least_share = 1e-3;  // of the largest: nothing starts at 0, where squares do not move

// The variables, one after the other in a vector: L (Q = LLᵀ), ν (μ = ν²), ζ (y = ζ_0², z_i = ζ_i²).
class PlaneSearch {
 public:
  PlaneSearch(const RateProblem& problem, const Values& worker_loads, const Dense& inverse,
              const LowModes& modes)
      : problem_(problem),
        inverse_(inverse),
        resistances_(edge_diagonal(problem, inverse)),
        modes_(problem.chi_1 ? std::min(mode_block, modes.values.size()) : 0),
        weights_(problem.chi_2 ? problem.size() : 0),
        prices_(problem.cap ? 1 + problem.workers : 1),
        share_(problem.chi_1 && problem.chi_2 ? 0.5 : 1.0) {
    drops_.resize(modes_, problem.size());
    for (Index f = 0; f < problem.size() && modes_ > 0; ++f) {
      const Edge& edge = problem.edges[static_cast<std::size_t>(f)];
      drops_.col(f) = (modes.vectors.row(edge.i) - modes.vectors.row(edge.j)).head(modes_).transpose();
    }
    point_ = start(worker_loads, modes.values);
  }

  void set_power(double p) {
    power_ = p;
    least_ = infinity;
  }
  // Of least f, since the power was set.
  const Values& point() const { return point_; }
  double best_bound() const { return best_bound_; }

  double operator()(const Values& x, Values& gradient) {
    const Parts parts = split(x);
    Values s = Values::Zero(problem_.size());
    if (modes_ > 0) s += parts.planes.lambda_2;
    if (weights_ > 0) s += parts.planes.conductance;
    const PNorm norm = p_norm(s.cwiseQuotient(parts.edge_prices), power_);
    const Values by_plane = norm.slope.cwiseQuotient(parts.edge_prices);                // ∂f/∂s_f
    const Values by_price = by_plane.cwiseProduct(s).cwiseQuotient(parts.edge_prices);  // −∂f/∂price_f

    gradient.resize(x.size());
    auto by_l = gradient.head(modes_ * modes_);
    auto by_nu = gradient.segment(modes_ * modes_, weights_);
    double f = norm.logarithm + std::log(parts.spent);
    if (modes_ > 0) {
      const Dense slope = drops_ * by_plane.asDiagonal() * parts.rows.transpose();
      by_l = 2.0 * (slope.reshaped() - share_ / parts.trace * x.head(modes_ * modes_));
      f -= share_ * std::log(parts.trace);
    }
    if (weights_ > 0) {
      const Values back = transfer(problem_, inverse_, by_plane).cwiseQuotient(resistances_.cwiseAbs2());
      by_nu = 2.0 * x.segment(modes_ * modes_, weights_).array() * (back.array() - share_ / parts.weight);
      f -= share_ * std::log(parts.weight);
    }
    gradient.tail(prices_) = price_gradient(x.tail(prices_), by_price, parts.spent);
    remember(x, f, parts);
    return f;
  }

 private:
  struct Parts {
    RatePlanes planes;             // not yet divided by trace and weight
    Dense rows;                    // LᵀUᵀb_f, one column per edge
    Values edge_prices;            // y + z_i + z_j
    double trace = 1, weight = 1;  // tr Q, Σ μ
    double spent = 0;              // budget·y + cap·Σ z
  };

  Parts split(const Values& x) const {
    Parts parts;
    if (modes_ > 0) {
      const Eigen::Map<const Dense> l(x.data(), modes_, modes_);
      parts.rows = l.transpose() * drops_;
      parts.planes.lambda_2 = parts.rows.colwise().squaredNorm();
      parts.trace = l.squaredNorm();
    }
    if (weights_ > 0) {
      const Values mu = x.segment(modes_ * modes_, weights_).cwiseAbs2();
      parts.planes.conductance = transfer(problem_, inverse_, mu.cwiseQuotient(resistances_.cwiseAbs2()));
      parts.weight = mu.sum();
    }
    const Values prices = x.tail(prices_).cwiseAbs2();
    parts.planes.budget_price = prices[0];
    parts.spent = problem_.budget * prices[0];
    parts.edge_prices = Values::Constant(problem_.size(), prices[0]);
    if (problem_.cap) {
      const Values z = parts.planes.worker_prices = prices.tail(problem_.workers);
      parts.spent += *problem_.cap * z.sum();
      for (Index e = 0; e < problem_.size(); ++e) {
        const Edge& edge = problem_.edges[static_cast<std::size_t>(e)];
        parts.edge_prices[e] += z[edge.i] + z[edge.j];
      }
    }
    return parts;
  }

  void remember(const Values& x, double f, Parts parts) {
    parts.planes.lambda_2 /= parts.trace;
    parts.planes.conductance /= parts.weight;
    best_bound_ = std::max(best_bound_, lower_bound(problem_, parts.planes));
    if (!(f < least_)) return;
    least_ = f;
    point_ = x;
  }

  Values start(const Values& worker_loads, const Values& mode_values) const {
    Values x(modes_ * modes_ + weights_ + prices_);
    const auto shares = [](const Values& v) -> Values {
      return (v / v.maxCoeff()).array().pow(start_power).max(least_share);
    };
    // κ such that both planes have the same maximum.
    if (modes_ > 0) {
      const Values q = shares(mode_values.head(modes_));
      const Values plane = (q.cwiseSqrt().asDiagonal() * drops_).colwise().squaredNorm();
      Eigen::Map<Dense>(x.data(), modes_, modes_) = (q / plane.maxCoeff()).cwiseSqrt().asDiagonal();
    }
    if (weights_ > 0) {
      const Values mu = shares(resistances_);
      const Values plane = transfer(problem_, inverse_, mu.cwiseQuotient(resistances_.cwiseAbs2()));
      x.segment(modes_ * modes_, weights_) = (mu / plane.maxCoeff()).cwiseSqrt();
    }
    Values prices = Values::Ones(prices_);
    if (problem_.cap) prices.tail(problem_.workers) = worker_loads / *problem_.cap;
    x.tail(prices_) = shares(prices).cwiseSqrt();
    return x;
  }

  Values price_gradient(const Values& zeta, const Values& by_price, double spent) const {
    Values slope = Values::Constant(prices_, problem_.cap.value_or(0.0) / spent);
    slope[0] = problem_.budget / spent - by_price.sum();
    if (problem_.cap) slope.tail(problem_.workers) -= loads(problem_, by_price);
    return 2.0 * zeta.cwiseProduct(slope);
  }

  const RateProblem& problem_;
  const Dense& inverse_;
  Values resistances_, point_;
  Index modes_, weights_, prices_;
  double share_;
  Dense drops_;  // Uᵀb_f, one column per edge
  double power_ = start_power, least_ = infinity, best_bound_ = 0;
};

}  // namespace

double search_planes(const RateProblem& problem, const Vector<double>& w) {
  const auto inverse = invert_laplacian(problem, w);
  if (!inverse) return 0.0;
  LowModes modes;
  if (problem.chi_1) update_modes(inverse->g, last_power, modes);
  PlaneSearch search(problem, loads(problem, w), inverse->g, modes);
  for (double p = start_power; p <= last_power; p *= 4) {
    search.set_power(p);
    descend(std::ref(search), search.point(), iterations, 1e-3 / p, 10);
  }
  return search.best_bound();
}

}  // namespace acidsim
