// What holds of every network: derivatives, order of blocks, addressed draws, statistics of normalisation.
#include "sim/networks/network.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

struct NetworkCase {
  const char* name;
  Architecture architecture;
  NetworkShape shape;
};

Architecture convolution(Index channels, Index kernel, Index stride, Index padding) {
  return {{ConvolutionSpec{{channels, kernel, stride, padding, true}}}, {Activation::tanh}, {DenseSpec{}}};
}

std::vector<NetworkCase> network_cases() {
  const NetworkShape image = {{2, 6, 5}, 0, 3}, numbers = {{6, 1, 1}, 0, 3};
  const Architecture two_sums = {
      {ConvolutionSpec{{4, 3, 1, 1, false}}},
      {ResidualSpec{{{Activation::tanh}, {ConvolutionSpec{{4, 3, 1, 1, true}}}}, {}}},
      {ResidualSpec{{{NormalisationSpec{}}, {Activation::gelu}, {ConvolutionSpec{{6, 3, 2, 1, true}}}},
                    {{ConvolutionSpec{{6, 1, 2, 0, true}}}}}},
      {Activation::tanh},
      {PoolingSpec{Pooling::global_average}},
      {DenseSpec{}}};
  return {
      {"dense", {{DenseSpec{4}}, {DenseSpec{0, false}}}, numbers},
      {"relu", mlp({5, 4}, Activation::relu), numbers},
      {"tanh", mlp({5}, Activation::tanh), numbers},
      {"gelu", mlp({5}, Activation::gelu), numbers},
      {"activation_after_activation",
       {{DenseSpec{5}}, {Activation::tanh}, {Activation::relu}, {DenseSpec{}}},
       numbers},
      {"convolution", convolution(3, 3, 1, 1), image},
      {"convolution_5", convolution(3, 5, 1, 2), image},
      {"convolution_strided", convolution(3, 3, 2, 1), image},
      {"convolution_strided_3", convolution(3, 2, 3, 0), image},
      {"convolution_padded", convolution(2, 3, 2, 2), image},
      {"convolution_1", convolution(3, 1, 1, 0), image},
      {"max_pool", {{PoolingSpec{Pooling::maximum, {2, 2, 0}}}, {DenseSpec{}}}, image},
      {"max_pool_overlapping",
       {{ConvolutionSpec{{3, 3, 1, 1}}}, {PoolingSpec{Pooling::maximum, {3, 2, 1}}}, {DenseSpec{}}},
       image},
      {"average_pool",
       {{ConvolutionSpec{{3, 3, 1, 1}}}, {PoolingSpec{Pooling::average, {3, 2, 0}}}, {DenseSpec{}}},
       image},
      {"global_average_pool",
       {{ConvolutionSpec{{3, 3, 1, 1}}},
        {Activation::gelu},
        {PoolingSpec{Pooling::global_average}},
        {DenseSpec{}}},
       image},
      {"batch_norm",
       {{ConvolutionSpec{{3, 3, 1, 1, false}}}, {NormalisationSpec{}}, {Activation::tanh}, {DenseSpec{}}},
       image},
      {"batch_norm_of_numbers",
       {{DenseSpec{5}}, {NormalisationSpec{}}, {Activation::tanh}, {DenseSpec{}}},
       numbers},
      {"group_norm",
       {{ConvolutionSpec{{4, 3, 1, 1}}},
        {NormalisationSpec{Norm::group, 2}},
        {Activation::gelu},
        {DenseSpec{}}},
       image},
      {"layer_norm",
       {{DenseSpec{5}}, {NormalisationSpec{Norm::layer}}, {Activation::tanh}, {DenseSpec{}}},
       numbers},
      {"dropout", {{DenseSpec{8}}, {Activation::tanh}, {DropoutSpec{0.4}}, {DenseSpec{}}}, numbers},
      {"flatten",
       {{FlattenSpec{}}, {DenseSpec{4}}, {Activation::tanh}, {FlattenSpec{}}, {DenseSpec{}}},
       image},
      {"residual", two_sums, image},
      {"residual_of_the_input",
       {{ResidualSpec{{{ConvolutionSpec{{4, 3, 1, 1}}}}, {{ConvolutionSpec{{4, 1, 1, 0}}}}}},
        {ResidualSpec{{{Activation::tanh}}, {}}},
        {PoolingSpec{Pooling::global_average}},
        {DenseSpec{}}},
       image},
      {"input_and_itself",
       {{ResidualSpec{{{DenseSpec{6}}}, {}}}, {Activation::tanh}, {DenseSpec{}}},
       numbers},
      {"residual_of_dense",
       {{DenseSpec{4}},
        {ResidualSpec{{{DenseSpec{4}}, {Activation::relu}}, {}}},
        {Activation::gelu},
        {DenseSpec{}}},
       numbers},
      {"embedding",
       {{EmbeddingSpec{3}}, {DenseSpec{5}}, {Activation::tanh}, {DenseSpec{}}},
       {{4, 1, 1}, 7, 3}},
      {"lenet", lenet(), {{1, 8, 8}, 0, 10}},
      {"resnet8", resnet8(), {{3, 8, 8}, 0, 10}},
      {"resnet18", resnet18(), {{3, 8, 8}, 0, 10}},
  };
}

// A network with a batch at a point: its loss is Σ_s Σ_c weight_sc (score_sc + ½ score_sc²).
class Bench {
 public:
  static constexpr Index batch = 5;

  explicit Bench(const NetworkCase& given) : network_(given.architecture, given.shape) {
    x_.resize(network_.parameters());
    network_.start(7, 0, x_.data());
    Draws draws(Stream(3, Purpose::synthetic_data));
    inputs_.resize(batch * network_.shape().input.size());
    for (double& number : inputs_)
      number = given.shape.symbols > 0 ? static_cast<double>(draws.below(7)) : draws.normal();
    weights_.resize(batch * network_.shape().scores);
    for (double& weight : weights_) weight = draws.normal();
    // Away from the special values of a start, where scales are 1 and shifts 0.
    for (double& number : x_) number += 0.05 * draws.normal();
  }

  const NeuralNetwork<double>& network() const { return network_; }
  const Vector<double>& x() const { return x_; }
  double loss(const Vector<double>& x) {
    pass(x);
    return loss_;
  }
  Vector<double> gradient(const Vector<double>& x) {
    pass(x);
    Vector<double> g = Vector<double>::Constant(x.size(), std::nan(""));
    network_.backward(batch, x.data(), {&address_, 5}, g.data(), memory_);
    return g;
  }

 private:
  void pass(const Vector<double>& x) {
    std::copy(inputs_.begin(), inputs_.end(), network_.input(batch, memory_));
    const double* const scores = network_.forward(batch, x.data(), {&address_, 5}, memory_);
    double* const slopes = network_.score_slopes(memory_);
    loss_ = 0;
    for (Index k = 0; k < weights_.size(); ++k) {
      const double score = scores[k];
      loss_ += weights_[k] * (score + score * score / 2);
      slopes[k] = weights_[k] * (1 + score);
    }
  }

  NeuralNetwork<double> network_;
  Vector<double> x_, inputs_, weights_;
  GradientAddress address_ = {2, 9};
  NetworkMemory<double> memory_;
  double loss_ = 0;
};

class Networks : public testing::TestWithParam<NetworkCase> {};

// Central differences with step h are wrong by h²·f‴/6 and by the rounding of f over h, both about 1e-9 of the gradient here.
TEST_P(Networks, GradientsAreThoseOfFiniteDifferences) {
  Bench bench(GetParam());
  const Vector<double> g = bench.gradient(bench.x());
  const Index d = g.size();
  const double scale = g.norm() / std::sqrt(static_cast<double>(d));
  const double h = d > 1000000 ? 1e-7 : 1e-5;  // among many rectifiers some kink lies within 1e-5
  const Index apart = std::max<Index>(1, d / (d > 1000000 ? 8 : 150));
  for (Index k = 0; k < d; k += apart) {
    Vector<double> x = bench.x();
    x[k] += h;
    const double above = bench.loss(x);
    x[k] -= 2 * h;
    const double below = bench.loss(x);
    EXPECT_NEAR(g[k], (above - below) / (2 * h), 2e-6 * (std::abs(g[k]) + scale)) << "parameter " << k;
  }
}

// The memory of an earlier, larger batch of another model changes nothing.
TEST_P(Networks, ForgetWhatWasComputedBefore) {
  Bench fresh(GetParam()), used(GetParam());
  used.gradient(1.5 * used.x());
  EXPECT_EQ(used.gradient(used.x()), fresh.gradient(fresh.x()));
}

TEST_P(Networks, HaveBlocksWithoutGaps) {
  const NeuralNetwork<double> network(GetParam().architecture, GetParam().shape);
  Index next = 0;
  for (const ParameterBlock& block : network.blocks()) {
    EXPECT_EQ(block.offset, next);
    next += block.size();
  }
  EXPECT_EQ(next, network.parameters());
}

TEST_P(Networks, StartWhereTheSeedAndTheNumberSay) {
  const NeuralNetwork<double> network(GetParam().architecture, GetParam().shape);
  Vector<double> x(network.parameters()), again = x, other = x;
  network.start(1, 0, x.data());
  network.start(1, 0, again.data());
  network.start(1, 1, other.data());
  EXPECT_EQ(x, again);
  EXPECT_NE(x, other);
}

INSTANTIATE_TEST_SUITE_P(All, Networks, testing::ValuesIn(network_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(NetworkStart, IsUniformWithTheBoundOfPyTorch) {
  const NeuralNetwork<double> network({{DenseSpec{200}}}, {{100, 1, 1}, 0, 200});
  Vector<double> x(network.parameters());
  network.start(1, 0, x.data());
  // 20200 draws, uniform on ±1/10: the largest lies within 1e-3 of the bound with a chance of 1 − e^{−100}, and the mean
  // square, 1/300, is known to 4 standard errors of √(4/45)/√20200 of it.
  EXPECT_LE(x.cwiseAbs().maxCoeff(), 0.1);
  EXPECT_GT(x.cwiseAbs().maxCoeff(), 0.099);
  const double square = x.squaredNorm() / static_cast<double>(x.size());
  EXPECT_NEAR(square * 300, 1, 4 * std::sqrt(0.8 / 20200));
}

TEST(Dropout, KeepsTheShareThatItSaysAndOnlyInTraining) {
  const NeuralNetwork<double> network({{DenseSpec{50000, false}}, {DropoutSpec{0.3}}}, {{1, 1, 1}, 0, 50000});
  const Vector<double> ones = Vector<double>::Ones(50000);
  NetworkMemory<double> memory;
  const GradientAddress address = {1, 4};
  *network.input(1, memory) = 1;
  const double* out = network.forward(1, ones.data(), {&address, 1}, memory);
  const auto zeros = static_cast<double>(std::count(out, out + 50000, 0.0));
  EXPECT_NEAR(zeros, 15000, 4 * std::sqrt(50000 * 0.3 * 0.7));
  EXPECT_NEAR(*std::max_element(out, out + 50000), 1 / 0.7, 1e-15);
  const Vector<double> first = Eigen::Map<const Vector<double>>(out, 50000);
  const GradientAddress next = {1, 5};
  out = network.forward(1, ones.data(), {&next, 1}, memory);
  EXPECT_NE(first, Eigen::Map<const Vector<double>>(out, 50000));
  out = network.forward(1, ones.data(), {}, memory);
  EXPECT_EQ(std::count(out, out + 50000, 1.0), 50000);
}

// With the statistics of the very batch, an evaluation gives what training gave, but for the factor n/(n − 1) of the variance.
TEST(BatchNorm, EvaluatesWithTheStatisticsThatItIsGiven) {
  const NeuralNetwork<double> network({{NormalisationSpec{}}}, {{2, 3, 1}, 0, 6});
  NetworkMemory<double> memory;
  Vector<double> x(4);
  network.start(1, 0, x.data());
  double* in = network.input(4, memory);
  for (Index k = 0; k < 24; ++k) in[k] = std::sin(static_cast<double>(k * k));
  const GradientAddress address = {0, 0};
  const Vector<double> trained =
      Eigen::Map<const Vector<double>>(network.forward(4, x.data(), {&address, 1}, memory), 24);
  Vector<double> statistics = Vector<double>::Zero(network.statistics_size());
  network.add_batch_statistics(memory, statistics.data());
  const Vector<double> evaluated = Eigen::Map<const Vector<double>>(
      network.forward(4, x.data(), {.statistics = statistics.data()}, memory), 24);
  for (Index k = 0; k < 24; ++k) {
    const double variance = statistics[2 + k / 3 % 2];
    const double ratio = std::sqrt((variance * 11 / 12 + 1e-5) / (variance + 1e-5));
    EXPECT_NEAR(evaluated[k], trained[k] * ratio, 1e-12);
  }
}

TEST(NetworkErrors, NameTheLayer) {
  const auto place_of = [](Architecture architecture, NetworkShape shape) {
    try {
      NeuralNetwork<double>(architecture, shape);
    } catch (const InputError& error) {
      return error.place();
    }
    return std::string("no error");
  };
  const NetworkShape image = {{1, 4, 4}, 0, 2};
  EXPECT_EQ(place_of({{ConvolutionSpec{{2, 7, 1, 0}}, "a"}, {DenseSpec{}}}, image), "a");
  EXPECT_EQ(place_of({{FlattenSpec{}}, {PoolingSpec{}, "b"}, {DenseSpec{}}}, image), "b");
  EXPECT_EQ(place_of({{EmbeddingSpec{3}, "c"}, {DenseSpec{}}}, image), "c");
  EXPECT_EQ(
      place_of({{ConvolutionSpec{{3, 3, 1, 1}}}, {NormalisationSpec{Norm::group, 2}, "d"}, {DenseSpec{}}},
               image),
      "d");
  EXPECT_EQ(place_of({{ResidualSpec{{{DenseSpec{4}}}, {}}, "e"}, {DenseSpec{}}}, image), "e");
  EXPECT_EQ(place_of({{DenseSpec{3}}}, image), "layers");
  EXPECT_EQ(place_of({{Activation::relu}}, {{2, 1, 1}, 0, 2}), "layers");
  EXPECT_EQ(place_of({{ResidualSpec{{{EmbeddingSpec{4}}, {DenseSpec{16}}}, {}}}, {DenseSpec{}}},
                     {{16, 1, 1}, 5, 5}),
            "layers");
  EXPECT_EQ(place_of({{DenseSpec{2}}}, image), "no error");
}

}  // namespace
}  // namespace acidsim
