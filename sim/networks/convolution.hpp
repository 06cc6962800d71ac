// Convolutions of images.
#pragma once

#include "sim/networks/convolution_shape.hpp"
#include "sim/networks/layer.hpp"

namespace acidsim {

// out[c] = b_c + Σ_k w_ck ⋆ in[k]; weights: output channels × input channels × kernel × kernel. They start uniform on
// ±1/√(inputs of an output), or, `rectified`, at N(0, 2/(channels · kernel²)) as torchvision's residual networks do [He
// et al. 2015].
template <class Scalar>
LayerPointer<Scalar> make_convolution(Extent input, const ConvolutionShape& shape, bool rectified);

}  // namespace acidsim
