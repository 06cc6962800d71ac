#include "sim/data/npy_images.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sim/core/error.hpp"
#include "sim/data/npy.hpp"

namespace acidsim {
namespace {

std::string npy_shape(const std::vector<std::uint64_t>& shape) {
  return fmt::format("{}", fmt::join(shape, ", "));
}

// Channels, height and width from the shape of the file.
std::vector<Index> image_shape(const std::vector<std::uint64_t>& shape, const std::string& path) {
  if (shape.size() != 3 && shape.size() != 4)
    throw InputError(path, "does not hold images", npy_shape(shape),
                     "(samples, channels, height, width) or (samples, height, width)");
  for (const std::uint64_t size : shape)
    if (size == 0) throw InputError(path, "has a dimension of size 0", npy_shape(shape));
  constexpr std::uint64_t most_colours = 4;
  if (shape.size() == 4 && shape[3] <= most_colours && shape[1] > most_colours)
    throw InputError(path, "has its channels last", npy_shape(shape), "numpy.moveaxis(x, 3, 1)");
  std::vector<Index> sizes(shape.begin() + 1, shape.end());
  if (sizes.size() == 2) sizes.insert(sizes.begin(), 1);
  return sizes;
}

LabelledImages read_images_and_labels(const std::filesystem::path& image_file,
                                      const std::filesystem::path& label_file) {
  LabelledImages images;
  NpyBytes pixels = read_npy_bytes(image_file);
  images.shape = image_shape(pixels.shape, image_file.string());
  images.bytes = std::move(pixels.values);
  images.samples = static_cast<Index>(pixels.shape[0]);
  images.name = image_file.filename().string();
  NpyIntegers labels = read_npy_integers(label_file);
  if (labels.shape.size() != 1 || labels.shape[0] != pixels.shape[0])
    throw InputError(label_file.string(), "does not have one label per image", npy_shape(labels.shape),
                     fmt::format("shape ({})", pixels.shape[0]));
  images.labels = std::move(labels.values);
  return images;
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_npy_images(const NpyImageFiles& files, const Normalisation& normalisation) {
  const auto train = dataset_of<Scalar>(read_images_and_labels(files.train_images, files.train_labels));
  const std::string labels = files.train_labels.string();
  train->classes = files.classes > 0 ? files.classes : count_classes(train->labels, labels);
  check_labels(train->labels, train->classes, labels);
  std::shared_ptr<Dataset<Scalar>> test;
  if (!files.test_images.empty()) {
    test = dataset_of<Scalar>(read_images_and_labels(files.test_images, files.test_labels));
    if (test->shape != train->shape)
      throw InputError(
          files.test_images.string(), "has images of another size than the training set",
          fmt::format("{} and {}", fmt::join(test->shape, " × "), fmt::join(train->shape, " × ")));
    check_labels(test->labels, train->classes, files.test_labels.string());
    test->classes = train->classes;
  }
  normalise(normalisation, *train, test.get());
  return {train, test};
}

template DatasetPair<float> read_npy_images(const NpyImageFiles&, const Normalisation&);
template DatasetPair<double> read_npy_images(const NpyImageFiles&, const Normalisation&);

}  // namespace acidsim
