// The program started as several ranks, by mpirun.
#pragma once

#include <cstdlib>

#include "sim/mpi/world.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {

// Empty where there is no mpirun, or the program was built without MPI.
inline std::string mpirun() {
  if (!MpiWorld::available()) return "";
  std::istringstream folders(std::getenv("PATH"));
  for (std::string folder; std::getline(folders, folder, ':');)
    if (::access((folder + "/mpirun").c_str(), X_OK) == 0) return folder + "/mpirun";
  return "";
}

// The words after `mpirun`.
inline std::vector<std::string> on_ranks(int ranks, const std::vector<std::string>& arguments) {
  ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // of the library
  std::vector<std::string> words = {"--allow-run-as-root", "--oversubscribe", "-np", std::to_string(ranks),
                                    program_under_test()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

inline Finished run_on_ranks(const Scratch& folder, int ranks, const std::vector<std::string>& arguments) {
  return Program(folder.path(), on_ranks(ranks, arguments), mpirun()).finish(std::chrono::seconds(240));
}

inline void succeed_on_ranks(const Scratch& folder, int ranks, const std::vector<std::string>& arguments) {
  const Finished finished = run_on_ranks(folder, ranks, arguments);
  EXPECT_EQ(finished.code, 0) << finished.err;
}

#define ACIDSIM_NEEDS_MPIRUN() \
  if (mpirun().empty()) GTEST_SKIP() << "no mpirun, or built without MPI"

}  // namespace acidsim::testing
