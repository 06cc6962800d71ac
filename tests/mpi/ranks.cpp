#include "tests/mpi/ranks.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

namespace acidsim {
namespace {

std::unique_ptr<MpiWorld> the_world;

// Ranks other than 0 tell of failures alone.
class FailurePrinter final : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (result.failed())
      std::cout << "rank " << world().rank() << ": " << result.file_name() << ":" << result.line_number()
                << ": " << result.summary() << std::endl;
  }
};

}  // namespace

MpiWorld& world() { return *the_world; }

}  // namespace acidsim

int main(int argc, char** argv) {
  using namespace acidsim;
  testing::InitGoogleTest(&argc, argv);
  the_world = std::make_unique<MpiWorld>(MpiWorld::Threads::ACIDSIM_RANK_THREADS, nullptr);
  if (world().rank() != 0) {
    auto& listeners = testing::UnitTest::GetInstance()->listeners();
    delete listeners.Release(listeners.default_result_printer());
    listeners.Append(new FailurePrinter);
  }
  const bool passed = RUN_ALL_TESTS() == 0;
  const bool all_passed = world().all(passed);
  the_world.reset();
  return all_passed ? 0 : 1;
}
