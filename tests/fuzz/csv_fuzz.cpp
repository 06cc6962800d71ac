#include "sim/data/readers.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// The first byte chooses the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  if (size == 0) return 0;
  constexpr const char* targets[] = {"", "", "0", "1", "a", "label", "9", "-1"};
  constexpr char delimiters[] = {0, 0, 0, 0, ',', ';', '\t', ' '};
  const bool classification = data[0] % 2 == 0;
  const CsvOptions options{classification ? Task::classification : Task::regression, targets[data[0] / 2 % 8],
                           delimiters[data[0] / 16 % 8]};
  try {
    check_dataset(read_csv<float>(file.holding(data + 1, size - 1), options), classification);
  } catch (const InputError&) {
  }
  return 0;
}
