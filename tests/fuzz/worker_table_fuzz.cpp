#include "sim/data/given_partition.hpp"
#include "sim/data/worker_table.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// Tables that name workers: of who owns which row, and of rates. The first byte chooses the workers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file;
  static const std::vector<std::string> all_names = {"oslo", "bergen", "3", "0"};
  if (size == 0) return 0;
  const Worker workers = 1 + data[0] % 4;
  const std::span<const std::string> names =
      data[0] % 8 < 4 ? std::span<const std::string>() : std::span(all_names).first(workers);
  const std::string path = file.holding(data + 1, size - 1);
  try {
    const std::vector<double> rates = read_worker_rates(path, workers, names);
    promise(rates.size() == workers);
    for (const double rate : rates) promise(rate >= 0 && rate - rate == 0);
  } catch (const InputError&) {
  }
  const RowOrigins origins{{0, 2, 3, 4, 6}, {}, {}, 7};
  try {
    const Partition partition = read_partition(path, {5, origins, workers, names});
    std::vector<int> owners(5, 0);
    promise(partition.rows.size() == workers);
    for (const auto& own : partition.rows) {
      promise(!own.empty());
      for (const std::uint32_t row : own) ++owners.at(row);
    }
    for (const int count : owners) promise(count == 1);
  } catch (const InputError&) {
  }
  return 0;
}
