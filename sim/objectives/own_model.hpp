// A network of sim/networks, for objectives. For the .cpp files of this folder.
#pragma once

#include "sim/networks/network.hpp"
#include "sim/objectives/network_model.hpp"

namespace acidsim {

template <class Scalar>
class OwnModel final : public NetworkModel<Scalar> {
 public:
  OwnModel(const Architecture& architecture, const NetworkShape& shape) : network_(architecture, shape) {}

  Index parameters() const override { return network_.parameters(); }
  std::vector<ParameterBlock> blocks() const override { return network_.blocks(); }
  Index outputs() const override { return network_.shape().scores; }
  double cost() const override { return network_.cost(); }
  Index activations() const override { return network_.activations(); }
  bool needs_whole_batch(const PassMode& mode) const override { return network_.needs_whole_batch(mode); }
  bool needs_several_samples() const override { return network_.needs_several_samples(); }
  void start(std::uint64_t seed, std::uint32_t number, Scalar* x) const override {
    network_.start(seed, number, x);
  }
  std::unique_ptr<ModelMemory> memory() const override { return std::make_unique<Memory>(); }
  Scalar* input(Index batch, ModelMemory& memory) const override {
    return network_.input(batch, passes_of(memory));
  }
  const Scalar* forward(Index batch, const Scalar* x, const PassMode& mode, After,
                        ModelMemory& memory) const override {
    return network_.forward(batch, x, mode, passes_of(memory));
  }
  Scalar* score_slopes(ModelMemory& memory) const override {
    return network_.score_slopes(passes_of(memory));
  }
  void backward(Index batch, const Scalar* x, const PassMode& mode, Scalar* g,
                ModelMemory& memory) const override {
    network_.backward(batch, x, mode, g, passes_of(memory));
  }
  Index statistics_size() const override { return network_.statistics_size(); }
  void add_batch_statistics(const ModelMemory& memory, double* sum) const override {
    network_.add_batch_statistics(static_cast<const Memory&>(memory).passes, sum);
  }
  Vector<double> plain_statistics() const override { return network_.plain_statistics(); }

 private:
  struct Memory final : ModelMemory {
    NetworkMemory<Scalar> passes;
  };
  static NetworkMemory<Scalar>& passes_of(ModelMemory& memory) { return static_cast<Memory&>(memory).passes; }

  NeuralNetwork<Scalar> network_;
};

}  // namespace acidsim
