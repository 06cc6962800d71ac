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

// Features that stay what they are in their file, bytes: of images and of texts.
template <class Scalar>
struct ByteTable {
  std::shared_ptr<const std::vector<std::uint8_t>> bytes = {};  // shared by subsets; null = there is no table
  std::vector<std::uint64_t> starts = {};  // of each sample its first byte; windows of a text overlap
  Index size = 0;                          // bytes of a sample, its channels one after another
  Matrix<Scalar> values = {};              // 256 × channels: the number that a byte stands for

  explicit operator bool() const { return bytes != nullptr; }
  const std::uint8_t* sample(std::uint32_t row) const { return bytes->data() + starts[row]; }
  // out ← the numbers of a sample.
  void read(std::uint32_t row, Scalar* out) const {
    const std::uint8_t* byte = sample(row);
    const Index each = size / values.cols();
    for (Index channel = 0; channel < values.cols(); ++channel) {
      const Scalar* const number = values.col(channel).data();
      for (Index k = 0; k < each; ++k) *out++ = number[*byte++];
    }
  }
};

// Random changes of images, drawn anew for each gradient (gather.hpp).
struct Augmentation {
  Index crop_padding =
      0;                  // pixels: a window of the old size is cut from the image in a black frame this wide
  bool flip = false;      // left to right, in half of the cases
  Index cutout = 0;       // pixels: side of a square that becomes 0, the mean where images are normalised
  double brightness = 0;  // every byte times a factor of 1 ± this
  double contrast = 0;    // every byte's distance from the mean of the image times a factor of 1 ± this

  bool any() const { return crop_padding > 0 || flip || cutout > 0 || brightness > 0 || contrast > 0; }
};

// features: dimensions × samples, column k = sample k; without entries where `bytes` holds the table. For
// classification `labels` holds 0 … classes − 1 per sample and `targets` is empty; for regression `targets`
// holds one value per sample and classes = 0.
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
  ByteTable<Scalar> bytes = {};
  Augmentation augmentation = {};  // of the samples of gradients; only of images in `bytes`

  bool has_bias = false;  // the last feature is always 1, appended for a bias

  Index samples() const { return bytes ? static_cast<Index>(bytes.starts.size()) : features.cols(); }
  Index sample_size() const { return bytes ? bytes.size : features.rows(); }  // numbers of a sample
};

template <class Scalar>
struct DatasetPair {
  std::shared_ptr<const Dataset<Scalar>> train;
  std::shared_ptr<const Dataset<Scalar>> test;  // null where there is none
  std::vector<std::string> notices = {};        // what their reader took for what, for the user to read
  // Rows of each that losses are evaluated on, ascending; empty = all.
  std::vector<std::uint32_t> evaluated_train = {}, evaluated_test = {};
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
