// Rows that a program adds: they run as those of acidsim do, and what cannot be added is refused whole.
#include "sim/app/registry/own_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/app/json/schema.hpp"
#include "tests/app/program.hpp"
#include "tests/extensions/rows.hpp"
#include "tests/topologies/expect_error.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class OwnRows : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { add_renamed_rows(); }
};

std::string digest_of(const Json& changes) {
  return run_once(changed(small_experiment(), changes)).state_digest;
}

TEST_F(OwnRows, HaveTheBitsOfTheirTwins) {
  const std::string digest = digest_of(Json::object());
  EXPECT_EQ(digest_of({{"algorithm.name", "my_a2cid2"}}), digest);
  EXPECT_EQ(digest_of({{"objective", {{"name", "my_quadratic"}}}}), digest);
  EXPECT_EQ(digest_of({{"topology.family", "my_cycle"}}), digest);
  EXPECT_EQ(digest_of({{"timing.model", "my_poisson"}}), digest);
  EXPECT_EQ(digest_of({{"algorithm.name", "my_a2cid2"},
                       {"objective", {{"name", "my_quadratic"}}},
                       {"topology", {{"family", "my_cycle"}}},
                       {"timing.model", "my_poisson"}}),
            digest);
  EXPECT_NE(digest_of({{"objective", {{"name", "my_quadratic"}, {"noise", 0.5}}}}), digest);
}

TEST_F(OwnRows, LearnFromTables) {
  Json objective = Json::parse(
      R"({"name": "softmax_regression", "batch_size": 4, "data": {"dataset": "synthetic", "samples": 60, "classes": 3}})");
  const std::string digest = digest_of({{"objective", objective}, {"record.metrics", {"loss"}}});
  objective["name"] = "my_softmax";
  EXPECT_EQ(digest_of({{"objective", objective}, {"record.metrics", {"loss"}}}), digest);
  objective["batch_size"] = 5;
  EXPECT_NE(digest_of({{"objective", objective}, {"record.metrics", {"loss"}}}), digest);
}

Json with_model(Json changes, const char* model) {
  changes["timing.model"] = model;
  return changes;
}

TEST_F(OwnRows, TakeTheirTimeFromTheModelWithDirectedMessagesAndEarlyReads) {
  for (const Json& changes :
       {Json{{"algorithm.name", "push_sum"}}, Json{{"timing.gradient", {{"read", "at_start"}}}},
        Json{{"timing.churn", {{"mean_present", 3}}}}})
    EXPECT_EQ(digest_of(with_model(changes, "my_poisson")), digest_of(with_model(changes, "poisson")))
        << changes.dump();
}

TEST_F(OwnRows, StandInTheRegistryAndTheSchema) {
  const std::string schema = configuration_schema().dump();
  for (const auto& [kind, name] :
       {std::pair(Kind::algorithm, "my_a2cid2"), std::pair(Kind::objective, "my_quadratic"),
        std::pair(Kind::family, "my_cycle"), std::pair(Kind::unchanging_family, "my_cycle"),
        std::pair(Kind::timing, "my_poisson")}) {
    ASSERT_NE(find_row(kind, name), nullptr) << name;
    EXPECT_THAT(names_of(kind), Contains(name));
    EXPECT_THAT(schema, HasSubstr(fmt::format("\"{}\"", name)));
  }
}

TEST_F(OwnRows, HaveCheckedParameters) {
  EXPECT_THAT(input_error_of([] {
                digest_of({{"objective", {{"name", "my_quadratic"}, {"noise", -1}}}});
              }),
              AllOf(HasSubstr("/objective/noise"), HasSubstr("at least 0")));
  EXPECT_THAT(input_error_of([] {
                digest_of({{"objective", {{"name", "my_quadratic"}, {"nois", 1}}}});
              }),
              AllOf(HasSubstr("/objective/nois"), HasSubstr("did you mean \"noise\"?")));
  EXPECT_THAT(input_error_of([] {
                digest_of({{"topology", {{"family", "my_cycle"}, {"workers", 2.5}}}});
              }),
              HasSubstr("/topology/workers"));
}

TEST_F(OwnRows, AreRefusedWhereADeclarationDoesNotFitTogether) {
  AlgorithmRow row = row_named(all_algorithms(), "async_gossip");
  row.name = "my_misshapen";
  row.dynamics = [](const Values& values) {
    Dynamics dynamics = row_named(all_algorithms(), "async_gossip").dynamics(values);
    dynamics.flow = Matrix<double>::Zero(3, 3);
    return dynamics;
  };
  Extension extension;
  extension.add(std::move(row));
  add_to_registry(std::move(extension));
  EXPECT_THAT(input_error_of([] {
                digest_of({{"algorithm.name", "my_misshapen"}});
              }),
              AllOf(HasSubstr("/algorithm/name"), HasSubstr("the flow is m × m")));
}

// Rows stay where they are while others come.
TEST_F(OwnRows, StayWhereTheyAre) {
  const Row* const row = find_row(Kind::algorithm, "a2cid2");
  const AlgorithmRow* const method = &row_named(all_algorithms(), "a2cid2");
  for (int k = 0; k < 100; ++k) {
    AlgorithmRow another = renamed_a2cid2();
    another.name = fmt::format("another_{}", k);
    Extension extension;
    extension.add(std::move(another));
    add_to_registry(std::move(extension));
    ASSERT_NE(find_row(Kind::algorithm, fmt::format("another_{}", k)), nullptr);
  }
  EXPECT_EQ(find_row(Kind::algorithm, "a2cid2"), row);
  EXPECT_EQ(&row_named(all_algorithms(), "a2cid2"), method);
}

std::string refusal(Extension extension, const std::string& origin = "") {
  return input_error_of([&] { add_to_registry(std::move(extension), origin); });
}

TEST_F(OwnRows, AreRefusedUnderANameThatIsTaken) {
  Extension extension;
  extension.add(renamed_cycle());
  EXPECT_THAT(refusal(extension, "libmine.so"),
              AllOf(HasSubstr("libmine.so: the topology that is added: has the name of another one"),
                    HasSubstr("my_cycle")));
  for (const char* taken : {"cycle", "file"}) {  // of acidsim
    extension.topologies[0].name = taken;
    EXPECT_THAT(refusal(extension), HasSubstr("has the name of another one"));
  }
  Extension twice;  // within one extension
  for (int k = 0; k < 2; ++k)
    twice.add(OwnTiming{.name = "twice", .summary = "s", .make = renamed_poisson().make});
  EXPECT_THAT(refusal(twice), HasSubstr("has the name of another one"));
  EXPECT_EQ(find_row(Kind::timing, "twice"), nullptr) << "it is added whole or not at all";
  Extension method;
  method.add(row_named(all_algorithms(), "dadao"));
  EXPECT_THAT(refusal(method), HasSubstr("the method that is added"));
}

TEST_F(OwnRows, AreRefusedWithoutANameOrAFunction) {
  for (const char* name : {"", "My", "1a", "a-b", "a b", "é"}) {
    Extension extension;
    extension.add(OwnTopology{.name = name, .summary = "s", .make = renamed_cycle().make});
    EXPECT_THAT(refusal(extension), HasSubstr("has no name")) << name;
  }
  Extension extension;
  extension.add(OwnTopology{.name = "fine", .summary = "s", .make = renamed_cycle().make});
  extension.add(AlgorithmRow{.name = "nothing_to_do", .summary = "s", .dynamics = nullptr});
  EXPECT_THAT(refusal(extension), HasSubstr("lacks the function"));
  EXPECT_EQ(find_row(Kind::family, "fine"), nullptr);
}

TEST_F(OwnRows, GiveTimesToPairsAlone) {
  for (const char* method : {"d_psgd", "server_async_sgd"})
    EXPECT_THAT(input_error_of([&] {
                  digest_of({{"timing.model", "my_poisson"}, {"algorithm.name", method}});
                }),
                AllOf(HasSubstr("/timing/model"), HasSubstr("gradients and of pairs alone")));
  EXPECT_THAT(input_error_of([&] {
                digest_of({{"timing.model", "my_poisson"}, {"topology.failures", Json::object()}});
              }),
              AllOf(HasSubstr("/timing/model"), HasSubstr("does not change")));
}

// What engines count on is checked, whoever makes it.
TEST_F(OwnRows, MakeGraphsAndObjectivesThatFit) {
  const auto spoilt = [](const char* name, std::function<void(Graph&)> spoil) {
    Extension extension;
    extension.add(OwnTopology{.name = name, .summary = "s", .make = [spoil](const Values&) {
                                Graph graph = cycle(8);
                                spoil(graph);
                                return graph;
                              }});
    add_to_registry(std::move(extension));
    return input_error_of([&] { digest_of({{"topology", {{"family", name}}}}); });
  };
  EXPECT_THAT(spoilt("turned_edge", [](Graph& graph) { std::swap(graph.edges[0].i, graph.edges[0].j); }),
              AllOf(HasSubstr("/topology/family: edge 1, 0"), HasSubstr("i < j < workers")));
  EXPECT_THAT(spoilt("far_edge", [](Graph& graph) { graph.edges.back().j = 8; }),
              HasSubstr("i < j < workers"));
  EXPECT_THAT(spoilt("out_of_order", [](Graph& graph) { std::swap(graph.edges[0], graph.edges[1]); }),
              HasSubstr("out of order"));
  EXPECT_THAT(spoilt("doubled", [](Graph& graph) { graph.edges.push_back(graph.edges.back()); }),
              HasSubstr("comes twice"));
  EXPECT_THAT(spoilt("heavy", [](Graph& graph) { graph.edges[0].rate = infinity; }),
              HasSubstr("finite weight"));
  EXPECT_THAT(spoilt("nobody", [](Graph& graph) { graph = {}; }), HasSubstr("no workers"));
  EXPECT_THAT(spoilt("apart", [](Graph& graph) { graph.edges.clear(); }), HasSubstr("no edges"));
  EXPECT_THAT(spoilt("half_named", [](Graph& graph) { graph.worker_names = {"a"}; }),
              HasSubstr("for each worker"));
  OwnObjective small = renamed_quadratic();
  small.name = "smaller_than_told";
  small.make = [](const ObjectiveChoice&) {
    ObjectiveSource source = quadratic_objective({.dimension = 2});
    source.dimension = 3;
    return source;
  };
  Extension extension;
  extension.add(std::move(small));
  add_to_registry(std::move(extension));
  EXPECT_THAT(input_error_of([] {
                digest_of({{"objective", {{"name", "smaller_than_told"}}}});
              }),
              AllOf(HasSubstr("/objective/name: this objective has another dimension"), HasSubstr("(2)")));
}

// Paths start from the folder of the configuration.
TEST_F(OwnRows, ReadFiles) {
  Extension extension;
  extension.add(OwnTopology{.name = "of_my_file",
                            .summary = "as many workers in a ring as a file has bytes",
                            .parameters = {{.name = "path",
                                            .kind = Parameter::Kind::text,
                                            .what = "the file",
                                            .required = true,
                                            .is_path = true}},
                            .make = [](const Values& values) {
                              return cycle(static_cast<Worker>(fs::file_size(values.text("path"))));
                            }});
  add_to_registry(std::move(extension));
  const Scratch scratch;
  scratch.write("bytes.txt", "123456789");
  const Json source =
      changed(small_experiment(), {{"topology", {{"family", "of_my_file"}, {"path", "bytes.txt"}}}});
  EXPECT_EQ(Trial(source, scratch / "experiment.json").plan.workers(), 9u);
}

}  // namespace
}  // namespace acidsim::testing
