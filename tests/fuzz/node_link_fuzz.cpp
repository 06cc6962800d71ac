#include "tests/fuzz/fuzz_reader.hpp"
#include "topologies/files/node_link.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  acidsim::fuzz_reader(data, size, acidsim::parse_node_link);
  return 0;
}
