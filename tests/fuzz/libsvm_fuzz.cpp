#include "sim/data/readers.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// The first byte chooses the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  if (size == 0) return 0;
  const bool classification = data[0] % 2 == 0;
  LibsvmOptions options{.task = classification ? Task::classification : Task::regression};
  if (data[0] % 4 >= 2) options.dimension = data[0] / 16;
  if (data[0] % 16 >= 8) options.zero_based = data[0] % 8 >= 4;
  try {
    const auto read = read_libsvm<double>(file.holding(data + 1, size - 1), options);
    check_dataset(read, classification);
    if (options.dimension) promise(read.features.rows() == *options.dimension);
  } catch (const InputError&) {
  }
  return 0;
}
