// Data for training as configurations give them: images and texts, epochs, what losses are evaluated on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/experiment/evaluated_rows.hpp"
#include "sim/system/digest.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/app/reruns.hpp"
#include "tests/datasets/npy_text.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Twelve images of 4 × 6 pixels in 2 channels and 3 classes, of which image k has bytes k, 2k, 3k …
class TrainingData : public ::testing::Test {
 protected:
  TrainingData() {
    std::string pixels, labels;
    for (int k = 0; k < 12; ++k) {
      for (int p = 1; p <= 48; ++p) pixels += static_cast<char>(k * p);
      labels += static_cast<char>(k % 3);
    }
    const std::string type = "{'descr': '|u1', 'fortran_order': False, 'shape': ";
    scratch.write("x.npy", npy_text(type + "(12, 2, 4, 6), }", pixels));
    scratch.write("y.npy", npy_text(type + "(12,), }", labels));
    scratch.write("t.txt", "Chapter 1\nthe quick brown fox\nChapter 2\njumps over the lazy dog\n");
  }
  // softmax_regression on the images, with these changes of objective.data.
  Json source(const Json& changes) const {
    Json data = {{"dataset", "images"}, {"images", "x.npy"}, {"labels", "y.npy"}, {"bias", false}};
    data.update(changes);
    return {{"topology", {{"workers", 3}}},
            {"objective", {{"name", "softmax_regression"}, {"data", data}}},
            {"stop", {{"time", 2}}}};
  }
  DatasetPair<float> load(const Json& data, bool bytes) const {
    const Configuration configuration = make_configuration(scratch / "x.json", source(data));
    const Experiment experiment = bind(configuration, configuration.cells[0]);
    return with_error_path("/objective/data", [&] {
      return experiment.objective.data->load.get<float>()({.classification = true, .bytes = bytes});
    });
  }
  std::string refusal(const Json& data, bool bytes) const {
    try {
      load(data, bytes);
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  const Scratch scratch;
};

TEST_F(TrainingData, ImagesStayBytesForWhoTakesThem) {
  const auto data = load(
      {{"normalise", {{"mean", {0.5, 0.25}}, {"sd", {0.5, 2}}}},
       {"augmentation",
        {{"crop_padding", 1}, {"flip", true}, {"cutout", 2}, {"brightness", 0.25}, {"contrast", 0.125}}}},
      true);
  const Dataset<float>& train = *data.train;
  EXPECT_TRUE(train.bytes);
  EXPECT_THAT(train.shape, ElementsAre(2, 4, 6));
  EXPECT_EQ(train.bytes.values(51, 0), static_cast<float>((0.2 - 0.5) / 0.5));
  EXPECT_EQ(train.bytes.values(51, 1), static_cast<float>((0.2 - 0.25) / 2));
  EXPECT_EQ(train.augmentation.crop_padding, 1);
  EXPECT_TRUE(train.augmentation.flip);
  EXPECT_EQ(train.augmentation.cutout, 2);
  EXPECT_EQ(train.augmentation.brightness, 0.25);
  EXPECT_EQ(train.augmentation.contrast, 0.125);
  EXPECT_EQ(load({{"limit", 5}}, true).train->bytes.bytes->size(), 12u * 48);
  EXPECT_FALSE(load({{"bias", true}}, true).train->bytes) << "a constant feature is no byte";
}

TEST_F(TrainingData, OthersGetTheNumbers) {
  const auto data = load({{"normalise", "none"}}, false);
  EXPECT_FALSE(data.train->bytes);
  EXPECT_EQ(data.train->features(2, 5), 15);
  EXPECT_THAT(data.train->shape, ElementsAre(2, 4, 6));
  EXPECT_EQ(load({{"bias", true}}, false).train->features.rows(), 49);
  EXPECT_EQ(load(Json::object(), false).train->features(2, 5), 15.0f / 255);
  EXPECT_EQ(load({{"limit", 5}}, false).train->samples(), 5);
  // Standardised numbers of 12 rows: up to the rounding of single precision.
  EXPECT_NEAR(load({{"standardise", true}}, true).train->features.row(7).sum(), 0, 1e-5);
}

TEST_F(TrainingData, WhatDoesNotFitIsRefused) {
  const Json flip = {{"flip", true}};
  EXPECT_THAT(refusal({{"augmentation", flip}}, false),
              HasSubstr("/objective/data/augmentation: is for objectives that take images"));
  EXPECT_THAT(refusal({{"augmentation", flip}, {"standardise", true}}, true),
              HasSubstr("leave out standardise"));
  EXPECT_THAT(
      refusal({{"augmentation", {{"crop_padding", 5}}}}, true),
      HasSubstr("/objective/data/augmentation/crop_padding: is larger than the images (5) — they are 4 × 6"));
  EXPECT_THAT(refusal({{"augmentation", {{"cutout", 5}}}}, true), HasSubstr("augmentation/cutout"));
  EXPECT_THAT(refusal({{"normalise", {{"mean", {0}}, {"sd", {1}}}}}, true),
              HasSubstr("/objective/data/normalise: does not have one mean and one deviation per channel"));
  EXPECT_THAT(refusal({{"normalise", {{"mean", {0, 0}}, {"sd", {1, 0}}}}}, true),
              HasSubstr("/objective/data/normalise/sd/1: too small"));
  EXPECT_THAT(refusal({{"test_images", "x.npy"}}, true), HasSubstr("one test file without the other"));
  EXPECT_EQ(refusal({{"augmentation", flip}}, true), "");
}

TEST_F(TrainingData, TextsAreForNetworks) {
  Json of_text = source(Json::object());
  of_text["objective"]["data"] = {
      {"dataset", "text"}, {"file", "t.txt"}, {"context", 4}, {"test_fraction", 0.25}, {"bias", false}};
  const Configuration configuration = make_configuration(scratch / "x.json", of_text);
  const Experiment experiment = bind(configuration, configuration.cells[0]);
  const auto load = experiment.objective.data->load.get<double>();
  const auto data = load({.classification = true, .bytes = true});
  EXPECT_THAT(data.train->shape, ElementsAre(4));
  EXPECT_EQ(data.train->symbols, data.train->classes);
  EXPECT_THAT(data.train->origins.owner_names, ElementsAre("Chapter 1", "Chapter 2"));
  EXPECT_GT(data.test->samples(), 0);
  try {
    Trial(of_text, scratch / "x.json");
    FAIL() << "softmax_regression reads no text";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/objective/data/dataset: holds characters, not numbers"));
  }
}

// 50 training rows, 30 test rows.
Json learning(const Json& changes = Json::object()) {
  return changed(Json::parse(R"({
    "topology": {"family": "cycle", "workers": 4},
    "objective": {"name": "logistic_regression", "batch_size": 8,
                  "data": {"dataset": "synthetic", "samples": 50, "test_samples": 30, "features": 5}},
    "optimizer": {"learning_rate": 0.5},
    "record": {"every": 1, "metrics": ["loss", "test_loss", "test_accuracy"]},
    "stop": {"time": 6}
  })"),
                 changes);
}
std::string refused(const Json& source) {
  try {
    Trial{source};
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

TEST(Epochs, AreGradientsOfAllWorkersTogether) {
  // ⌊50/8⌋ = 6 gradients in an epoch: 4·⌊2.6·6/4⌋ = 12.
  const RepeatResult result = run_once(learning({{"stop", {{"epochs", 2.6}}}}));
  EXPECT_EQ(result.outcome.counts.gradients, 12u);
  EXPECT_EQ(result.outcome.reason, StopReason::gradients);
  const auto gradients = [](const Json& changes) {
    return Trial(learning(changes)).plan.experiment.stop.rules.gradients;
  };
  EXPECT_EQ(gradients({{"stop", {{"epochs", 10}}}}), 60u);
  EXPECT_EQ(gradients({{"stop", {{"epochs", 10}, {"gradients", 7}}}}), 7u);
  EXPECT_EQ(gradients({{"stop", {{"epochs", 10}, {"gradients", 70}}}}), 60u);
  EXPECT_EQ(gradients({{"stop", {{"epochs", 8}}}, {"objective.batch_size", 0}}), 8u) << "all rows at once";
  // All rows of a worker: four gradients see every row once.
  EXPECT_EQ(gradients({{"stop", {{"epochs", 3}}},
                       {"objective.batch_size", 0},
                       {"objective.partition", {{"scheme", "iid"}}}}),
            12u);
  EXPECT_EQ(gradients({{"stop", {{"epochs", 10}}}, {"objective.data.limit", 20}}), 20u);
}

TEST(Epochs, NeedDataAndAGradientOfEachWorker) {
  EXPECT_THAT(refused(changed(small_experiment(), {{"stop", {{"epochs", 1}}}})),
              HasSubstr("/stop/epochs: the objective has no data that epochs would go through (quadratic)"));
  EXPECT_THAT(refused(learning({{"stop", {{"epochs", 0.5}}}})),
              HasSubstr("/stop/epochs: are less than a gradient of each worker (0.5)"));
  EXPECT_THAT(refused(learning({{"stop", {{"epochs", 1e300}}}})), HasSubstr("/stop/epochs: are too many"));
}

TEST(EvaluatedRows, AreDrawnOnceAndChangeNothingElse) {
  const auto rows = evaluated_rows(20, 1000, 7, 0);
  EXPECT_EQ(rows.size(), 20u);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_EQ(std::adjacent_find(rows.begin(), rows.end()), rows.end());
  EXPECT_LT(rows.back(), 1000u);
  EXPECT_EQ(evaluated_rows(20, 1000, 7, 0), rows);
  EXPECT_NE(evaluated_rows(20, 1000, 8, 0), rows);
  EXPECT_NE(evaluated_rows(20, 1000, 7, 1), rows);
  EXPECT_THAT(evaluated_rows(1000, 1000, 7, 0), ::testing::IsEmpty());
  EXPECT_THAT(evaluated_rows(std::nullopt, 1000, 7, 0), ::testing::IsEmpty());

  const RepeatResult all = run_once(learning());
  EXPECT_EQ(run_once(learning({{"record.train_rows", 50}, {"record.test_rows", 40}})).records.back().metrics,
            all.records.back().metrics);
  const RepeatResult some = run_once(learning({{"record.train_rows", 12}, {"record.test_rows", 10}}));
  EXPECT_EQ(some.state_digest, all.state_digest);
  for (std::size_t metric = 0; metric < 2; ++metric)
    EXPECT_NE(some.records.back().metrics[metric], all.records.back().metrics[metric]);
  // Ten test rows: the accuracy is a multiple of a tenth, and the rows are the same at every record.
  for (const RecordRow& row : some.records)
    EXPECT_NEAR(10 * row.metrics[2], std::round(10 * row.metrics[2]), 1e-12);
}

TEST(EvaluatedRows, AreRefusedWhereTheyDoNotFit) {
  EXPECT_THAT(refused(changed(small_experiment(), {{"record.test_rows", 5}})),
              HasSubstr("/record/test_rows: the objective has no table"));
  EXPECT_THAT(refused(learning({{"record.train_rows", 0}})), HasSubstr("/record/train_rows: too small"));
  EXPECT_THAT(refused(learning({{"record.train_rows", 5}, {"record.metrics", {"suboptimality"}}})),
              HasSubstr("needs the loss of all training rows"));
}

TEST(EvaluatedRows, MakeRecordsCheaper) {
  const auto record = [](const Json& changes) {
    return Trial(learning(changes)).plan.expected.work.per_record;
  };
  EXPECT_LT(record({{"record.train_rows", 5}}), record({}));
  EXPECT_LT(record({{"record.test_rows", 3}}), record({}));
  EXPECT_LT(record({{"record.metrics", {"minibatch_loss"}}}), record({{"record.metrics", {"loss"}}}));
}

// One worker whose model hardly moves: each minibatch of all rows has the loss of the start.
TEST(MinibatchLoss, IsTheLossWhereEveryMinibatchIsEverything) {
  const RepeatResult result = run_once(learning({{"topology.workers", 1},
                                                 {"algorithm", {{"name", "local_only"}}},
                                                 {"objective.batch_size", 0},
                                                 {"initial.kind", "normal"},
                                                 {"optimizer.learning_rate", 1e-30},
                                                 {"record.metrics", {"loss", "minibatch_loss"}}}));
  for (const RecordRow& row : result.records) EXPECT_NEAR(row.metrics[1], row.metrics[0], 1e-14);
}

// Records of every second unit of time have the means of two records, each weighed by its gradients.
TEST(MinibatchLoss, IsTheMeanSinceTheLastRecord) {
  const Json often = learning({{"record.metrics", {"minibatch_loss"}}, {"stop.time", 12}});
  const RepeatResult ones = run_once(often), twos = run_once(changed(often, {{"record.every", 2}}));
  for (std::size_t k = 1; k < twos.records.size(); ++k) {
    const RecordRow &a = ones.records[2 * k - 2], &b = ones.records[2 * k - 1], &c = ones.records[2 * k];
    const auto first = static_cast<double>(b.gradients - a.gradients),
               second = static_cast<double>(c.gradients - b.gradients);
    ASSERT_GT(first, 0);
    ASSERT_GT(second, 0);
    EXPECT_NEAR(twos.records[k].metrics[0], (first * b.metrics[0] + second * c.metrics[0]) / (first + second),
                1e-14);
  }
}

std::vector<std::vector<double>> rows_of(const RepeatResult& result) {
  std::vector<std::vector<double>> rows;
  for (const RecordRow& row : result.records) rows.push_back(row.metrics);
  return rows;
}

TEST(MinibatchLoss, IsTheSameOnThreadsAndAfterACheckpoint) {
  for (const char* read : {"at_step", "at_start"}) {
    const Json source = learning({{"record.metrics", {"minibatch_loss"}},
                                  {"record.every", 3},
                                  {"timing.gradient", {{"read", read}}},
                                  {"stop.time", 30},
                                  {"checkpoint.every", 1}});
    const Scratch scratch;
    const Rerun whole = go_on(Trial(source), scratch / "whole", all_events, Serial{});
    EXPECT_EQ(
        rows_of(go_on(Trial(source), scratch / "threads", all_events, OpenMp{3, Sharing::always}).result),
        rows_of(whole.result));
    go_on(Trial(source), scratch / "left", whole.events.size() / 2, Serial{});
    EXPECT_EQ(rows_of(go_on(Trial(source), scratch / "left", all_events, Serial{}).result),
              rows_of(whole.result));
  }
}

TEST(MinibatchLoss, NeedsGradientsOfMinibatches) {
  EXPECT_THAT(refused(changed(small_experiment(), {{"record.metrics", {"minibatch_loss"}}})),
              HasSubstr("needs gradients of minibatches that tell their loss"));
}

TEST(DataCommand, ListsWhatThereIs) {
  const Scratch scratch;
  EXPECT_THAT(succeed(scratch, {"data"}), HasSubstr("colour_fashion"));
  const Finished wrong = run_program(scratch, {"data", "color_fashion"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("unknown data set (color_fashion) — did you mean \"colour_fashion\"?"));
  EXPECT_TRUE(scratch.listing().empty());
}

TEST(DataCommand, MakesTheSameBytesEverywhere) {
  if (!fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  const Scratch scratch;
  const Finished too_many = run_program(scratch, {"data", "colour_fashion", "--rows", "60001"});
  EXPECT_EQ(too_many.code, 2);
  EXPECT_THAT(too_many.err, HasSubstr("--rows: is not a number of images that can be made (60001)"));
  EXPECT_TRUE(scratch.listing().empty());
  succeed(scratch, {"data", "colour_fashion", "--rows", "50", "--test-rows", "20", "--out", "made"});
  EXPECT_EQ(fs::file_size(scratch / "made/data_batch_5.bin"), 30730u);
  EXPECT_EQ(file_digest(scratch / "made/data_batch_1.bin"),
            "74ec14c309b772f8b50f8335570bb45504f7d55bee37f4716497ba561f1d2f53");
  EXPECT_EQ(file_digest(scratch / "made/test_batch.bin"),
            "c088ceb1f9b10aaf3730fa7c17cf3dd12c40b25cbfc806e7ca0875c391092aa6");
  const Finished again = run_program(scratch, {"data", "colour_fashion", "--out", "made"});
  EXPECT_EQ(again.code, 2);
  EXPECT_EQ(fs::file_size(scratch / "made/test_batch.bin"), 61460u);
  // What it is for.
  scratch.write("x.json",
                R"({"topology": {"workers": 4}, "stop": {"time": 1}, "record": {"metrics": ["test_accuracy"]},
    "objective": {"name": "softmax_regression", "data": {"dataset": "cifar10", "directory": "made"}}})");
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
}

}  // namespace
}  // namespace acidsim::testing
