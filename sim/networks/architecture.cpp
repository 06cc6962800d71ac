#include "sim/networks/architecture.hpp"

namespace acidsim {
namespace {

void append(Architecture& to, Architecture more) {
  for (LayerSpec& layer : more) to.push_back(std::move(layer));
}

Architecture convolution_and_norm(Index channels, Index kernel, Index stride) {
  return {{ConvolutionSpec{{channels, kernel, stride, kernel / 2, false}, true}}, {NormalisationSpec{}}};
}

// Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the shape changes.
Architecture basic_block(Index from, Index to, Index stride) {
  ResidualSpec block;
  block.body = convolution_and_norm(to, 3, stride);
  block.body.push_back({Activation::relu});
  append(block.body, convolution_and_norm(to, 3, 1));
  if (from != to || stride != 1) block.shortcut = convolution_and_norm(to, 1, stride);
  return {{std::move(block)}, {Activation::relu}};
}

Architecture residual_network(const std::vector<Index>& channels, int blocks) {
  Architecture layers = convolution_and_norm(channels[0], 3, 1);
  layers.push_back({Activation::relu});
  Index from = channels[0];
  for (const Index to : channels) {
    for (int block = 0; block < blocks; ++block) {
      append(layers, basic_block(from, to, block == 0 && to != channels[0] ? 2 : 1));
      from = to;
    }
  }
  layers.push_back({PoolingSpec{Pooling::global_average}});
  layers.push_back({DenseSpec{}});
  return layers;
}

}  // namespace

Architecture mlp(const std::vector<Index>& hidden, Activation activation) {
  Architecture layers;
  for (const Index width : hidden) {
    layers.push_back({DenseSpec{width}});
    layers.push_back({activation});
  }
  layers.push_back({DenseSpec{}});
  return layers;
}

Architecture lenet() {
  Architecture layers;
  for (const Index channels : {16, 32}) {
    layers.push_back({ConvolutionSpec{{channels, 5, 1, 2, true}}});
    layers.push_back({Activation::relu});
    layers.push_back({PoolingSpec{}});
  }
  append(layers, mlp({128}, Activation::relu));
  return layers;
}

Architecture resnet8() { return residual_network({16, 32, 64}, 1); }
Architecture resnet18() { return residual_network({64, 128, 256, 512}, 2); }

}  // namespace acidsim
