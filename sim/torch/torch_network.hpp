// Networks of LibTorch as models of objectives, in single precision.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/objectives/network_model.hpp"
#include "sim/torch/torch_choice.hpp"
#include "sim/torch/torch_plugin.hpp"

namespace acidsim {

class TorchNetwork final : public NetworkModel<float> {
 public:
  // Makes or reads it and tries it on samples of the data: throws InputError, its place a field of the objective, where
  // the plug-in is missing, the file is no network or one that cannot be trained, its scores do not fit, or its gradient
  // is not a function of weights and batch.
  TorchNetwork(const TorchChoice& choice, const Dataset<float>& train);
  ~TorchNetwork() override;
  TorchNetwork(const TorchNetwork&) = delete;
  TorchNetwork& operator=(const TorchNetwork&) = delete;

  Index parameters() const override { return size_; }
  std::vector<ParameterBlock> blocks() const override { return blocks_; }
  Index outputs() const override { return outputs_; }
  double cost() const override;
  // A guess: LibTorch does not tell.
  Index activations() const override { return 64 * sample_size_; }
  bool needs_whole_batch(const PassMode& mode) const override { return mode.statistics == nullptr; }
  bool needs_several_samples() const override { return needs_several_samples_; }
  // Of a file: its own weights, which are one start only.
  void start(std::uint64_t seed, std::uint32_t number, float* x) const override;

  std::unique_ptr<ModelMemory> memory() const override;
  float* input(Index batch, ModelMemory& memory) const override;
  const float* forward(Index batch, const float* x, const PassMode& mode, After after,
                       ModelMemory& memory) const override;
  float* score_slopes(ModelMemory& memory) const override;
  void backward(Index batch, const float* x, const PassMode& mode, float* g,
                ModelMemory& memory) const override;
  Index statistics_size() const override { return statistics_; }
  std::vector<ParameterBlock> statistics_blocks() const override;
  void add_batch_statistics(const ModelMemory& memory, double* sum) const override;
  Vector<double> plain_statistics() const override;

  // Writes the network's file with these weights and statistics. Throws std::runtime_error.
  void write(const Vector<float>& x, const Vector<double>& statistics,
             const std::filesystem::path& file) const;

 private:
  struct Memory;

  void look_at_blocks();
  void try_out(const Dataset<float>& train);
  void check_scores(const TorchScores& scores, Index batch) const;
  TorchPass pass(Index batch, const float* x, const PassMode& mode, After after, const float* inputs,
                 std::vector<std::int64_t>& shape) const;
  InputError refusal(std::string problem, std::string value = {}, std::string hint = {}) const;

  TorchChoice choice_;
  const TorchInterface& plugin_;
  TorchModel* model_ = nullptr;
  std::vector<ParameterBlock> blocks_;
  std::vector<Index> input_;
  Index size_ = 0, outputs_ = 0, statistics_ = 0, sample_size_ = 0;
  bool symbols_ = false, needs_several_samples_ = false;

  // Copies of the network that no thread uses now.
  mutable std::mutex access_;
  mutable std::vector<TorchWorkspace*> free_;
};

}  // namespace acidsim
