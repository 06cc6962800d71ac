// Whatever is wrong with what the user gives: exit code 2, a message with the place, the value and what would
// be right, and nothing written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/bad_cases.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class BadInput : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadInput, IsRefusedWithAMessageAndNothingIsWritten) {
  const BadCase& c = GetParam();
  const Scratch scratch;
  scratch.write("x.json", c.config.empty() ? small_experiment().dump() : c.config);
  scratch.write("regular", "a file");
  scratch.write("full/kept", "something");
  const auto before = scratch.listing();
  std::vector<std::string> arguments = {"run", "x.json"};
  if (std::find(c.arguments.begin(), c.arguments.end(), "--out") == c.arguments.end())
    arguments.insert(arguments.end(), {"--out", "out"});
  arguments.insert(arguments.end(), c.arguments.begin(), c.arguments.end());
  const auto start = std::chrono::steady_clock::now();
  const Finished finished = run_program(scratch, arguments);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(finished.code, 2) << finished.err;
  EXPECT_EQ(finished.out, "");
  for (const std::string& fragment : c.fragments) EXPECT_THAT(finished.err, HasSubstr(fragment));
  EXPECT_LT(finished.err.size(), 1000u) << "a message, not a flood";
  EXPECT_EQ(scratch.listing(), before);
}

std::string brackets(int count, const char* opening, const char* closing) {
  std::string text;
  for (int k = 0; k < count; ++k) text += opening;
  for (int k = 0; k < count; ++k) text += closing;
  return text;
}

std::vector<BadCase> texts() {
  return {
      {"empty", " ", {}, {"x.json: not valid JSON", "unexpected end of input"}},
      {"garbage",
       std::string("\x7f"
                   "ELF\x02\x01\0\0\xff\xfe",
                   10),
       {},
       {"x.json: not valid JSON", "line 1"}},
      {"brace_missing", "{\"seed\": 1", {}, {"x.json: not valid JSON"}},
      {"more_after_the_end", "{} {}", {}, {"x.json: not valid JSON"}},
      {"bad_utf8", "{\"name\": \"\xff\"}", {}, {"x.json: not valid JSON", "UTF-8"}},
      {"not_an_object", "[1, 2]", {}, {"x.json: /: wrong type ([1,2]) — an experiment is a JSON object"}},
      {"deep_lists",
       "{\"topology\": " + brackets(100000, "[", "]") + "}",
       {},
       {"x.json: nested too deeply — at most 64 levels"}},
      {"deep_objects", brackets(100000, "{\"a\": ", "}"), {}, {"x.json: nested too deeply"}},
      {"deep_sweep",
       "{\"sweep\": {\"seed\": " + brackets(1000, "[", "]") + "}}",
       {},
       {"x.json: nested too deeply"}},
      {"twice", R"({"seed": 1, "seed": 2})", {}, {"x.json: a key is given twice (seed)"}},
      {"overflow", R"({"stop": {"time": 1e999}})", {}, {"x.json: not valid JSON", "overflow", "1e999"}},
      {"huge_integer",
       R"({"seed": 123456789012345678901234567890})",
       {},
       {"/seed: wrong type", "must be integer"}},
  };
}

std::vector<BadCase> flags() {
  return {
      {"out_full",
       "",
       {"--out", "full"},
       {"full: the output folder is there already and not empty", "choose another --out"}},
      {"out_is_a_file", "", {"--out", "regular"}, {"regular: is a file, not a folder"}},
      {"out_under_a_file",
       "",
       {"--out", "regular/out"},
       {"regular/out: the output folder cannot be made", "choose another --out"}},
      {"out_of_a_sweep_under_a_file",
       set({{"sweep", {{"seed", {1, 2}}}}}),
       {"--out", "regular/out"},
       {"regular/out: the output folder cannot be made"}},
      {"backend",
       "",
       {"--backend", "openmpi"},
       {"--backend: unknown backend (openmpi) — did you mean \"openmp\"?"}},
      {"threads", "", {"--threads", "0"}, {"--threads", "0"}},
      {"threads_text", "", {"--threads", "many"}, {"--threads", "many"}},
      {"flag", "", {"--thread", "2"}, {"--thread", "acidsim --help"}},
      {"set_without_value", "", {"--set", "seed"}, {"--set: not of the form path=value (seed)"}},
      {"set_unknown",
       "",
       {"--set", "topology.worker=3"},
       {"/topology/worker: unknown key (3) — did you mean \"workers\"?"}},
      {"set_overflow", "", {"--set", "stop.time=1e999"}, {"/stop/time: wrong type (\"1e999\")"}},
      {"set_bad_utf8", "", {"--set", "name=\xff\xfe"}, {"--set: is not UTF-8 text"}},
      {"set_deep",
       "",
       {"--set", "topology=" + brackets(20000, "[", "]")},
       {"--set topology: nested too deeply"}},
      {"set_deep_path",
       "",
       {"--set", brackets(20000, "a.", "") + "a=1"},
       {"--set: the dotted field is too long (\"a.a.a"}},
      {"set_swept",
       set({{"sweep", {{"seed", {1, 2}}}}}),
       {"--set", "seed=3"},
       {"--set seed: this field is swept ([1,2])"}},
  };
}

INSTANTIATE_TEST_SUITE_P(Text, BadInput, ::testing::ValuesIn(texts()),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Field, BadInput, ::testing::ValuesIn(bad_fields()),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Flag, BadInput, ::testing::ValuesIn(flags()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace acidsim::testing
