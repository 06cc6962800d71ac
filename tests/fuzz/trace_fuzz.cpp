#include <sstream>
#include <vector>

#include "sim/timing/trace_schedule.hpp"
#include "tests/fuzz/fuzz_file.hpp"

// Events of five workers on a ring; what was read comes back from write_events as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace acidsim;
  static MemoryFile file, again;
  const std::vector<Edge> ring = {{0, 1, 1}, {0, 4, 1}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}};
  try {
    const TraceSchedule schedule = read_trace(file.holding(data, size), 5, ring);
    double last = 0;
    for (const Event& event : schedule.events()) {
      promise(event.time >= last && event.time < infinity && event.i < 5 && event.j < 5 && event.clock < 10);
      last = event.time;
    }
    std::ostringstream out;
    write_events_header(out);
    write_events(out, 0, schedule.events());
    const std::string text = out.str();
    const TraceSchedule same = read_trace(again.holding(text.data(), text.size()), 5, ring);
    promise(std::vector(same.events().begin(), same.events().end()) ==
            std::vector(schedule.events().begin(), schedule.events().end()));
  } catch (const InputError&) {
  }
  return 0;
}
