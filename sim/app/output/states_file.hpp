// states.npy: the states that record.states asks for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

inline constexpr const char* states_file = "states.npy";

// Bytes of the states of all workers at one time.
std::uint64_t states_bytes(const Plan& plan);

// The numbers of one repeat, written while it runs.
class StatesPart {
 public:
  // Goes on with a file that is there. `states_bytes`: see above.
  StatesPart(std::filesystem::path file, std::uint64_t states_bytes);

  void add(std::span<const std::byte> vector);
  // Keeps the states of the first `records` records. Throws InputError where there are fewer.
  void take_up(std::uint64_t records);
  // Waits until all is on the disk. Throws std::runtime_error where that cannot be.
  void keep();

 private:
  void open();

  std::filesystem::path file_;
  std::uint64_t states_bytes_;
  std::ofstream out_;
};

// One file from the repeats' parts, in order:
//   final: repeats × workers × vectors × dimension,
//   all: repeats × records × workers × vectors × dimension; where a repeat has fewer records than another, NaN
//   stands for those that it does not have.
// Nothing larger than a buffer is ever in memory. Throws std::runtime_error.
void write_states(const std::filesystem::path& folder, const Plan& plan,
                  const std::vector<RepeatResult>& repeats, const std::vector<std::filesystem::path>& parts);

// Throws InputError, with `place`, where the disk of `folder` cannot hold this many bytes of states.
void check_room_for_states(const std::string& place, const std::filesystem::path& folder, double bytes);

}  // namespace acidsim
