// From JSON to complete configurations: defaults, --set, comments, sweeps.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Configuration make(const char* text, const std::vector<std::string>& settings = {}) {
  return make_configuration("folder/ring.json", Json::parse(text), settings);
}

Json resolved(const char* text, const std::vector<std::string>& settings = {}) {
  return make(text, settings).cells.at(0).config;
}

std::string complaint(const char* text, const std::vector<std::string>& settings = {}) {
  try {
    make(text, settings);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no complaint";
}

std::vector<std::string> names(const Configuration& configuration) {
  std::vector<std::string> result;
  for (const Cell& cell : configuration.cells) result.push_back(cell.name);
  return result;
}

TEST(Configuration, EmptyObjectIsTheDefaultExperiment) {
  const Json config = resolved("{}");
  EXPECT_EQ(config["name"], "ring");  // of the file
  EXPECT_EQ(config["seed"], 1);
  EXPECT_EQ(config["repeats"], 1);
  EXPECT_EQ(config["precision"], "double");
  EXPECT_EQ(
      config["topology"],
      Json::parse(R"({"family": "cycle", "rates": {"scheme": "uniform_neighbor", "max_worker_rate": null},
                              "chi_precision": "auto", "failures": null, "workers": 64})"));
  EXPECT_EQ(config["timing"], Json::parse(
                                  R"({"model": "poisson", "gradient_rate": 1.0, "communication_rate": 1.0,
                        "gradient": {"read": "at_step"}, "churn": null, "messages": null, "barrier": null,
                        "backup_workers": 0})"));
  EXPECT_EQ(config["algorithm"],
            Json::parse(R"({"name": "a2cid2", "eta": "auto", "alpha": "auto", "alpha_tilde": "auto",
                            "exchange_order": "sde", "chi": "mean", "chi_window": 20.0})"));
  EXPECT_EQ(config["objective"], Json::parse(R"({"name": "none", "dimension": 10})"));
  EXPECT_EQ(config["initial"], Json::parse(R"({"kind": "auto", "scale": 1.0, "average": false})"));
  EXPECT_EQ(config["stop"]["time"], 200.0);
  EXPECT_EQ(config["record"]["metrics"], Json::parse(R"(["consensus_distance"])"))
      << "no loss without an objective";
  EXPECT_TRUE(config["tune"].is_null());
  EXPECT_FALSE(config.contains("sweep"));
  EXPECT_FALSE(config.contains("experiments"));
}

TEST(Configuration, WhatIsTunedIsComplete) {
  const Json config =
      resolved(R"({"objective": {"name": "quadratic"}, "stop": {"target": {"metric": "loss", "below": 0.1}},
      "tune": {"optimizer.learning_rate": {"log_range": [0.01, 1, 5], "by": "time_to_target"}},
      "repeats": {"until": {"metric": "loss"}}})");
  EXPECT_EQ(
      config["tune"]["optimizer.learning_rate"],
      Json::parse(R"({"range": null, "log_range": [0.01, 1, 5], "by": "time_to_target", "metric": "loss",
                            "goal": "smallest", "below": 0.1, "method": "grid", "refine": 2, "widen": 2, "repeats": 3})"));
  EXPECT_EQ(config["repeats"], Json::parse(R"({"until": {"metric": "loss", "relative_half_width": 0.05},
                                               "at_least": 5, "at_most": 1000})"));
}

TEST(Configuration, DefaultsFollowTheChosenVariant) {
  const Json config =
      resolved(R"({"objective": {"name": "logistic_regression"}, "optimizer": {"schedule": "cosine"}})");
  EXPECT_EQ(config["objective"]["data"]["dataset"], "synthetic");
  EXPECT_EQ(config["objective"]["data"]["samples"], 1000);
  EXPECT_EQ(config["objective"]["partition"]["scheme"], "shared");
  EXPECT_EQ(config["objective"]["l2"], 1e-3);
  EXPECT_EQ(
      config["optimizer"]["schedule"],
      Json::parse(R"({"name": "cosine", "clock": "time", "milestones_in": "fraction", "final_fraction": 0.0,
                            "length": null, "warmup": 0.0, "warmup_start": 0.0})"));
  EXPECT_EQ(resolved(R"({"optimizer": {"name": "adamw"}})")["optimizer"],
            Json::parse(R"({"name": "adamw", "learning_rate": 0.05, "clip_norm": null, "clip_epsilon": 0.0,
                            "decay_excludes": [], "average_buffers": false,
                            "schedule": {"name": "constant", "clock": "time", "milestones_in": "fraction",
                                         "warmup": 0.0, "warmup_start": 0.0},
                            "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01})"));
  EXPECT_EQ(config["record"]["metrics"], Json::parse(R"(["consensus_distance", "loss"])"));
}

TEST(Configuration, AnotherLimitReplacesTheDefaultTime) {
  EXPECT_TRUE(resolved(R"({"objective": {"name": "quadratic"}, "stop": {"gradients": 10}})")["stop"]["time"]
                  .is_null());
  EXPECT_TRUE(resolved(R"({"stop": {"wall_seconds": 1}})")["stop"]["time"].is_null());
  EXPECT_TRUE(
      resolved(R"({"objective": {"name": "softmax_regression"}, "stop": {"epochs": 0.5}})")["stop"]["time"]
          .is_null());
  EXPECT_EQ(resolved(R"({"stop": {"target": {"metric": "consensus_distance", "below": 1}}})")["stop"]["time"],
            200.0)
      << "a target may never be reached";
  EXPECT_EQ(
      resolved(
          R"({"objective": {"name": "quadratic"}, "stop": {"gradients": 10, "time": 3}})")["stop"]["time"],
      3);
}

TEST(Configuration, ResolvingIsIdempotent) {
  const Json config = make_configuration("x.json", small_experiment()).cells[0].config;
  EXPECT_EQ(make_configuration("y.json", config).cells[0].config, config);
}

TEST(Settings, AreJsonOrElseText) {
  const Json config =
      resolved("{}", {"topology.workers=32", "topology.family=star", "name=\"quoted\"", "stop.gradients=null",
                      "record.metrics=[\"consensus_distance\"]", "record.events=true"});
  EXPECT_EQ(config["topology"]["workers"], 32);
  EXPECT_EQ(config["topology"]["family"], "star");
  EXPECT_EQ(config["name"], "quoted");
  EXPECT_TRUE(config["stop"]["gradients"].is_null());
  EXPECT_EQ(config["record"]["metrics"].size(), 1u);
  EXPECT_EQ(config["record"]["events"], true);
}

TEST(Settings, LaterOnesWinAndMakeObjectsOnTheWay) {
  EXPECT_EQ(resolved("{}", {"seed=3", "seed=4"})["seed"], 4);
  EXPECT_EQ(resolved(R"({"timing": {"gradient_rate": {"distribution": "uniform"}}})",
                     {"timing.gradient_rate.low=0.25"})["timing"]["gradient_rate"]["low"],
            0.25);
}

TEST(Settings, RemoveOrReplaceASweep) {
  const char* text = R"({"sweep": {"topology.workers": [4, 8]}})";
  EXPECT_EQ(make(text).cells.size(), 2u);
  const Configuration single = make(text, {"sweep=null", "topology.workers=5"});
  EXPECT_FALSE(single.is_sweep);
  EXPECT_EQ(single.cells[0].config["topology"]["workers"], 5);
  EXPECT_EQ(make(text, {R"(sweep={"seed": [1, 2, 3]})"}).cells.size(), 3u);
}

TEST(Settings, ComplaintsNameTheSetting) {
  EXPECT_THAT(complaint("{}", {"seed"}), HasSubstr("--set: not of the form path=value (seed)"));
  EXPECT_THAT(complaint("{}", {"=3"}), HasSubstr("--set: not of the form path=value"));
  EXPECT_THAT(complaint("{}", {"topology..workers=3"}),
              HasSubstr("--set topology..workers: not a dotted field"));
  EXPECT_THAT(complaint("{}", {"seed.x=3", "seed.x.y=4"}),
              HasSubstr("--set seed.x.y: x is not an object (3)"));
  EXPECT_THAT(complaint("{}", {"topology.wrokers=3"}),
              AllOf(HasSubstr("folder/ring.json: /topology/wrokers: unknown key (3)"),
                    HasSubstr("did you mean \"workers\"?")));
  EXPECT_THAT(complaint(R"({"sweep": {"topology.workers, seed": [[4, 1]]}})", {"seed=3"}),
              HasSubstr("--set seed: this field is swept"));
  EXPECT_THAT(complaint("{}", {"name=\xff"}), HasSubstr("not UTF-8"));
}

TEST(Json, CommentsAreReadAndKeysGivenTwiceAreNot) {
  const Scratch scratch;
  const auto good = scratch.write(
      "good.json", "// a comment\n{\"seed\": 5, /* another */ \"topology\": {\"workers\": 6}}\n");
  EXPECT_EQ(load_configuration(good, {}).cells[0].config["seed"], 5);
  // The same key in two objects of a list, or at two depths, is not the same key twice.
  const auto apart = scratch.write(
      "apart.json", R"({"name": "a", "algorithm": {"name": "a2cid2"}, "objective": {"name": "none"}})");
  EXPECT_NO_THROW(load_configuration(apart, {}));
  const auto list =
      scratch.write("list.json", R"({"sweep": {"topology": [{"family": "star"}, {"family": "path"}]}})");
  EXPECT_EQ(load_configuration(list, {}).cells.size(), 2u);
  for (const char* text :
       {R"({"seed": 5, "name": "x", "seed": 6})", R"({"topology": {"workers": 5, "workers": 5}})"}) {
    const auto twice = scratch.write("twice.json", text);
    try {
      read_json(twice);
      ADD_FAILURE() << text;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr("twice.json: a key is given twice"));
    }
  }
}

TEST(Sweep, IsTheCartesianProductInOrder) {
  const Configuration sweep =
      make(R"({"sweep": {"algorithm.name": ["async_gossip", "a2cid2"], "topology.workers": [4, 8, 16]}})");
  EXPECT_TRUE(sweep.is_sweep);
  EXPECT_THAT(sweep.fields, ElementsAre("algorithm.name", "topology.workers"));
  EXPECT_THAT(names(sweep), ElementsAre("algorithm.name=async_gossip,topology.workers=4",
                                        "algorithm.name=async_gossip,topology.workers=8",
                                        "algorithm.name=async_gossip,topology.workers=16",
                                        "algorithm.name=a2cid2,topology.workers=4",
                                        "algorithm.name=a2cid2,topology.workers=8",
                                        "algorithm.name=a2cid2,topology.workers=16"));
  EXPECT_EQ(sweep.cells[1].config["algorithm"]["name"], "async_gossip");
  EXPECT_EQ(sweep.cells[1].config["topology"]["workers"], 8);
  EXPECT_FALSE(sweep.cells[1].config["algorithm"].contains("eta"))
      << "defaults are those of the cell's own algorithm";
  EXPECT_TRUE(sweep.cells[4].config["algorithm"].contains("eta"));
}

TEST(Sweep, LinkedFieldsVaryTogether) {
  const Configuration sweep = make(
      R"({"sweep": {"algorithm.name, timing.communication_rate": [["async_gossip", 2], ["a2cid2", 1]], "seed": [7, 8]}})");
  EXPECT_THAT(sweep.fields, ElementsAre("algorithm.name", "timing.communication_rate", "seed"));
  ASSERT_EQ(sweep.cells.size(), 4u);
  EXPECT_EQ(sweep.cells[0].name, "algorithm.name=async_gossip,timing.communication_rate=2,seed=7");
  EXPECT_EQ(sweep.cells[3].config["algorithm"]["name"], "a2cid2");
  EXPECT_EQ(sweep.cells[3].config["timing"]["communication_rate"], 1);
  EXPECT_EQ(sweep.cells[3].config["seed"], 8);
}

TEST(Sweep, CellNamesAreSafeFolderNamesAndDistinct) {
  const Configuration sweep = make(
      R"({"sweep": {"name": ["a b", "a_b", "ü", "x\\y"], "topology": [{"family": "star"}, {"family": "path", "workers": 3}]}})");
  EXPECT_THAT(names(sweep), ElementsAre("name=a_b,topology=0", "name=a_b,topology=1", "name=a_b,topology=0~2",
                                        "name=a_b,topology=1~2", "name=__,topology=0", "name=__,topology=1",
                                        "name=x_y,topology=0", "name=x_y,topology=1"));
  const Configuration rates =
      make(R"({"sweep": {"timing.gradient_rate": [1, [1], [1, 2.5], {"distribution": "uniform"}]}})");
  EXPECT_THAT(names(rates), ElementsAre("timing.gradient_rate=1", "timing.gradient_rate=list_1",
                                        "timing.gradient_rate=list_1_2.5", "timing.gradient_rate=item3"));
  Json linked = Json::object();
  for (const char* field :
       {"seed", "repeats", "stop.time", "record.every", "optimizer.momentum", "optimizer.learning_rate",
        "optimizer.weight_decay", "timing.gradient_rate", "timing.communication_rate", "initial.scale"})
    linked[field] = Json::array({1, 1});
  const Configuration longer = make_configuration("x.json", {{"sweep", linked}});
  EXPECT_EQ(longer.cells.size(), 1024u);
  std::set<std::string> seen;
  for (const Cell& cell : longer.cells) {
    EXPECT_LE(cell.name.size(), 230u) << "a file system takes 255 bytes, and a pending folder adds some";
    EXPECT_TRUE(seen.insert(cell.name).second) << cell.name;
  }
}

TEST(Sweep, ComplaintsNameTheCell) {
  EXPECT_THAT(complaint(R"({"sweep": {"topology.workers": [4, "many"]}})"),
              HasSubstr("folder/ring.json [topology.workers=many]: /topology/workers: wrong type (\"many\") "
                        "— must be integer"));
  EXPECT_THAT(complaint(R"({"sweep": {"topology.workers": []}})"),
              HasSubstr("/sweep/topology.workers: not a list of values ([])"));
  EXPECT_THAT(complaint(R"({"sweep": {"topology.workers": 4}})"),
              HasSubstr("/sweep/topology.workers: not a list of values (4)"));
  EXPECT_THAT(complaint(R"({"sweep": [1]})"), HasSubstr("/sweep: not a sweep ([1])"));
  EXPECT_THAT(complaint(R"({"sweep": {}})"), HasSubstr("/sweep: not a sweep ({})"));
  EXPECT_THAT(
      complaint(R"({"sweep": {"seed, repeats": [[1, 2], [3]]}})"),
      HasSubstr("/sweep/seed, repeats: does not give a value to each field ([3]) — a list of 2 values"));
  EXPECT_THAT(complaint(R"({"sweep": {"seed": [1], "seed, repeats": [[1, 2]]}})"),
              HasSubstr("field swept twice (seed)"));
  EXPECT_THAT(complaint(R"({"sweep": {"topology": [{}], "topology.workers": [4]}})"),
              HasSubstr("swept together with its parent"));
  EXPECT_THAT(complaint(R"({"sweep": {"sweep": [{}]}})"), HasSubstr("/sweep/sweep: cannot be swept"));
  EXPECT_THAT(complaint(R"({"sweep": {"": [1]}})"), HasSubstr("/sweep/: names no field"));
  EXPECT_THAT(complaint(R"({"topology": 3, "sweep": {"topology.workers": [4]}})"),
              HasSubstr("topology is not an object (3)"));
}

TEST(Sweep, TooManyCellsAreRefusedBeforeTheyAreMade) {
  Json values = Json::array();
  for (int k = 1; k <= 1000; ++k) values.push_back(k);
  const Json source = {{"sweep", {{"seed", values}, {"topology.workers", values}, {"repeats", values}}}};
  EXPECT_THROW(make_configuration("x.json", source), InputError);
}

TEST(Commands, ListShowsEveryFieldWithItsDefault) {
  const Scratch scratch;
  const std::string text = succeed(scratch, {"list", "configuration"});
  const Json config = resolved("{}");
  for (const auto& [section, value] : config.items()) {
    EXPECT_THAT(text, HasSubstr("\n  " + section + " "));
    if (!value.is_object()) continue;
    for (const Field& field : configuration_grammar().fields) {
      if (field.name != section) continue;
      for (const Field& inner : field.fields)
        EXPECT_THAT(text, HasSubstr("\n      " + inner.name + " ")) << section;
    }
  }
}

}  // namespace
}  // namespace acidsim::testing
