// A layer of a neural network: a function of a batch of samples, and its derivatives.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/parameter_block.hpp"
#include "sim/core/random.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// The numbers of one sample: channels × height × width, the pixels of a channel row by row. A plain vector has as many
// channels as numbers.
struct Extent {
  Index channels = 1, height = 1, width = 1;

  Index pixels() const { return height * width; }
  Index size() const { return channels * pixels(); }
  friend bool operator==(const Extent&, const Extent&) = default;
};

// How a batch passes. A gradient: with its draws, and the statistics of the batch. An evaluation: without draws, with statistics
// that are given.
struct PassMode {
  const GradientAddress* draws =
      nullptr;             // the gradient whose numbers are dropped at random; null: nothing is dropped
  std::uint64_t seed = 0;  // of those draws
  const double* statistics = nullptr;  // of batch normalisation; null: those of the batch
};

// One pass of a batch through a layer. Batches are arrays of `batch` samples, one after another.
template <class Scalar>
struct Pass {
  Index batch = 0;
  const Scalar* parameters = nullptr;  // of this layer
  PassMode mode = {};                  // with the statistics of this layer
};

// What a layer keeps of its forward pass for its backward pass, and scratch of its own. Sized on first use.
template <class Scalar>
struct LayerMemory {
  Vector<Scalar> kept, scratch;
  std::vector<std::int32_t> positions;

  // At least `size` entries of scratch.
  Scalar* room(Index size) {
    if (scratch.size() < size) scratch.resize(size);
    return scratch.data();
  }
  Scalar* keep(Index size) {
    if (kept.size() < size) kept.resize(size);
    return kept.data();
  }
};

// Immutable; threads pass memories of their own. Sums are taken in an order that depends on sizes and the build alone.
template <class Scalar>
class Layer {
 public:
  virtual ~Layer() = default;

  const Extent& input() const { return input_; }
  const Extent& output() const { return output_; }
  // Its parameters, with offsets from the layer's first.
  virtual std::vector<ParameterBlock> blocks() const { return {}; }
  // parameters ← a random start: uniform on ±1/√(inputs of an output), as PyTorch's layers do, unless said otherwise.
  virtual void start(Draws&, Scalar* /*parameters*/) const {}
  // Multiplications of one sample's forward pass.
  virtual double cost() const { return 0; }
  // Whether out may be where in is: backward() does not read `in`.
  virtual bool works_in_place() const { return false; }
  // Whether backward() reads `out`.
  virtual bool reads_output() const { return false; }

  virtual void forward(const Pass<Scalar>& pass, const Scalar* in, Scalar* out,
                       LayerMemory<Scalar>&) const = 0;
  // in, out: those of the forward pass; out_slope: ∂loss/∂out. in_slope ← ∂loss/∂in (not where it is null);
  // parameter_slope ← ∂loss/∂parameters.
  virtual void backward(const Pass<Scalar>& pass, const Scalar* in, const Scalar* out,
                        const Scalar* out_slope, Scalar* in_slope, Scalar* parameter_slope,
                        LayerMemory<Scalar>&) const = 0;

  // Normalisation over batches: how many numbers its statistics are; adds those of the last batch.
  virtual Index statistics_size() const { return 0; }
  virtual void add_batch_statistics(const LayerMemory<Scalar>&, double* /*sum*/) const {}
  // Those with which nothing is changed: means 0, variances 1.
  virtual void plain_statistics(double* /*statistics*/) const {}

 protected:
  Layer(Extent input, Extent output) : input_(input), output_(output) {}

 private:
  Extent input_, output_;
};

template <class Scalar>
using LayerPointer = std::unique_ptr<const Layer<Scalar>>;

}  // namespace acidsim
