// What the two ways of computing a convolution share.
#pragma once

#include <cmath>

#include "sim/networks/convolution_shape.hpp"
#include "sim/networks/layer.hpp"

namespace acidsim {

inline Extent convolved(const Extent& input, const ConvolutionShape& shape) {
  const auto count = [&](Index size) { return (size + 2 * shape.padding - shape.kernel) / shape.stride + 1; };
  return {shape.channels, count(input.height), count(input.width)};
}

template <class Scalar>
class ConvolutionLayer : public Layer<Scalar> {
 public:
  std::vector<ParameterBlock> blocks() const override {
    std::vector<ParameterBlock> blocks = {
        {"weight",
         0,
         {shape_.channels, this->input().channels, shape_.kernel, shape_.kernel},
         BlockRole::weight}};
    if (shape_.bias) blocks.push_back({"bias", weights(), {shape_.channels}, BlockRole::bias});
    return blocks;
  }
  void start(Draws& draws, Scalar* parameters) const override {
    const double bound = 1 / std::sqrt(static_cast<double>(taps()));
    const double deviation =
        std::sqrt(2 / static_cast<double>(shape_.channels * shape_.kernel * shape_.kernel));
    for (Index k = 0; k < weights(); ++k)
      parameters[k] =
          static_cast<Scalar>(rectified_ ? deviation * draws.normal() : bound * (2 * draws.uniform() - 1));
    for (Index k = 0; shape_.bias && k < shape_.channels; ++k)
      parameters[weights() + k] = static_cast<Scalar>(bound * (2 * draws.uniform() - 1));
  }
  double cost() const override {
    return static_cast<double>(weights()) * static_cast<double>(this->output().pixels());
  }

 protected:
  ConvolutionLayer(Extent input, const ConvolutionShape& shape, bool rectified)
      : Layer<Scalar>(input, convolved(input, shape)), shape_(shape), rectified_(rectified) {}

  const ConvolutionShape& shape() const { return shape_; }
  Index taps() const { return this->input().channels * shape_.kernel * shape_.kernel; }  // of a filter
  Index weights() const { return taps() * shape_.channels; }

 private:
  ConvolutionShape shape_;
  bool rectified_;  // how the filters start
};

// As products of matrices: any shape.
template <class Scalar>
LayerPointer<Scalar> make_patch_convolution(Extent input, const ConvolutionShape& shape, bool rectified);

// Vectors over the pixels of a row, several channels at a time: for strides of 1 and paddings below the kernel; faster
// where a row fills a vector and channels are few.
template <class Scalar>
LayerPointer<Scalar> make_direct_convolution(Extent input, const ConvolutionShape& shape, bool rectified);

}  // namespace acidsim
