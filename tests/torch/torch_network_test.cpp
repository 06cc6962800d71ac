// Networks of LibTorch against our own: the same weights, batches and losses.
#include "sim/torch/torch_network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/networks/architecture.hpp"
#include "sim/objectives/network_objective.hpp"
#include "tests/torch/needs_torch.hpp"

namespace acidsim {
namespace {

using ::testing::HasSubstr;

const std::string files = ACIDSIM_TEST_DATA "/torch/";

template <class Scalar>
std::shared_ptr<const Dataset<Scalar>> noise(const std::vector<Index>& shape, Index samples, int classes) {
  auto data = std::make_shared<Dataset<Scalar>>();
  Index size = 1;
  for (const Index extent : shape) size *= extent;
  data->features.resize(size, samples);
  if (shape.size() == 3) data->shape = shape;
  data->classes = classes;
  Draws draws(Stream(1, Purpose::synthetic_data));
  for (Index s = 0; s < samples; ++s) {
    data->labels.push_back(static_cast<std::int32_t>(s % classes));
    for (Index k = 0; k < size; ++k)
      data->features(k, s) = static_cast<Scalar>(static_cast<float>(draws.normal()));
  }
  return data;
}

template <class Scalar>
RegressionParameters<Scalar> parameters_of(std::shared_ptr<const Dataset<Scalar>> data, Index batch) {
  RegressionParameters<Scalar> parameters;
  parameters.data = {data, data};
  parameters.minibatch = {batch, Sampling::with_replacement, 5};
  parameters.workers = 2;
  return parameters;
}

using TorchObjective = std::unique_ptr<ModelObjective<float>>;
TorchObjective torch_objective_of(const TorchChoice& choice, const RegressionParameters<float>& parameters,
                                  NetworkLoss loss = NetworkLoss::cross_entropy) {
  return make_model_objective<float>(std::make_shared<TorchNetwork>(choice, *parameters.data.train), loss,
                                     parameters);
}

template <class Scalar>
Vector<Scalar> gradient_of(const Objective<Scalar>& objective, const Vector<Scalar>& x,
                           double* loss = nullptr) {
  const auto scratch = objective.scratch();
  scratch->wants_loss = loss != nullptr;
  Vector<Scalar> g;
  objective.gradient(1, 3, x, g, *scratch);
  if (loss != nullptr) *loss = scratch->loss;
  return g;
}

// Losses, accuracy and gradients at one x, to the rounding of single precision.
void expect_same(const Objective<float>& torch, const Objective<double>& own, const Vector<float>& x,
                 double tolerance) {
  ASSERT_EQ(torch.dimension(), own.dimension());
  const Vector<double> same = x.cast<double>();
  double loss = 0, own_loss = 0;
  const Vector<double> g = gradient_of(torch, x, &loss).cast<double>();
  const Vector<double> own_g = gradient_of(own, same, &own_loss);
  EXPECT_LE((g - own_g).norm(), tolerance * own_g.norm());
  EXPECT_GT(own_g.norm(), 1e-3);
  EXPECT_NEAR(loss, own_loss, tolerance * own_loss);
  EXPECT_NEAR(torch.loss(x), own.loss(same), tolerance * own.loss(same));
  EXPECT_NEAR(torch.worker_loss(0, x), own.worker_loss(0, same), tolerance * own_loss);
  EXPECT_EQ(torch.test_accuracy(x), own.test_accuracy(same));
  Vector<float> whole;
  Vector<double> own_whole;
  torch.full_gradient(x, whole);
  own.full_gradient(same, own_whole);
  EXPECT_LE((whole.cast<double>() - own_whole).norm(), tolerance * own_whole.norm());
}

TEST(TorchNetwork, ResNet18IsOurOwn) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch =
      torch_objective_of({.preset = "resnet18"}, parameters_of<float>(noise<float>({3, 16, 16}, 12, 10), 8));
  const auto own = make_network_objective<double>(
      {resnet18()}, parameters_of<double>(noise<double>({3, 16, 16}, 12, 10), 8));
  const auto blocks = torch->blocks(), own_blocks = own->blocks();
  ASSERT_EQ(blocks.size(), own_blocks.size());
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    EXPECT_EQ(blocks[k].shape, own_blocks[k].shape) << blocks[k].name;
    EXPECT_EQ(blocks[k].offset, own_blocks[k].offset) << blocks[k].name;
    EXPECT_EQ(blocks[k].role, own_blocks[k].role) << blocks[k].name;
  }
  EXPECT_EQ(blocks[0].name, "conv1.weight");
  EXPECT_EQ(blocks.back().name, "fc.bias");
  Vector<float> x;
  torch->start(7, 0, x);
  expect_same(*torch, *own, x, 1e-4);
  const Vector<double> statistics = torch->statistics(x);
  const Vector<double> own_statistics =
      dynamic_cast<const ModelObjective<double>&>(*own).statistics(x.cast<double>());
  EXPECT_LE((statistics - own_statistics).norm(), 1e-4 * own_statistics.norm());
}

TEST(TorchNetwork, ScriptedPerceptronIsOurOwn) {
  ACIDSIM_NEEDS_TORCH();
  for (const NetworkLoss loss : {NetworkLoss::cross_entropy, NetworkLoss::squared}) {
    const auto torch = torch_objective_of({.file = files + "mlp.pt"},
                                          parameters_of<float>(noise<float>({5}, 30, 3), 8), loss);
    const auto own = make_network_objective<double>({mlp({8}, Activation::tanh), loss},
                                                    parameters_of<double>(noise<double>({5}, 30, 3), 8));
    Vector<float> x;
    torch->start(7, 0, x);
    expect_same(*torch, *own, x, 1e-5);
    EXPECT_EQ(torch->blocks()[1].role, BlockRole::bias);
    EXPECT_EQ(torch->statistics(x).size(), 0);
  }
}

TEST(TorchNetwork, RecomputesStatisticsWhateverTheirDecay) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch = torch_objective_of({.file = files + "batch_norm.pt"},
                                        parameters_of<float>(noise<float>({1, 4, 4}, 30, 3), 8));
  const auto own = make_network_objective<double>(
      {Architecture{
          {ConvolutionSpec{{4, 3, 1, 1, false}}}, {NormalisationSpec{}}, {Activation::relu}, {DenseSpec{}}}},
      parameters_of<double>(noise<double>({1, 4, 4}, 30, 3), 8));
  ASSERT_EQ(torch->dimension(), own->dimension()) << "the layer that is not trained stays as it is";
  Vector<float> x;
  torch->start(7, 0, x);
  const Vector<double> own_statistics =
      dynamic_cast<const ModelObjective<double>&>(*own).statistics(x.cast<double>());
  EXPECT_LE((torch->statistics(x) - own_statistics).norm(), 1e-5 * own_statistics.norm());
  std::vector<std::string> names;
  for (const ParameterBlock& block : torch->network().statistics_blocks()) names.push_back(block.name);
  EXPECT_THAT(names, ::testing::ElementsAre("bn.running_mean", "bn.running_var"));
  // The statistics of one model say nothing about another's.
  const double before = torch->loss(x);
  torch->loss(2 * x);
  EXPECT_EQ(torch->loss(x), before);
}

// Layers 0 and 2 are one: its gradient is the sum of both places'.
TEST(TorchNetwork, TiedWeightsAreOneParameter) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch =
      torch_objective_of({.file = files + "tied.pt"}, parameters_of<float>(noise<float>({5}, 30, 3), 8));
  const auto own = make_network_objective<double>({mlp({5, 5}, Activation::relu)},
                                                  parameters_of<double>(noise<double>({5}, 30, 3), 8));
  ASSERT_EQ(torch->dimension(), 30 + 18);
  Vector<float> x;
  torch->start(7, 0, x);
  Vector<double> apart(own->dimension());
  apart << x.head(30).cast<double>(), x.cast<double>();
  const Vector<double> g = gradient_of(*own, apart);
  Vector<double> together = g.tail(48);
  together.head(30) += g.head(30);
  EXPECT_LE((gradient_of(*torch, x).cast<double>() - together).norm(), 1e-5 * together.norm());
}

TEST(TorchNetwork, ScalesOfNormalisationAreToldFromBiases) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch = torch_objective_of({.file = files + "layer_norm.pt"},
                                        parameters_of<float>(noise<float>({5}, 30, 3), 8));
  std::vector<BlockRole> roles;
  for (const ParameterBlock& block : torch->blocks()) roles.push_back(block.role);
  using enum BlockRole;
  EXPECT_THAT(roles, ::testing::ElementsAre(weight, bias, norm, norm, weight, bias));
}

TEST(TorchNetwork, StartsAreDrawnByTheirNumbers) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch =
      torch_objective_of({.preset = "resnet18"}, parameters_of<float>(noise<float>({1, 8, 8}, 12, 10), 8));
  Vector<float> x, again, another;
  torch->start(7, 2, x);
  torch->start(7, 2, again);
  torch->start(7, 3, another);
  EXPECT_EQ(x, again);
  EXPECT_NE(x, another);
  // layer4.1.conv2: normal of variance 2/(512 · 9), as He et al.'s for as many outputs.
  for (const ParameterBlock& block : torch->blocks())
    if (block.name == "layer4.1.conv2.weight") {
      const double variance =
          x.segment(block.offset, block.size()).squaredNorm() / static_cast<double>(block.size());
      EXPECT_NEAR(variance, 2.0 / (512 * 9), 0.01 * 2.0 / (512 * 9));  // 5 standard errors of 2.4 million
    }
}

TEST(TorchNetwork, ResNet50IsTorchvisions) {
  ACIDSIM_NEEDS_TORCH();
  const TorchNetwork network({.preset = "resnet50"}, *noise<float>({3, 64, 64}, 2, 1000));
  EXPECT_EQ(network.parameters(), 25557032);
  EXPECT_EQ(network.statistics_size(), 2 * 26560);
}

TEST(TorchNetwork, ThreadsGetTheSameBits) {
  ACIDSIM_NEEDS_TORCH();
  const auto torch =
      torch_objective_of({.preset = "resnet18"}, parameters_of<float>(noise<float>({3, 16, 16}, 12, 10), 8));
  Vector<float> x, g[2];
  torch->start(7, 0, x);
  std::vector<std::thread> threads;
  for (Vector<float>& own : g) threads.emplace_back([&] { own = gradient_of(*torch, x); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(g[0], g[1]);
  EXPECT_EQ(g[0], gradient_of(*torch, x));
}

struct Refusal {
  std::string file, place, fragment;
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.file; }
class RefusedNetwork : public ::testing::TestWithParam<Refusal> {};
INSTANTIATE_TEST_SUITE_P(
    Torch, RefusedNetwork,
    ::testing::Values(Refusal{"pair", "file", "forward() gives Tuple, not one tensor"},
                      Refusal{"counter", "file", "changes a buffer while it is trained (seen)"},
                      Refusal{"nan", "file", "scores that are not finite"},
                      Refusal{"double", "file", "parameter 0.weight is of type Double, not Float"},
                      Refusal{"two_classes", "file",
                              "scores of another shape than 2 × 3, samples × classes (2 × 2)"},
                      Refusal{"dropout", "file", "gives another gradient each time (dropout"},
                      Refusal{"no_parameters", "file", "no parameters that are trained"},
                      Refusal{"batch_norm", "file", "fails on a batch of shape 2 × 5"},
                      Refusal{"nowhere", "file", "no such file"}),
    [](const auto& parameter) { return parameter.param.file; });

TEST_P(RefusedNetwork, HasOneMessage) {
  ACIDSIM_NEEDS_TORCH();
  try {
    TorchNetwork({.file = files + GetParam().file + ".pt"}, *noise<float>({5}, 4, 3));
    FAIL() << "it was taken";
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), GetParam().place);
    EXPECT_THAT(error.what(), HasSubstr(GetParam().fragment));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("\n")));
  }
}

TEST(TorchNetwork, RefusesWhatDoesNotFit) {
  ACIDSIM_NEEDS_TORCH();
  const auto message_of = [](const TorchChoice& choice, const std::vector<Index>& shape) {
    try {
      TorchNetwork(choice, *noise<float>(shape, 4, 3));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message_of({.file = ACIDSIM_TEST_DATA "/torch_files.py"}, {5}),
              HasSubstr("failed reading zip archive"));
  EXPECT_THAT(message_of({.file = files + "mlp.pt", .input = {4}}, {5}),
              HasSubstr("input: is not the shape of 5 numbers ([4])"));
  EXPECT_THAT(message_of({.file = files + "mlp.pt", .input = {5}}, {5}), HasSubstr("no error"));
  EXPECT_THAT(message_of({.preset = "resnet18"}, {5}), HasSubstr("needs images"));
  EXPECT_THAT(message_of({.file = files + "traced_in_evaluation.pt"}, {1, 4, 4}),
              HasSubstr("bn.running_mean does not follow the batches of training"));
}

}  // namespace
}  // namespace acidsim
