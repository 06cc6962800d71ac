// Passes through a network allocate nothing once their memory has its size.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "sim/networks/network.hpp"

#if !defined(__SANITIZE_ADDRESS__) && defined(__GLIBC__)

// All of the program's allocations are counted: Eigen's come by malloc, not by operator new.
extern "C" void* __libc_malloc(std::size_t);
static std::atomic<long> allocations = 0;
extern "C" void* malloc(std::size_t size) {
  ++allocations;
  return __libc_malloc(size);
}

namespace acidsim {
namespace {

template <class Scalar>
long allocations_of_a_gradient(const Architecture& architecture, const NetworkShape& shape) {
  constexpr Index batch = 32;
  const NeuralNetwork<Scalar> network(architecture, shape);
  NetworkMemory<Scalar> memory;
  Vector<Scalar> x(network.parameters()), g(network.parameters());
  network.start(1, 0, x.data());
  const auto gradient = [&](std::uint64_t index) {
    const GradientAddress address = {0, index};
    const PassMode mode = {&address, 1};
    std::fill_n(network.input(batch, memory), batch * shape.input.size(), Scalar(0.5));
    network.forward(batch, x.data(), mode, memory);
    std::fill_n(network.score_slopes(memory), batch * shape.scores, Scalar(0.01));
    network.backward(batch, x.data(), mode, g.data(), memory);
  };
  gradient(0);
  const long before = allocations;
  gradient(1);
  return allocations - before;
}

TEST(Allocations, OfAGradientAreNone) {
  const NetworkShape images = {{1, 28, 28}, 0, 10}, colours = {{3, 32, 32}, 0, 10};
  EXPECT_EQ(allocations_of_a_gradient<float>(mlp({128}, Activation::relu), images), 0);
  EXPECT_EQ(allocations_of_a_gradient<double>(mlp({128}, Activation::relu), images), 0);
  EXPECT_EQ(allocations_of_a_gradient<float>(lenet(), images), 0);
  EXPECT_EQ(allocations_of_a_gradient<float>(resnet8(), colours), 0);
  const Architecture others = {
      {DenseSpec{32}}, {DropoutSpec{0.5}}, {NormalisationSpec{}}, {Activation::gelu}, {DenseSpec{}}};
  EXPECT_EQ(allocations_of_a_gradient<float>(others, images), 0);
}

TEST(Allocations, AreCounted) {
  const long before = allocations;
  int* volatile one = new int;
  delete one;
  EXPECT_GE(allocations - before, 1);
}

}  // namespace
}  // namespace acidsim

#endif
