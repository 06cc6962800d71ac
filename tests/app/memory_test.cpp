// What a run holds in memory, beside the program itself: at most 1.2 × (states + data), or 1.3 × states where
// workers are many and their states small.
#include <gtest/gtest.h>

#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

constexpr double program_itself = 17e6;  // code, libraries, buffers; an empty run peaks at 16.4 to 16.9 MB

void expect_peak(const std::string& experiment, double bytes) {
  const Scratch scratch;
  scratch.write("experiment.json", experiment);
  Program program(scratch.path(), {"run", "experiment.json", "--out", "out", "--quiet", "--threads", "1"});
  const Finished finished = program.finish(std::chrono::seconds(120));
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_LE(finished.peak_bytes, bytes + program_itself);
}

TEST(MemoryTest, StatesOfLongVectors) {
  expect_peak(R"({"topology": {"workers": 64}, "algorithm": {"name": "a2cid2"},
                  "objective": {"name": "none", "dimension": 100000}, "initial": {"kind": "normal"}, "stop": {"time": 2}})",
              1.2 * 64 * 2 * 100000 * 8);
}

TEST(MemoryTest, MomentumBuffersAreStates) {
  expect_peak(R"({"topology": {"workers": 64}, "algorithm": {"name": "a2cid2"}, "precision": "single",
                  "objective": {"name": "quadratic", "dimension": 100000, "noise": 1}, "optimizer": {"momentum": 0.9},
                  "stop": {"time": 1}})",
              1.2 * 64 * 3 * 100000 * 4);
}

TEST(MemoryTest, ImagesAreHeldOnce) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  expect_peak(R"({"topology": {"workers": 64}, "precision": "single",
                  "objective": {"name": "softmax_regression", "partition": {"scheme": "dirichlet"}},
                  "stop": {"time": 1}, "record": {"metrics": ["loss", "test_loss"]}})",
              1.2 * (64.0 * 2 * 7850 * 4 + 70000.0 * 785 * 4));
}

// Every byte per worker or edge is 0.6 % of these states: graph, schedule, counts and tables have 24
// together.
TEST(MemoryTest, ManyWorkersWithSmallStates) {
  expect_peak(
      R"({"topology": {"workers": 200000}, "algorithm": {"name": "a2cid2", "eta": 0.1, "alpha_tilde": 0.6},
                  "objective": {"name": "none", "dimension": 10}, "initial": {"kind": "normal"}, "stop": {"time": 2}})",
      1.3 * 200000 * 2 * 10 * 8);
}

// Twice as many edges, each of which has 16 bytes: its pair of workers, held once, and its count.
TEST(MemoryTest, ManyEdgesWithSmallStates) {
  expect_peak(
      R"({"topology": {"family": "random_regular", "workers": 200000}, "algorithm": {"name": "a2cid2", "eta": 0.1, "alpha_tilde": 0.6},
                  "objective": {"name": "none", "dimension": 10}, "initial": {"kind": "normal"}, "stop": {"time": 2}})",
      1.25 * 200000 * 2 * 10 * 8);
}

// The counts of repeats that are done are on disk, not in memory: 6 × 3.2 MB.
TEST(MemoryTest, FinishedRepeatsHoldNoCounts) {
  expect_peak(
      R"({"topology": {"workers": 200000}, "algorithm": {"name": "a2cid2", "eta": 0.1, "alpha_tilde": 0.6},
                  "objective": {"name": "none", "dimension": 10}, "initial": {"kind": "normal"}, "stop": {"time": 0.1},
                  "repeats": 7})",
      1.3 * 200000 * 2 * 10 * 8);
}

}  // namespace
}  // namespace acidsim::testing
