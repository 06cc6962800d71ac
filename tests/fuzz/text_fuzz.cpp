#include "sim/data/text.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// Two bytes: the context, and the share of test rows; then the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  if (size < 2) return 0;
  try {
    const auto read = read_text<float>(file.holding(data + 2, size - 2),
                                       {.context = 1 + data[0] % 32, .test_fraction = data[1] / 300.0});
    for (const auto& set : {read.train, read.test})
      if (set) check_dataset(*set, true);
    promise(read.train->origins.owners.size() == read.train->labels.size());
    promise(read.train->origins.owners.back() < read.train->origins.owner_names.size());
  } catch (const InputError&) {
  }
  return 0;
}
