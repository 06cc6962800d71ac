// The replay on two ranks of this machine. Goals: a gradient-bound run (ring, n = 64, gradients of some 20
// µs) ≥ 1.8 × the serial one; a communication-bound one (32 + 32 workers, all edges between the ranks,
// gossip) ≥ 70 % of what MPI_Sendrecv reaches with messages of that size, one after another, between as many
// buffers. Each case starts mpirun, whose ranks measure both by turns (ranks/replay_ranks.cpp). Needs two
// idle cores.
#ifdef ACIDSIM_MPIRUN

#include <benchmark/benchmark.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

// What the program prints: names and numbers; empty where it could not run.
std::map<std::string, double> output_of(const std::string& command) {
  std::map<std::string, double> found;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return found;
  std::string text;
  std::array<char, 256> piece;
  while (std::fgets(piece.data(), static_cast<int>(piece.size()), pipe) != nullptr) text += piece.data();
  if (::pclose(pipe) != 0) return found;
  std::istringstream words(text);
  std::string name;
  for (double value; words >> name >> value;) found[name] = value;
  return found;
}

void replay(benchmark::State& state, const std::string& what, double goal) {
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
  ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
  std::map<std::string, double> found;
  for (auto _ : state)
    found = output_of("timeout 120 " ACIDSIM_MPIRUN " -np 2 " ACIDSIM_RANKS " " + what + " " +
                      std::to_string(state.range(0)) + " 2>&1");
  if (!found.contains("ratio")) return state.SkipWithError("two ranks could not run");
  state_goal_ratio(state, found["ratio"], goal);
  found.erase("ratio");
  for (const auto& [name, value] : found) state.counters[name] = value;
}

void sgd(benchmark::State& state) { replay(state, "sgd", 1.8); }
void gossip(benchmark::State& state) { replay(state, "pairs", 0.7); }

BENCHMARK(sgd)->Name("mpi/sgd/d")->Arg(10'000)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
BENCHMARK(gossip)
    ->Name("mpi/gossip/d")
    ->Arg(10)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kSecond)
    ->UseRealTime()
    ->Iterations(1);

}  // namespace
}  // namespace acidsim

#endif
