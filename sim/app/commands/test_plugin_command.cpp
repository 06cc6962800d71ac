// `acidsim test-plugin`: whether the rows that a plug-in brings keep what acidsim counts on.
#include <fmt/format.h>

#include <chrono>

#include "sim/app/commands/commands.hpp"
#include "sim/app/contracts/contracts.hpp"
#include "sim/app/registry/own_rows.hpp"

namespace acidsim {
namespace {

struct Score {
  int checks = 0, broken = 0;
};

Verdict verdict_on(const Contract& contract) {
  try {
    return contract.check();
  } catch (const std::exception& error) {
    return verdict(false, error.what());
  }
}

void test_row(RowKind kind, const std::string& name, Score& score) {
  fmt::print("{} {}\n", name_of(kind), name);
  for (const Contract& contract : contracts_of(kind, name)) {
    const Verdict found = verdict_on(contract);
    if (found.holding != Holding::not_claimed) ++score.checks;
    if (found.holding == Holding::no) ++score.broken;
    fmt::print("  {}  {:64} {}\n",
               found.holding == Holding::yes  ? "ok  "
               : found.holding == Holding::no ? "FAIL"
                                              : "-   ",
               contract.what, found.found);
    std::fflush(stdout);
  }
}

}  // namespace

int test_plugin_command(const std::filesystem::path& file) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::pair<RowKind, std::string>> rows = add_plugin(file);
  if (rows.empty())
    throw InputError(file.string(), "adds no rows", "", "extension.add(…) in ACIDSIM_EXTENSION");
  Score score;
  for (const auto& [kind, name] : rows) test_row(kind, name, score);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(
      "not tested in one process: the backend mpi (mpirun -np 2 acidsim run FILE --plugin {} --backend mpi "
      "--verify)\n",
      file.string());
  if (score.broken == 0)
    fmt::print("all {} checks hold ({:.1f} s)\n", score.checks, seconds);
  else
    fmt::print("{} of {} checks FAIL ({:.1f} s)\n", score.broken, score.checks, seconds);
  return score.broken == 0 ? 0 : 1;
}

}  // namespace acidsim
