// Sets of images as bytes, whatever file they come from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/core/dataset.hpp"

namespace acidsim {

// Images one after another, each channel by channel and row by row, and a label for each.
struct LabelledImages {
  std::vector<std::uint8_t> bytes;
  std::vector<Index> shape;  // channels, height, width; empty = a plain vector
  Index samples = 0;
  std::vector<std::int32_t> labels;
  std::string name;
};

// Throws at the first label outside 0 … classes − 1. `path`: of the file that holds them.
void check_labels(const std::vector<std::int32_t>& labels, int classes, const std::string& path);
// Largest label + 1. A class that never occurs tells of a stray label, and is refused.
int count_classes(const std::vector<std::int32_t>& labels, const std::string& path);

// What a byte b of an image becomes. `none`: b; `unit`: b/255; `per_channel`: (b/255 − mean)/sd of the channel over the
// training set; `given`: the same with these means and deviations, one for each channel.
struct Normalisation {
  enum class Kind { none, unit, per_channel, given };
  Kind kind = Kind::unit;
  std::vector<double> mean = {}, deviation = {};
};

// Their bytes are kept, and stand for b/255.
template <class Scalar>
std::shared_ptr<Dataset<Scalar>> dataset_of(LabelledImages images);

// Sets what the bytes of both sets stand for; `test` may be null. Throws InputError where the means and deviations are
// not one for each channel.
template <class Scalar>
void normalise(const Normalisation& normalisation, Dataset<Scalar>& train, Dataset<Scalar>* test);

}  // namespace acidsim
