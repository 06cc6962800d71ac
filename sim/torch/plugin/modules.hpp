// Networks of LibTorch behind one interface. For plugin.cpp.
#pragma once

#include <torch/script.h>
#include <torch/torch.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace acidsim {

namespace nn = torch::nn;
using at::Tensor;
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

// A network: a module of C++, or TorchScript.
class Module {
 public:
  virtual ~Module() = default;
  virtual Tensor forward(const Tensor& inputs) = 0;
  virtual void train(bool on) = 0;
  virtual std::unique_ptr<Module> copy() const = 0;
  virtual NamedTensors parameters() const = 0;
  virtual NamedTensors buffers() const = 0;
  virtual void save(const std::string&) const { throw std::runtime_error("it was not read from a file"); }
};

class Script final : public Module {
 public:
  explicit Script(torch::jit::Module module) : module_(std::move(module)) {}

  Tensor forward(const Tensor& inputs) override {
    torch::jit::setGraphExecutorOptimize(false);  // of this thread; the optimiser makes networks slower
    const c10::IValue out = module_.forward({inputs});
    if (!out.isTensor()) throw std::runtime_error("forward() gives " + out.tagKind() + ", not one tensor");
    return out.toTensor();
  }
  void train(bool on) override { module_.train(on); }
  std::unique_ptr<Module> copy() const override { return std::make_unique<Script>(module_.deepcopy()); }
  NamedTensors parameters() const override { return named(module_.named_parameters()); }
  NamedTensors buffers() const override { return named(module_.named_buffers()); }
  void save(const std::string& file) const override { module_.save(file); }

 private:
  template <class List>
  static NamedTensors named(const List& list) {
    NamedTensors tensors;
    for (const auto& item : list) tensors.emplace_back(item.name, item.value);
    return tensors;
  }

  torch::jit::Module module_;
};

inline nn::Conv2d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}

// A block of ResNet-18, two convolutions 3×3, or of ResNet-50: 1×1, 3×3, 1×1 [He et al. 2016].
struct BlockImpl : nn::Module {
  BlockImpl(std::int64_t in, std::int64_t width, std::int64_t stride, bool bottleneck) {
    const std::int64_t out = bottleneck ? 4 * width : width;
    conv1 = register_module("conv1",
                            bottleneck ? convolution(in, width, 1, 1) : convolution(in, width, 3, stride));
    bn1 = register_module("bn1", nn::BatchNorm2d(width));
    conv2 = register_module("conv2", convolution(width, width, 3, bottleneck ? stride : 1));
    bn2 = register_module("bn2", nn::BatchNorm2d(width));
    if (bottleneck) {
      conv3 = register_module("conv3", convolution(width, out, 1, 1));
      bn3 = register_module("bn3", nn::BatchNorm2d(out));
    }
    if (stride != 1 || in != out)
      downsample = register_module("downsample",
                                   nn::Sequential(convolution(in, out, 1, stride), nn::BatchNorm2d(out)));
  }
  Tensor forward(const Tensor& in) {
    Tensor out = bn2(conv2(bn1(conv1(in)).relu_()));
    if (conv3) out = bn3(conv3(out.relu_()));
    out += downsample ? downsample->forward(in) : in;
    return out.relu_();
  }
  nn::Conv2d conv1{nullptr}, conv2{nullptr}, conv3{nullptr};
  nn::BatchNorm2d bn1{nullptr}, bn2{nullptr}, bn3{nullptr};
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(Block);

struct ResNetImpl : nn::Module {
  // small: stem 3×3 of stride 1 and no max-pool, for images of 32 × 32.
  ResNetImpl(bool small, bool bottleneck, const std::vector<int>& depths, std::int64_t channels,
             std::int64_t classes)
      : small_images(small) {
    conv1 =
        register_module("conv1", small ? convolution(channels, 64, 3, 1) : convolution(channels, 64, 7, 2));
    bn1 = register_module("bn1", nn::BatchNorm2d(64));
    std::int64_t in = 64;
    for (std::size_t k = 0; k < depths.size(); ++k) {
      const std::int64_t width = std::int64_t{64} << k;
      nn::Sequential stage;
      for (int b = 0; b < depths[k]; ++b) {
        stage->push_back(Block(in, width, b == 0 && k > 0 ? 2 : 1, bottleneck));
        in = bottleneck ? 4 * width : width;
      }
      stages.push_back(register_module("layer" + std::to_string(k + 1), stage));
    }
    fc = register_module("fc", nn::Linear(in, classes));
  }
  Tensor forward(const Tensor& inputs) {
    Tensor out = bn1(conv1(inputs)).relu_();
    if (!small_images) out = torch::max_pool2d(out, 3, 2, 1);
    for (nn::Sequential& stage : stages) out = stage->forward(out);
    return fc(torch::adaptive_avg_pool2d(out, {1, 1}).flatten(1));
  }
  bool small_images;
  nn::Conv2d conv1{nullptr};
  nn::BatchNorm2d bn1{nullptr};
  std::vector<nn::Sequential> stages;
  nn::Linear fc{nullptr};
};
TORCH_MODULE(ResNet);

class Preset final : public Module {
 public:
  Preset(const std::string& name, std::int64_t channels, std::int64_t classes)
      : name_(name), channels_(channels), classes_(classes), network_(made()) {}

  Tensor forward(const Tensor& inputs) override { return network_(inputs); }
  void train(bool on) override { network_->train(on); }
  std::unique_ptr<Module> copy() const override {
    return std::make_unique<Preset>(name_, channels_, classes_);
  }
  NamedTensors parameters() const override { return named(network_->named_parameters()); }
  NamedTensors buffers() const override { return named(network_->named_buffers()); }

 private:
  ResNet made() const {
    if (name_ == "resnet18") return ResNet(true, false, std::vector<int>{2, 2, 2, 2}, channels_, classes_);
    if (name_ == "resnet50") return ResNet(false, true, std::vector<int>{3, 4, 6, 3}, channels_, classes_);
    throw std::runtime_error("no preset " + name_);
  }
  static NamedTensors named(const torch::OrderedDict<std::string, Tensor>& list) {
    NamedTensors tensors;
    for (const auto& item : list) tensors.emplace_back(item.key(), item.value());
    return tensors;
  }

  std::string name_;
  std::int64_t channels_, classes_;
  ResNet network_;
};

}  // namespace acidsim
