// Losses and gradients against PyTorch's (tests/data/networks.py says how they were made).
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/networks/network.hpp"

namespace acidsim {
namespace {

struct PyTorchCase {
  const char* name;
  Architecture architecture;
  NetworkShape shape;
};

std::vector<PyTorchCase> pytorch_cases() {
  const LayerSpec scores = {DenseSpec{}};
  return {
      {"mlp_tanh", mlp({5, 4}, Activation::tanh), {{7, 1, 1}, 0, 3}},
      {"mlp_gelu", mlp({6}, Activation::gelu), {{7, 1, 1}, 0, 3}},
      {"norms",
       {{ConvolutionSpec{{4, 3, 2, 1, true}}},
        {NormalisationSpec{Norm::group, 2}},
        {Activation::tanh},
        {PoolingSpec{Pooling::maximum, {3, 2, 1}}},
        {NormalisationSpec{Norm::layer}},
        {PoolingSpec{Pooling::average, {2, 2, 0}}},
        {FlattenSpec{}},
        scores},
       {{2, 7, 7}, 0, 3}},
      {"lenet", lenet(), {{1, 16, 16}, 0, 10}},
      {"resnet8", resnet8(), {{3, 8, 8}, 0, 10}},
      {"resnet18", resnet18(), {{3, 8, 8}, 0, 10}},
  };
}

Vector<double> listed_parameters(const NeuralNetwork<double>& network) {
  Vector<double> x(network.parameters());
  for (Index k = 0; k < x.size(); ++k)
    x[k] = 0.4 * (static_cast<double>((1103 * k * k + 12345 * k) % 65536) / 65536 - 0.5);
  for (const ParameterBlock& block : network.blocks())
    if (block.role == BlockRole::norm && block.name.ends_with("weight"))
      x.segment(block.offset, block.size()).array() += 1;
  return x;
}

// Mean cross-entropy of the scores; slopes ← its derivatives.
double cross_entropy(const double* scores, Index batch, Index classes, double* slopes) {
  double sum = 0;
  for (Index s = 0; s < batch; ++s) {
    const Eigen::Map<const Eigen::ArrayXd> z(scores + s * classes, classes);
    Eigen::Map<Eigen::ArrayXd> slope(slopes + s * classes, classes);
    const Index label = (3 * s + 1) % classes;
    slope = (z - z.maxCoeff()).exp();
    sum += std::log(slope.sum()) + z.maxCoeff() - z[label];
    slope /= slope.sum();
    slope[label] -= 1;
    slope /= static_cast<double>(batch);
  }
  return sum / static_cast<double>(batch);
}

class PyTorch : public testing::TestWithParam<PyTorchCase> {};

TEST_P(PyTorch, GivesTheSameLossAndGradient) {
  std::ifstream file(ACIDSIM_TEST_DATA "/networks.json");
  const auto expected = nlohmann::json::parse(file)[GetParam().name];
  const NeuralNetwork<double> network(GetParam().architecture, GetParam().shape);
  const Vector<double> x = listed_parameters(network);
  constexpr Index batch = 4;
  NetworkMemory<double> memory;
  double* const in = network.input(batch, memory);
  const Index numbers = batch * network.shape().input.size();
  for (Index k = 0; k < numbers; ++k) in[k] = std::sin(0.37 * static_cast<double>(k * k));

  const GradientAddress address = {0, 0};
  const double* const scores = network.forward(batch, x.data(), {&address, 1}, memory);
  const double loss = cross_entropy(scores, batch, network.shape().scores, network.score_slopes(memory));
  Vector<double> g(network.parameters());
  network.backward(batch, x.data(), {&address, 1}, g.data(), memory);

  const double norm = expected["norm"];
  EXPECT_NEAR(loss, expected["loss"], 1e-11 * std::abs(loss));
  EXPECT_NEAR(g.norm(), norm, 1e-9 * norm);
  ASSERT_EQ(network.blocks().size(), expected["blocks"].size());
  for (std::size_t b = 0; b < network.blocks().size(); ++b) {
    const ParameterBlock& block = network.blocks()[b];
    EXPECT_EQ(block.shape, expected["blocks"][b]["shape"].get<std::vector<Index>>()) << block.name;
    double product = 0;
    for (Index k = block.offset; k < block.offset + block.size(); ++k)
      product += g[k] * std::cos(0.9 * static_cast<double>(k));
    EXPECT_NEAR(product, expected["blocks"][b]["product"], 1e-9 * norm) << block.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Networks, PyTorch, testing::ValuesIn(pytorch_cases()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Presets, HaveTheNumbersOfParametersThatAreKnown) {
  EXPECT_EQ(NeuralNetwork<float>(mlp({128}, Activation::relu), {{1, 28, 28}, 0, 10}).parameters(), 101770);
  EXPECT_EQ(NeuralNetwork<float>(lenet(), {{1, 28, 28}, 0, 10}).parameters(), 215370);
  EXPECT_EQ(NeuralNetwork<float>(resnet18(), {{3, 32, 32}, 0, 10}).parameters(), 11173962);
}

}  // namespace
}  // namespace acidsim
