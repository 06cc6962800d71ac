// What objectives that learn from data ask of their parameters, and what they make of them.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/objectives/regression.hpp"

namespace acidsim {

// Throws InputError where data, partition and batches do not fit together, or not to the task.
template <class Scalar>
void check_training(const RegressionParameters<Scalar>& parameters, bool classifies) {
  const auto& [data, partition, minibatch, l2, workers] = parameters;
  if (!data.train || data.train->samples() == 0) throw InputError("data", "has no training samples");
  const Dataset<Scalar>& train = *data.train;
  if (classifies && train.classes == 0) {
    throw InputError("data", "has no class labels", train.name, "a data set for classification");
  }
  if (!classifies && train.classes > 0) {
    throw InputError("data", "has class labels instead of numeric targets", train.name,
                     "a data set for regression");
  }
  if (data.test && data.test->features.rows() != train.features.rows()) {
    throw InputError("data", "training and test set differ in their number of features",
                     fmt::format("{} and {}", train.features.rows(), data.test->features.rows()));
  }
  if (!(l2 >= 0 && std::isfinite(l2)))
    throw InputError("l2", "is negative or not finite", fmt::format("{}", l2), "at least 0");
  if (minibatch.batch_size < 0) {
    throw InputError("batch_size", "is negative", fmt::format("{}", minibatch.batch_size),
                     "0 = all rows of the worker");
  }
  if (workers < 1) throw InputError("workers", "is not positive", "0", "at least 1");
  if (partition.shared) return;
  if (partition.rows.size() != workers) {
    throw InputError("partition", "is for another number of workers",
                     fmt::format("{}", partition.rows.size()), fmt::format("{} workers", workers));
  }
  std::vector<bool> owned(static_cast<std::size_t>(train.samples()), false);
  for (const auto& rows : partition.rows) {
    if (rows.empty()) throw InputError("partition", "leaves a worker without rows");
    for (const std::uint32_t row : rows) {
      if (row >= train.samples()) {
        throw InputError("partition", "names a row that does not exist", fmt::format("{}", row),
                         fmt::format("rows are 0 … {}", train.samples() - 1));
      }
      if (owned[row]) {
        throw InputError("partition", "gives a row to two workers, or to one of them twice",
                         fmt::format("{}", row), "each row has one owner, or all workers share all rows");
      }
      owned[row] = true;
    }
  }
}

// Of each training row in f, where workers weigh equally: 1/(n N_i) where its owner has N_i rows. Empty where all workers share
// all rows, which then weigh 1/N.
template <class Scalar>
Vector<double> row_weights(const RegressionParameters<Scalar>& parameters) {
  if (parameters.partition.shared) return {};
  Vector<double> weights = Vector<double>::Zero(parameters.data.train->samples());
  for (const auto& rows : parameters.partition.rows)
    for (const std::uint32_t row : rows)
      weights[row] = 1.0 / (static_cast<double>(rows.size()) * parameters.workers);
  return weights;
}

}  // namespace acidsim
