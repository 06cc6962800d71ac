// A table of labelled samples, shared by all workers of all runs that use it, and who owns which rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Where the samples of a table come from, as far as its files tell.
struct RowOrigins {
  std::vector<std::uint32_t> rows;    // of each sample its row, from 0, over all files; empty = 0, 1, 2, …
  std::vector<std::uint32_t> owners;  // of each sample the position of its owner's name; empty = not told
  std::vector<std::string> owner_names;
  Index total = 0;  // rows of the table that samples were taken from; 0 = all of them are here

  std::uint32_t row(std::size_t sample) const {
    return rows.empty() ? static_cast<std::uint32_t>(sample) : rows[sample];
  }
};

// features: dimensions × samples, column k = sample k. For classification `labels` holds 0 … classes − 1 per
// sample and `targets` is empty; for regression `targets` holds one value per sample and classes = 0.
template <class Scalar>
struct Dataset {
  Matrix<Scalar> features;
  std::vector<std::int32_t> labels;
  Vector<Scalar> targets;
  int classes = 0;
  std::string name;
  RowOrigins origins = {};
  std::vector<Index> shape = {};  // of a sample: channels, height, width of an image; empty = a plain vector
  int symbols = 0;  // features are the numbers 0 … symbols − 1 of symbols, as of a text; 0 = they are not

  Index samples() const { return features.cols(); }
};

template <class Scalar>
struct DatasetPair {
  std::shared_ptr<const Dataset<Scalar>> train;
  std::shared_ptr<const Dataset<Scalar>> test;  // null where there is none
  std::vector<std::string> notices = {};        // what their reader took for what, for the user to read
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
