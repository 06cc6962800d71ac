// What the ranks of a replay did.
#pragma once

#include <cstdint>
#include <string>

namespace acidsim {

// What a rank did and where its time went.
struct RankReport {
  int rank = 0;
  std::string host;
  std::uint64_t workers = 0;
  std::uint64_t gradients = 0;       // events of own workers
  std::uint64_t communications = 0;  // between two own workers
  std::uint64_t messages = 0;  // communications with a worker of another rank; as many came as were sent
  std::uint64_t bytes = 0;     // sent in them
  double seconds = 0;          // of the run, of which:
  double waiting = 0;          // for messages of other ranks, with nothing else to do
  double observing = 0;        // in records and checkpoints
};

}  // namespace acidsim
