// The p-norm as a smooth stand-in for the maximum.
#pragma once

#include <Eigen/Core>
#include <cmath>

#include "sim/core/types.hpp"

namespace acidsim {

struct PNorm {
  double logarithm = 0;  // of ‖v‖_p, between log max v and log max v + log(size)/p
  Vector<double> slope;  // ∂ log ‖v‖_p / ∂ v
};

// v > 0, p ≥ 1.
inline PNorm p_norm(const Vector<double>& v, double p) {
  const double largest = v.maxCoeff();
  const Vector<double> powers = (v.array() / largest).pow(p - 1.0);
  const double sum = powers.dot(v) / largest;
  return {std::log(largest) + std::log(sum) / p, powers / (sum * largest)};
}

}  // namespace acidsim
