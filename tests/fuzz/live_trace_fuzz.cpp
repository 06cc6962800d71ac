#include <sstream>
#include <vector>

#include "sim/live/live_trace.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// Operations of three workers on a triangle; what was read comes back from write_live_trace as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file, again;
  const std::vector<Edge> triangle = {{0, 1, 1}, {0, 2, 1}, {1, 2, 1}};
  try {
    const LiveTrace trace = read_live_trace(file.holding(data, size), 3, triangle);
    promise(trace.workers.size() == 3);
    std::ostringstream out;
    write_live_trace(trace, out);
    const std::string text = out.str();
    promise(read_live_trace(again.holding(text.data(), text.size()), 3, triangle) == trace);
    merged(trace, "fuzz");
  } catch (const InputError&) {
  }
  return 0;
}
