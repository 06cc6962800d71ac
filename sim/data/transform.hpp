// Transformations of a data set between reading and use. Each returns a new data set.
#pragma once

#include <cstdint>
#include <span>

#include "sim/core/dataset.hpp"

namespace acidsim {

// Bytes as the numbers that they stand for.
template <class Scalar>
DatasetPair<Scalar> expanded(const DatasetPair<Scalar>& data);

// Each feature minus its mean, over its standard deviation, both of the training set; constant features
// become 0.
template <class Scalar>
DatasetPair<Scalar> standardise(const DatasetPair<Scalar>& data);

// One more feature, the last, constant 1. Both are for features that are numbers, not bytes.
template <class Scalar>
DatasetPair<Scalar> with_bias(const DatasetPair<Scalar>& data);

// The samples `rows`, in that order.
template <class Scalar>
Dataset<Scalar> subset(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows);

// A random part of the samples (in their old order) becomes the test set: round(test_fraction × samples), at
// least one; 0 < test_fraction < 1.
template <class Scalar>
DatasetPair<Scalar> split(const Dataset<Scalar>& data, double test_fraction, std::uint64_t seed);

// A random subset of `samples` ≥ 1 samples, in their old order; all of them where there are no more.
template <class Scalar>
Dataset<Scalar> limit(const Dataset<Scalar>& data, Index samples, std::uint64_t seed);

}  // namespace acidsim
