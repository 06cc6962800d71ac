#include <algorithm>

#include "sim/data/npy_images.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// One byte: how long the file of images is, in eights; then the images and the labels.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile images, labels;
  if (size < 1) return 0;
  const std::size_t length = std::min<std::size_t>(size - 1, 8 * std::size_t{data[0]});
  try {
    const auto read = read_npy_images<float>(
        {images.holding(data + 1, length), labels.holding(data + 1 + length, size - 1 - length)},
        {Normalisation::Kind::per_channel});
    check_dataset(*read.train, true);
    promise(read.train->bytes.values.allFinite());
    promise(read.train->shape.size() == 3);
  } catch (const InputError&) {
  }
  return 0;
}
