#include "sim/data/cifar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "sim/core/error.hpp"
#include "sim/data/gzip_file.hpp"

namespace acidsim {
namespace {

constexpr Index cifar_channels = 3, cifar_side = 32, cifar_pixels = cifar_channels * cifar_side * cifar_side;

struct CifarLayout {
  Index label_bytes;  // before the pixels of a record
  Index label;        // which of them counts
  int classes;
  const char* hint;  // where to get the files
};

constexpr CifarLayout cifar10_layout{
    1, 0, 10,
    "get cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it in "
    "/usr/share/datasets, or name its folder as \"directory\"; acidsim data colour_fashion makes a small set "
    "of the "
    "same layout"};
constexpr CifarLayout cifar100_layout(Cifar100Labels labels) {
  const bool fine = labels == Cifar100Labels::fine;
  return {2, fine ? 1 : 0, fine ? 100 : 20,
          "get cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html and unpack it in "
          "/usr/share/datasets, or name its folder as \"directory\""};
}

// The records of a file are added to the images; returns how many they are.
Index add_records(const std::string& path, const CifarLayout& layout, LabelledImages& images) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw InputError(path, "does not exist", "", layout.hint);
  GzipFile file(path);
  const auto length = static_cast<std::size_t>(layout.label_bytes + cifar_pixels);
  std::vector<std::uint8_t> record(length);
  Index count = 0;
  for (std::size_t got; (got = file.read(record.data(), length)) > 0; ++count) {
    if (got < length)
      throw InputError(path, "ends within an image", fmt::format("{} images and {} bytes", count, got),
                       fmt::format("{} bytes for each: truncated?", length));
    const int label = record[static_cast<std::size_t>(layout.label)];
    if (label >= layout.classes)
      throw InputError(path, "has a label out of range", fmt::format("label {} of image {}", label, count),
                       fmt::format("labels are 0 … {}", layout.classes - 1));
    images.labels.push_back(label);
    images.bytes.insert(images.bytes.end(), record.begin() + layout.label_bytes, record.end());
  }
  if (count == 0) throw InputError(path, "is empty", "", "images");
  images.samples += count;
  return count;
}

// The files of a batch each are of about equal lengths; one that was cut short is not.
LabelledImages read_batches(const std::filesystem::path& folder, std::span<const char* const> names,
                            const CifarLayout& layout) {
  LabelledImages images;
  images.name = folder.filename().string();
  images.shape = {cifar_channels, cifar_side, cifar_side};
  Index first = 0;
  for (const char* name : names) {
    const std::string path = (folder / name).string();
    const Index count = add_records(path, layout, images);
    if (first == 0) first = count;
    if (std::abs(count - first) > 1)
      throw InputError(path, "has another number of images than the first batch",
                       fmt::format("{} and {}", count, first), "truncated?");
  }
  return images;
}

template <class Scalar>
DatasetPair<Scalar> load_cifar(const std::string& directory, std::span<const char* const> train_names,
                               const char* test_name, const CifarLayout& layout,
                               const Normalisation& normalisation) {
  const auto train = dataset_of<Scalar>(read_batches(directory, train_names, layout));
  const auto test = dataset_of<Scalar>(read_batches(directory, {&test_name, 1}, layout));
  train->classes = test->classes = layout.classes;
  normalise(normalisation, *train, test.get());
  return {train, test};
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> load_cifar10(const std::string& directory, const Normalisation& normalisation) {
  static constexpr const char* batches[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                            "data_batch_4.bin", "data_batch_5.bin"};
  return load_cifar<Scalar>(directory, batches, "test_batch.bin", cifar10_layout, normalisation);
}

template <class Scalar>
DatasetPair<Scalar> load_cifar100(const std::string& directory, Cifar100Labels labels,
                                  const Normalisation& normalisation) {
  static constexpr const char* batches[] = {"train.bin"};
  return load_cifar<Scalar>(directory, batches, "test.bin", cifar100_layout(labels), normalisation);
}

#define ACIDSIM_INSTANTIATE(Scalar)                                                    \
  template DatasetPair<Scalar> load_cifar10(const std::string&, const Normalisation&); \
  template DatasetPair<Scalar> load_cifar100(const std::string&, Cifar100Labels, const Normalisation&);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim
