// Exact laws through the program itself, from a configuration file to metrics.csv: every constant that is
// left to "auto" and every unit on the way is right only if the law holds.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

Json exact_row(Worker workers) {
  const Json exact = Json::parse(read_text(fs::path(ACIDSIM_TEST_DATA) / "cycle_exact.json"));
  for (const Json& row : exact["rows"])
    if (row["n"] == workers) return row;
  throw std::runtime_error("no such cycle");
}

// SGD with noisy gradients of x²/2 on the ring of 16: where the consensus distance settles. Every repeat
// gives one average over time; the repeats are independent, so their spread gives the deviation of the mean.
void expect_stationary_consensus(const char* algorithm, double exact) {
  constexpr int repeats = 24;
  constexpr int dimension = 64;
  constexpr double burn_in = 200;  // slowest mode: e^{−0.1 t}, 2e-9 of it is left
  const Json source = {{"name", "law"},
                       {"repeats", repeats},
                       {"topology", {{"family", "cycle"}, {"workers", 16}}},
                       {"algorithm", {{"name", algorithm}}},
                       {"objective", {{"name", "quadratic"}, {"dimension", dimension}, {"noise", 1}}},
                       {"optimizer", {{"learning_rate", 0.05}}},
                       {"stop", {{"time", 1200}}},
                       {"record", {{"every", 2}, {"metrics", {"consensus_distance"}}}}};
  const Scratch scratch;
  scratch.write("law.json", source.dump());
  succeed(scratch, {"run", "law.json", "--out", "out", "--quiet"});
  const Table table = read_table(scratch / "out/metrics.csv");
  std::vector<double> sums(repeats, 0.0), counts(repeats, 0.0);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (table.number(row, "time") < burn_in) continue;
    const auto repeat = static_cast<std::size_t>(table.number(row, "repeat"));
    sums.at(repeat) += table.number(row, "consensus_distance") / dimension;
    ++counts[repeat];
  }
  double mean = 0, squares = 0;
  for (std::size_t r = 0; r < repeats; ++r) {
    const double average = sums[r] / counts[r];
    mean += average / repeats;
    squares += average * average / repeats;
  }
  const double deviation = std::sqrt((squares - mean * mean) / (repeats - 1));
  EXPECT_LT(3 * deviation, 0.01 * exact) << "too few samples to tell α = 0.4 from α = ½ (4 %)";
  EXPECT_NEAR(mean, exact, 3 * deviation);
}

TEST(LawThroughTheProgram, ConsensusOfGossipOnTheRingOf16) {
  expect_stationary_consensus("async_gossip", exact_row(16)["stat_base"]);
}

TEST(LawThroughTheProgram, ConsensusOfA2cid2OnTheRingOf16) {
  expect_stationary_consensus("a2cid2", exact_row(16)["stat_acid"]);
}

// λ_ij of the four-worker graph 0−1, 0−2, 0−3, 1−2 (degrees 3, 2, 2, 1), by the formulas of rates.hpp.
TEST(LawThroughTheProgram, RatesOfEverySchemeByHand) {
  const std::map<std::string, std::vector<double>> by_hand = {
      {"uniform_neighbor", {5.0 / 12, 5.0 / 12, 2.0 / 3, 0.5}},
      {"uniform_edge", {0.5, 0.5, 0.5, 0.5}},
      {"metropolis", {6.0 / 13, 6.0 / 13, 6.0 / 13, 8.0 / 13}},
      {"explicit", {1, 1, 1, 1}}};
  for (const auto& [scheme, rates] : by_hand) {
    const bool listed = scheme == "explicit";
    const Json edges = Json::parse(listed ? "[[0, 1, 1], [0, 2, 1], [0, 3, 1], [1, 2, 1]]"
                                          : "[[0, 1], [0, 2], [0, 3], [1, 2]]");
    const Json source =
        changed(small_experiment(), {{"topology", {{"edges", edges}, {"rates", scheme}}}, {"stop.time", 1}});
    const Scratch scratch;
    scratch.write("rates.json", source.dump());
    succeed(scratch, {"run", "rates.json", "--out", "out", "--quiet"});
    const Table table = read_table(scratch / "out/communication_counts.csv");
    ASSERT_EQ(table.rows.size(), rates.size()) << scheme;
    for (std::size_t e = 0; e < rates.size(); ++e)
      EXPECT_NEAR(table.number(e, "rate"), rates[e], 1e-15) << scheme << ", edge " << e;  // a few roundings
  }
}

}  // namespace
}  // namespace acidsim::testing
