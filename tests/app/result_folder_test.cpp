// Where --out may lead: links, mount points, the working folder, places beside which nothing can be written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "sim/app/output/pending_folder.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A run, with checkpoints or without, into a folder that is there.
class ResultFolder : public ::testing::TestWithParam<bool> {
 protected:
  ResultFolder() {
    scratch_.write(
        "run.json",
        changed(small_experiment(), {{"checkpoint.every", GetParam() ? Json(2) : Json(nullptr)}}).dump());
    succeed(scratch_, {"run", "run.json", "--out", "expected", "--quiet"});
  }
  void expect_results_in(const fs::path& folder) const {
    EXPECT_EQ(read_text(folder / "metrics.csv"), read_text(scratch_ / "expected/metrics.csv"));
    EXPECT_EQ(read_results(folder / "run.json")["state_digest"],
              read_results(scratch_ / "expected/run.json")["state_digest"]);
    EXPECT_EQ(fs::exists(folder / "checkpoint"), GetParam());
    for (const auto& entry : fs::directory_iterator(folder))
      EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
  // Goes on to a later time, where there are checkpoints, and finds what is finished, elsewhere.
  void go_on(const std::string& out) const {
    succeed(scratch_, {"run", "run.json", "--out", out, "--resume", "--quiet"});
    if (GetParam()) succeed(scratch_, {"run", "run.json", "--out", out, "--extend", "9", "--quiet"});
  }
  Scratch scratch_;
};
INSTANTIATE_TEST_SUITE_P(App, ResultFolder, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "checkpoints" : "plain"; });

TEST_P(ResultFolder, AnEmptyFolderStaysTheSameFolder) {
  fs::create_directory(scratch_ / "out");
  struct stat before {
  }, after{};
  ::stat((scratch_ / "out").c_str(), &before);
  succeed(scratch_, {"run", "run.json", "--out", "out", "--quiet"});
  ::stat((scratch_ / "out").c_str(), &after);
  EXPECT_EQ(before.st_ino, after.st_ino);
  expect_results_in(scratch_ / "out");
  scratch_.write("out/figure.pdf", "mine");
  go_on("out");
  EXPECT_EQ(read_text(scratch_ / "out/figure.pdf"), "mine");
}

TEST_P(ResultFolder, MayBeALink) {
  for (const bool there : {true, false}) {
    const std::string target = there ? "disk/there" : "disk/new", link = there ? "link" : "loose_link";
    fs::create_directories(scratch_ / (there ? target : "disk"));
    fs::create_directory_symlink(target, scratch_ / link);
    succeed(scratch_, {"run", "run.json", "--out", link, "--quiet"});
    EXPECT_TRUE(fs::is_symlink(scratch_ / link));
    expect_results_in(scratch_ / target);
    go_on(link);
    EXPECT_TRUE(fs::is_symlink(scratch_ / link));
  }
}

TEST_P(ResultFolder, MayBeTheWorkingFolder) {
  fs::create_directory(scratch_ / "here");
  const Finished finished = run_shell(scratch_,
                                      "cd here; \"$0\" run ../run.json --out . --quiet; ls; \"$0\" run "
                                      "../run.json --out ./ --resume --quiet");
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.out, HasSubstr("run.json"));
  expect_results_in(scratch_ / "here");
}

// A volume of a container: it cannot be renamed, and what is beside it is elsewhere.
TEST_P(ResultFolder, MayBeAMountPoint) {
  if (run_shell(scratch_, "unshare -m true").code != 0) GTEST_SKIP() << "this machine allows no mounts";
  fs::create_directories(scratch_ / "out");
  fs::create_directories(scratch_ / "volume");
  const Finished finished =
      run_shell(scratch_,
                "unshare -m sh -ec 'mount --bind volume out; \"$0\" run run.json --out out --quiet; "
                "\"$0\" run run.json --out out --resume --quiet' \"$0\"");
  EXPECT_EQ(finished.code, 0) << finished.err;
  expect_results_in(scratch_ / "volume");
  EXPECT_TRUE(fs::is_empty(scratch_ / "out"));
  const Finished other =
      run_shell(scratch_,
                "unshare -m sh -ec 'mkdir tmp; mount -t tmpfs none tmp; mkdir tmp/lost+found; "
                "\"$0\" run run.json --out tmp --quiet; cp -r tmp copy' \"$0\"");
  EXPECT_EQ(other.code, 0) << other.err;
  fs::remove(scratch_ / "copy/lost+found");
  expect_results_in(scratch_ / "copy");
}

TEST_P(ResultFolder, MayLieWhereNothingCanBeWrittenBesideIt) {
  if (run_shell(scratch_, "unshare -m true").code != 0) GTEST_SKIP() << "this machine allows no mounts";
  fs::create_directories(scratch_ / "sealed/out");
  const Finished finished =
      run_shell(scratch_,
                "unshare -m sh -ec 'mount --bind sealed/out sealed/out; mount --bind sealed sealed; "
                "mount -o remount,bind,ro sealed; mount --bind sealed/out sealed/out 2>/dev/null || true; "
                "mount -t tmpfs none sealed/out; \"$0\" run run.json --out sealed/out --quiet; cp -r "
                "sealed/out copy' \"$0\"");
  EXPECT_EQ(finished.code, 0) << finished.err;
  expect_results_in(scratch_ / "copy");
}

TEST(ResultFolders, AFullDiskLeavesNothingBehind) {
  const Scratch scratch;
  if (run_shell(scratch, "unshare -m true").code != 0) GTEST_SKIP() << "this machine allows no mounts";
  scratch.write("run.json",
                changed(small_experiment(), {{"stop.time", 2000}, {"record.events", true}}).dump());
  const Finished finished =
      run_shell(scratch,
                "mkdir out; exec unshare -m sh -ec 'mount -t tmpfs -o size=64k none out; "
                "code=0; \"$0\" run run.json --out out --quiet || code=$?; ls -A out; exit $code' \"$0\"");
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("cannot be written"));
  EXPECT_EQ(finished.out, "");
}

TEST(ResultFolders, ACommitThatWasCutShortIsEnded) {
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  const auto whole = scratch.listing();
  // As if the program had been killed between two moves.
  fs::create_directory(scratch / "out/.complete");
  for (const char* file : {"run.json", "worker_counts.csv"})
    fs::rename(scratch / "out" / file, scratch / "out/.complete" / file);
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet", "--resume"});
  EXPECT_EQ(scratch.listing(), whole);
}

TEST(ResultFolders, SomethingElseThatWasPutThereIsLeftAlone) {
  const Scratch scratch;
  for (const bool there : {true, false}) {
    const std::string out = there ? "there" : "new";
    if (there) fs::create_directory(scratch / out);
    PendingFolder pending(scratch / out);
    std::ofstream(pending.path() / "run.json") << "{}";
    scratch.write(out + "/theirs", "");
    try {
      pending.commit();
      FAIL() << "was put there all the same";
    } catch (const std::runtime_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("something else was put there during the run"));
      const std::string said = error.what(), kept = said.substr(said.find("results are in ") + 15);
      EXPECT_TRUE(fs::exists(fs::path(kept) / "run.json")) << kept;
    }
    EXPECT_FALSE(fs::exists(scratch / out / "run.json"));
  }
}

}  // namespace
}  // namespace acidsim::testing
