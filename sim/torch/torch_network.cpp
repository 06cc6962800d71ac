#include "sim/torch/torch_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/objectives/gather.hpp"

namespace acidsim {

struct TorchNetwork::Memory final : ModelMemory {
  explicit Memory(const TorchNetwork& of) : network(of) {}
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() override {
    const std::lock_guard lock(network.access_);
    if (workspace != nullptr) network.free_.push_back(workspace);
  }

  const TorchNetwork& network;
  TorchWorkspace* workspace = nullptr;
  Vector<float> inputs, slopes;
  std::vector<std::int64_t> shape;
};

TorchNetwork::TorchNetwork(const TorchChoice& choice, const Dataset<float>& train)
    : choice_(choice),
      plugin_(torch_plugin()),
      input_(choice.input),
      outputs_(std::max(train.classes, 1)),
      sample_size_(train.sample_size()),
      symbols_(train.symbols > 0) {
  if (input_.empty()) input_ = train.shape.empty() ? std::vector<Index>{sample_size_} : train.shape;
  const Index numbers = std::accumulate(input_.begin(), input_.end(), Index{1}, std::multiplies<>());
  if (numbers != sample_size_)
    throw InputError("input", fmt::format("is not the shape of {} numbers", sample_size_),
                     fmt::format("[{}]", fmt::join(input_, ", ")), "those of a sample of the data");
  if (!choice_.is_file() && input_.size() != 3)
    throw refusal("needs images", fmt::format("samples of {} numbers", sample_size_),
                  "a data set of images, or torchscript");
  if (choice_.is_file() && !std::filesystem::is_regular_file(choice_.file))
    throw InputError("file", "cannot be read", choice_.file.string(), "no such file");
  model_ = choice_.is_file() ? plugin_.read(choice_.file.c_str())
                             : plugin_.make(choice_.preset.c_str(), input_[0], outputs_);
  if (model_ == nullptr)
    throw refusal("is no network that can be trained", plugin_.error(),
                  "a file of torch.jit.script(model).save(), see scripts/export_torchscript");
  look_at_blocks();
  try {
    try_out(train);
  } catch (...) {
    for (TorchWorkspace* workspace : free_) plugin_.free_workspace(workspace);
    plugin_.free_model(model_);
    throw;
  }
}

TorchNetwork::~TorchNetwork() {
  for (TorchWorkspace* workspace : free_) plugin_.free_workspace(workspace);
  plugin_.free_model(model_);
}

void TorchNetwork::look_at_blocks() {
  for (std::int64_t k = 0; k < plugin_.block_count(model_); ++k) {
    const TorchBlock block = plugin_.block(model_, k);
    const BlockRole role = block.role == TorchRole::norm   ? BlockRole::norm
                           : block.role == TorchRole::bias ? BlockRole::bias
                                                           : BlockRole::weight;
    blocks_.push_back({block.name, size_, {block.shape, block.shape + block.dimensions}, role});
    size_ += blocks_.back().size();
  }
  for (const ParameterBlock& block : statistics_blocks()) statistics_ += block.size();
}

std::vector<ParameterBlock> TorchNetwork::statistics_blocks() const {
  std::vector<ParameterBlock> blocks;
  Index offset = 0;
  for (std::int64_t k = 0; k < plugin_.norm_count(model_); ++k) {
    std::int64_t channels = 0;
    const std::string mean = plugin_.norm(model_, k, &channels);
    const std::string path = mean.substr(0, mean.size() - std::string("mean").size());
    for (const std::string& name : {path + "mean", path + "var"}) {
      blocks.push_back({name, offset, {channels}, BlockRole::norm});
      offset += channels;
    }
  }
  return blocks;
}

InputError TorchNetwork::refusal(std::string problem, std::string value, std::string hint) const {
  const std::string name = choice_.is_file() ? choice_.file.string() : choice_.preset;
  return InputError(choice_.is_file() ? "file" : "name", name + " " + std::move(problem), std::move(value),
                    std::move(hint));
}

// --- Is it what can be trained?
void TorchNetwork::check_scores(const TorchScores& scores, Index batch) const {
  const std::vector<std::int64_t> shape(scores.shape, scores.shape + scores.dimensions);
  if (shape != std::vector<std::int64_t>{batch, outputs_})
    throw refusal(fmt::format("gives scores of another shape than {} × {}, samples × {}", batch, outputs_,
                              outputs_ > 1 ? "classes" : "1"),
                  fmt::format("{}", fmt::join(shape, " × ")),
                  "forward() must give one row of scores for each sample");
  const Eigen::Map<const Vector<float>> values(scores.values, batch * outputs_);
  if (!values.allFinite())
    throw refusal("gives scores that are not finite at its start", "NaN or infinity",
                  "look at its weights, and at the range of the data (normalise, standardise)");
}

// On the first rows: two passes for a gradient must give the same, scores that fit, and leave nothing behind.
void TorchNetwork::try_out(const Dataset<float>& train) {
  const Index batch = std::min<Index>(2, train.samples());
  Vector<float> x(size_), g[2];
  start(0, 0, x.data());
  Memory own(*this);
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(batch));
  std::iota(rows.begin(), rows.end(), 0u);
  const auto try_pass = [&](Index samples, TorchPurpose purpose, TorchScores& scores) {
    gather(train, std::span<const std::uint32_t>(rows).first(static_cast<std::size_t>(samples)),
           input(samples, own));
    TorchPass one = pass(samples, x.data(), {}, After::backward, own.inputs.data(), own.shape);
    one.purpose = purpose;
    return plugin_.forward(own.workspace, &one, &scores);
  };
  input(batch, own);
  TorchScores scores{};
  for (Vector<float>& gradient : g) {
    if (!try_pass(batch, TorchPurpose::gradient, scores))
      throw refusal(fmt::format("fails on a batch of shape {} × {}", batch, fmt::join(input_, " × ")),
                    plugin_.error(), "\"input\" gives the shape of a sample");
    check_scores(scores, batch);
    Eigen::Map<Vector<float>>(score_slopes(own), batch * outputs_).setLinSpaced(-1, 1);
    gradient.resize(size_);
    if (!plugin_.backward(own.workspace, own.slopes.data(), gradient.data()))
      throw refusal("has no gradient", plugin_.error());
  }
  if (!g[0].allFinite()) throw refusal("has a gradient that is not finite at its start");
  if (g[0] != g[1])
    throw refusal("gives another gradient each time", "dropout, or other random layers",
                  "leave them out, or describe the network by \"layers\" of the objective network, whose "
                  "dropout is addressed");
  if (const char* changed = plugin_.changed_buffer(own.workspace))
    throw refusal("changes a buffer while it is trained", changed,
                  "only running statistics of batch normalisation are known");
  if (statistics_ > 0) {
    Vector<double> sum = Vector<double>::Zero(statistics_);
    if (!try_pass(batch, TorchPurpose::statistics, scores) ||
        !plugin_.add_statistics(own.workspace, sum.data()))
      throw refusal("has no statistics of normalisation", plugin_.error());
    needs_several_samples_ = !try_pass(1, TorchPurpose::gradient, scores);
  }
}

// --- Weights and sizes.
// A product for each weight; convolutions of the presets use theirs once for each pixel.
double TorchNetwork::cost() const {
  const auto pixels = static_cast<double>(input_.size() == 3 ? input_[1] * input_[2] : 1);
  if (choice_.preset == "resnet18") return 0.555e9 * pixels / (32 * 32);
  if (choice_.preset == "resnet50") return 4.1e9 * pixels / (224 * 224);
  return static_cast<double>(size_);
}

// Presets as torchvision's: filters normal of variance 2/(outputs · kernel²), the last layer uniform on ±1/√inputs,
// normalisation at the identity.
void TorchNetwork::start(std::uint64_t seed, std::uint32_t number, float* x) const {
  if (choice_.is_file()) {
    if (number != 0)
      throw InputError("/initial/workers", "the weights of a file are one start, and no others can be drawn",
                       "\"independent\"", "\"same\", or \"initial\": {\"kind\": \"file\"}");
    return plugin_.weights(model_, x);
  }
  Draws draws(Stream(seed, Purpose::network_start, number));
  double bound = 1;
  for (const ParameterBlock& block : blocks_) {
    float* const values = x + block.offset;
    const bool is_scale = block.role == BlockRole::norm && block.name.ends_with("weight");
    if (block.role == BlockRole::norm) {
      std::fill_n(values, block.size(), is_scale ? 1.0f : 0.0f);
    } else if (block.shape.size() == 4) {
      const double deviation =
          std::sqrt(2 / static_cast<double>(block.shape[0] * block.shape[2] * block.shape[3]));
      for (Index k = 0; k < block.size(); ++k) values[k] = static_cast<float>(deviation * draws.normal());
    } else {
      if (block.shape.size() == 2) bound = 1 / std::sqrt(static_cast<double>(block.shape[1]));
      for (Index k = 0; k < block.size(); ++k)
        values[k] = static_cast<float>(bound * (2 * draws.uniform() - 1));
    }
  }
}

// --- Passes.
std::unique_ptr<ModelMemory> TorchNetwork::memory() const { return std::make_unique<Memory>(*this); }

float* TorchNetwork::input(Index batch, ModelMemory& memory) const {
  auto& own = static_cast<Memory&>(memory);
  if (own.workspace == nullptr) {
    {
      const std::lock_guard lock(access_);
      if (!free_.empty()) {
        own.workspace = free_.back();
        free_.pop_back();
      }
    }
    if (own.workspace == nullptr) own.workspace = plugin_.make_workspace(model_);
    if (own.workspace == nullptr) throw std::runtime_error(std::string("LibTorch: ") + plugin_.error());
  }
  if (own.inputs.size() < batch * sample_size_) own.inputs.resize(batch * sample_size_);
  if (own.slopes.size() < batch * outputs_) own.slopes.resize(batch * outputs_);
  return own.inputs.data();
}

TorchPass TorchNetwork::pass(Index batch, const float* x, const PassMode& mode, After after,
                             const float* inputs, std::vector<std::int64_t>& shape) const {
  shape.assign({batch});
  shape.insert(shape.end(), input_.begin(), input_.end());
  const bool evaluates = mode.statistics != nullptr || statistics_ == 0;
  return {after == After::backward ? TorchPurpose::gradient
          : evaluates              ? TorchPurpose::evaluation
                                   : TorchPurpose::statistics,
          x,
          inputs,
          shape.data(),
          static_cast<std::int32_t>(shape.size()),
          symbols_,
          mode.statistics};
}

const float* TorchNetwork::forward(Index batch, const float* x, const PassMode& mode, After after,
                                   ModelMemory& memory) const {
  auto& own = static_cast<Memory&>(memory);
  const TorchPass one = pass(batch, x, mode, after, own.inputs.data(), own.shape);
  TorchScores scores{};
  if (!plugin_.forward(own.workspace, &one, &scores))
    throw std::runtime_error(std::string("LibTorch: ") + plugin_.error());
  if (scores.dimensions != 2 || scores.shape[0] != batch || scores.shape[1] != outputs_)
    throw std::runtime_error("LibTorch: scores of another shape than at the start");
  return scores.values;
}

float* TorchNetwork::score_slopes(ModelMemory& memory) const {
  return static_cast<Memory&>(memory).slopes.data();
}

void TorchNetwork::backward(Index, const float*, const PassMode&, float* g, ModelMemory& memory) const {
  auto& own = static_cast<Memory&>(memory);
  if (!plugin_.backward(own.workspace, own.slopes.data(), g))
    throw std::runtime_error(std::string("LibTorch: ") + plugin_.error());
}

Vector<double> TorchNetwork::plain_statistics() const {
  Vector<double> statistics = Vector<double>::Zero(statistics_);
  const std::vector<ParameterBlock> blocks = statistics_blocks();
  for (std::size_t k = 1; k < blocks.size(); k += 2)
    statistics.segment(blocks[k].offset, blocks[k].size()).setOnes();
  return statistics;
}

void TorchNetwork::add_batch_statistics(const ModelMemory& memory, double* sum) const {
  if (!plugin_.add_statistics(static_cast<const Memory&>(memory).workspace, sum))
    throw std::runtime_error(std::string("LibTorch: ") + plugin_.error());
}

void TorchNetwork::write(const Vector<float>& x, const Vector<double>& statistics,
                         const std::filesystem::path& file) const {
  if (!plugin_.write(model_, x.data(), statistics.size() > 0 ? statistics.data() : nullptr, file.c_str()))
    throw std::runtime_error(file.string() + ": " + plugin_.error());
}

}  // namespace acidsim
