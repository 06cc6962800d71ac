#include "topologies/rates/rate_bound.hpp"

#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <cstdint>

namespace acidsim {
namespace {

// y + z_i + z_j of every edge, divided by budget·y + cap·Σ z: P(s) ≤ max_f s_f / price_f.
Vector<double> edge_prices(const RateProblem& problem, const RatePlanes& planes) {
  Vector<double> prices = Vector<double>::Constant(problem.size(), planes.budget_price);
  double spent = problem.budget * planes.budget_price;
  if (problem.cap) {
    const Vector<double>& z = planes.worker_prices;
    for (Index e = 0; e < prices.size(); ++e) {
      const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
      prices[e] += z[edge.i] + z[edge.j];
    }
    spent += *problem.cap * z.sum();
  }
  return prices / spent;
}

}  // namespace

double lower_bound(const RateProblem& problem, const RatePlanes& planes) {
  const Vector<double> prices = edge_prices(problem, planes);
  if (!problem.chi_2) return 1.0 / planes.lambda_2.cwiseQuotient(prices).maxCoeff();
  if (!problem.chi_1) return 0.5 / planes.conductance.cwiseQuotient(prices).maxCoeff();
  const Vector<double> a = planes.lambda_2.cwiseQuotient(prices),
                       c = planes.conductance.cwiseQuotient(prices);
  // log P(a + κc) − ½ log κ is unimodal in log κ; at an optimum, κ = λ2/C = P(a)/P(c).
  const auto log_bound = [&](double log_kappa) {
    return std::log((a + std::exp(log_kappa) * c).maxCoeff()) - 0.5 * log_kappa;
  };
  const double middle = std::log(a.maxCoeff() / c.maxCoeff());
  if (!std::isfinite(middle)) return 0.0;
  std::uintmax_t evaluations = 50;
  const auto [log_kappa, least] =
      boost::math::tools::brent_find_minima(log_bound, middle - 3.0, middle + 3.0, 30, evaluations);
  return std::sqrt(2.0) * std::exp(-least);
}

}  // namespace acidsim
