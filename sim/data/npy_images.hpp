// Images and labels in NumPy's .npy files.
#pragma once

#include <filesystem>

#include "sim/core/dataset.hpp"
#include "sim/data/image_bytes.hpp"

namespace acidsim {

// Images: uint8, (samples, channels, height, width) or (samples, height, width). Labels: integers, one for each. Both test
// files or neither. classes: 0 = the largest training label + 1, and then every class must occur.
struct NpyImageFiles {
  std::filesystem::path train_images, train_labels;
  std::filesystem::path test_images = {}, test_labels = {};
  int classes = 0;
};
template <class Scalar>
DatasetPair<Scalar> read_npy_images(const NpyImageFiles& files, const Normalisation& normalisation = {});

}  // namespace acidsim
