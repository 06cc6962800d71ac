#include "tests/fuzz/fuzz_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  acidsim::fuzz_reader(data, size, acidsim::parse_dimacs);
  return 0;
}
