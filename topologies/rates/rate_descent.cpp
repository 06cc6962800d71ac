#include "topologies/rates/rate_descent.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "topologies/rates/lbfgs.hpp"
#include "topologies/rates/plane_search.hpp"
#include "topologies/rates/rate_bound.hpp"
#include "topologies/rates/smoothed_rates.hpp"

namespace acidsim {
namespace {

constexpr double first_power = 16, last_power = 4096;
constexpr int iterations = 100;  // at each power

// Remembers the best point that the solver has looked at.
class Remembering {
 public:
  explicit Remembering(const RateProblem& problem)
      : problem_(problem), smoothed_(problem), theta_(Vector<double>::Ones(problem.size())) {}

  double operator()(const Vector<double>& theta, Vector<double>& gradient) {
    const double f = smoothed_(theta, gradient);
    if (f < least_) {
      least_ = f;
      theta_ = theta;
    }
    if (!std::isfinite(f)) return f;
    best_.lower_bound = std::max(best_.lower_bound, lower_bound(problem_, smoothed_.planes()));
    if (smoothed_.value() < best_value_) {
      best_value_ = smoothed_.value();
      best_.rates = smoothed_.rates();
    }
    return f;
  }

  // For the next descent, which starts from theta(), the point of least F of the last one.
  void set_power(double p) {
    smoothed_.set_power(p);
    least_ = infinity;
  }
  double gap() const { return best_.lower_bound > 0.0 ? best_value_ / best_.lower_bound - 1.0 : infinity; }
  const Vector<double>& theta() const { return theta_; }
  const RateSolution& best() const { return best_; }

 private:
  const RateProblem& problem_;
  SmoothedRates smoothed_;
  Vector<double> theta_;
  double least_ = infinity, best_value_ = infinity;
  RateSolution best_;
};

}  // namespace

RateSolution optimise_by_descent(const RateProblem& problem, double gap) {
  Remembering function(problem);
  for (double p = first_power; p <= last_power && function.gap() > gap; p *= 4) {
    function.set_power(p);
    descend(std::ref(function), function.theta(), iterations, 0.01 / p, 5);
  }
  RateSolution best = function.best();
  if (function.gap() > gap) best.lower_bound = std::max(best.lower_bound, search_planes(problem, best.rates));
  return best;
}

}  // namespace acidsim
