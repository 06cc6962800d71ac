// The result files of a run: what they hold, and that it is true.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <cmath>

#include "sim/core/random.hpp"
#include "sim/engine/kernel_states.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsSupersetOf;

// A run with everything that can be written, in `scratch`/out.
void run_with_everything(const Scratch& scratch) {
  const Json source = changed(
      small_experiment(),
      {{"repeats", 2}, {"record.events", true}, {"timing.gradient_rate", {1, 2, 0, 1, 1, 1, 0.5, 1}}});
  scratch.write("small.json", source.dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet"});
}

std::vector<std::string> keys(const nlohmann::json& object) {
  std::vector<std::string> names;
  for (const auto& [key, value] : object.items()) names.push_back(key);
  return names;
}

TEST(Results, FolderHoldsTheContractedFiles) {
  const Scratch scratch;
  run_with_everything(scratch);
  EXPECT_THAT(scratch.listing(),
              ElementsAre("out", "out/communication_counts.csv", "out/events.csv", "out/events_1.csv",
                          "out/metrics.csv", "out/run.json", "out/worker_counts.csv", "small.json"));
}

TEST(Results, RunJsonHoldsTheContractedKeys) {
  const Scratch scratch;
  run_with_everything(scratch);
  const auto run = read_results(scratch / "out/run.json");
  EXPECT_THAT(keys(run), IsSupersetOf({"name", "seed", "config", "topology", "constants", "repeats",
                                       "state_digest", "version", "compiler", "host", "backend"}));
  EXPECT_EQ(run["name"], "small");
  EXPECT_EQ(run["seed"], 1);
  EXPECT_EQ(run["dimension"], 3);
  EXPECT_EQ(run["backend"], "serial");
  EXPECT_EQ(run["config"]["algorithm"]["eta"], "auto");
  EXPECT_EQ(run["topology"]["workers"], 8);
  EXPECT_EQ(run["topology"]["edges"], 8);
  EXPECT_DOUBLE_EQ(run["topology"]["rate_total"], 4.0);  // n r / 2
  const double chi_1 = run["constants"]["chi_1"], chi_2 = run["constants"]["chi_2"];
  // On the ring λ = ½ per edge: λ2 = 1 − cos(2π/8), and R = (n − 1)/(n λ).
  EXPECT_NEAR(chi_1, 1 / (1 - std::cos(M_PI / 4)), 1e-12);
  EXPECT_NEAR(chi_2, 7.0 / 8, 1e-12);
  EXPECT_NEAR(run["constants"]["eta"], 1 / (2 * std::sqrt(chi_1 * chi_2)), 1e-14);
  EXPECT_EQ(run["constants"]["alpha"], 0.5);
  EXPECT_NEAR(run["constants"]["alpha_tilde"], 0.5 * std::sqrt(chi_1 / chi_2), 1e-14);
  ASSERT_EQ(run["repeats"].size(), 2u);
  for (const auto& repeat : run["repeats"]) {
    EXPECT_THAT(keys(repeat), IsSupersetOf({"seed", "gradients", "communications", "stop_reason",
                                            "wall_seconds", "events_per_second", "state_digest"}));
    EXPECT_EQ(repeat["stop_reason"], "time");
    EXPECT_EQ(repeat["time"], 5.0);
    EXPECT_EQ(repeat["state_digest"].get<std::string>().size(), 64u);
    EXPECT_GT(repeat["events_per_second"], 0.0);
  }
}

TEST(Results, ConfigurationInRunJsonRunsAgainToTheSameDigest) {
  const Scratch scratch;
  run_with_everything(scratch);
  const auto run = read_results(scratch / "out/run.json");
  scratch.write("again.json", run["config"].dump());
  succeed(scratch, {"run", "again.json", "--out", "again", "--quiet"});
  EXPECT_EQ(read_results(scratch / "again/run.json")["state_digest"], run["state_digest"]);
  EXPECT_EQ(read_results(scratch / "again/run.json")["config"], run["config"]);
}

TEST(Results, MetricsTableHasARowPerRecord) {
  const Scratch scratch;
  run_with_everything(scratch);
  const Table table = read_table(scratch / "out/metrics.csv");
  EXPECT_THAT(table.columns, ElementsAre("run", "repeat", "time", "gradients", "communications",
                                         "consensus_distance", "suboptimality"));
  ASSERT_EQ(table.rows.size(), 12u);
  const auto run = read_results(scratch / "out/run.json");
  for (std::size_t r = 0; r < 12; ++r) {
    EXPECT_EQ(table.rows[r][0], "small");
    EXPECT_EQ(table.number(r, "repeat"), r / 6);
    EXPECT_EQ(table.number(r, "time"), r % 6);
  }
  for (std::size_t repeat = 0; repeat < 2; ++repeat) {
    const std::size_t last = 6 * repeat + 5;
    const auto& facts = run["repeats"][repeat];
    EXPECT_EQ(table.number(last, "gradients"), facts["gradients"]);
    EXPECT_EQ(table.number(last, "communications"), facts["communications"]);
    EXPECT_EQ(table.number(last, "suboptimality"), facts["final"]["suboptimality"])
        << "shortest digits read back exactly";
    EXPECT_EQ(table.number(last - 5, "gradients"), 0);
    EXPECT_EQ(table.number(last - 5, "consensus_distance"), 0) << "all workers start at 0";
  }
}

TEST(Results, CountsAndEventsAddUp) {
  const Scratch scratch;
  run_with_everything(scratch);
  const auto run = read_results(scratch / "out/run.json");
  const Table edges = read_table(scratch / "out/communication_counts.csv"),
              workers = read_table(scratch / "out/worker_counts.csv");
  EXPECT_THAT(edges.columns, ElementsAre("repeat", "i", "j", "rate", "count"));
  EXPECT_THAT(workers.columns,
              ElementsAre("repeat", "worker", "gradient_rate", "gradients", "communications"));
  ASSERT_EQ(edges.rows.size(), 16u);
  ASSERT_EQ(workers.rows.size(), 16u);
  const double gradients =
      run["repeats"][0]["gradients"].get<double>() + run["repeats"][1]["gradients"].get<double>();
  const double communications =
      run["repeats"][0]["communications"].get<double>() + run["repeats"][1]["communications"].get<double>();
  EXPECT_EQ(edges.sum("count"), communications);
  EXPECT_EQ(workers.sum("gradients"), gradients);
  EXPECT_EQ(workers.sum("communications"), 2 * communications);
  EXPECT_EQ(workers.number(2, "gradient_rate"), 0);
  EXPECT_EQ(workers.number(2, "gradients"), 0);

  // The same again from the events themselves.
  for (int repeat = 0; repeat < 2; ++repeat) {
    const Table events = read_table(scratch / (repeat == 0 ? "out/events.csv" : "out/events_1.csv"));
    EXPECT_THAT(events.columns, ElementsAre("index", "time", "kind", "i", "j"));
    std::vector<double> worker_gradients(8), worker_communications(8);
    for (std::size_t k = 0; k < events.rows.size(); ++k) {
      EXPECT_EQ(events.number(k, "index"), k);
      const auto i = static_cast<std::size_t>(events.number(k, "i"));
      if (events.rows[k][2] == "gradient") {
        ++worker_gradients[i];
      } else {
        ++worker_communications[i];
        ++worker_communications[static_cast<std::size_t>(events.number(k, "j"))];
      }
    }
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t row = 8 * static_cast<std::size_t>(repeat) + i;
      EXPECT_EQ(workers.number(row, "gradients"), worker_gradients[i]);
      EXPECT_EQ(workers.number(row, "communications"), worker_communications[i]);
    }
  }
}

TEST(Results, CountsAreLeftOutWhenNotAsked) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch,
          {"run", "small.json", "--out", "a/b/out", "--quiet", "--set", "record.communication_counts=false"});
  EXPECT_THAT(scratch.listing(),
              ElementsAre("a", "a/b", "a/b/out", "a/b/out/metrics.csv", "a/b/out/run.json", "small.json"));
}

TEST(Results, GoToResultsByDefaultAndDryRunWritesNothing) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  EXPECT_THAT(succeed(scratch, {"run", "small.json", "--dry-run"}), ::testing::HasSubstr("nothing was run"));
  EXPECT_THAT(scratch.listing(), ElementsAre("small.json"));
  succeed(scratch, {"run", "small.json", "--quiet"});
  EXPECT_TRUE(fs::exists(scratch / "results/small/run.json"));
}

TEST(Results, ResumeBeginsWhereThereIsNothing) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet", "--resume"});
  EXPECT_TRUE(fs::exists(scratch / "out/run.json"));
}

TEST(Results, ResumeKeepsWhatIsFinished) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet"});
  const std::string before = read_text(scratch / "out/run.json");
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet", "--resume"});
  EXPECT_EQ(read_text(scratch / "out/run.json"), before);
  const Finished other =
      run_program(scratch, {"run", "small.json", "--out", "out", "--resume", "--set", "seed=2"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, ::testing::HasSubstr("holds the results of another configuration"));
  EXPECT_EQ(read_text(scratch / "out/run.json"), before);
}

TEST(Results, StopReasonsAndExitCodes) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const auto stopped = [&](const char* out, const std::vector<std::string>& settings, int code) {
    std::vector<std::string> arguments = {"run", "small.json", "--quiet", "--out", out};
    for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
    const Finished finished = run_program(scratch, arguments);
    EXPECT_EQ(finished.code, code) << finished.err;
    return read_results(scratch / out / "run.json")["repeats"][0];
  };
  const auto gradients = stopped("gradients", {"stop={\"gradients\": 17}"}, 0);
  EXPECT_EQ(gradients["stop_reason"], "gradients");
  EXPECT_EQ(gradients["gradients"], 17);
  EXPECT_EQ(
      stopped("target", {"stop.target={\"metric\": \"suboptimality\", \"below\": 1e9}"}, 0)["stop_reason"],
      "target");
  EXPECT_EQ(stopped("wall", {"stop={\"wall_seconds\": 0.05}"}, 0)["stop_reason"], "wall_seconds");
  const auto diverged = stopped("diverged", {"optimizer.learning_rate=100", "stop.time=500"}, 3);
  EXPECT_EQ(diverged["stop_reason"], "diverged");
  EXPECT_THAT(diverged["detail"].get<std::string>(), ::testing::ContainsRegex("^worker [0-7]: .* at time "));
  EXPECT_LT(diverged["time"], 500.0);
}

TEST(Results, DivergenceIsToldWithPlaceAndTime) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const Finished late = run_program(scratch, {"run", "small.json", "--out", "late", "--set",
                                              "optimizer.learning_rate=100", "--set", "stop.time=500"});
  EXPECT_EQ(late.code, 3);
  EXPECT_THAT(late.err, ::testing::ContainsRegex("small.json.*seed 1: diverged: worker [0-7]: .* at time "));
  // Diverged before anything was recorded: no final values, and no crash.
  const Finished at_once = run_program(scratch, {"run", "small.json", "--out", "now", "--set",
                                                 "initial={\"kind\": \"normal\", \"scale\": 1e20}"});
  EXPECT_EQ(at_once.code, 3) << at_once.err;
  EXPECT_TRUE(read_table(scratch / "now/metrics.csv").rows.empty());
  EXPECT_THAT(at_once.err, ::testing::HasSubstr("at time 0"));
}

std::string sha256(const std::vector<std::byte>& bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> raw;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), raw.data());
  std::string text;
  for (const unsigned char byte : raw) text += fmt::format("{:02x}", byte);
  return text;
}

template <class Scalar>
void append(std::vector<std::byte>& bytes, std::span<const Scalar> values) {
  const auto raw = std::as_bytes(values);
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

TEST(StateDigest, OfZerosIsTheDigestOfZeroBytes) {
  // Pure gossip from 0 stays at 0: two vectors of 3 doubles (floats) on 8 workers.
  const Json gossip = changed(small_experiment(), {{"objective", {{"name", "none"}, {"dimension", 3}}},
                                                   {"record.metrics", {"consensus_distance"}}});
  EXPECT_EQ(run_once(gossip).state_digest, sha256(std::vector<std::byte>(8 * 2 * 3 * 8)));
  EXPECT_EQ(run_once(changed(gossip, {{"precision", "single"}})).state_digest,
            sha256(std::vector<std::byte>(8 * 2 * 3 * 4)));
  EXPECT_EQ(run_once(changed(gossip, {{"algorithm.name", "async_gossip"}})).state_digest,
            sha256(std::vector<std::byte>(8 * 3 * 8)));
}

// Workers that never move: the state is the initial one, and, with momentum, the sum of known gradients.
template <class Scalar>
void expect_known_digest(const char* precision, double momentum) {
  const Json source =
      changed(small_experiment(), {{"precision", precision},
                                   {"algorithm.name", "local_only"},
                                   {"objective", {{"name", "quadratic"}, {"dimension", 5}}},
                                   {"initial", {{"kind", "normal"}, {"scale", 2}}},
                                   {"optimizer", {{"learning_rate", 0}, {"momentum", momentum}}}});
  const RepeatResult result = run_once(source);
  std::vector<std::byte> state;
  for (Worker i = 0; i < 8; ++i) {
    std::vector<Scalar> x(5), buffer(5, 0);
    Stream(1, Purpose::initial_state, i).normals<Scalar>(1, x);
    for (Scalar& value : x) value *= 2;
    append<Scalar>(state, x);
    if (momentum == 0) continue;
    // ∇f(x) = x: curvature 1, centre 0, no noise. Momentum ½ rounds alike with and without fused
    // multiply-add.
    for (std::uint64_t k = 0; k < result.outcome.counts.worker_gradients[i]; ++k)
      for (std::size_t c = 0; c < 5; ++c) buffer[c] = static_cast<Scalar>(momentum) * buffer[c] + x[c];
    append<Scalar>(state, buffer);
  }
  EXPECT_GT(result.outcome.counts.gradients, 8u);
  EXPECT_EQ(result.state_digest, sha256(state));
}

TEST(StateDigest, OfWorkersThatStayIsThatOfTheirInitialStates) { expect_known_digest<double>("double", 0); }
TEST(StateDigest, IsTakenInThePrecisionOfTheRun) { expect_known_digest<float>("single", 0); }
TEST(StateDigest, HoldsTheMomentumBuffersAfterEachWorkersVectors) {
  expect_known_digest<double>("double", 0.5);
  expect_known_digest<float>("single", 0.5);
}

TEST(StateDigest, OfSeveralRepeatsIsTheDigestOfTheirDigests) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet", "--set", "repeats=3"});
  const auto run = read_results(scratch / "out/run.json");
  std::vector<std::byte> digests;
  for (const auto& repeat : run["repeats"]) {
    const auto text = repeat["state_digest"].get<std::string>();
    append<char>(digests, text);
  }
  EXPECT_EQ(run["state_digest"], sha256(digests));
}

}  // namespace
}  // namespace acidsim::testing
