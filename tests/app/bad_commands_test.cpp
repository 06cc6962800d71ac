// Commands with bad flags, files or names: exit code 2, a message, nothing written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// Arguments, and fragments of the message.
struct Command {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<std::string> fragments;
};
void PrintTo(const Command& c, std::ostream* out) { *out << c.name; }

class BadCommand : public ::testing::TestWithParam<Command> {};

TEST_P(BadCommand, IsRefusedWithAMessageAndNothingIsWritten) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  scratch.write("sweep.json", changed(small_experiment(), {{"sweep", {{"seed", {1, 2}}}}}).dump());
  scratch.write("folder/kept", "");
  const auto before = scratch.listing();
  const Finished finished = run_program(scratch, GetParam().arguments);
  EXPECT_EQ(finished.code, 2) << finished.err;
  EXPECT_EQ(finished.out, "");
  for (const std::string& fragment : GetParam().fragments) EXPECT_THAT(finished.err, HasSubstr(fragment));
  EXPECT_EQ(scratch.listing(), before);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, BadCommand,
    ::testing::ValuesIn(std::vector<Command>{
        {"none", {}, {"acidsim --help"}},
        {"unknown", {"rum", "small.json"}, {"acidsim: unknown command (rum) — did you mean \"run\"?"}},
        {"run_nothing", {"run"}, {"FILE"}},
        {"run_missing", {"run", "none.json"}, {"none.json: cannot be read", "no such file"}},
        {"run_folder", {"run", "folder"}, {"folder: is a folder"}},
        {"validate_missing", {"validate", "none.json"}, {"none.json: cannot be read"}},
        {"explain_missing", {"explain", "none.json"}, {"none.json: cannot be read"}},
        {"list_unknown", {"list", "topologys"}, {"unknown kind (topologys) — did you mean \"topologies\"?"}},
        {"schedule_of_a_sweep",
         {"schedule", "sweep.json"},
         {"sweep.json: is a sweep (2 cells)", "--set sweep=null"}},
        {"schedule_until_negative",
         {"schedule", "small.json", "--until", "-1"},
         {"--until: not a time (-1)"}},
        {"schedule_until_nan", {"schedule", "small.json", "--until", "nan"}, {"--until: not a time (nan)"}},
        {"schedule_until_infinity",
         {"schedule", "small.json", "--until", "inf"},
         {"--until: not a time (inf)"}},
        {"schedule_without_end",
         {"schedule", "small.json", "--set", "stop={\"gradients\": 5}"},
         {"no stop.time", "--until"}},
        {"topology_of_nothing", {"topology"}, {"needs a file or a family"}},
        {"topology_twice", {"topology", "small.json", "--family", "cycle"}, {"needs a file or a family"}},
        {"topology_family",
         {"topology", "--family", "cycl"},
         {"unknown name (\"cycl\") — did you mean \"cycle\"?"}},
        {"topology_without_workers",
         {"topology", "--family", "cycle", "--workers", "0"},
         {"workers: too small (0) — must be at least 1"}},
        {"topology_parameter",
         {"topology", "--family", "random_regular", "--param", "degre=4"},
         {"unknown key (4) — did you mean \"degree\"?"}},
        {"topology_parameter_form",
         {"topology", "--family", "random_regular", "--param", "degree"},
         {"--param: not of the form name=value (degree)"}},
        {"topology_rate",
         {"topology", "--family", "cycle", "--rate", "0"},
         {"--rate: not a positive number (0)"}},
        {"topology_rates",
         {"topology", "--family", "cycle", "--rates", "uniform"},
         {"unknown name (\"uniform\")"}},
        {"topology_rates_of_experiment",
         {"topology", "small.json", "--rates", "uniform"},
         {"/topology/rates: unknown name (\"uniform\")"}},
        {"topology_missing", {"topology", "none.txt"}, {"none.txt: no such file"}},
        {"topology_folder", {"topology", "folder"}, {"folder: is a directory"}},
    }),
    [](const auto& test) { return test.param.name; });

TEST(BadCommands, ValidateTellsAllFilesAndGoesOn) {
  const Scratch scratch;
  scratch.write("a.json", changed(small_experiment(), {{"seed", -1}}).dump());
  scratch.write("b.json", small_experiment().dump());
  scratch.write("c.json", "{");
  const Finished finished = run_program(scratch, {"validate", "a.json", "b.json", "c.json"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.out, HasSubstr("b.json: valid"));
  EXPECT_THAT(finished.err, ::testing::AllOf(HasSubstr("a.json: /seed: too small (-1)"),
                                             HasSubstr("c.json: not valid JSON")));
}

}  // namespace
}  // namespace acidsim::testing
