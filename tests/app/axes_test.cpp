// What a sweep can vary: ranges, fields that go together, axes under conditions, exclusions, experiments in one file.
#include "sim/app/json/axes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Configuration cells_of_text(const char* text, const std::vector<std::string>& settings = {}) {
  return make_configuration("x.json", Json::parse(text), settings);
}

std::vector<std::string> names_of_cells(const char* text) {
  std::vector<std::string> result;
  for (const Cell& cell : cells_of_text(text).cells) result.push_back(cell.name);
  return result;
}

std::string complaint_about(const char* text, const std::vector<std::string>& settings = {}) {
  try {
    cells_of_text(text, settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no complaint";
}

TEST(Ranges, HoldBothEnds) {
  EXPECT_EQ(range_values(Json::parse("[4, 64, 4]"), false, ""), (std::vector<Json>{4, 24, 44, 64}));
  EXPECT_TRUE(range_values(Json::parse("[4, 64, 4]"), false, "")[1].is_number_integer());
  EXPECT_EQ(range_values(Json::parse("[0, 0.3, 4]"), false, ""), (std::vector<Json>{0.0, 0.1, 0.2, 0.3}));
  EXPECT_EQ(range_values(Json::parse("[1, 1000, 4]"), true, ""), (std::vector<Json>{1, 10, 100, 1000}));
  EXPECT_EQ(range_values(Json::parse("[0, 1e-310, 3]"), false, "")[1], 5e-311)
      << "smaller than normal numbers";
  const std::vector<Json> steps = range_values(Json::parse("[0.001, 1, 7]"), true, "");
  ASSERT_EQ(steps.size(), 7u);
  for (std::size_t k = 0; k < 7; ++k)
    EXPECT_NEAR(steps[k].get<double>() / std::pow(10.0, 0.5 * static_cast<double>(k) - 3), 1, 1e-12) << k;
  EXPECT_EQ(range_values(Json::parse("[8, 2, 3]"), true, ""), (std::vector<Json>{8, 4, 2}))
      << "downwards too";
}

TEST(Axes, OfARangeAreNamedShortly) {
  EXPECT_THAT(names_of_cells(R"({"sweep": {"optimizer.learning_rate": {"log_range": [0.001, 1, 7]}}})"),
              ElementsAre("optimizer.learning_rate=0.001", "optimizer.learning_rate=0.003162",
                          "optimizer.learning_rate=0.01", "optimizer.learning_rate=0.03162",
                          "optimizer.learning_rate=0.1", "optimizer.learning_rate=0.3162",
                          "optimizer.learning_rate=1"));
  EXPECT_THAT(names_of_cells(R"({"sweep": {"stop.time": {"range": [1, 1.00001, 2]}}})"),
              ElementsAre("stop.time=1.0", "stop.time=1.00001"))
      << "all digits where four do not tell them apart";
  EXPECT_THAT(
      names_of_cells(R"({"sweep": {"topology.workers": {"range": [4, 8, 3]}, "seed": {"values": [1, 2]}}})"),
      ElementsAre("topology.workers=4,seed=1", "topology.workers=4,seed=2", "topology.workers=6,seed=1",
                  "topology.workers=6,seed=2", "topology.workers=8,seed=1", "topology.workers=8,seed=2"));
}

TEST(Axes, OfAZipGoTogether) {
  const char* text =
      R"({"sweep": {"zip": {"topology.workers": [4, 8], "stop.time": {"range": [10, 20, 2]}}, "seed": [1, 2]}})";
  EXPECT_THAT(
      names_of_cells(text),
      ElementsAre("topology.workers=4,stop.time=10,seed=1", "topology.workers=4,stop.time=10,seed=2",
                  "topology.workers=8,stop.time=20,seed=1", "topology.workers=8,stop.time=20,seed=2"));
  EXPECT_THAT(cells_of_text(text).fields, ElementsAre("topology.workers", "stop.time", "seed"));
  EXPECT_THAT(names_of_cells(R"({"sweep": {"zip": [{"seed": [1, 2]}, {"topology.workers": [4, 8]}]}})"),
              ::testing::SizeIs(4))
      << "two zips are crossed";
  EXPECT_EQ(names_of_cells(R"({"sweep": {"grid": {"seed": [1, 2], "topology.workers": [4, 8]}}})"),
            names_of_cells(R"({"sweep": {"seed": [1, 2], "topology.workers": [4, 8]}})"));
}

TEST(Axes, UnderAConditionVaryWhereItHolds) {
  const Configuration sweep =
      cells_of_text(R"({"sweep": {"algorithm.name": ["async_gossip", "a2cid2", "local_only"],
      "algorithm.alpha": {"values": [0.25, 0.5], "when": {"algorithm.name": ["async_gossip", "a2cid2"]}},
      "algorithm.eta": {"values": [0.1], "when": {"algorithm.name": "a2cid2", "algorithm.alpha": 0.5}}}})");
  std::vector<std::string> found;
  for (const Cell& cell : sweep.cells) found.push_back(cell.name);
  EXPECT_THAT(found, ElementsAre("algorithm.name=async_gossip,algorithm.alpha=0.25",
                                 "algorithm.name=async_gossip,algorithm.alpha=0.5",
                                 "algorithm.name=a2cid2,algorithm.alpha=0.25",
                                 "algorithm.name=a2cid2,algorithm.alpha=0.5,algorithm.eta=0.1",
                                 "algorithm.name=local_only"));
  EXPECT_THAT(sweep.fields, ElementsAre("algorithm.name", "algorithm.alpha", "algorithm.eta"));
  EXPECT_EQ(sweep.cells[3].config["algorithm"]["eta"], 0.1);
  EXPECT_EQ(sweep.cells[2].config["algorithm"]["eta"], "auto");
}

// A condition sees what the file gives, and defaults.
TEST(Axes, ConditionsAreOnAnyField) {
  EXPECT_THAT(
      names_of_cells(
          R"({"topology": {"family": "star"}, "sweep": {"seed": {"values": [1, 2], "when": {"topology.family": "star"}}}})"),
      ElementsAre("seed=1", "seed=2"));
  EXPECT_THAT(
      names_of_cells(R"({"sweep": {"seed": {"values": [1, 2], "when": {"topology.workers": 64.0}}}})"),
      ElementsAre("seed=1", "seed=2"));
  EXPECT_THAT(names_of_cells(R"({"sweep": {"topology.workers": [4, 64],
                        "grid": {"when": {"topology.workers": 4}, "seed": [1, 2], "stop.time": [5]}}})"),
              ElementsAre("topology.workers=4,seed=1,stop.time=5", "topology.workers=4,seed=2,stop.time=5",
                          "topology.workers=64"));
}

TEST(Axes, TheSameFieldUnderDistinctConditions) {
  const char* text = R"({"sweep": {"algorithm.name": ["async_gossip", "a2cid2"],
      "grid": [{"when": {"algorithm.name": "async_gossip"}, "algorithm.alpha": [0.5]},
               {"when": {"algorithm.name": "a2cid2"}, "algorithm.alpha": [0.25, 0.75]}]}})";
  EXPECT_THAT(names_of_cells(text), ElementsAre("algorithm.name=async_gossip,algorithm.alpha=0.5",
                                                "algorithm.name=a2cid2,algorithm.alpha=0.25",
                                                "algorithm.name=a2cid2,algorithm.alpha=0.75"));
}

TEST(Axes, ExclusionsLeaveCellsOut) {
  EXPECT_THAT(
      names_of_cells(R"({"sweep": {"topology.workers": [4, 8], "seed": [1, 2, 3],
                        "exclude": [{"topology.workers": 8, "seed": [2, 3]}, {"topology.workers": 4, "seed": 1}]}})"),
      ElementsAre("topology.workers=4,seed=2", "topology.workers=4,seed=3", "topology.workers=8,seed=1"));
}

TEST(Axes, WhatIsMalformedIsSaidWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"seed": {}})", "/sweep/seed: gives no values ({}) — a list, {\"range\": [from, to, count]}"},
      {R"({"seed": {"range": [1, 4, 4], "values": [1]}})", "/sweep/seed: gives its values in several ways"},
      {R"({"seed": {"rnage": [1, 4, 4]}})",
       "/sweep/seed/rnage: unknown key ([1,4,4]) — did you mean \"range\"?"},
      {R"({"seed": {"range": [1, 4]}})", "/sweep/seed/range: not a range ([1,4]) — [from, to, count]"},
      {R"({"seed": {"range": [1, 4, 1]}})",
       "/sweep/seed/range: the number of values must be from 2 to 100000"},
      {R"({"seed": {"range": [4, 4, 2]}})", "/sweep/seed/range: the ends must be finite and differ"},
      {R"({"stop.time": {"log_range": [0, 4, 3]}})",
       "/sweep/stop.time/log_range: the ends of a logarithmic range must be above 0"},
      {R"({"seed": {"values": 3}})", "/sweep/seed/values: not a list of values (3)"},
      {R"({"seed": {"values": [1], "when": 3}})", "/sweep/seed/when: not conditions (3)"},
      {R"({"seed": {"values": [1], "when": {"stop.time": []}}})",
       "/sweep/seed/when/stop.time: names no value ([])"},
      {R"({"seed": {"values": [1], "when": {"stop.tmie": 3}}})",
       "/sweep/seed/when/stop.tmie: no cell has such a field (stop.tmie)"},
      {R"({"seed": {"values": [1], "when": {"stop.time": 3}}, "stop.time": [3]})",
       "/sweep/seed/when/stop.time: depends on a field that is swept later (stop.time)"},
      {R"({"zip": {"seed": [1, 2], "stop.time": [1]}})",
       "/sweep/zip/stop.time: lists of a zip have different lengths (1 values, and 2 of seed)"},
      {R"({"zip": []})", "/sweep/zip: holds no block ([])"},
      {R"({"zip": {"when": {"seed": 1}}})", "/sweep/zip: names no field"},
      {R"({"zip": {"seed, repeats": [[1, 2]]}})", "/sweep/zip/seed, repeats: names several fields"},
      {R"({"grid": 3})", "/sweep/grid: not a block of fields (3)"},
      {R"({"seed": [1], "grid": {"seed": [2]}})", "/sweep/grid/seed: field swept twice (seed)"},
      {R"({"exclude": [{"seed": 1}]})", "/sweep: varies no field"},
      {R"({"seed": [1], "exclude": {"seed": 1}})", "/sweep/exclude: not a list of combinations"},
      {R"({"seed": [1], "exclude": [{"seed": 2}]})", "/sweep/exclude/0: excludes no cell"},
      {R"({"seed": [1], "exclude": [{"sede": 1}]})",
       "/sweep/exclude/0/sede: no cell has such a field (sede)"},
      {R"({"seed": [1], "exclude": [{"seed": 1}]})", "/sweep/exclude/0: no cell is left"},
      {R"({"tune.seed": [1]})", "/sweep/tune.seed: cannot be swept"}};
  for (const auto& [sweep, message] : cases)
    EXPECT_THAT(complaint_about((std::string(R"({"sweep": )") + sweep + "}").c_str()), HasSubstr(message))
        << sweep;
  EXPECT_THAT(
      complaint_about(R"({"sweep": {"stop.time": [1, 2], "grid": [{"when": {"stop.time": 1}, "seed": [1]},
                                                                   {"when": {"stop.time": [1, 2]}, "seed": [2]}]}})"),
      HasSubstr("/sweep/grid/1/seed: field swept twice in one cell (stop.time=1,seed=1)"));
}

TEST(Experiments, StandInOneFile) {
  const Configuration file =
      cells_of_text(R"({"stop": {"time": 5, "diverged_above": 1e6}, "topology": {"workers": 8},
      "sweep": {"seed": [1, 2]},
      "experiments": {"star": {"topology": {"family": "star"}},
                      "long": {"stop.time": 50, "sweep": null},
                      "wide": {"stop": {"time": 7}, "sweep": {"topology.workers": [9, 10]}}}})");
  std::vector<std::string> found;
  for (const Cell& cell : file.cells) found.push_back(cell.name);
  EXPECT_THAT(found,
              ElementsAre("experiment=star,seed=1", "experiment=star,seed=2", "experiment=long",
                          "experiment=wide,topology.workers=9", "experiment=wide,topology.workers=10"));
  EXPECT_TRUE(file.is_sweep);
  EXPECT_THAT(file.fields, ElementsAre("experiment", "seed", "topology.workers"));
  EXPECT_EQ(file.cells[0].config["topology"]["family"], "star");
  EXPECT_EQ(file.cells[0].config["topology"]["workers"], 8) << "objects are merged";
  EXPECT_EQ(file.cells[2].config["stop"]["time"], 50);
  EXPECT_EQ(file.cells[4].config["stop"]["time"], 7);
  EXPECT_EQ(file.cells[4].config["stop"]["diverged_above"], 1e6);
  EXPECT_FALSE(file.cells[0].config.contains("experiments"));
  EXPECT_EQ(cells_of_text(R"({"experiments": {"a": {}}})", {"experiments=null"}).cells.size(), 1u);
  EXPECT_EQ(cells_of_text(R"({"experiments": {"a": {}}})", {"experiments.a.seed=4"}).cells[0].config["seed"],
            4);
}

TEST(Experiments, WhatIsMalformedIsSaidWhere) {
  EXPECT_THAT(complaint_about(R"({"experiments": {}})"), HasSubstr("/experiments: not experiments ({})"));
  EXPECT_THAT(complaint_about(R"({"experiments": ["a"]})"), HasSubstr("/experiments: not experiments"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a/b": {}}})"),
              HasSubstr("/experiments/a/b: cannot be part of a folder's name"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a": 3}})"),
              HasSubstr("/experiments/a: not an experiment (3)"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a": {"experiments": {}}}})"),
              HasSubstr("/experiments/a/experiments: experiments hold no experiments"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a": {"sweep": {"seed": []}}}})"),
              HasSubstr("x.json: /experiments/a: /sweep/seed: not a list of values"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a": {"seed": "x"}}})"),
              HasSubstr("x.json [experiment=a]: /seed: wrong type (\"x\")"));
  EXPECT_THAT(complaint_about(R"({"experiments": {"a": {"seed": 3}}})", {"seed=4"}),
              HasSubstr("--set seed: this field differs between experiments"));
  EXPECT_THAT(complaint_about(R"({"sweep": {"grid": {"zip": {"seed": [3]}}}})", {"seed=4"}),
              HasSubstr("--set seed: this field is swept"));
}

}  // namespace
}  // namespace acidsim::testing
