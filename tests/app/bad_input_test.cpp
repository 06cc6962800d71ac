// Whatever is wrong with what the user gives: exit code 2, a message with the place, the value and what would
// be right, and nothing written.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// What a run of x.json with these arguments complains about.
struct Case {
  std::string name;
  std::string config;  // the text of x.json; empty = small_experiment()
  std::vector<std::string> arguments;
  std::vector<std::string> fragments;  // of the message
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string set(const Json& changes) { return changed(small_experiment(), changes).dump(); }

class BadInput : public ::testing::TestWithParam<Case> {};

TEST_P(BadInput, IsRefusedWithAMessageAndNothingIsWritten) {
  const Case& c = GetParam();
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

std::vector<Case> texts() {
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

Json quadratic(const std::string& given) { return Json::parse(R"({"name": "quadratic", )" + given + "}"); }
const std::pair<const char*, Json> two_workers = {"topology", {{"family", "path"}, {"workers", 2}}};

std::vector<Case> fields() {
  return {
      {"unknown_key", set({{"sede", 1}}), {}, {"x.json: /sede: unknown key (1) — did you mean \"seed\"?"}},
      {"unknown_inner_key",
       set({{"topology.wrokers", 4}}),
       {},
       {"x.json: /topology/wrokers: unknown key (4) — did you mean \"workers\"?"}},
      {"unknown_key_far_from_any",
       set({{"record.xyzzy", 4}}),
       {},
       {"/record/xyzzy: unknown key (4) — known: every, metrics"}},
      {"key_of_another_variant", set({{"topology.degree", 4}}), {}, {"/topology/degree: unknown key (4)"}},
      {"unknown_algorithm",
       set({{"algorithm.name", "a2cid"}}),
       {},
       {"/algorithm/name: unknown name (\"a2cid\") — did you mean \"a2cid2\"?"}},
      {"unknown_family",
       set({{"topology.family", "ring"}}),
       {},
       {"/topology/family: unknown name (\"ring\")", "cycle"}},
      {"unknown_metric",
       set({{"record.metrics", {"consensus"}}}),
       {},
       {"/record/metrics/0: unknown name (\"consensus\")"}},
      {"text_for_number",
       set({{"topology.workers", "8"}}),
       {},
       {"/topology/workers: wrong type (\"8\") — must be integer"}},
      {"point_for_integer",
       set({{"topology.workers", 8.5}}),
       {},
       {"/topology/workers: wrong type (8.5) — must be integer"}},
      {"whole_number_with_point",
       set({{"topology.workers", 8.0}}),
       {},
       {"/topology/workers: wrong type (8.0)", "written without point"}},
      {"number_for_flag",
       set({{"record.events", 1}}),
       {},
       {"/record/events: wrong type (1) — must be boolean"}},
      {"null_for_number",
       set({{"timing.gradient_rate", nullptr}}),
       {},
       {"/timing/gradient_rate: wrong type (null)"}},
      {"object_for_text",
       set({{"precision", Json::object()}}),
       {},
       {"/precision: wrong type ({}) — must be string"}},
      {"precision",
       set({{"precision", "half"}}),
       {},
       {"/precision: unknown name (\"half\") — known: double, single"}},
      {"negative_gradient_rate",
       set({{"timing.gradient_rate", -1}}),
       {},
       {"/timing/gradient_rate: too small (-1) — must be at least 0"}},
      {"negative_rate_in_list",
       set({{"timing.gradient_rate", {1, 1, 1, -0.5, 1, 1, 1, 1}}}),
       {},
       {"/timing/gradient_rate/3: too small (-0.5)"}},
      {"negative_communication_rate",
       set({{"timing.communication_rate", -2.5}}),
       {},
       {"/timing/communication_rate: too small (-2.5)"}},
      {"rates_of_the_wrong_number",
       set({{"timing.gradient_rate", {1, 2, 3}}}),
       {},
       {"/timing/gradient_rate: has 3 rates for 8 workers ([1,2,3]) — give one rate per worker"}},
      {"sum_of_rates_overflows",
       set({{"timing.gradient_rate", 1e308}}),
       {},
       {"/timing/gradient_rate: the sum of the rates is out of range (inf)"}},
      {"nothing_happens",
       set({{"timing", {{"gradient_rate", 0}, {"communication_rate", 0}}}}),
       {},
       {"/timing: nothing could ever happen: every rate is 0", "give a positive gradient_rate"}},
      {"nothing_happens_alone",
       set({{"algorithm.name", "local_only"}, {"timing.gradient_rate", 0}}),
       {},
       {"/timing: nothing could ever happen"}},
      {"nothing_happens_without_objective",
       set({{"objective", {{"name", "none"}}},
            {"timing.communication_rate", 0},
            {"record.metrics", {"consensus_distance"}}}),
       {},
       {"/timing: nothing could ever happen"}},
      {"zero_workers",
       set({{"topology.workers", 0}}),
       {},
       {"/topology/workers: too small (0) — must be at least 1"}},
      {"absurdly_many_workers",
       set({{"topology.workers", 4000000000}}),
       {},
       {"/topology/workers: the graph is too large (4000000000 workers"}},
      {"too_many_edges",
       set({{"topology", {{"family", "complete"}, {"workers", 1000000}}}}),
       {},
       {"/topology/workers: the graph is too large (1000000 workers, 5e+11 edges)"}},
      {"grid_that_does_not_fit",
       set({{"topology", {{"family", "grid2d"}, {"workers", 8}, {"rows", 3}}}}),
       {},
       {"/topology/rows: does not fit the number of workers (3)"}},
      {"grid_that_overflows",
       set({{"topology",
             {{"family", "grid2d"}, {"workers", 8}, {"rows", 4294967295}, {"cols", 4294967295}}}}),
       {},
       {"/topology/rows: does not fit"}},
      {"odd_hypercube",
       set({{"topology", {{"family", "hypercube"}, {"workers", 12}}}}),
       {},
       {"/topology/workers: not a power of two (12)"}},
      {"disconnected_by_chance",
       set({{"topology", {{"family", "erdos_renyi"}, {"p", 0.01}}}}),
       {},
       {"/topology/p: the graph drawn is not connected", "another seed"}},
      {"impossible_degree",
       set({{"topology", {{"family", "random_regular"}, {"workers", 7}, {"degree", 3}}}}),
       {},
       {"/topology/degree: workers × degree must be even"}},
      {"explicit_without_rates",
       set({{"topology.rates", "explicit"}}),
       {},
       {"/topology/rates: no rates are given for the edges (\"explicit\")"}},
      {"file_and_family",
       set({{"topology.file", "a.txt"}}),
       {},
       {"/topology/family: cannot stand beside \"file\" (\"cycle\")"}},
      {"absurd_dimension",
       set({{"objective.dimension", 1000000000},
            {"topology.workers", 1000000},
            {"algorithm.name", "async_gossip"}}),
       {},
       {"/objective/dimension: the states of 1000000 workers need", "dimension 1000000000"}},
      {"absurd_dimension_alone",
       set({{"objective", {{"name", "none"}, {"dimension", 1000000000}}},
            {"topology.workers", 1000000},
            {"algorithm.name", "async_gossip"},
            {"record.metrics", {"consensus_distance"}}}),
       {},
       {"/objective/dimension: the states of 1000000 workers need"}},
      {"absurd_data",
       set({{"objective",
             {{"name", "linear_regression"}, {"data", {{"samples", 100000000}, {"features", 100000000}}}}}}),
       {},
       {"/objective/data/samples: times features needs more than 8 GiB"}},
      {"curvature",
       set({{"objective.curvature_min", 3}}),
       {},
       {"/objective/curvature_max: below curvature_min (2)"}},
      {"endless", set({{"stop", {{"time", nullptr}}}}), {}, {"/stop: nothing would surely end this run"}},
      {"no_communications",
       set({{"stop.communications", 5}, {"algorithm.name", "local_only"}}),
       {},
       {"x.json: /stop/communications: would never be reached: nobody communicates here (5)"}},
      {"states", set({{"record.states", "al"}}), {}, {"/record/states: unknown name (\"al\")"}},
      {"point_without_x", set({{"initial", {{"kind", "point"}}}}), {}, {"/initial: missing key (x)"}},
      {"point_of_another_dimension",
       set({{"initial", {{"kind", "point"}, {"x", {1, 2}}}}}),
       {},
       {"x.json: /initial/x: has 2 numbers for dimension 3"}},
      {"point_with_scale",
       set({{"initial", {{"kind", "point"}, {"x", {1, 2, 3}}, {"scale", 2}}}}),
       {},
       {"x.json: /initial/scale: does not apply to points that are given (2)"}},
      {"no_file_of_points",
       set({{"initial", {{"kind", "file"}, {"file", "none.npy"}}}}),
       {},
       {"x.json: /initial/file", "none.npy: cannot be read"}},
      {"asymmetric_matrix",
       set({{"objective", quadratic(R"("matrices": [[[1, 0], [0, 1]], [[1, 2], [3, 9]]])")}, two_workers}),
       {},
       {"x.json: /objective/matrices: that of worker 1 is not symmetric"}},
      {"indefinite_matrix",
       set({{"objective", quadratic(R"("matrices": [[[1, 2], [2, 1]], [[1, 0], [0, 1]]])")}, two_workers}),
       {},
       {"/objective/matrices: that of worker 0 is not positive semidefinite (its smallest eigenvalue is "
        "-1)"}},
      {"too_few_matrices",
       set({{"objective", quadratic(R"("matrices": [[[1]]])")}, two_workers}),
       {},
       {"x.json: /objective/matrices: there are 1 for 2 workers"}},
      {"too_few_centers",
       set({{"objective", quadratic(R"("centers": [[1], [2], [3]])")}, two_workers}),
       {},
       {"x.json: /objective/centers: there are 3 for 2 workers"}},
      {"ragged_matrix",
       set({{"objective", quadratic(R"("matrices": [[[1, 0], [0]], [[1, 0], [0, 1]]])")}, two_workers}),
       {},
       {"x.json: /objective/matrices/0/1: is not a list of 2 numbers ([0])"}},
      {"words_as_center",
       set({{"objective", quadratic(R"("centers": [[1, "a"], [2, 3]])")}, two_workers}),
       {},
       {"x.json: /objective/centers/0: is not a list of 2 numbers"}},
      {"no_matrices",
       set({{"objective", quadratic(R"("matrices": [])")}}),
       {},
       {"x.json: /objective/matrices: there are none"}},
      {"curvature_and_matrices",
       set({{"objective", quadratic(R"("matrices": [[[1]], [[1]]], "curvature_max": 4)")}, two_workers}),
       {},
       {"x.json: /objective/curvature_max: cannot stand beside \"matrices\" (4)"}},
      {"heterogeneity_and_centers",
       set({{"objective", quadratic(R"("centers": [[1], [2]], "heterogeneity": 1)")}, two_workers}),
       {},
       {"x.json: /objective/heterogeneity: cannot stand beside \"centers\" (1)"}},
      {"gradients_that_never_come",
       set({{"objective", {{"name", "none"}}},
            {"record.metrics", {"consensus_distance"}},
            {"stop", {{"gradients", 5}}}}),
       {},
       {"/stop/gradients: would never be reached"}},
      {"negative_time", set({{"stop.time", -1}}), {}, {"/stop/time: too small (-1)"}},
      {"record_never", set({{"record.every", 0}}), {}, {"/record/every: too small (0) — must be above 0"}},
      {"record_too_often", set({{"record.every", 1e-300}}), {}, {"/record/every: too many records (1e-300)"}},
      {"metric_twice",
       set({{"record.metrics", {"suboptimality", "suboptimality"}}}),
       {},
       {"/record/metrics: a metric is named twice (\"suboptimality\")"}},
      {"metric_without_objective",
       set({{"objective", {{"name", "none"}}}}),
       {},
       {"/record/metrics/1: needs an objective (\"suboptimality\")"}},
      {"metric_without_second_vector",
       set({{"algorithm.name", "async_gossip"}, {"record.metrics", {"mixing_gap"}}}),
       {},
       {"/record/metrics/0: needs an algorithm with x̃ (\"mixing_gap\")"}},
      {"metric_without_test_set",
       set({{"objective", {{"name", "softmax_regression"}, {"data", {{"dataset", "synthetic"}}}}},
            {"record.metrics", {"test_loss"}}}),
       {},
       {"/record/metrics/0: needs test data, and there is none (\"test_loss\")"}},
      {"accuracy_without_classes",
       set({{"record.metrics", {"test_accuracy"}}}),
       {},
       {"/record/metrics/0: needs ", "(\"test_accuracy\")"}},
      {"target_without_metric",
       set({{"stop.target", {{"below", 1}}}}),
       {},
       {"/stop/target: missing key (metric)"}},
      {"target_that_cannot_be",
       set({{"stop.target", {{"metric", "test_accuracy"}, {"below", 1}}}}),
       {},
       {"/stop/target/metric: needs "}},
      {"more_workers_than_rows",
       set({{"objective",
             {{"name", "linear_regression"}, {"data", {{"samples", 5}}}, {"partition", {{"scheme", "iid"}}}}},
            {"record.metrics", {"loss"}}}),
       {},
       {"/topology/workers: outnumber the rows to divide among them (8 workers, 5 rows)"}},
      {"labels_needed",
       set({{"objective", {{"name", "linear_regression"}, {"partition", {{"scheme", "dirichlet"}}}}},
            {"record.metrics", {"loss"}}}),
       {},
       {"/objective/partition/scheme: needs labels, and this objective has none (\"dirichlet\")"}},
      {"name_with_slash",
       set({{"name", "../up"}}),
       {},
       {"/name: cannot be the name of a folder (\"../up\")"}},
      {"name_with_newline", set({{"name", "a\nb"}}), {}, {"/name: holds a control character"}},
  };
}

std::vector<Case> flags() {
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
INSTANTIATE_TEST_SUITE_P(Field, BadInput, ::testing::ValuesIn(fields()),
                         [](const auto& test) { return test.param.name; });
INSTANTIATE_TEST_SUITE_P(Flag, BadInput, ::testing::ValuesIn(flags()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace acidsim::testing
