// Every algorithm and every topology, in both precisions, by several ranks: the digests of serial runs.
#include "tests/app/ranks.hpp"

#include <gtest/gtest.h>

#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

class RanksRun : public ::testing::TestWithParam<std::tuple<int, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Registry, RanksRun,
                         ::testing::Values(std::tuple(1, "blocks"), std::tuple(2, "blocks"),
                                           std::tuple(3, "metis"), std::tuple(4, "blocks"),
                                           std::tuple(5, "metis"), std::tuple(8, "metis")),
                         [](const auto& test) {
                           return std::to_string(std::get<0>(test.param)) + "_" + std::get<1>(test.param);
                         });

// A share of the pairs: every algorithm on some topologies, and every topology with some algorithms.
constexpr std::size_t share = 8;

// That the cells of the sweep "ranks" have the digests of "serial". Returns how many there are.
std::size_t expect_serial_digests(const Scratch& scratch) {
  const auto sweep = read_results(scratch / "serial/sweep.json");
  for (const auto& entry : sweep["cells"]) {
    const std::string cell = entry["cell"];
    EXPECT_EQ(read_results(scratch / "serial" / cell / "run.json")["state_digest"],
              read_results(scratch / "ranks" / cell / "run.json")["state_digest"])
        << cell;
  }
  return sweep["cells"].size();
}

// That a sweep has the digests and the metrics of a serial run on these ranks, each event verified. Returns its cells.
std::size_t expect_serial_run(Json source, const std::tuple<int, const char*>& on) {
  const Scratch scratch;
  source["mpi"]["partition"] = std::get<1>(on);
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, std::get<0>(on),
                   {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi", "--verify"});
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "ranks/metrics.csv"));
  return expect_serial_digests(scratch);
}

TEST_P(RanksRun, EveryAlgorithmAndTopology) {
  ACIDSIM_NEEDS_MPIRUN();
  const auto& [ranks, partition] = GetParam();
  const Scratch scratch;
  write_example_files(scratch);
  Json pairs = Json::array();
  std::size_t pair = 0;
  for (const FamilyRow& row : families()) {
    ++pair;
    const Json topology = choice(Kind::family, row, "family");
    const Json source = changed(
        contract_experiment(),
        {{"topology", topology}, {"optimizer.learning_rate", 0.05}, {"timing.communication_rate", 1}});
    const Json counted = changed(source, {{"algorithm", {{"name", "local_only"}}}});
    if (Trial(counted, scratch / "x.json").plan.workers() < static_cast<Worker>(ranks)) continue;
    for (const AlgorithmRow& algorithm : all_algorithms()) {
      if (++pair % share != 0 || !goes_with(row, algorithm)) continue;
      const Json chosen = with_algorithm(counted, algorithm, scratch / "x.json");
      pairs.push_back({topology, chosen["algorithm"], chosen["optimizer"], chosen["timing"],
                       chosen["objective"], chosen["initial"]});
    }
  }
  Json source = contract_experiment();
  source["mpi"]["partition"] = partition;
  source["sweep"] = {{"topology, algorithm, optimizer, timing, objective, initial", pairs},
                     {"precision", {"double", "single"}}};
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, ranks, {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(expect_serial_digests(scratch), 2 * pairs.size());
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "ranks/metrics.csv"));
}

// Public copies of an edge stand on the ranks of its ends. A star: workers differ in how many they keep.
TEST_P(RanksRun, CompressedExchanges) {
  ACIDSIM_NEEDS_MPIRUN();
  const auto& [ranks, partition] = GetParam();
  const Scratch scratch;
  Json compressions = Json::array();
  for (const CodecRow& row : all_codecs())
    compressions.push_back(choice(Kind::codec, *find_row(Kind::codec, row.name), "name"));
  Json source = changed(contract_experiment(),
                        {{"algorithm", {{"name", "choco_pairwise"}}}, {"topology.family", "star"}});
  source["mpi"]["partition"] = partition;
  source["sweep"] = {{"algorithm.compression", compressions}, {"precision", {"double", "single"}}};
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, ranks,
                   {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi", "--verify"});
  EXPECT_EQ(expect_serial_digests(scratch), 2 * compressions.size());
}

// What is under way between workers stands with those whom it will reach.
TEST_P(RanksRun, OverlappedPushes) {
  ACIDSIM_NEEDS_MPIRUN();
  const auto& [ranks, partition] = GetParam();
  const Scratch scratch;
  Json source = changed(contract_experiment(),
                        {{"algorithm", {{"name", "push_sum"}, {"timing", "rounds"}}}, {"stop.time", 40}});
  source["mpi"]["partition"] = partition;
  source["sweep"] = {{"algorithm.overlap", {2, 5}},
                     {"topology.family", {"directed_exponential", "od_equidyn", "star"}},
                     {"precision", {"double", "single"}}};
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, ranks,
                   {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi", "--verify"});
  EXPECT_EQ(expect_serial_digests(scratch), 12u);
}

// What is under way once, twice or for ever, and the sums of each edge; every record weighs them.
TEST_P(RanksRun, LostAndRepeatedMessages) {
  ACIDSIM_NEEDS_MPIRUN();
  Json source = changed(contract_experiment(), {{"algorithm.name", "push_sum"},
                                                {"topology.family", "star"},
                                                {"record.metrics", {"consensus_distance", "lost_mass"}}});
  const Json faults = {{"lost", 0.3}, {"repeated", 0.2}};
  source["sweep"] = {{"timing",
                      {{{"messages", faults}},
                       {{"model", "availability"},
                        {"pairing", "edge_clocks"},
                        {"transfer", {{"latency", 0.3}, {"shared_card", false}}},
                        {"messages", faults}}}},
                     {"algorithm.running_sums", {false, true}},
                     {"precision", {"double", "single"}}};
  EXPECT_EQ(expect_serial_run(source, GetParam()), 8u);
}

// What optimizers remember stays with their workers, wherever these are.
TEST_P(RanksRun, EveryOptimizer) {
  ACIDSIM_NEEDS_MPIRUN();
  Json source = changed(
      contract_experiment(),
      {{"objective", objective_choice(row_named(objectives(), "logistic_regression"))}, {"stop.time", 20}});
  source["sweep"] = {{"optimizer.name", names(Kind::optimizer)}, {"precision", {"double", "single"}}};
  EXPECT_EQ(expect_serial_run(source, GetParam()), 2 * names(Kind::optimizer).size());
}

// Workers that leave, and begin anew at their own point or at the model of one on another rank.
TEST_P(RanksRun, WorkersThatLeaveAndBeginAnew) {
  ACIDSIM_NEEDS_MPIRUN();
  Json source = changed(contract_experiment(), {{"initial.kind", "normal"},
                                                {"optimizer.momentum", 0.5},
                                                {"optimizer.learning_rate", 0.01},
                                                {"stop", {{"time", 30}, {"average", true}}}});
  Json timings = Json::array();
  for (const char* state : {"lost", "copied"})
    for (const char* read : {"at_step", "at_start"})
      for (const Json& model :
           {Json{{"model", "poisson"}}, Json{{"model", "availability"}, {"transfer", {{"latency", 0.2}}}}})
        timings.push_back(changed(
            model, {{"gradient", {{"read", read}}}, {"churn", {{"mean_present", 4}, {"on_return", state}}}}));
  source["sweep"] = {{"timing", timings}, {"algorithm.name", {"a2cid2", "swarm_sgd"}}};
  EXPECT_EQ(expect_serial_run(source, GetParam()), 16u);
}

// Constants that follow a graph that changes, by what is known or by what was exchanged.
TEST_P(RanksRun, ConstantsThatChange) {
  ACIDSIM_NEEDS_MPIRUN();
  Json source = changed(contract_experiment(), {{"topology", Json::parse(R"({
          "graphs": [{"family": "cycle", "workers": 16, "duration": 2}, {"family": "complete", "workers": 16}]})")},
                                                {"stop.time", 20}});
  source["algorithm"]["chi_window"] = 3;
  source["sweep"] = {{"algorithm.chi", {"stale", "oracle", "re_estimated"}},
                     {"precision", {"double", "single"}}};
  EXPECT_EQ(expect_serial_run(source, GetParam()), 6u);
}

// In rounds and with a server.
TEST_P(RanksRun, CompressedMeansAndGradients) {
  ACIDSIM_NEEDS_MPIRUN();
  const auto& [ranks, partition] = GetParam();
  const Scratch scratch;
  Json algorithms = Json::array();
  for (const CodecRow& row : all_codecs())
    for (const Json& algorithm :
         compressed_algorithms(choice(Kind::codec, *find_row(Kind::codec, row.name), "name")))
      algorithms.push_back(algorithm);
  Json source = changed(contract_experiment(), {{"initial.kind", "common_normal"}, {"stop.time", 20}});
  source["mpi"]["partition"] = partition;
  source["sweep"] = {{"algorithm", algorithms}};
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, ranks, {"run", "sweep.json", "--out", "ranks", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(expect_serial_digests(scratch), algorithms.size());
}

}  // namespace
}  // namespace acidsim::testing
