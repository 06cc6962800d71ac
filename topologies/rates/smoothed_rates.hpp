// The smooth function that first-order optimisation of rates descends on.
#pragma once

#include "topologies/rates/low_modes.hpp"
#include "topologies/rates/rate_bound.hpp"

namespace acidsim {

// With ‖·‖_p for the maximum,
//   F(w) = log ‖(1/μ_k)‖_p + log ‖(R_e)‖_p + (number of those) · log ‖(Σ w/budget, load_1/cap, …)‖_p,
// μ_k the eigenvalues of Λ(w) off 1 and R_e the resistances; what the objective lacks is left out.
// Homogeneous of degree 0: the constraints are met by scaling. As p grows, F tends to log(1/(λ2 C)) of the
// feasible multiple of w.
class SmoothedRates {
 public:
  explicit SmoothedRates(const RateProblem& problem) : problem_(problem) {}

  // p of the norms. That of the modes is larger where needed to make those left out count for nothing.
  void set_power(double p);

  // F at w = θ², and its gradient with respect to θ. NaN where Λ is singular to double precision.
  double operator()(const Vector<double>& theta, Vector<double>& gradient);

  // Of the last evaluation: the true objective of the feasible multiple of w, that multiple, and planes whose
  // weights are those of the norms.
  double value() const { return value_; }
  const Vector<double>& rates() const { return w_; }
  const RatePlanes& planes() const { return planes_; }

 private:
  double add_modes(const Matrix<double>& inverse, Vector<double>& gradient);
  double add_resistances(const Matrix<double>& inverse, Vector<double>& gradient);
  double add_constraints(double count, Vector<double>& gradient);

  const RateProblem& problem_;
  double power_ = 2, mode_power_ = 0;
  LowModes modes_;
  Vector<double> w_;
  double lambda_2_ = 0, conductance_ = 0, value_ = 0;
  RatePlanes planes_;
};

}  // namespace acidsim
