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

template <class Scalar>
std::shared_ptr<Dataset<Scalar>> read_set(const std::string& image_path, const std::string& label_path,
                                          bool bias) {
  const IdxArray images = read_array(image_path, 2, sizeof(Scalar)), labels = read_array(label_path, 1, 1);
  const std::size_t samples = images.sizes[0], features = images.bytes.size() / samples;
  if (labels.sizes[0] != samples) {
    throw InputError(label_path, "does not have one label per image",
                     fmt::format("{} labels, {} images in {}", labels.sizes[0], samples, image_path));
  }
  auto data = std::make_shared<Dataset<Scalar>>();
  data->name = std::filesystem::path(image_path).filename().string();
  const auto rows = static_cast<Index>(features), columns = static_cast<Index>(samples);
  data->features.resize(rows + (bias ? 1 : 0), columns);
  populate(data->features);
  data->features.topRows(rows) =
      Eigen::Map<const Matrix<unsigned char>>(images.bytes.data(), rows, columns).template cast<Scalar>() /
      Scalar{255};
  if (bias) data->features.bottomRows(1).setOnes();
  if (!bias && images.sizes.size() == 3)
    data->shape = {1, static_cast<Index>(images.sizes[1]), static_cast<Index>(images.sizes[2])};
  data->labels.assign(labels.bytes.begin(), labels.bytes.end());
  return data;
}

// Throws at the first label that is not below `classes`.
void check_labels(const std::vector<std::int32_t>& labels, int classes, const std::string& path) {
  const auto stray =
      std::find_if(labels.begin(), labels.end(), [&](std::int32_t label) { return label >= classes; });
  if (stray != labels.end()) {
    throw InputError(path, "has a label out of range",
                     fmt::format("label {} of sample {}", *stray, stray - labels.begin()),
                     fmt::format("labels are 0 … {}", classes - 1));
  }
}

// Largest label + 1. A class that never occurs tells of a stray label.
int count_classes(const std::vector<std::int32_t>& labels, const std::string& path) {
  const auto largest = std::max_element(labels.begin(), labels.end());
  std::vector<bool> occurs(static_cast<std::size_t>(*largest) + 1, false);
  for (const std::int32_t label : labels) occurs[static_cast<std::size_t>(label)] = true;
  const auto missing = std::find(occurs.begin(), occurs.end(), false);
  if (missing != occurs.end()) {
    throw InputError(path, "has a label out of range",
                     fmt::format("label {} of sample {}, but no label {}", *largest, largest - labels.begin(),
                                 missing - occurs.begin()),
                     "give `classes` if some classes have no sample");
  }
  return *largest + 1;
}

}  // namespace

template <class Scalar>
DatasetPair<Scalar> read_idx(const IdxFiles& files) {
  if (files.test_images.empty() != files.test_labels.empty()) {
    throw InputError(files.test_images.empty() ? "test_images" : "test_labels", "is missing", "",
                     "both test files or neither");
  }
  auto train = read_set<Scalar>(files.train_images, files.train_labels, files.bias);
  train->classes = files.classes > 0 ? files.classes : count_classes(train->labels, files.train_labels);
  check_labels(train->labels, train->classes, files.train_labels);
  if (files.test_images.empty()) return {train, nullptr};
  auto test = read_set<Scalar>(files.test_images, files.test_labels, files.bias);
  if (test->features.rows() != train->features.rows()) {
    throw InputError(files.test_images, "has images of another size than the training set",
                     fmt::format("{} and {} values", test->features.rows(), train->features.rows()));
  }
  check_labels(test->labels, train->classes, files.test_labels);
  test->classes = train->classes;
  return {train, test};
}

template DatasetPair<float> read_idx(const IdxFiles&);
template DatasetPair<double> read_idx(const IdxFiles&);

}  // namespace acidsim
