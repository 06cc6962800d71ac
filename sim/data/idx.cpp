// The IDX format: two zero bytes, a type byte, the number of dimensions, the dimensions as big-endian 32-bit
// integers, the data.
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/data/gzip_file.hpp"
#include "sim/data/readers.hpp"

namespace acidsim {
namespace {

struct IdxArray {
  std::vector<std::size_t> sizes;    // per dimension
  std::vector<unsigned char> bytes;  // the last dimension varies fastest
};

std::vector<std::size_t> read_header(GzipFile& file, const std::string& path, int dimensions) {
  std::array<unsigned char, 4> magic;
  if (file.read(magic.data(), 4) < 4) throw InputError(path, "is too short for an IDX file");
  if (magic[0] != 0 || magic[1] != 0 || magic[3] == 0) {
    throw InputError(
        path, "is not an IDX file",
        fmt::format("first bytes {:02x} {:02x} {:02x} {:02x}", magic[0], magic[1], magic[2], magic[3]),
        "two zero bytes are needed, a type and a number of dimensions, plain or in gzip");
  }
  if (magic[2] != 0x08) {
    throw InputError(path, "holds an IDX type that is not read", fmt::format("0x{:02x}", magic[2]),
                     "0x08, unsigned bytes");
  }
  if (dimensions == 1 ? magic[3] != 1 : magic[3] < 2) {
    throw InputError(path, "has the wrong number of dimensions", fmt::format("{}", magic[3]),
                     dimensions == 1 ? "labels have 1" : "images have at least 2");
  }
  std::vector<std::size_t> sizes;
  for (int k = 0; k < magic[3]; ++k) {
    std::array<unsigned char, 4> size;
    if (file.read(size.data(), 4) < 4) throw InputError(path, "ends within its header");
    sizes.push_back(std::size_t{size[0]} << 24 | std::size_t{size[1]} << 16 | std::size_t{size[2]} << 8 |
                    size[3]);
    if (sizes.back() == 0) throw InputError(path, "has a dimension of size 0");
  }
  return sizes;
}

// dimensions: 1 = labels, 2 = images (2 or more). Memory grows with what the file holds, not with what its
// header says.
IdxArray read_array(const std::string& path, int dimensions, std::size_t bytes_per_value) {
  GzipFile file(path);
  IdxArray array;
  array.sizes = read_header(file, path, dimensions);
  double expected_size = 1;
  for (const std::size_t size : array.sizes) expected_size *= static_cast<double>(size);
  if (expected_size * static_cast<double>(bytes_per_value) > most_feature_bytes) {
    throw InputError(path, "needs more than 8 GiB", fmt::format("{:.0f} values", expected_size));
  }
  const auto expected = static_cast<std::size_t>(expected_size);
  constexpr std::size_t piece = std::size_t{1} << 20;
  // Address space alone, until bytes arrive; growing step by step would copy them again and again.
  constexpr std::size_t most_reserved = std::size_t{256} << 20;
  array.bytes.reserve(std::min(expected, most_reserved) + piece);
  for (std::size_t got = piece; got == piece && array.bytes.size() <= expected;) {
    const std::size_t before = array.bytes.size();
    array.bytes.resize(before + piece);
    got = file.read(array.bytes.data() + before, piece);
    array.bytes.resize(before + got);
  }
  if (array.bytes.size() < expected) {
    throw InputError(path, "ends too early",
                     fmt::format("{} of {} bytes of data", array.bytes.size(), expected), "truncated file?");
  }
  if (array.bytes.size() > expected) {
    throw InputError(path, "goes on after its data", fmt::format("its header says {} bytes", expected));
  }
  return array;
}

// Asks for the memory of a table that is about to be written in one request, which takes three quarters of
// the time of a page fault for every 4 KB. A hint: where it is not taken nothing changes.
template <class Scalar>
void populate(Matrix<Scalar>& table) {
#ifdef MADV_POPULATE_WRITE
  constexpr std::uintptr_t page = 4096;
  const auto begin = (reinterpret_cast<std::uintptr_t>(table.data()) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(table.data() + table.size()) / page * page;
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);
#else
  static_cast<void>(table);
#endif
}

LabelledImages read_set(const std::string& image_path, const std::string& label_path,
                        std::size_t bytes_per_value) {
  IdxArray images = read_array(image_path, 2, bytes_per_value);
  const IdxArray labels = read_array(label_path, 1, 1);
  const std::vector<std::size_t>& sizes = images.sizes;
  if (labels.sizes[0] != sizes[0]) {
    throw InputError(label_path, "does not have one label per image",
                     fmt::format("{} labels, {} images in {}", labels.sizes[0], sizes[0], image_path));
  }
  LabelledImages set;
  set.bytes = std::move(images.bytes);
  set.samples = static_cast<Index>(sizes[0]);
  if (sizes.size() == 3) set.shape = {1, static_cast<Index>(sizes[1]), static_cast<Index>(sizes[2])};
  if (sizes.size() == 4)
    set.shape = {static_cast<Index>(sizes[1]), static_cast<Index>(sizes[2]), static_cast<Index>(sizes[3])};
  set.labels.assign(labels.bytes.begin(), labels.bytes.end());
  set.name = std::filesystem::path(image_path).filename().string();
  return set;
}

// Bytes as numbers of [0, 1].
template <class Scalar>
std::shared_ptr<Dataset<Scalar>> numbers_of(LabelledImages images, bool bias) {
  auto data = std::make_shared<Dataset<Scalar>>();
  const Index columns = images.samples, rows = static_cast<Index>(images.bytes.size()) / columns;
  data->features.resize(rows + (bias ? 1 : 0), columns);
  populate(data->features);
  data->features.topRows(rows) =
      Eigen::Map<const Matrix<unsigned char>>(images.bytes.data(), rows, columns).template cast<Scalar>() /
      Scalar{255};
  if (bias) data->features.bottomRows(1).setOnes();
  data->has_bias = bias;
  if (!bias) data->shape = std::move(images.shape);
  data->labels = std::move(images.labels);
  data->name = std::move(images.name);
  return data;
}

// make(images): the data set of them.
template <class Make>
auto read_pair(const IdxFiles& files, std::size_t bytes_per_value, Make make) {
  if (files.test_images.empty() != files.test_labels.empty()) {
    throw InputError(files.test_images.empty() ? "test_images" : "test_labels", "is missing", "",
                     "both test files or neither");
  }
  auto train = make(read_set(files.train_images, files.train_labels, bytes_per_value));
  train->classes = files.classes > 0 ? files.classes : count_classes(train->labels, files.train_labels);
  check_labels(train->labels, train->classes, files.train_labels);
  decltype(train) test;
  if (files.test_images.empty()) return std::pair(train, test);
  test = make(read_set(files.test_images, files.test_labels, bytes_per_value));
  if (test->sample_size() != train->sample_size()) {
    throw InputError(files.test_images, "has images of another size than the training set",
                     fmt::format("{} and {} values", test->sample_size(), train->sample_size()));
  }
  check_labels(test->labels, train->classes, files.test_labels);
  test->classes = train->classes;
  return std::pair(train, test);
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_idx(const IdxFiles& files) {
  const auto [train, test] = read_pair(files, sizeof(Scalar), [&](LabelledImages images) {
    return numbers_of<Scalar>(std::move(images), files.bias);
  });
  return {train, test};
}

template <class Scalar>
DatasetPair<Scalar> read_idx_bytes(const IdxFiles& files, const Normalisation& normalisation) {
  const auto [train, test] =
      read_pair(files, 1, [](LabelledImages images) { return dataset_of<Scalar>(std::move(images)); });
  normalise(normalisation, *train, test.get());
  return {train, test};
}

#define ACIDSIM_INSTANTIATE(Scalar)                       \
  template DatasetPair<Scalar> read_idx(const IdxFiles&); \
  template DatasetPair<Scalar> read_idx_bytes(const IdxFiles&, const Normalisation&);
ACIDSIM_INSTANTIATE(float)
ACIDSIM_INSTANTIATE(double)
#undef ACIDSIM_INSTANTIATE

}  // namespace acidsim
