// A table of labelled samples, shared by all workers of all runs that use it, and who owns which rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// features: dimensions × samples, column k = sample k. For classification `labels` holds 0 … classes − 1 per
// sample and `targets` is empty; for regression `targets` holds one value per sample and classes = 0.
template <class Scalar>
struct Dataset {
  Matrix<Scalar> features;
  std::vector<std::int32_t> labels;
  Vector<Scalar> targets;
  int classes = 0;
  std::string name;

  Index samples() const { return features.cols(); }
};

template <class Scalar>
struct DatasetPair {
  std::shared_ptr<const Dataset<Scalar>> train;
  std::shared_ptr<const Dataset<Scalar>> test;  // null where there is none
};

// Rows of the training set by worker. `shared` = every worker draws from all rows, and `rows` is empty.
struct Partition {
  bool shared = true;
  std::vector<std::vector<std::uint32_t>> rows;

  Index size(Worker worker, Index samples) const {
    return shared ? samples : static_cast<Index>(rows[worker].size());
  }
  std::uint32_t row(Worker worker, std::uint64_t position) const {
    return shared ? static_cast<std::uint32_t>(position) : rows[worker][position];
  }
};

}  // namespace acidsim
