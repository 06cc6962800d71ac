// Every algorithm with every way in which time may go: alike on threads and by ranks, wherever the algorithm goes with it.
#include <gtest/gtest.h>

#include "tests/app/ranks.hpp"
#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

// What `timing` may say besides its rates.
const std::vector<Json>& timings() {
  static const std::vector<Json> all = [] {
    const Json transfer = {{"latency", 0.05}, {"bandwidth", 2000}, {"jitter", {{"distribution", "gamma"}}}};
    const Json early = {{"read", "at_start"}}, regular = {{"distribution", "gamma"}, {"shape", 20}};
    const auto churn = [](const char* state) {
      return Json{{"mean_present", 5}, {"mean_away", 1}, {"on_return", state}};
    };
    Json late = churn("copied");
    late["join_at"] = Json::array({0, 0, 3, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0});
    late["leave_at"] = Json(std::vector<Json>(16));
    late["leave_at"][3] = 11;
    return std::vector<Json>{
        {{"model", "poisson"}, {"gradient", early}},
        {{"model", "poisson"}, {"messages", {{"lost", 0.3}, {"repeated", 0.2}}}},
        {{"model", "availability"},
         {"pairing", "edge_clocks"},
         {"transfer", transfer},
         {"messages", {{"lost", 0.3}, {"repeated", 0.2}}}},
        {{"model", "availability"}, {"averagings", "reference"}},
        {{"model", "availability"},
         {"gradient", early},
         {"transfer", transfer},
         {"communication", "overlapped"}},
        {{"model", "availability"},
         {"pairing", "call"},
         {"gradient_duration", regular},
         {"transfer", transfer}},
        {{"model", "availability"},
         {"pairing", "fixed"},
         {"gradient_duration", {{"distribution", "constant"}}}},
        {{"model", "availability"}, {"pairing", "edge_clocks"}, {"gradient", early}, {"transfer", transfer}},
        {{"model", "availability"}, {"pairing", "edge_clocks"}, {"slow_phases", Json::object()}},
        {{"model", "availability"},
         {"barrier", "local"},
         {"transfer", transfer},
         {"gradient_duration", regular}},
        {{"model", "availability"},
         {"barrier", "global"},
         {"transfer", {{"latency", 0.1}, {"all_reduce", "tree"}}}},
        {{"model", "poisson_per_gradient"}, {"gradient", early}},
        {{"model", "poisson_per_gradient"}, {"averagings", "deterministic"}, {"churn", churn("kept")}},
        {{"model", "poisson"}, {"churn", churn("kept")}},
        {{"model", "availability"},
         {"pairing", "edge_clocks"},
         {"transfer", transfer},
         {"churn", churn("kept")}},
        {{"model", "availability"}, {"barrier", "local"}, {"churn", churn("kept")}},
        {{"model", "poisson"}, {"gradient", early}, {"churn", churn("lost")}},
        {{"model", "availability"}, {"gradient", early}, {"transfer", transfer}, {"churn", late}},
        {{"model", "availability"}, {"pairing", "call"}, {"churn", churn("copied")}},
        {{"model", "availability"}, {"pairing", "edge_clocks"}, {"transfer", transfer}, {"churn", late}},
    };
  }();
  return all;
}

// The timings that go with the algorithm, as whole `timing` objects.
std::vector<Json> timings_of(const AlgorithmRow& row, const Json& source) {
  std::vector<Json> result;
  for (Json timing : timings()) {
    timing["communication_rate"] = source.value("/timing/communication_rate"_json_pointer, 1.0);
    try {
      Trial(changed(source, {{"timing", timing}}));
      result.push_back(std::move(timing));
    } catch (const InputError& refused) {
      EXPECT_TRUE(refused.place().find("/timing") != std::string::npos) << row.name << ": " << refused.what();
    }
  }
  return result;
}

// How many of the timings above the kind of algorithm must go with: no barrier for pairs and servers, no early reads for
// rounds, servers and methods that read early by themselves, no pairs that wait for messages of one direction; none begins
// anew that waits for others, or holds more than its model, and only messages of one direction get lost.
std::size_t least_timings(const AlgorithmRow& row) {
  const Dynamics dynamics = default_dynamics(row);
  if (dynamics.mixes_in_rounds()) return 7;
  if (dynamics.sends()) return 9;
  if (dynamics.has_server()) return 6;
  if (dynamics.dual) return 5;
  const bool reads_early = dynamics.gradient.point.size() > 0;
  const bool begins_anew = dynamics.holds_models() && !row.compresses;  // else neighbours hold copies
  return reads_early ? 7 + (begins_anew ? 2 : 0) : 11 + (begins_anew ? 4 : 0);
}

class EveryTiming : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryTiming, ::testing::ValuesIn(names(Kind::algorithm)),
                         [](const auto& test) { return test.param; });

TEST_P(EveryTiming, RunsAlikeOnThreads) {
  const AlgorithmRow& row = row_named(all_algorithms(), GetParam());
  const Json plain = changed(contract_experiment(), {{"stop.time", 30}, {"optimizer.learning_rate", 0.01}});
  const Json source = with_algorithm(plain, row);
  const std::vector<Json> timings = timings_of(row, source);
  EXPECT_GE(timings.size(), least_timings(row));
  for (const Json& timing : timings) {
    SCOPED_TRACE(timing.dump());
    const Json config = changed(source, {{"timing", timing}});
    const RepeatResult serial = run_once(config);
    expect_finite(serial);
    RunControl control;
    control.execution = OpenMp{3, Sharing::always};
    const RepeatResult shared = run_once(config, control);
    EXPECT_EQ(shared.state_digest, serial.state_digest);
    EXPECT_EQ(shared.time_shares, serial.time_shares);
  }
}

class TimingRanksRun : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Registry, TimingRanksRun, ::testing::Values(1, 2, 3, 5));

TEST_P(TimingRanksRun, HasTheDigestsOfSerialRuns) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  Json pairs = Json::array();
  const Json plain = changed(contract_experiment(), {{"stop.time", 12}, {"optimizer.learning_rate", 0.01}});
  std::size_t count = 0;
  for (const AlgorithmRow& row : all_algorithms()) {
    const Json source = with_algorithm(plain, row);
    for (const Json& timing : timings_of(row, source))
      if (++count % 2 == static_cast<std::size_t>(GetParam()) % 2)  // a share, another one with other ranks
        pairs.push_back({source["topology"], source["algorithm"], source["optimizer"], timing,
                         source["objective"], source["initial"]});
  }
  Json source = plain;
  source["record"]["metrics"] = {"consensus_distance", "idle_share", "bytes_sent"};
  source["sweep"] = {{"topology, algorithm, optimizer, timing, objective, initial", pairs}};
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, GetParam(),
                   {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "ranks/metrics.csv"));
  const auto sweep = read_results(scratch / "serial/sweep.json");
  EXPECT_EQ(sweep["cells"].size(), pairs.size());
  for (const auto& entry : sweep["cells"]) {
    const std::string cell = entry["cell"];
    EXPECT_EQ(read_results(scratch / "serial" / cell / "run.json")["state_digest"],
              read_results(scratch / "ranks" / cell / "run.json")["state_digest"])
        << cell;
  }
}

}  // namespace
}  // namespace acidsim::testing
