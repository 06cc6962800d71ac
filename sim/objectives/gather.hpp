// The samples of a minibatch, side by side.
#pragma once

#include <cstdint>
#include <span>

#include "sim/core/dataset.hpp"

namespace acidsim {

// out ← the features of these rows, one sample after another: data.sample_size() × rows.size() numbers.
template <class Scalar>
void gather(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows, Scalar* out);

// Which draw of a worker: row k of the batch of gradient `index` has the number index · batch size + k.
struct AugmentationAddress {
  std::uint64_t seed;
  Worker worker;
  std::uint64_t number;
};

// The same for rows of a gradient, with data.augmentation: the first with the draw of this address, the next with the
// one after it, and so on. A draw is one block of Philox(seed; augmentation, worker, number), which gives window, flip,
// square, brightness and contrast; no other draw and no other row matters.
template <class Scalar>
void gather_augmented(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows,
                      AugmentationAddress first, Scalar* out);

// What is drawn for one sample.
struct AugmentationDraw {
  Index top, left;              // of the window in the framed image: 0 … 2 · crop_padding
  bool flip;                    // the window, left to right
  Index centre_y, centre_x;     // of the square
  double brightness, contrast;  // factors
};
AugmentationDraw draw_augmentation(const Augmentation& settings, Index height, Index width,
                                   AugmentationAddress address);

}  // namespace acidsim
