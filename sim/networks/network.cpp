#include "sim/networks/network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/networks/dense.hpp"
#include "sim/networks/normalisation.hpp"

namespace acidsim {
namespace {

constexpr double most_parameters = 1e12;

std::string shown(const Extent& extent) {
  return extent.pixels() == 1 ? fmt::format("{} numbers", extent.channels)
                              : fmt::format("{}×{}×{}", extent.channels, extent.height, extent.width);
}

}  // namespace

// Where a list of layers has got to.
template <class Scalar>
struct NeuralNetwork<Scalar>::Chain {
  int slot = 0;
  // The slot may be overwritten: only the next layer reads it.
  bool may_overwrite = false;
};

template <class Scalar>
NeuralNetwork<Scalar>::NeuralNetwork(const Architecture& architecture, const NetworkShape& shape)
    : shape_(shape) {
  if (shape.symbols > 0 &&
      (architecture.empty() || !std::holds_alternative<EmbeddingSpec>(architecture[0].kind)))
    throw InputError("layers", "take the numbers of symbols for quantities", "",
                     "{\"embedding\": width} as the first layer");
  last_ = append(architecture, {new_slot(shape.input), false}, "").slot;
  if (parameters_ == 0)
    throw InputError("layers", "have no parameters", "", "at least one dense or conv layer");
  const Extent& scores = slots_[static_cast<std::size_t>(last_)];
  if (scores.size() != shape.scores)
    throw InputError("layers", "end with another number of scores than the data needs",
                     fmt::format("{}, {} needed", shown(scores), shape.scores),
                     "{\"dense\": null} as the last layer, which takes the number from the data");
}

template <class Scalar>
int NeuralNetwork<Scalar>::new_slot(const Extent& extent) {
  slots_.push_back(extent);
  return static_cast<int>(slots_.size()) - 1;
}

template <class Scalar>
auto NeuralNetwork<Scalar>::append(const Architecture& architecture, Chain chain, const std::string& prefix)
    -> Chain {
  for (std::size_t k = 0; k < architecture.size(); ++k) {
    const LayerSpec& spec = architecture[k];
    const std::string name = fmt::format("{}{}.", prefix, k);
    if (const auto* residual = std::get_if<ResidualSpec>(&spec.kind))
      chain = append_residual(*residual, chain, name, spec.place);
    else
      chain = append_layer(make_layer(spec, slots_[static_cast<std::size_t>(chain.slot)]), chain, name);
  }
  return chain;
}

template <class Scalar>
auto NeuralNetwork<Scalar>::append_residual(const ResidualSpec& spec, const Chain& chain,
                                            const std::string& prefix, const std::string& place) -> Chain {
  const Chain body = append(spec.body, {chain.slot, false}, prefix);
  const Chain shortcut = append(spec.shortcut, {chain.slot, false}, prefix + "shortcut.");
  const Extent& one = slots_[static_cast<std::size_t>(body.slot)];
  const Extent& other = slots_[static_cast<std::size_t>(shortcut.slot)];
  if (one != other)
    throw InputError(place, "adds arrays of different shapes",
                     fmt::format("{} and {}", shown(one), shown(other)),
                     "a shortcut of a 1×1 convolution with the same stride and channels");
  const int out = body.may_overwrite ? body.slot : new_slot(one);
  steps_.push_back({nullptr, body.slot, shortcut.slot, out, 0, 0});
  return {out, true};
}

template <class Scalar>
auto NeuralNetwork<Scalar>::append_layer(LayerPointer<Scalar> layer, const Chain& chain,
                                         const std::string& prefix) -> Chain {
  const bool in_place = chain.may_overwrite && layer->works_in_place();
  const int out = in_place ? chain.slot : new_slot(layer->output());
  for (ParameterBlock block : layer->blocks()) {
    block.name = prefix + block.name;
    block.offset += parameters_;
    blocks_.push_back(std::move(block));
  }
  Step step = {std::move(layer), chain.slot, -1, out, parameters_, statistics_};
  for (const ParameterBlock& block : step.layer->blocks()) parameters_ += block.size();
  statistics_ += step.layer->statistics_size();
  if (static_cast<double>(parameters_) > most_parameters)
    throw InputError("layers", "have more parameters than any machine could hold",
                     fmt::format("{:.3g}", static_cast<double>(parameters_)),
                     "fewer outputs, channels or pixels");
  needs_several_samples_ |= step.layer->statistics_size() > 0 && step.layer->output().pixels() == 1;
  const bool may_overwrite = !step.layer->reads_output();
  steps_.push_back(std::move(step));
  return {out, may_overwrite};
}

template <class Scalar>
void NeuralNetwork<Scalar>::check_window(const std::string& place, const Extent& input, Index size,
                                         Index padding) const {
  if (shape_.input.pixels() == 1)
    throw InputError(place, "needs images, and the samples are plain vectors", shown(shape_.input),
                     "a data set of images without a bias feature");
  if (std::min(input.height, input.width) + 2 * padding < size)
    throw InputError(place, "is larger than its input with the padding",
                     fmt::format("{} on {}", size, shown(input)),
                     "a smaller kernel or pool, or fewer of them before");
}

template <class Scalar>
LayerPointer<Scalar> NeuralNetwork<Scalar>::make_layer(const LayerSpec& spec, const Extent& input) {
  if (const auto* dense = std::get_if<DenseSpec>(&spec.kind))
    return make_dense<Scalar>(input, dense->outputs > 0 ? dense->outputs : shape_.scores, dense->bias);
  if (const auto* embedding = std::get_if<EmbeddingSpec>(&spec.kind)) {
    if (shape_.symbols == 0 || !steps_.empty())
      throw InputError(spec.place, "an embedding takes symbols, and its input is numbers", "",
                       "as the first layer, with the dataset text");
    return make_embedding<Scalar>(input, shape_.symbols, embedding->width);
  }
  if (const auto* convolution = std::get_if<ConvolutionSpec>(&spec.kind)) {
    check_window(spec.place, input, convolution->shape.kernel, convolution->shape.padding);
    return make_convolution<Scalar>(input, convolution->shape, convolution->rectified);
  }
  if (const auto* pooling = std::get_if<PoolingSpec>(&spec.kind)) {
    if (pooling->kind == Pooling::global_average) return make_global_average_pool<Scalar>(input);
    check_window(spec.place, input, pooling->window.size, pooling->window.padding);
    return pooling->kind == Pooling::maximum ? make_max_pool<Scalar>(input, pooling->window)
                                             : make_average_pool<Scalar>(input, pooling->window);
  }
  if (const auto* activation = std::get_if<Activation>(&spec.kind))
    return make_activation<Scalar>(*activation, input);
  if (const auto* normalisation = std::get_if<NormalisationSpec>(&spec.kind)) {
    if (normalisation->kind == Norm::batch) return make_batch_norm<Scalar>(input);
    if (normalisation->kind == Norm::layer) return make_layer_norm<Scalar>(input);
    if (input.channels % normalisation->groups != 0)
      throw InputError(spec.place, "the channels cannot be divided into so many groups",
                       fmt::format("{} channels, {} groups", input.channels, normalisation->groups));
    return make_group_norm<Scalar>(input, normalisation->groups);
  }
  if (const auto* dropout = std::get_if<DropoutSpec>(&spec.kind))
    return make_dropout<Scalar>(dropout->chance, input, dropouts_++);
  return make_flatten<Scalar>(input);
}

template <class Scalar>
double NeuralNetwork<Scalar>::cost() const {
  double sum = 0;
  for (const Step& step : steps_)
    if (step.layer) sum += step.layer->cost();
  return sum;
}

template <class Scalar>
Index NeuralNetwork<Scalar>::activations() const {
  Index sum = 0;
  for (const Extent& slot : slots_) sum += slot.size();
  return sum;
}

template <class Scalar>
void NeuralNetwork<Scalar>::start(std::uint64_t seed, std::uint32_t number, Scalar* x) const {
  Draws draws(Stream(seed, Purpose::network_start, number));
  for (const Step& step : steps_)
    if (step.layer) step.layer->start(draws, x + step.offset);
}

template <class Scalar>
Scalar* NeuralNetwork<Scalar>::input(Index batch, NetworkMemory<Scalar>& memory) const {
  memory.values.resize(slots_.size());
  memory.slopes.resize(slots_.size());
  memory.layers.resize(steps_.size());
  memory.has_slope.resize(slots_.size());
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const Index size = batch * slots_[k].size();
    if (memory.values[k].size() < size) memory.values[k].resize(size);
  }
  const Index scores = batch * shape_.scores;
  if (Vector<Scalar>& slopes = memory.slopes[static_cast<std::size_t>(last_)]; slopes.size() < scores)
    slopes.resize(scores);
  return memory.values[0].data();
}

template <class Scalar>
const Scalar* NeuralNetwork<Scalar>::forward(Index batch, const Scalar* x, const PassMode& mode,
                                             NetworkMemory<Scalar>& memory) const {
  for (std::size_t k = 0; k < steps_.size(); ++k) {
    const Step& step = steps_[k];
    const Scalar* const in = memory.values[static_cast<std::size_t>(step.in)].data();
    Scalar* const out = memory.values[static_cast<std::size_t>(step.out)].data();
    if (step.layer) {
      const Pass<Scalar> pass = step.pass(batch, x, mode);
      step.layer->forward(pass, in, out, memory.layers[k]);
    } else {
      const Index size = batch * slots_[static_cast<std::size_t>(step.out)].size();
      const auto& other = memory.values[static_cast<std::size_t>(step.other)];
      Eigen::Map<Vector<Scalar>>(out, size) = Eigen::Map<const Vector<Scalar>>(in, size) + other.head(size);
    }
  }
  return memory.values[static_cast<std::size_t>(last_)].data();
}

template <class Scalar>
void NeuralNetwork<Scalar>::backward(Index batch, const Scalar* x, const PassMode& mode, Scalar* g,
                                     NetworkMemory<Scalar>& memory) const {
  for (std::size_t k = 0; k < slots_.size(); ++k) {
    const Index size = batch * slots_[k].size();
    if (k > 0 && memory.slopes[k].size() < size) memory.slopes[k].resize(size);
    memory.has_slope[k] = false;
  }
  for (std::size_t k = steps_.size(); k-- > 0;) {
    const Step& step = steps_[k];
    const auto in = static_cast<std::size_t>(step.in), out = static_cast<std::size_t>(step.out);
    if (!step.layer) {
      send_back(step, step.in, batch, memory);
      send_back(step, step.other, batch, memory);
      continue;
    }
    // Another layer has sent its part to the same numbers already: a shortcut begins there.
    const bool adds = in != 0 && in != out && memory.has_slope[in];
    const Index size = batch * slots_[in].size();
    if (adds && memory.spare.size() < size) memory.spare.resize(size);
    Scalar* const in_slope = in == 0 ? nullptr : adds ? memory.spare.data() : memory.slopes[in].data();
    const Pass<Scalar> pass = step.pass(batch, x, mode);
    step.layer->backward(pass, memory.values[in].data(), memory.values[out].data(), memory.slopes[out].data(),
                         in_slope, g + step.offset, memory.layers[k]);
    if (adds) memory.slopes[in].head(size) += memory.spare.head(size);
    memory.has_slope[in] = true;
  }
}

// The slopes of a sum are those of what it adds.
template <class Scalar>
void NeuralNetwork<Scalar>::send_back(const Step& step, int slot, Index batch,
                                      NetworkMemory<Scalar>& memory) const {
  const auto to = static_cast<std::size_t>(slot), from = static_cast<std::size_t>(step.out);
  if (slot == step.out || slot == 0) return;
  const Index size = batch * slots_[to].size();
  if (memory.has_slope[to])
    memory.slopes[to].head(size) += memory.slopes[from].head(size);
  else
    memory.slopes[to].head(size) = memory.slopes[from].head(size);
  memory.has_slope[to] = true;
}

template <class Scalar>
void NeuralNetwork<Scalar>::add_batch_statistics(const NetworkMemory<Scalar>& memory, double* sum) const {
  for (std::size_t k = 0; k < steps_.size(); ++k)
    if (steps_[k].layer) steps_[k].layer->add_batch_statistics(memory.layers[k], sum + steps_[k].statistics);
}

template <class Scalar>
Vector<double> NeuralNetwork<Scalar>::plain_statistics() const {
  Vector<double> statistics(statistics_);
  for (const Step& step : steps_)
    if (step.layer) step.layer->plain_statistics(statistics.data() + step.statistics);
  return statistics;
}

template class NeuralNetwork<float>;
template class NeuralNetwork<double>;

}  // namespace acidsim
