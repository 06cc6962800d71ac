// A neural network: layers one after another, some beside a shortcut.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/networks/architecture.hpp"
#include "sim/networks/layer.hpp"

namespace acidsim {

// What a network takes in and gives out.
struct NetworkShape {
  Extent input;
  Index symbols = 0;  // the input is a list of symbols 0 … symbols − 1; 0: it is numbers
  Index scores = 1;   // outputs
};

// Memory of one thread for passes through one network, sized on first use for the largest batch.
template <class Scalar>
struct NetworkMemory {
  std::vector<Vector<Scalar>> values, slopes;  // of what lies between layers
  std::vector<LayerMemory<Scalar>> layers;
  std::vector<bool> has_slope;
  Vector<Scalar> spare;
};

// Immutable: threads pass memories of their own. Where there is batch normalisation, what a pass gives depends on
// the whole batch, and an evaluation needs statistics of the model, which are no parameters.
template <class Scalar>
class NeuralNetwork {
 public:
  // Throws InputError, its place that of the layer which does not fit.
  NeuralNetwork(const Architecture& architecture, const NetworkShape& shape);

  Index parameters() const { return parameters_; }
  // In the order of PyTorch's state_dict, bodies before their shortcuts; names begin with the number of the layer, "3.0.weight"
  // within the body of layer 3, "3.shortcut.0.weight" beside it.
  const std::vector<ParameterBlock>& blocks() const { return blocks_; }
  const NetworkShape& shape() const { return shape_; }
  // Whether such a pass needs its batch as a whole: statistics are taken over it, or draws are numbered along it.
  bool needs_whole_batch(const PassMode& mode) const {
    return (statistics_ > 0 && mode.statistics == nullptr) || (dropouts_ > 0 && mode.draws != nullptr);
  }
  // Whether batch normalisation has one number of each sample for a channel, and so nothing to learn from a batch of one.
  bool needs_several_samples() const { return needs_several_samples_; }
  double cost() const;        // multiplications of one sample's forward pass
  Index activations() const;  // numbers that lie between its layers, for one sample

  // x ← a random start, drawn from Purpose::network_start by (seed, number).
  void start(std::uint64_t seed, std::uint32_t number, Scalar* x) const;

  // Where a batch of inputs, batch × input, is to be written before a pass.
  Scalar* input(Index batch, NetworkMemory<Scalar>& memory) const;
  // The scores of the batch that lies at input(), one sample after another. mode.statistics: statistics_size()
  // numbers.
  const Scalar* forward(Index batch, const Scalar* x, const PassMode& mode,
                        NetworkMemory<Scalar>& memory) const;
  // After a forward pass: where ∂loss/∂scores is to be written, and g ← ∂loss/∂x.
  Scalar* score_slopes(NetworkMemory<Scalar>& memory) const {
    return memory.slopes[static_cast<std::size_t>(last_)].data();
  }
  void backward(Index batch, const Scalar* x, const PassMode& mode, Scalar* g,
                NetworkMemory<Scalar>& memory) const;

  // Of batch normalisation; 0 where there is none.
  Index statistics_size() const { return statistics_; }
  // Adds the statistics of the batch that passed last; statistics_size() numbers.
  void add_batch_statistics(const NetworkMemory<Scalar>& memory, double* sum) const;
  // Those that normalisation by running statistics begins with: means 0, variances 1.
  Vector<double> plain_statistics() const;

 private:
  // slot `out` ← layer(slot `in`), or without a layer slot `in` + slot `other`.
  struct Step {
    LayerPointer<Scalar> layer;
    int in, other, out;
    Index offset, statistics;  // where its parameters and its statistics begin

    Pass<Scalar> pass(Index batch, const Scalar* x, PassMode mode) const {
      if (mode.statistics != nullptr) mode.statistics += statistics;
      return {batch, x + offset, mode};
    }
  };
  struct Chain;

  Chain append(const Architecture& architecture, Chain chain, const std::string& prefix);
  Chain append_residual(const ResidualSpec& spec, const Chain& chain, const std::string& prefix,
                        const std::string& place);
  Chain append_layer(LayerPointer<Scalar> layer, const Chain& chain, const std::string& prefix);
  LayerPointer<Scalar> make_layer(const LayerSpec& spec, const Extent& input);
  // That a square of this size fits into the image with its padding.
  void check_window(const std::string& place, const Extent& input, Index size, Index padding) const;
  int new_slot(const Extent& extent);
  void send_back(const Step& step, int slot, Index batch, NetworkMemory<Scalar>& memory) const;

  NetworkShape shape_;
  std::vector<Step> steps_;
  std::vector<Extent> slots_;
  std::vector<ParameterBlock> blocks_;
  Index parameters_ = 0, statistics_ = 0;
  int last_ = 0;
  std::uint32_t dropouts_ = 0;
  bool needs_several_samples_ = false;
};

}  // namespace acidsim
