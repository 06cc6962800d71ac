// Gradients of networks with a step of momentum and weight decay, on one thread in single precision. What is compared takes turns.
// Goals: the perceptron 784-128-10 at batches of 32 spends at least 75 % of its time in its products of matrices; the convolutional
// network of lenet() at batches of 32 runs at 70 % of the speed of a product of 512 × 512 matrices.
#include <benchmark/benchmark.h>

#include "sim/core/random.hpp"
#include "sim/networks/network.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

constexpr Index batch = 32;

// A network with its batch, and what a step of momentum needs.
class Training {
 public:
  explicit Training(const Architecture& architecture) : network_(architecture, {{1, 28, 28}, 0, 10}) {
    const Index d = network_.parameters();
    x_.resize(d);
    g_.resize(d);
    buffer_ = Vector<float>::Zero(d);
    network_.start(1, 0, x_.data());
    inputs_ = Vector<float>::Random(batch * 784).cwiseAbs();
  }

  double flops() const { return 6 * network_.cost() * batch; }
  double seconds_of_a_step() {
    const GradientAddress address = {0, 0};
    const double start = cpu_seconds();
    std::copy(inputs_.begin(), inputs_.end(), network_.input(batch, memory_));
    network_.forward(batch, x_.data(), {&address, 1}, memory_);
    std::fill_n(network_.score_slopes(memory_), batch * 10, 1e-3f);
    network_.backward(batch, x_.data(), {&address, 1}, g_.data(), memory_);
    g_ += 5e-4f * x_;
    buffer_ = 0.9f * buffer_ + g_;
    x_ -= 1e-6f * buffer_;
    return cpu_seconds() - start;
  }

 private:
  NeuralNetwork<float> network_;
  Vector<float> x_, g_, buffer_, inputs_;
  NetworkMemory<float> memory_;
};

// The products of the perceptron alone: scores, slopes of the weights, slopes of the hidden layer.
class PerceptronProducts {
 public:
  double seconds() {
    const double start = cpu_seconds();
    hidden_.noalias() = first_.transpose() * in_;
    scores_.noalias() = second_.transpose() * hidden_;
    second_slope_.noalias() = hidden_ * scores_.transpose();
    hidden_slope_.noalias() = second_ * scores_;
    first_slope_.noalias() = in_ * hidden_slope_.transpose();
    benchmark::DoNotOptimize(first_slope_.data());
    return cpu_seconds() - start;
  }

 private:
  using M = Matrix<float>;
  M in_ = M::Random(784, batch), first_ = M::Random(784, 128), second_ = M::Random(128, 10);
  M hidden_, scores_, second_slope_, hidden_slope_, first_slope_;
};

void perceptron_time_in_products(benchmark::State& state) {
  Training training(mlp({128}, Activation::relu));
  PerceptronProducts products;
  double steps = 0, alone = 0;
  for (auto _ : state) {
    steps += training.seconds_of_a_step();
    alone += products.seconds();
  }
  state_goal_ratio(state, alone / steps, 0.75);
}
BENCHMARK(perceptron_time_in_products)->Name("networks/perceptron_time_in_products")->Iterations(2000);

void lenet_speed_of_a_product(benchmark::State& state) {
  Training training(lenet());
  const Matrix<float> a = Matrix<float>::Random(512, 512), b = a;
  Matrix<float> c;
  double steps = 0, products = 0;
  for (auto _ : state) {
    steps += training.seconds_of_a_step();
    const double start = cpu_seconds();
    for (int k = 0; k < 4; ++k) c.noalias() = a * b;
    benchmark::DoNotOptimize(c.data());
    products += cpu_seconds() - start;
  }
  const double speed = training.flops() / steps, yardstick = 4 * 2.0 * 512 * 512 * 512 / products;
  state_goal_ratio(state, speed / yardstick, 0.7);
}
BENCHMARK(lenet_speed_of_a_product)->Name("networks/lenet_speed_of_a_product")->Iterations(60);

}  // namespace
}  // namespace acidsim
