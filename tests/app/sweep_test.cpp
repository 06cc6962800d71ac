// Sweeps as the user meets them: folders, the tidy table, going on after a stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const std::vector<std::string> run_sweep = {"run", "sweep.json", "--out", "out", "--quiet"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Two algorithms at two seeds, in `scratch`/sweep.json.
void write_experiment(const Scratch& scratch) {
  scratch.write(
      "sweep.json",
      changed(small_experiment(),
              {{"repeats", 2}, {"sweep", {{"algorithm.name", {"async_gossip", "a2cid2"}}, {"seed", {1, 2}}}}})
          .dump());
}

std::vector<std::string> cells_of(const fs::path& out) {
  std::vector<std::string> names;
  const auto sweep = read_results(out / "sweep.json");
  for (const auto& cell : sweep["cells"]) names.push_back(cell["cell"]);
  return names;
}

// What tells a file that was left alone from one that was written anew.
std::tuple<ino_t, long, long, off_t> identity(const fs::path& file) {
  struct stat facts {};
  EXPECT_EQ(::stat(file.c_str(), &facts), 0) << file;
  return {facts.st_ino, facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, facts.st_size};
}

std::string digest(const fs::path& folder) { return read_results(folder / "run.json")["state_digest"]; }

TEST(SweepRun, FolderHoldsACellEach) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  EXPECT_THAT(cells_of(scratch / "out"),
              ElementsAre("algorithm.name=async_gossip,seed=1", "algorithm.name=async_gossip,seed=2",
                          "algorithm.name=a2cid2,seed=1", "algorithm.name=a2cid2,seed=2"));
  const auto sweep = read_results(scratch / "out/sweep.json");
  EXPECT_EQ(sweep["fields"], nlohmann::json::parse(R"(["algorithm.name", "seed"])"));
  EXPECT_EQ(sweep["cells"][1]["values"],
            nlohmann::json::parse(R"({"algorithm.name": "async_gossip", "seed": 2})"));
  for (const std::string& cell : cells_of(scratch / "out"))
    EXPECT_EQ(read_results(scratch / "out" / cell / "run.json")["run"], cell);
  for (const auto& entry : fs::directory_iterator(scratch / "out"))
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
}

TEST(SweepRun, CellIsTheSameAsASingleRun) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  succeed(scratch, {"run", "sweep.json", "--out", "single", "--quiet", "--set", "sweep=null", "--set",
                    "algorithm.name=a2cid2", "--set", "seed=2"});
  EXPECT_EQ(digest(scratch / "single"), digest(scratch / "out/algorithm.name=a2cid2,seed=2"));
}

TEST(SweepRun, TidyTableHoldsAllCells) {
  const Scratch scratch;
  // A folder's name holds a comma; values hold commas and quotes too.
  const Json sweep = Json::parse(R"({
    "algorithm.name, record.metrics": [["async_gossip", ["consensus_distance"]], ["a2cid2", ["suboptimality", "mixing_gap"]]],
    "seed": [1, 2]
  })");
  scratch.write("sweep.json", changed(small_experiment(), {{"sweep", sweep}}).dump());
  succeed(scratch, run_sweep);
  std::istringstream table(read_text(scratch / "out/metrics.csv"));
  std::string line;
  std::getline(table, line);
  EXPECT_EQ(line,
            "run,repeat,time,gradients,communications,consensus_distance,suboptimality,mixing_gap,algorithm."
            "name,record.metrics,seed");
  std::map<std::string, std::vector<std::string>> rows;  // by cell
  while (std::getline(table, line)) {
    ASSERT_EQ(line[0], '"') << line;
    const auto end = line.find('"', 1);
    rows[line.substr(1, end - 1)].push_back(line.substr(end + 2));
  }
  EXPECT_EQ(rows.size(), 4u);
  for (const std::string& cell : cells_of(scratch / "out")) {
    std::istringstream own(read_text(scratch / "out" / cell / "metrics.csv"));
    std::getline(own, line);
    const bool gossip = cell.find("async_gossip") != std::string::npos;
    const std::string seed = cell.substr(cell.size() - 1);
    for (const std::string& row : rows[cell]) {
      ASSERT_TRUE(std::getline(own, line));
      const auto fields = split_line(line.substr(line.rfind("\",") + 2));
      std::string expected = fields[0] + "," + fields[1] + "," + fields[2] + "," + fields[3];
      expected += gossip ? "," + fields[4] + ",,,async_gossip,\"[\"\"consensus_distance\"\"]\"," + seed
                         : ",," + fields[4] + "," + fields[5] +
                               ",a2cid2,\"[\"\"suboptimality\"\",\"\"mixing_gap\"\"]\"," + seed;
      EXPECT_EQ(row, expected);
    }
    EXPECT_FALSE(std::getline(own, line)) << "all rows are in the tidy table";
  }
}

TEST(SweepRun, PartsMakeTheWhole) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  succeed(scratch, {"run", "sweep.json", "--out", "parts", "--quiet", "--cells", "2/3"});
  EXPECT_TRUE(fs::exists(scratch / "parts/algorithm.name=async_gossip,seed=2/run.json"));
  EXPECT_FALSE(fs::exists(scratch / "parts/algorithm.name=async_gossip,seed=1"));
  EXPECT_FALSE(fs::exists(scratch / "parts/metrics.csv")) << "cells are missing";
  succeed(scratch, {"run", "sweep.json", "--out", "parts", "--quiet", "--cells", "3/3"});
  succeed(scratch, {"run", "sweep.json", "--out", "parts", "--quiet", "--cells", "1/3"});
  EXPECT_EQ(read_text(scratch / "parts/metrics.csv"), read_text(scratch / "out/metrics.csv"));
  for (const std::string& cell : cells_of(scratch / "out"))
    EXPECT_EQ(digest(scratch / "parts" / cell), digest(scratch / "out" / cell));
}

TEST(SweepRun, PartThatIsNoneIsRefused) {
  const Scratch scratch;
  write_experiment(scratch);
  for (const char* part : {"0/2", "3/2", "1", "1/", "a/b", "1/2x", "-1/2"}) {
    const Finished finished = run_program(scratch, with(run_sweep, {"--cells", part}));
    EXPECT_EQ(finished.code, 2) << part;
    EXPECT_THAT(finished.err, HasSubstr("--cells")) << part;
  }
  scratch.write("one.json", small_experiment().dump());
  EXPECT_THAT(run_program(scratch, {"run", "one.json", "--cells", "1/2"}).err, HasSubstr("not a sweep"));
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

TEST(SweepRun, FinishedCellsAreKept) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  std::map<std::string, std::tuple<ino_t, long, long, off_t>> before;
  const std::string table = read_text(scratch / "out/metrics.csv");
  for (const std::string& name : scratch.listing())
    if (fs::is_regular_file(scratch / name) && fs::path(name).parent_path() != "out")
      before[name] = identity(scratch / name);
  ASSERT_GT(before.size(), 12u);
  EXPECT_THAT(succeed(scratch, {"run", "sweep.json", "--out", "out"}),
              HasSubstr("all 4 cell(s) are finished already"));
  for (const auto& [name, facts] : before) EXPECT_EQ(identity(scratch / name), facts) << name;
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), table);

  // One cell is taken away: it alone comes back, the same.
  const std::string gone = "out/algorithm.name=a2cid2,seed=1";
  const std::string its_digest = digest(scratch / gone);
  fs::remove_all(scratch / gone);
  succeed(scratch, run_sweep);
  EXPECT_EQ(digest(scratch / gone), its_digest);
  for (const auto& [name, facts] : before) {
    if (name.starts_with(gone)) continue;
    EXPECT_EQ(identity(scratch / name), facts) << name;
  }
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), table);
}

TEST(SweepRun, CellsAreAddedToAFinishedSweep) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  const auto kept = identity(scratch / "out/algorithm.name=a2cid2,seed=1/run.json");
  succeed(scratch, with(run_sweep, {"--set", R"(sweep={"algorithm.name": ["a2cid2"], "seed": [1, 3]})"}));
  EXPECT_EQ(identity(scratch / "out/algorithm.name=a2cid2,seed=1/run.json"), kept);
  EXPECT_TRUE(fs::exists(scratch / "out/algorithm.name=a2cid2,seed=3/run.json"));
  EXPECT_TRUE(fs::exists(scratch / "out/algorithm.name=async_gossip,seed=1/run.json"))
      << "a finished cell is never deleted";
}

TEST(SweepRun, ChangedConfigurationIsRefused) {
  const Scratch scratch;
  write_experiment(scratch);
  succeed(scratch, run_sweep);
  std::map<std::string, std::string> before;
  for (const std::string& name : scratch.listing())
    if (fs::is_regular_file(scratch / name)) before[name] = read_text(scratch / name);
  const Finished changed = run_program(scratch, with(run_sweep, {"--set", "stop.time=6"}));
  EXPECT_EQ(changed.code, 2);
  EXPECT_THAT(
      changed.err,
      HasSubstr("out/algorithm.name=async_gossip,seed=1: holds the results of another configuration"));
  const Finished single = run_program(scratch, with(run_sweep, {"--set", "sweep=null"}));
  EXPECT_EQ(single.code, 2);
  EXPECT_EQ(scratch.listing().size(), before.size() + 5) << "besides the files, out and four cells";
  for (const auto& [name, text] : before) EXPECT_EQ(read_text(scratch / name), text) << name;
}

TEST(SweepRun, FolderOfSomethingElseIsRefused) {
  const Scratch scratch;
  write_experiment(scratch);
  scratch.write("out/thesis.tex", "precious");
  const Finished refused = run_program(scratch, run_sweep);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("out: the output folder is there already and not empty"));
  EXPECT_THAT(scratch.listing(), ElementsAre("out", "out/thesis.tex", "sweep.json"));
}

TEST(SweepRun, OneBadCellStopsItBeforeAnythingIsWritten) {
  const Scratch scratch;
  write_experiment(scratch);
  const Finished refused =
      run_program(scratch, with(run_sweep, {"--set", R"(sweep={"topology.workers": [4, 8, 0]})"}));
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(
      refused.err,
      HasSubstr("sweep.json [topology.workers=0]: /topology/workers: too small (0) — must be at least 1"));
  EXPECT_THAT(scratch.listing(), ElementsAre("sweep.json"));
}

TEST(SweepRun, ADivergedCellIsAResult) {
  const Scratch scratch;
  write_experiment(scratch);
  const Finished finished = run_program(
      scratch, with(run_sweep,
                    {"--set", R"(sweep={"optimizer.learning_rate": [0.1, 100]})", "--set", "stop.time=300"}));
  EXPECT_EQ(finished.code, 3);
  EXPECT_THAT(finished.err, HasSubstr("[optimizer.learning_rate=100]"));
  EXPECT_EQ(read_results(scratch / "out/optimizer.learning_rate=0.1/run.json")["repeats"][0]["stop_reason"],
            "time");
  EXPECT_EQ(read_results(scratch / "out/optimizer.learning_rate=100/run.json")["repeats"][0]["stop_reason"],
            "diverged");
  EXPECT_TRUE(fs::exists(scratch / "out/metrics.csv"));
}

}  // namespace
}  // namespace acidsim::testing
