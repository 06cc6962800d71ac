// Every algorithm on every objective in both precisions on both backends; every metric, data set, partition,
// way of sampling, schedule, distribution, timing model and initial state.
#include <gtest/gtest.h>

#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

using Combination = std::tuple<std::string, std::string, std::string>;

void expect_same_on_threads(const Json& source, const RepeatResult& serial) {
  RunControl control;
  control.execution = OpenMp{3, Sharing::always};
  const RepeatResult shared = run_once(source, control);
  EXPECT_EQ(shared.state_digest, serial.state_digest);
  EXPECT_EQ(static_cast<const Tally&>(shared.outcome.counts),
            static_cast<const Tally&>(serial.outcome.counts));
}

class EveryCombination : public ::testing::TestWithParam<Combination> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryCombination,
                         ::testing::Combine(::testing::ValuesIn(names(Kind::algorithm)),
                                            ::testing::ValuesIn(small_objectives()),
                                            ::testing::Values("double", "single")),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param) + "_" +
                                  std::get<2>(test.param);
                         });

TEST_P(EveryCombination, RunsAlikeOnAllBackends) {
  const auto& [algorithm, objective_name, precision] = GetParam();
  const ObjectiveRow& objective = row_named(objectives(), objective_name);
  const AlgorithmRow& row = row_named(all_algorithms(), algorithm);
  const Json any =
      changed(contract_experiment(), {{"objective", objective_choice(objective)}, {"precision", precision}});
  Json source = with_algorithm(any, row);
  if (objective.has_gradients) source["record"]["metrics"] = {"consensus_distance", "loss"};
  const bool talks = communicates(row);
  if (default_dynamics(row).mixes_in_rounds())
    source["stop"]["time"] = 60;  // some rounds of many local steps
  if (!suits(row, changed(source, {{"algorithm", any["algorithm"]}}))) {
    EXPECT_THROW(Trial{source}, InputError) << "it lacks what the algorithm needs";
    return;
  }
  if ((!talks || has_server(row)) && !objective.has_gradients) {
    EXPECT_THROW(Trial{source}, InputError) << "nothing could ever happen";
    return;
  }
  const RepeatResult serial = run_once(source);
  expect_finite(serial);
  EXPECT_EQ(serial.outcome.counts.gradients > 0, objective.has_gradients);
  EXPECT_EQ(serial.outcome.counts.vectors_sent > 0, talks);
  EXPECT_EQ(serial.outcome.counts.communications > 0, communicates_in_pairs(row));
  expect_same_on_threads(source, serial);
}

class EveryMetric : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryMetric, ::testing::ValuesIn(names(Kind::metric)),
                         [](const auto& test) { return test.param; });

TEST_P(EveryMetric, EvaluatesAndStops) {
  const Json source = changed(
      contract_experiment(), {{"objective", objective_choice(row_named(objectives(), "logistic_regression"))},
                              {"algorithm.name", GetParam() == "lost_mass" ? "push_sum" : "a2cid2"},
                              {"record.metrics", {GetParam()}}});
  for (const char* precision : {"double", "single"}) {
    const RepeatResult result = run_once(changed(source, {{"precision", precision}}));
    expect_finite(result);
    EXPECT_EQ(result.records.size(), 6u);
  }
  // As a target that is met at once.
  const RepeatResult stopped =
      run_once(changed(source, {{"stop.target", {{"metric", GetParam()}, {"below", 1e9}}}}));
  EXPECT_EQ(stopped.outcome.reason, StopReason::target);
  EXPECT_EQ(stopped.outcome.time, 0);
}

class EveryRow : public ::testing::TestWithParam<std::pair<Category, std::string>> {};

INSTANTIATE_TEST_SUITE_P(Registry, EveryRow, ::testing::ValuesIn(other_rows()),
                         [](const auto& test) { return test.param.first.name + "_" + test.param.second; });

TEST_P(EveryRow, Runs) {
  const Scratch scratch;
  write_example_files(scratch);
  const auto& [kind, name] = GetParam();
  const RepeatResult result = Trial(with_row(kind, name), scratch / "x.json").run();
  expect_finite(result);
  EXPECT_GT(result.outcome.counts.gradients, 0u);
}

// Compressed exchanges, on a graph that changes and on one that does not: alike on threads, and with the
// bytes of the codec.
class EveryCodec : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryCodec, ::testing::ValuesIn(names(Kind::codec)),
                         [](const auto& test) { return test.param; });

TEST_P(EveryCodec, CompressesExchangesAlikeOnThreads) {
  const Json compression = choice(Kind::codec, *find_row(Kind::codec, GetParam()), "name");
  const Json source = changed(contract_experiment(),
                              {{"algorithm", {{"name", "choco_pairwise"}, {"compression", compression}}}});
  for (const Json& run :
       {source, changed(source, {{"topology.failures", {{"mean_up", 3}, {"mean_down", 1}}}})}) {
    Trial serial(run);
    const RepeatResult alone = serial.run();
    expect_finite(alone);
    const Counts& counts = alone.outcome.counts;
    EXPECT_EQ(counts.vectors_sent, 2 * counts.communications);
    const double bits = serial.plan.experiment.algorithm.compression->bits(serial.plan.expected.dimension);
    EXPECT_EQ(counts.bytes_sent, 2 * counts.communications * static_cast<std::uint64_t>(std::ceil(bits / 8)));
    RunControl control;
    control.execution = OpenMp{3, Sharing::always};
    EXPECT_EQ(run_once(run, control).state_digest, alone.state_digest);
    EXPECT_NE(run_once(changed(run, {{"algorithm", {{"name", "choco_pairwise"}}}})).state_digest,
              alone.state_digest);
  }
}

// The same of rounds and of a server, whatever feeds back what is lost.
TEST_P(EveryCodec, CompressesOtherMethodsAlikeOnThreads) {
  const Json compression = choice(Kind::codec, *find_row(Kind::codec, GetParam()), "name");
  const Json algorithms = compressed_algorithms(compression);
  EXPECT_GE(algorithms.size(), 9u);
  for (const Json& algorithm : algorithms)
    for (const char* precision : {"double", "single"}) {
      SCOPED_TRACE(algorithm.dump());
      const Json source = changed(contract_experiment(), {{"algorithm", algorithm},
                                                          {"precision", precision},
                                                          {"initial.kind", "common_normal"},
                                                          {"optimizer.learning_rate", 0.01},
                                                          {"record.bytes_per_number", 8},
                                                          {"stop.time", 40}});
      const RepeatResult serial = run_once(source);
      expect_finite(serial);
      expect_same_on_threads(source, serial);
      const RepeatResult plain = run_once(changed(source, {{"algorithm.compression", nullptr}}));
      EXPECT_NE(plain.state_digest, serial.state_digest);
      EXPECT_GT(plain.outcome.counts.bytes_sent, serial.outcome.counts.bytes_sent);
    }
}

}  // namespace
}  // namespace acidsim::testing
