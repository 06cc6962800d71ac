#include <algorithm>

#include "sim/data/readers.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// Two bytes: how long the images are, and the number of classes; then the images and the labels.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile images, labels;
  if (size < 2) return 0;
  const std::size_t length = std::min<std::size_t>(size - 2, data[0]);
  IdxFiles files{images.holding(data + 2, length), labels.holding(data + 2 + length, size - 2 - length)};
  files.classes = data[1] % 4;
  files.bias = data[1] >= 128;
  try {
    const auto read = read_idx<float>(files);
    check_dataset(*read.train, true);
    promise(read.train->features.minCoeff() >= 0 && read.train->features.maxCoeff() <= 1);
  } catch (const InputError&) {
  }
  return 0;
}
