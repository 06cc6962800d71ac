// Data sets drawn from a known model, addressed by a seed.
#pragma once

#include <cstdint>

#include "sim/core/dataset.hpp"

namespace acidsim {

// Features are independent N(0, s_k²), s_k² spread geometrically from 1 down to 1 / condition, so that the
// covariance has that condition number. Sample s and feature k have the same value whatever the number of
// samples.
struct SyntheticParameters {
  Index samples = 1000;
  Index test_samples = 0;  // drawn after the training samples, from the same model
  Index features = 20;
  int classes = 2;  // classification only
  // Regression: standard deviation of y; classification: scale of the Gumbel noise on the scores.
  double noise = 0.1;
  double condition = 1.0;  // ≥ 1
};

// y = aᵀw + noise·N(0, 1), w ~ N(0, I / features).
template <class Scalar>
DatasetPair<Scalar> synthetic_regression(const SyntheticParameters& parameters, std::uint64_t seed);

// label = arg max_c (aᵀw_c + noise·Gumbel): for noise > 0 exactly the softmax model with weights w_c / noise.
template <class Scalar>
DatasetPair<Scalar> synthetic_classification(const SyntheticParameters& parameters, std::uint64_t seed);

}  // namespace acidsim
