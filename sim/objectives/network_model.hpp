// A network as an objective sees it, whoever computes it: our own (sim/networks), or a library.
#pragma once

#include <memory>

#include "sim/networks/layer.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// What one thread needs for passes through one network; batches and derivatives lie in it.
struct ModelMemory {
  virtual ~ModelMemory() = default;
};

// What follows a forward pass.
enum class After { backward, nothing };

// Immutable: threads pass memories of their own. As NeuralNetwork, whose comments hold here too.
template <class Scalar>
class NetworkModel {
 public:
  virtual ~NetworkModel() = default;

  virtual Index parameters() const = 0;
  virtual std::vector<ParameterBlock> blocks() const = 0;
  virtual Index outputs() const = 0;      // scores of a sample
  virtual double cost() const = 0;        // multiplications of one sample's forward pass
  virtual Index activations() const = 0;  // numbers that a pass keeps of a sample
  virtual bool needs_whole_batch(const PassMode& mode) const = 0;
  virtual bool needs_several_samples() const = 0;
  // Throws InputError where it has no start of this number.
  virtual void start(std::uint64_t seed, std::uint32_t number, Scalar* x) const = 0;

  virtual std::unique_ptr<ModelMemory> memory() const = 0;
  virtual Scalar* input(Index batch, ModelMemory& memory) const = 0;
  virtual const Scalar* forward(Index batch, const Scalar* x, const PassMode& mode, After after,
                                ModelMemory& memory) const = 0;
  virtual Scalar* score_slopes(ModelMemory& memory) const = 0;
  virtual void backward(Index batch, const Scalar* x, const PassMode& mode, Scalar* g,
                        ModelMemory& memory) const = 0;

  virtual Index statistics_size() const = 0;
  // The pieces of the statistics, in order; empty where they have no names.
  virtual std::vector<ParameterBlock> statistics_blocks() const { return {}; }
  virtual void add_batch_statistics(const ModelMemory& memory, double* sum) const = 0;
  virtual Vector<double> plain_statistics() const = 0;
};

// The objective of a network, with what an evaluation of it is normalised by.
template <class Scalar>
class ModelObjective : public Objective<Scalar> {
 public:
  // Of batch normalisation at x, recomputed; empty where there is none.
  virtual Vector<double> statistics(const Vector<Scalar>& x) const = 0;
  virtual const NetworkModel<Scalar>& network() const = 0;
};

}  // namespace acidsim
