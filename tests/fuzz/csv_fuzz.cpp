#include "sim/data/readers.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// The first two bytes choose the options.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  if (size < 2) return 0;
  constexpr const char* targets[] = {"", "", "0", "1", "a", "label", "9", "-1"};
  constexpr char delimiters[] = {0, 0, 0, 0, ',', ';', '\t', ' '};
  constexpr Header headers[] = {Header::automatic, Header::automatic, Header::present, Header::absent};
  const bool classification = data[0] % 2 == 0;
  CsvOptions options{classification ? Task::classification : Task::regression, targets[data[0] / 2 % 8],
                     delimiters[data[0] / 16 % 8], headers[data[1] % 4]};
  if (data[1] / 4 % 4 > 1) options.index_column = data[1] / 4 % 4 == 2;
  if (data[1] / 16 % 4 > 1) options.owner_column = data[1] / 16 % 4 == 2 ? "0" : "b";
  try {
    const auto read = read_csv_tables<float>({{file.holding(data + 2, size - 2)}}, options);
    check_dataset(*read.train, classification);
    const RowOrigins& origins = read.train->origins;
    promise(origins.owners.empty() ? options.owner_column.empty()
                                   : std::ssize(origins.owners) == read.train->samples());
    for (const std::uint32_t owner : origins.owners) promise(owner < origins.owner_names.size());
    promise(!read.notices.empty());
  } catch (const InputError&) {
  }
  return 0;
}
