// A small set of colour images, made from Fashion-MNIST.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/dataset.hpp"

namespace acidsim {

// The record of image number `row` in CIFAR-10's layout (cifar.hpp): its label, then 3 × 32 × 32 bytes. The grey image of
// 28 × 28 lies in the middle, but for a shift of up to 2 pixels; black is one colour and white another, each of a
// random hue and saturation, and their contrast is random too. All is drawn at Philox(seed; synthetic_data, part, row),
// in integers: the bytes are the same everywhere.
std::vector<std::uint8_t> colour_record(const std::uint8_t* grey, std::uint8_t label, std::uint64_t seed,
                                        std::uint32_t part, std::uint64_t row);

// A file of the layout and its bytes.
struct ColourBatch {
  std::string name;
  std::vector<std::uint8_t> bytes;
};
// The first `rows` of the training images in five batches, and the first `test_rows` of the test images. Throws InputError
// where there are not as many, or fewer than one for each batch.
std::vector<ColourBatch> colour_batches(const DatasetPair<float>& grey, Index rows, Index test_rows,
                                        std::uint64_t seed = 1);

}  // namespace acidsim
