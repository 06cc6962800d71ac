// Networks as objectives: which rows a gradient sees, how the workers weigh, what an evaluation gives.
#include "sim/objectives/network_objective.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// Images 1×4×4 of noise around one pattern per class.
std::shared_ptr<const Dataset<double>> small_images(Index samples, std::uint64_t seed) {
  auto data = std::make_shared<Dataset<double>>();
  data->features.resize(16, samples);
  data->shape = {1, 4, 4};
  data->classes = 3;
  Draws draws(Stream(seed, Purpose::synthetic_data));
  for (Index s = 0; s < samples; ++s) {
    data->labels.push_back(static_cast<std::int32_t>(s % 3));
    for (Index k = 0; k < 16; ++k) data->features(k, s) = (k % 3 == s % 3 ? 1.0 : 0.0) + 0.3 * draws.normal();
  }
  return data;
}

RegressionParameters<double> parameters_for(Index batch_size) {
  RegressionParameters<double> parameters;
  parameters.data = {small_images(700, 1), small_images(300, 2)};
  parameters.minibatch = {batch_size, Sampling::with_replacement, 5};
  parameters.workers = 4;
  return parameters;
}

Partition unequal_parts() {
  Partition partition;
  partition.shared = false;
  partition.rows.resize(4);
  for (std::uint32_t row = 0; row < 700; ++row)
    partition.rows[row < 10 ? 0 : row < 30 ? 1 : 2 + row % 2].push_back(row);
  return partition;
}

Architecture small_network() {
  return {{ConvolutionSpec{{3, 3, 1, 1}}}, {Activation::tanh}, {PoolingSpec{}}, {DenseSpec{}}};
}

Vector<double> start_of(const Objective<double>& objective) {
  Vector<double> x;
  objective.start(3, 0, x);
  return x;
}

TEST(NetworkObjective, FullGradientIsTheDerivativeOfTheLossWithUnequalWorkers) {
  for (const NetworkLoss loss : {NetworkLoss::cross_entropy, NetworkLoss::squared}) {
    RegressionParameters<double> parameters = parameters_for(8);
    parameters.partition = unequal_parts();
    const auto objective = make_network_objective<double>({small_network(), loss}, parameters);
    const Vector<double> x = start_of(*objective);
    Vector<double> g;
    objective->full_gradient(x, g);
    double mean = 0;
    for (Worker worker = 0; worker < 4; ++worker) mean += objective->worker_loss(worker, x) / 4;
    EXPECT_NEAR(objective->loss(x), mean, 1e-12);
    for (Index k = 0; k < x.size(); k += 3) {
      Vector<double> above = x, below = x;
      above[k] += 1e-5;
      below[k] -= 1e-5;
      EXPECT_NEAR(g[k], (objective->loss(above) - objective->loss(below)) / 2e-5, 1e-8);
    }
  }
}

// With all rows in a batch they are those of the table; what is reported is the difference from mean 0 and variance 1.
TEST(NetworkObjective, ReportsTheStatisticsOfABatch) {
  const Architecture architecture = {{NormalisationSpec{}}, {DenseSpec{}}};
  for (const NormStatistics kind : {NormStatistics::running, NormStatistics::mean}) {
    const RegressionParameters<double> parameters = parameters_for(0);
    const auto objective =
        make_network_objective<double>({architecture, NetworkLoss::cross_entropy, kind}, parameters);
    EXPECT_EQ(objective->running_statistics().size, 2);
    EXPECT_EQ(objective->running_statistics().averaged, kind == NormStatistics::mean);
    const auto scratch = objective->scratch();
    Vector<double> g;
    const Vector<double> x = start_of(*objective);
    objective->gradient(0, 0, x, g, *scratch);
    const auto table = parameters.data.train->features.reshaped();
    const double mean = table.mean();
    const double variance = (table.array() - mean).square().sum() / static_cast<double>(table.size() - 1);
    ASSERT_EQ(scratch->statistics.size(), 2u);
    EXPECT_NEAR(scratch->statistics[0], mean, 1e-12);
    EXPECT_NEAR(scratch->statistics[1], variance - 1, 1e-12);
  }
}

// Without a difference from those that a run begins with, normalisation divides by √(1 + ε) alone.
TEST(NetworkObjective, EvaluatesWithTheStatisticsThatAreGiven) {
  const auto normalised = make_network_objective<double>(
      {{{NormalisationSpec{}}, {DenseSpec{}}}, NetworkLoss::cross_entropy, NormStatistics::running},
      parameters_for(8));
  const auto plain = make_network_objective<double>({{{DenseSpec{}}}}, parameters_for(8));
  const Vector<double> x =
      start_of(*normalised);  // scale and shift of the channel, then 3 × 16 weights and 3 biases
  Vector<double> y = x.tail(51);
  y.head(48) /= std::sqrt(1 + 1e-5);
  const std::vector<double> none(2, 0.0), some = {0.5, 3.0};
  EXPECT_NEAR(normalised->loss_with(none, x), plain->loss(y), 1e-12);
  EXPECT_NEAR(normalised->test_loss_with(none, x), plain->test_loss(y), 1e-12);
  EXPECT_EQ(normalised->test_accuracy_with(none, x), plain->test_accuracy(y));
  y.head(48) *= std::sqrt((1 + 1e-5) / (4 + 1e-5));
  for (Index c = 0; c < 3; ++c)
    for (Index k = 0; k < 16; ++k) y[48 + c] -= 0.5 * y[c * 16 + k];
  EXPECT_NEAR(normalised->loss_with(some, x), plain->loss(y), 1e-12);
}

// With all rows in a gradient it is that of f_i, in however many blocks it is computed.
TEST(NetworkObjective, GradientsOfAllRowsAverageToTheFullGradient) {
  RegressionParameters<double> parameters = parameters_for(0);
  parameters.partition = unequal_parts();
  const auto objective = make_network_objective<double>({small_network()}, parameters);
  const Vector<double> x = start_of(*objective);
  const auto scratch = objective->scratch();
  Vector<double> g, sum = Vector<double>::Zero(x.size()), full;
  for (Worker worker = 0; worker < 4; ++worker) {
    objective->gradient(worker, 3, x, g, *scratch);
    sum += g / 4;
  }
  objective->full_gradient(x, full);
  EXPECT_LE((sum - full).norm(), 1e-12 * full.norm());
}

TEST(NetworkObjective, AGradientIsAFunctionOfItsAddress) {
  const Architecture architecture = {{DenseSpec{20}}, {Activation::relu}, {DropoutSpec{0.5}}, {DenseSpec{}}};
  const auto objective = make_network_objective<double>({architecture}, parameters_for(8));
  const Vector<double> x = start_of(*objective);
  const auto scratch = objective->scratch(), other = objective->scratch();
  Vector<double> first, again, next, g;
  objective->gradient(1, 7, x, first, *scratch);
  objective->gradient(2, 0, x, g, *other);
  objective->gradient(1, 7, x, again, *other);
  objective->gradient(1, 8, x, next, *other);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, next);
}

// Means over all rows are of the model as it is, without dropout, with normalisation of batches or without.
TEST(NetworkObjective, FullGradientsDropNothing) {
  for (const bool normalised : {false, true}) {
    const auto gradient_with = [&](double chance) {
      Architecture architecture = {{DenseSpec{8}}, {Activation::tanh}, {DropoutSpec{chance}}, {DenseSpec{}}};
      if (normalised) architecture.insert(architecture.begin() + 1, {NormalisationSpec{}});
      const auto objective = make_network_objective<double>({architecture}, parameters_for(8));
      Vector<double> g;
      objective->full_gradient(start_of(*objective), g);
      return g;
    };
    EXPECT_EQ(gradient_with(0.5), gradient_with(0)) << normalised;
  }
}

// Draws go along the whole batch: halves of it that hold the same rows are not dropped alike.
TEST(NetworkObjective, DropsAlongTheWholeBatch) {
  RegressionParameters<double> parameters = parameters_for(0);
  auto twice = std::make_shared<Dataset<double>>(*small_images(256, 1));
  twice->features.conservativeResize(16, 512);
  twice->features.rightCols(256) = twice->features.leftCols(256).eval();
  twice->labels.resize(512);
  std::copy_n(twice->labels.begin(), 256, twice->labels.begin() + 256);
  auto once = std::make_shared<Dataset<double>>(*small_images(256, 1));
  const Architecture architecture = {{DenseSpec{8}}, {Activation::tanh}, {DropoutSpec{0.5}}, {DenseSpec{}}};
  const auto gradient_on = [&](std::shared_ptr<const Dataset<double>> data) {
    parameters.data = {std::move(data), nullptr};
    const auto objective = make_network_objective<double>({architecture}, parameters);
    const auto scratch = objective->scratch();
    Vector<double> g;
    objective->gradient(0, 0, start_of(*objective), g, *scratch);
    return g;
  };
  const Vector<double> g = gradient_on(once);
  EXPECT_GT((gradient_on(twice) - g).norm(), 1e-3 * g.norm());
}

TEST(NetworkObjective, LearnsWhatCanBeLearned) {
  for (const bool normalised : {false, true}) {
    Architecture architecture = small_network();
    if (normalised) architecture.insert(architecture.begin() + 1, {NormalisationSpec{}});
    const auto objective = make_network_objective<double>({architecture}, parameters_for(32));
    Vector<double> x = start_of(*objective), g;
    const auto scratch = objective->scratch();
    EXPECT_LT(objective->test_accuracy(x), 0.8);
    for (std::uint64_t t = 0; t < 400; ++t) {
      objective->gradient(0, t, x, g, *scratch);
      x -= 0.3 * g;
    }
    // The classes differ by 1 in a third of the pixels, with noise of 0.3: nearly all can be told apart.
    EXPECT_GT(objective->test_accuracy(x), 0.97);
    EXPECT_LT(objective->loss(x), 0.1);
    EXPECT_LT(objective->test_loss(x), 0.15);
  }
}

TEST(NetworkObjective, RefusesWhatDoesNotFit) {
  const auto place_of = [](NetworkSettings settings, const std::function<void(Dataset<double>&)>& change) {
    RegressionParameters<double> parameters = parameters_for(8);
    auto train = std::make_shared<Dataset<double>>(*parameters.data.train);
    change(*train);
    parameters.data = {train, nullptr};
    try {
      make_network_objective<double>(settings, parameters);
    } catch (const InputError& error) {
      return error.place();
    }
    return std::string("no error");
  };
  EXPECT_EQ(place_of({small_network()}, [](auto&) {}), "no error");
  EXPECT_EQ(place_of({mlp({4}, Activation::relu)}, [](auto& data) { data.symbols = 3; }), "layers");
  const Architecture normalised = {{DenseSpec{4}}, {NormalisationSpec{}}, {DenseSpec{}}};
  RegressionParameters<double> single = parameters_for(1);
  EXPECT_THROW(make_network_objective<double>({normalised}, single), InputError);
  const auto make_numeric = [](Dataset<double>& data) {
    data.classes = 0;
    data.labels.clear();
    data.targets = Vector<double>::Zero(700);
  };
  EXPECT_EQ(place_of({mlp({4}, Activation::relu)}, make_numeric), "loss");
  EXPECT_EQ(place_of({mlp({4}, Activation::relu), NetworkLoss::squared}, make_numeric), "no error");
}

}  // namespace
}  // namespace acidsim
