// What a network is made of, as plain data.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "sim/networks/convolution.hpp"
#include "sim/networks/elementwise.hpp"
#include "sim/networks/layer.hpp"
#include "sim/networks/pooling.hpp"

namespace acidsim {

struct LayerSpec;

struct DenseSpec {
  Index outputs = 0;  // 0: as many as the network's scores
  bool bias = true;
};
struct EmbeddingSpec {
  Index width = 16;
};
struct ConvolutionSpec {
  ConvolutionShape shape;
  bool rectified = false;  // how the filters start
};
enum class Pooling { maximum, average, global_average };
struct PoolingSpec {
  Pooling kind = Pooling::maximum;
  Window window = {};
};
enum class Norm { batch, group, layer };
struct NormalisationSpec {
  Norm kind = Norm::batch;
  Index groups = 1;
};
struct FlattenSpec {};
struct DropoutSpec {
  double chance = 0.5;
};
// out = body(in) + shortcut(in).
struct ResidualSpec {
  std::vector<LayerSpec> body, shortcut;  // no shortcut: in itself
};

struct LayerSpec {
  std::variant<DenseSpec, EmbeddingSpec, ConvolutionSpec, PoolingSpec, Activation, NormalisationSpec,
               FlattenSpec, DropoutSpec, ResidualSpec>
      kind;
  std::string place = {};  // where messages place what is wrong with it: "layers/2"
};

using Architecture = std::vector<LayerSpec>;

// Dense layers of these widths with activations between them, and one that gives the scores.
Architecture mlp(const std::vector<Index>& hidden, Activation activation);
// Conv 5×5 ×16, ReLU, max-pool 2, conv 5×5 ×32, ReLU, max-pool 2, dense 128, ReLU, scores; images keep their size under a
// convolution. After [LeCun et al. 1998].
Architecture lenet();
// Stem of 3×3 ×16 and three stages of one block, 16, 32, 64 channels [He et al. 2016, section 4.2, n = 1], shortcuts by 1×1
// convolutions.
Architecture resnet8();
// ResNet-18 [He et al. 2016] for small images: a stem of 3×3 with stride 1, no max-pool.
Architecture resnet18();

}  // namespace acidsim
