#include "topologies/rates/smoothed_rates.hpp"

#include <cmath>
#include <limits>

#include "topologies/rates/smooth_maximum.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;
using Values = Vector<double>;

// Of what is in a p-norm, modes smaller than those kept may make up this share each.
constexpr double left_out = 1e-5;

}  // namespace

void SmoothedRates::set_power(double p) {
  power_ = p;
  mode_power_ = 0.0;
}

double SmoothedRates::operator()(const Values& theta, Values& gradient) {
  w_ = theta.cwiseAbs2();
  const double total = w_.sum();
  scale_to_feasible(problem_, w_);
  const auto inverse = invert_laplacian(problem_, w_);
  if (!inverse) {
    value_ = infinity;
    gradient = Values::Zero(theta.size());
    return std::numeric_limits<double>::quiet_NaN();
  }
  gradient = Values::Zero(theta.size());
  double f = 0.0;
  if (problem_.chi_1) f += add_modes(inverse->g, gradient);
  if (problem_.chi_2) f += add_resistances(inverse->g, gradient);
  f += add_constraints((problem_.chi_1 ? 1.0 : 0.0) + (problem_.chi_2 ? 1.0 : 0.0), gradient);
  gradient = 2.0 * (w_.sum() / total) * gradient.cwiseProduct(theta).eval();
  value_ = objective(problem_, lambda_2_, conductance_);
  return f;
}

// −∂ log ‖1/μ‖_p / ∂w_f = Σ_k (slope_k/μ_k²) (u_k·b_f)²: a plane above λ2, up to its factor.
double SmoothedRates::add_modes(const Dense& inverse, Values& gradient) {
  update_modes(inverse, std::max(power_, mode_power_), modes_);
  lambda_2_ = 1.0 / modes_.values[0];
  if (mode_power_ == 0.0) {  // fixed from here on, so that F is one function
    const Index kept = modes_.values.size();
    const double smallest = modes_.values[kept - 1] / modes_.values[0];
    mode_power_ =
        kept == problem_.workers - 1 ? power_ : std::max(power_, std::log(left_out) / std::log(smallest));
  }
  const PNorm norm = p_norm(modes_.values, mode_power_);
  const Values weights = norm.slope.cwiseProduct(modes_.values.cwiseAbs2());
  const Dense rows = (modes_.vectors * weights.cwiseSqrt().asDiagonal()).transpose();
  Values slope(problem_.size());
  for (Index f = 0; f < slope.size(); ++f) {
    const Edge& edge = problem_.edges[static_cast<std::size_t>(f)];
    slope[f] = (rows.col(edge.i) - rows.col(edge.j)).squaredNorm();
  }
  gradient -= slope;
  planes_.lambda_2 = slope / weights.sum();
  return norm.logarithm;
}

// −∂ log ‖R‖_p / ∂w_f = Σ_e slope_e (b_fᵀΛ⁺b_e)²; with φ_e = Λ⁺b_e/R_e and μ_e ∝ slope_e R_e² a plane above
// C.
double SmoothedRates::add_resistances(const Dense& inverse, Values& gradient) {
  const Values resistances = edge_diagonal(problem_, inverse);
  conductance_ = 1.0 / resistances.maxCoeff();
  const PNorm norm = p_norm(resistances, power_);
  const Values slope = transfer(problem_, inverse, norm.slope);
  gradient -= slope;
  planes_.conductance = slope / norm.slope.dot(resistances.cwiseAbs2());
  return norm.logarithm;
}

double SmoothedRates::add_constraints(double count, Values& gradient) {
  Values shares(problem_.cap ? problem_.workers + 1 : 1);
  shares[0] = w_.sum() / problem_.budget;
  if (problem_.cap) shares.tail(problem_.workers) = loads(problem_, w_) / *problem_.cap;
  const PNorm norm = p_norm(shares, power_);
  planes_.budget_price = norm.slope[0] / problem_.budget;
  gradient.array() += count * planes_.budget_price;
  if (problem_.cap) {
    planes_.worker_prices = norm.slope.tail(problem_.workers) / *problem_.cap;
    for (Index e = 0; e < gradient.size(); ++e) {
      const Edge& edge = problem_.edges[static_cast<std::size_t>(e)];
      gradient[e] += count * (planes_.worker_prices[edge.i] + planes_.worker_prices[edge.j]);
    }
  }
  return count * norm.logarithm;
}

}  // namespace acidsim
