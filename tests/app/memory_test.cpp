// What a run holds in memory: at most 1.2 × (states + data), beside the program itself.
#include <gtest/gtest.h>

#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

constexpr double program_itself = 16e6;  // code, libraries, buffers; an empty run peaks near 11 MB

bool under_sanitizer() {
#ifdef __SANITIZE_ADDRESS__
  return true;
#else
  return false;
#endif
}

void expect_peak(const std::string& experiment, double states, double data) {
  if (under_sanitizer()) GTEST_SKIP() << "the address sanitizer keeps shadow memory of its own";
  const Scratch scratch;
  scratch.write("experiment.json", experiment);
  Program program(scratch.path(), {"run", "experiment.json", "--out", "out", "--quiet", "--threads", "1"});
  const Finished finished = program.finish(std::chrono::seconds(120));
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_LE(finished.peak_bytes, 1.2 * (states + data) + program_itself);
}

TEST(MemoryTest, StatesOfLongVectors) {
  expect_peak(R"({"topology": {"workers": 64}, "algorithm": {"name": "a2cid2"},
                  "objective": {"name": "none", "dimension": 100000}, "initial": {"kind": "normal"}, "stop": {"time": 2}})",
              64.0 * 2 * 100000 * 8, 0);
}

TEST(MemoryTest, MomentumBuffersAreStates) {
  expect_peak(R"({"topology": {"workers": 64}, "algorithm": {"name": "a2cid2"}, "precision": "single",
                  "objective": {"name": "quadratic", "dimension": 100000, "noise": 1}, "optimizer": {"momentum": 0.9},
                  "stop": {"time": 1}})",
              64.0 * 3 * 100000 * 4, 0);
}

TEST(MemoryTest, ImagesAreHeldOnce) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  expect_peak(R"({"topology": {"workers": 64}, "precision": "single",
                  "objective": {"name": "softmax_regression", "partition": {"scheme": "dirichlet"}},
                  "stop": {"time": 1}, "record": {"metrics": ["loss", "test_loss"]}})",
              64.0 * 2 * 7850 * 4, 70000.0 * 785 * 4);
}

}  // namespace
}  // namespace acidsim::testing
