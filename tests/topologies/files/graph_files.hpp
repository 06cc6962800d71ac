// Graph files made for a test, and the shipped fixtures.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "tests/topologies/expect_error.hpp"
#include "topologies/files/assemble.hpp"
#include "topologies/files/files.hpp"
#include "topologies/files/readers.hpp"

namespace acidsim {

using EdgeTuples = std::vector<std::tuple<Worker, Worker, double>>;

inline EdgeTuples tuples(const Graph& graph) {
  EdgeTuples all;
  for (const Edge& e : graph.edges) all.emplace_back(e.i, e.j, e.rate);
  return all;
}

using Parse = RawGraph (*)(std::istream&, const std::string&);

inline LoadedGraph read_text(Parse parse, const std::string& text, const ReadOptions& options = {}) {
  std::istringstream in(text);
  return assemble(parse(in, "graph"), "graph", options);
}

inline std::string error_of(Parse parse, const std::string& text) {
  return input_error_of([&] { read_text(parse, text); });
}

inline std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(ACIDSIM_TEST_DATA) / "graphs" / name;
}

// A folder that is gone after the test.
class GraphFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              ("acidsim_files_" + std::string(test->name()) + std::to_string(getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

}  // namespace acidsim
