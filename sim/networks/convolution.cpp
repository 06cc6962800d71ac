#include "sim/networks/convolution.hpp"

#include "sim/networks/convolution_layer.hpp"

namespace acidsim {

template <class Scalar>
LayerPointer<Scalar> make_convolution(Extent input, const ConvolutionShape& shape, bool rectified) {
  // Measured on ResNet-18 and the network of lenet(): tests/bench/networks_bench.cpp.
  constexpr Index narrowest = 8, most_channels = 32;
  const bool direct = shape.stride == 1 && shape.padding < shape.kernel && input.channels <= most_channels &&
                      convolved(input, shape).width >= narrowest;
  return direct ? make_direct_convolution<Scalar>(input, shape, rectified)
                : make_patch_convolution<Scalar>(input, shape, rectified);
}

template LayerPointer<float> make_convolution(Extent, const ConvolutionShape&, bool);
template LayerPointer<double> make_convolution(Extent, const ConvolutionShape&, bool);

}  // namespace acidsim
