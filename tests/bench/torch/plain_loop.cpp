#include "tests/bench/torch/plain_loop.hpp"

#include <ATen/Parallel.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <memory>
#include <string>

namespace acidsim {
namespace {

namespace nn = torch::nn;

// What it registers is what it calls.
nn::Sequential perceptron() {
  return nn::Sequential(nn::Flatten(), nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 10));
}
nn::Conv2d same_size(std::int64_t in, std::int64_t out) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, 5).padding(2));
}
nn::Sequential lenet_like() {
  return nn::Sequential(same_size(1, 16), nn::ReLU(), nn::MaxPool2d(2), same_size(16, 32), nn::ReLU(),
                        nn::MaxPool2d(2), nn::Flatten(), nn::Linear(1568, 128), nn::ReLU(),
                        nn::Linear(128, 10));
}

nn::Conv2d convolution_without_bias(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                    std::int64_t stride) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false));
}
struct ResidualImpl : nn::Module {
  ResidualImpl(std::int64_t in, std::int64_t out, std::int64_t stride)
      : body(convolution_without_bias(in, out, 3, stride), nn::BatchNorm2d(out), nn::ReLU(),
             convolution_without_bias(out, out, 3, 1), nn::BatchNorm2d(out)) {
    register_module("body", body);
    if (in != out) {
      shortcut = nn::Sequential(convolution_without_bias(in, out, 1, stride), nn::BatchNorm2d(out));
      register_module("shortcut", shortcut);
    }
  }
  at::Tensor forward(const at::Tensor& in) {
    return torch::relu(body->forward(in) + (shortcut ? shortcut->forward(in) : in));
  }
  nn::Sequential body, shortcut{nullptr};
};
TORCH_MODULE(Residual);
nn::Sequential residual_network() {
  nn::Sequential network(convolution_without_bias(3, 64, 3, 1), nn::BatchNorm2d(64), nn::ReLU());
  std::int64_t in = 64;
  for (const std::int64_t out : {64, 128, 256, 512}) {
    network->push_back(Residual(in, out, in == out ? 1 : 2));
    network->push_back(Residual(out, out, 1));
    in = out;
  }
  network->push_back(nn::AdaptiveAvgPool2d(1));
  network->push_back(nn::Flatten());
  network->push_back(nn::Linear(512, 10));
  return network;
}

nn::Sequential network_named(const std::string& name) {
  return name == "mlp" ? perceptron() : name == "lenet" ? lenet_like() : residual_network();
}

}  // namespace

struct PlainLoop {
  explicit PlainLoop(const std::string& name)
      : network(network_named(name)),
        optimizer(network->parameters(), torch::optim::SGDOptions(1e-6).momentum(0.9).weight_decay(5e-4)),
        inputs(name == "resnet18" ? torch::rand({8, 3, 32, 32}) : torch::rand({32, 1, 28, 28})),
        labels(torch::randint(10, {inputs.size(0)}, at::kLong)) {}

  nn::Sequential network;
  torch::optim::SGD optimizer;
  at::Tensor inputs, labels;
};

namespace {

PlainLoop* make(const char* network) { return new PlainLoop(network); }
void free_loop(PlainLoop* loop) { delete loop; }
void step(PlainLoop* loop) {
  loop->optimizer.zero_grad();
  torch::cross_entropy_loss(loop->network->forward(loop->inputs), loop->labels).backward();
  loop->optimizer.step();
}

// The same networks in TorchScript's own words.
bool write(const char* name, const char* file) {
  torch::jit::Module module("Network");
  for (const auto& item : network_named(name)->named_parameters()) {
    std::string word = "p" + item.key();
    for (char& letter : word)
      if (letter == '.') letter = '_';
    module.register_parameter(word, item.value(), false);
  }
  module.define(std::string(name) == "mlp" ? R"(
def forward(self, x):
    x = torch.relu(torch.linear(x.flatten(1), self.p1_weight, self.p1_bias))
    return torch.linear(x, self.p3_weight, self.p3_bias)
)"
                                           : R"(
def forward(self, x):
    x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.p0_weight, self.p0_bias, [1, 1], [2, 2])), [2, 2])
    x = torch.max_pool2d(torch.relu(torch.conv2d(x, self.p3_weight, self.p3_bias, [1, 1], [2, 2])), [2, 2])
    x = torch.relu(torch.linear(x.flatten(1), self.p7_weight, self.p7_bias))
    return torch.linear(x, self.p9_weight, self.p9_bias)
)");
  module.save(file);
  return true;
}

}  // namespace
}  // namespace acidsim

extern "C" __attribute__((visibility("default"))) const acidsim::PlainLoops* acidsim_plain_loops() {
  static const acidsim::PlainLoops loops = {acidsim::make, acidsim::free_loop, acidsim::step, acidsim::write};
  at::set_num_threads(1);
  return &loops;
}
