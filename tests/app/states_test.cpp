// states.npy: the workers' vectors at the end or at every record, on every backend, and after a resumption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/app/output/states_file.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/system/digest.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/npy.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string sha256(const std::string& bytes) {
  Digest digest;
  digest.add(std::as_bytes(std::span(bytes)));
  return digest.hexadecimal();
}

// Repeats of different length: they stop at a target.
Json target_experiment() {
  return changed(small_experiment(), {{"repeats", 3},
                                      {"initial.kind", "normal"},
                                      {"stop.time", 50},
                                      {"stop.target", {{"metric", "consensus_distance"}, {"below", 1.0}}}});
}

TEST(States, FinalOnesAreThoseOfTheDigest) {
  const Scratch scratch;
  for (const char* precision : {"double", "single"}) {
    scratch.write("run.json", changed(small_experiment(), {{"repeats", 2}, {"precision", precision}}).dump());
    const std::string out = precision;
    succeed(scratch, {"run", "run.json", "--out", out + "_plain", "--quiet"});
    succeed(scratch, {"run", "run.json", "--out", out, "--quiet", "--set", "record.states=final"});
    EXPECT_FALSE(fs::exists(scratch / (out + "_plain") / "states.npy"));
    const Npy states = read_npy_file(scratch / out / "states.npy");
    EXPECT_THAT(states.shape, ElementsAre(2, 8, 2, 3));  // repeats, workers, x and x̃, dimension
    EXPECT_THAT(states.dictionary, HasSubstr(out == "double" ? "'descr': '<f8'" : "'descr': '<f4'"));
    EXPECT_THAT(states.dictionary, HasSubstr("'fortran_order': False"));
    const auto run = read_results(scratch / out / "run.json");
    const auto plain = read_results(scratch / (out + "_plain") / "run.json");
    for (std::size_t r = 0; r < 2; ++r) {
      EXPECT_EQ(run["repeats"][r]["state_digest"], plain["repeats"][r]["state_digest"]);
      EXPECT_EQ(run["repeats"][r]["state_digest"], sha256(states.part(r)));
    }
    EXPECT_EQ(read_text(scratch / out / "metrics.csv").substr(0, 40),
              read_text(scratch / (out + "_plain") / "metrics.csv").substr(0, 40));
  }
}

TEST(States, MomentaAndWeightsAreNotAmongThem) {
  const Scratch scratch;
  for (const Json& changes : {Json{{"optimizer.momentum", 0.5}}, Json{{"algorithm.name", "push_sum"}}}) {
    const std::string out = changes.begin().key();
    scratch.write("run.json", changed(small_experiment(), changes).dump());
    succeed(scratch, {"run", "run.json", "--out", out, "--quiet", "--set", "record.states=final"});
    succeed(scratch, {"run", "run.json", "--out", out + "_all", "--quiet", "--set", "record.states=all"});
    const Npy states = read_npy_file(scratch / out / "states.npy"),
              all = read_npy_file(scratch / (out + "_all") / "states.npy");
    ASSERT_EQ(states.numbers.size(), 8 * states.shape.at(2) * 3 * sizeof(double));
    EXPECT_EQ(all.numbers.substr(all.numbers.size() - states.numbers.size()), states.numbers);
  }
}

TEST(States, OfEveryRecordAreWhatMetricsSee) {
  const Scratch scratch;
  scratch.write("run.json", target_experiment().dump());
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet", "--set", "record.states=all"});
  const Npy states = read_npy_file(scratch / "out/states.npy");
  const Table metrics = read_table(scratch / "out/metrics.csv");
  ASSERT_EQ(states.shape.size(), 5u);
  const std::size_t records = states.shape[1], worker_numbers = 2 * 3, block = 8 * worker_numbers;
  EXPECT_THAT(states.shape, ElementsAre(3, records, 8, 2, 3));
  std::vector<std::size_t> rows(3, 0);
  for (std::size_t row = 0; row < metrics.rows.size(); ++row) {
    const auto repeat = static_cast<std::size_t>(metrics.number(row, "repeat"));
    const std::size_t first = (repeat * records + rows.at(repeat)++) * block;
    double spread = 0;  // (1/8) Σ_i ‖x_i − x̄‖²
    for (std::size_t k = 0; k < 3; ++k) {
      double sum = 0, squares = 0;
      for (std::size_t i = 0; i < 8; ++i) {
        const double x = states.at(first + i * worker_numbers + k);
        sum += x;
        squares += x * x;
      }
      spread += squares / 8 - sum * sum / 64;
    }
    EXPECT_NEAR(spread, metrics.number(row, "consensus_distance"), 1e-12 * (1 + spread)) << "row " << row;
  }
  EXPECT_GT(*std::max_element(rows.begin(), rows.end()), *std::min_element(rows.begin(), rows.end()));
  for (std::size_t r = 0; r < 3; ++r)  // what a repeat does not have is NaN
    for (std::size_t k = rows[r] * block; k < records * block; ++k)
      ASSERT_TRUE(std::isnan(states.at(r * records * block + k)));
}

class StatesOnBackends : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(States, StatesOnBackends, ::testing::Values("final", "all"));

TEST_P(StatesOnBackends, AreTheSameBytes) {
  const Scratch scratch;
  Json source = target_experiment();
  source["record"]["states"] = GetParam();
  scratch.write("run.json", source.dump());
  succeed(scratch, {"run", "run.json", "--out", "serial", "--quiet"});
  succeed(scratch,
          {"run", "run.json", "--out", "openmp", "--quiet", "--backend", "openmp", "--threads", "2"});
  EXPECT_EQ(read_text(scratch / "serial/states.npy"), read_text(scratch / "openmp/states.npy"));
  ACIDSIM_NEEDS_MPIRUN();
  succeed_on_ranks(scratch, 3, {"run", "run.json", "--out", "mpi", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(read_text(scratch / "serial/states.npy"), read_text(scratch / "mpi/states.npy"));
  for (const std::string& name : scratch.listing())
    EXPECT_EQ(name.find("/."), std::string::npos) << name << " is left";
}

TEST(States, OfALiveRunAreThoseOfItsReplay) {
  const Scratch scratch;
  scratch.write(
      "run.json",
      changed(small_experiment(), {{"stop", {{"gradients", 60}}}, {"record.states", "final"}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "live", "--quiet", "--backend", "live"});
  const Npy states = read_npy_file(scratch / "live/states.npy");
  EXPECT_THAT(states.shape, ElementsAre(1, 8, 2, 3));
  EXPECT_EQ(read_results(scratch / "live/run.json")["state_digest"], sha256(states.numbers));
  succeed(scratch, {"run", "live/replay.json", "--out", "replay", "--quiet"});
  EXPECT_EQ(read_text(scratch / "live/states.npy"), read_text(scratch / "replay/states.npy"));
}

TEST(States, EachCellOfASweepHasItsOwn) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(),
                                    {{"record.states", "final"}, {"sweep", {{"topology.workers", {4, 6}}}}})
                                .dump());
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  EXPECT_THAT(read_npy_file(scratch / "out/topology.workers=4/states.npy").shape, ElementsAre(1, 4, 2, 3));
  EXPECT_THAT(read_npy_file(scratch / "out/topology.workers=6/states.npy").shape, ElementsAre(1, 6, 2, 3));
}

TEST(States, GoOnWithAnExtendedRun) {
  const Scratch scratch;
  scratch.write(
      "run.json",
      changed(small_experiment(), {{"repeats", 2}, {"checkpoint.every", 1.5}, {"record.every", 0.4}}).dump());
  for (const std::string states : {"record.states=final", "record.states=all"}) {
    const std::string out = states.substr(states.find('=') + 1);
    succeed(scratch, {"run", "run.json", "--out", out, "--quiet", "--set", states});
    succeed(scratch, {"run", "run.json", "--out", out, "--quiet", "--set", states, "--extend", "9"});
    succeed(scratch,
            {"run", "run.json", "--out", out + "_whole", "--quiet", "--set", states, "--set", "stop.time=9"});
    EXPECT_EQ(read_text(scratch / out / "states.npy"), read_text(scratch / (out + "_whole") / "states.npy"));
  }
}

// Stopped again and again, in the middle and at its end, with whatever was written after the last checkpoint.
TEST(States, OfAResumedRunAreThoseOfTheWholeRun) {
  const Json source =
      changed(small_experiment(),
              {{"stop.time", 20}, {"record.every", 0.3}, {"record.states", "all"}, {"checkpoint.every", 1}});
  const Scratch scratch;
  const auto go_on = [&](const std::string& name, std::size_t events) {
    Trial trial(source);
    StatesPart part(scratch / name / "states", states_bytes(trial.plan));
    std::atomic<bool> interrupt = false;
    std::size_t seen = 0;
    RunControl control;
    control.interrupt = &interrupt;
    control.checkpoints.folder = scratch / name;
    control.checkpoints.keep_states = [&] { part.keep(); };
    control.checkpoints.take_up_states = [&](std::uint64_t records) { part.take_up(records); };
    control.on_states = [&](std::span<const std::byte> vector) { part.add(vector); };
    control.on_events = [&](std::span<const Event> piece, std::span<const double>) {
      seen += piece.size();
      interrupt = seen >= events;
    };
    const RepeatResult result = trial.run(0, control);
    part.keep();
    return result;
  };
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  const RepeatResult whole = go_on("whole", all);
  const std::string expected = read_text(scratch / "whole/states");
  EXPECT_EQ(expected.size(), whole.records.size() * 8 * 2 * 3 * sizeof(double));
  for (std::size_t events = 40; events < 300; events += 70) {
    go_on("parts", events);
    fs::remove(checkpoints_in(scratch / "parts")[0]);  // as if it had been killed before this one
  }
  go_on("parts", all);
  EXPECT_EQ(read_text(scratch / "parts/states"), expected);
  go_on("parts", all);  // from the checkpoint of its end
  EXPECT_EQ(read_text(scratch / "parts/states"), expected);
  fs::resize_file(scratch / "parts/states", 100);
  EXPECT_THROW(go_on("parts", all), InputError);
}

TEST(States, ThatNoDiskHoldsAreRefusedBeforeTheRun) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"stop.time", 1e6},
                                                         {"record.every", 1},
                                                         {"record.states", "all"},
                                                         {"objective.dimension", 10000000}})
                                .dump());
  const Finished finished = run_program(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("run.json: /record/states: the states need 2.56e+06 GB"));
  EXPECT_THAT(scratch.listing(), ElementsAre("run.json"));
  const std::string explained =
      succeed(scratch, {"explain", "run.json", "--set", "stop.time=9", "--set", "objective.dimension=1000"});
  EXPECT_THAT(explained, HasSubstr("states.npy   1.28 MB on disk"));  // 10 records · 8 · 2 · 1000 · 8 bytes
}

}  // namespace
}  // namespace acidsim::testing
