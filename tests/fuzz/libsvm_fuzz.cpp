#include <algorithm>
#include <cctype>

#include "sim/data/readers.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// The first byte chooses the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  if (size == 0) return 0;
  // Rows are stored dense, so one large index takes up to 8 GiB, as readers.hpp says: none of six digits
  // here.
  std::size_t digits = 0, longest = 0;
  for (std::size_t k = 1; k < size; ++k) {
    digits = std::isdigit(data[k]) != 0 ? digits + 1 : 0;
    longest = std::max(longest, digits);
  }
  if (longest > 5) return 0;
  const bool classification = data[0] % 2 == 0;
  LibsvmOptions options{.task = classification ? Task::classification : Task::regression};
  if (data[0] % 4 >= 2) options.dimension = data[0] / 4;
  try {
    const auto read = read_libsvm<double>(file.holding(data + 1, size - 1), options);
    check_dataset(read, classification);
    if (options.dimension) promise(read.features.rows() == *options.dimension);
  } catch (const InputError&) {
  }
  return 0;
}
