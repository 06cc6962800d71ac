// A step of momentum and weight decay with our own networks and with those of LibTorch, against a plain loop of LibTorch in C++: one
// thread, single precision, medians of steps that take turns. Ours draw and gather their minibatches; the plain loop's lies ready.
// Goals: our own perceptron 784-128-10 at 1.2 × the speed of the plain loop, lenet() at 1.0 ×, resnet18() at 0.6 ×; objectives of
// LibTorch at 0.9 × for the perceptron and 0.95 × for the others.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "sim/core/random.hpp"
#include "sim/objectives/network_objective.hpp"
#include "sim/torch/torch_network.hpp"
#include "tests/bench/goal.hpp"
#include "tests/bench/torch/plain_loop.hpp"

namespace acidsim {
namespace {

const PlainLoops& plain_loops() {
  torch_plugin();  // which sets LibTorch up
  static const PlainLoops* const loops = [] {
    void* const library = ::dlopen(ACIDSIM_PLAIN_LOOP, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(::dlerror());
    return reinterpret_cast<const PlainLoops* (*)()>(::dlsym(library, "acidsim_plain_loops"))();
  }();
  return *loops;
}

RegressionParameters<float> images_for(const std::string& network) {
  const bool large = network == "resnet18";
  auto data = std::make_shared<Dataset<float>>();
  data->shape = large ? std::vector<Index>{3, 32, 32} : std::vector<Index>{1, 28, 28};
  data->classes = 10;
  data->features = Matrix<float>::Random(large ? 3072 : 784, 1024).cwiseAbs();
  for (int s = 0; s < 1024; ++s) data->labels.push_back(s % 10);
  RegressionParameters<float> parameters;
  parameters.data = {data, nullptr};
  parameters.minibatch.batch_size = large ? 8 : 32;
  return parameters;
}

std::unique_ptr<Objective<float>> own_network(const std::string& name) {
  NetworkSettings settings{name == "mlp"     ? mlp({128}, Activation::relu)
                           : name == "lenet" ? lenet()
                                             : resnet18()};
  return make_network_objective<float>(settings, images_for(name));
}

std::unique_ptr<Objective<float>> torch_network(const std::string& name) {
  const RegressionParameters<float> parameters = images_for(name);
  TorchChoice choice{.preset = name == "resnet18" ? name : ""};
  if (choice.is_file()) {
    choice.file = std::filesystem::temp_directory_path() / ("acidsim_bench_" + name + ".pt");
    plain_loops().write(name.c_str(), choice.file.c_str());
  }
  auto network = std::make_shared<TorchNetwork>(choice, *parameters.data.train);
  if (choice.is_file()) std::filesystem::remove(choice.file);
  return make_model_objective<float>(std::move(network), NetworkLoss::cross_entropy, parameters);
}

// An objective with what a step of momentum needs.
class Steps {
 public:
  explicit Steps(std::unique_ptr<Objective<float>> objective)
      : objective_(std::move(objective)), scratch_(objective_->scratch()) {
    objective_->start(1, 0, x_);
    buffer_ = Vector<float>::Zero(x_.size());
  }
  void step() {
    objective_->gradient(0, number_++, x_, g_, *scratch_);
    buffer_ = 0.9f * buffer_ + g_ + 5e-4f * x_;
    x_ -= 1e-6f * buffer_;
  }

 private:
  std::unique_ptr<Objective<float>> objective_;
  std::unique_ptr<GradientScratch> scratch_;
  Vector<float> x_, g_, buffer_;
  std::uint64_t number_ = 0;
};

template <class Act>
double seconds_of(const Act& act) {
  const double start = cpu_seconds();
  act();
  return cpu_seconds() - start;
}

double median(std::vector<double> times) {
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
  return times[times.size() / 2];
}

void against_plain_loop(benchmark::State& state, const std::string& name, bool own, double goal) {
  try {
    PlainLoop* const plain = plain_loops().make(name.c_str());
    Steps steps(own ? own_network(name) : torch_network(name));
    std::vector<double> ours, theirs;
    for (int warm_up = 0; warm_up < 3; ++warm_up) {
      steps.step();
      plain_loops().step(plain);
    }
    for (auto _ : state) {
      ours.push_back(seconds_of([&] { steps.step(); }));
      theirs.push_back(seconds_of([&] { plain_loops().step(plain); }));
    }
    plain_loops().free(plain);
    state.counters["step_s"] = median(ours);
    state.counters["plain_s"] = median(theirs);
    state_goal_ratio(state, median(theirs) / median(ours), goal);
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
  }
}

// own: ours; else LibTorch's.
void register_case(const std::string& name, bool own, double goal, int steps) {
  benchmark::RegisterBenchmark(("torch/" + name + (own ? "/own" : "/libtorch") + "/over_plain_loop").c_str(),
                               [=](benchmark::State& state) { against_plain_loop(state, name, own, goal); })
      ->Iterations(steps);
}

const bool torch_cases = [] {
  register_case("mlp", true, 1.2, 2000);
  register_case("mlp", false, 0.9, 2000);
  register_case("lenet", true, 1.0, 60);
  register_case("lenet", false, 0.95, 60);
  register_case("resnet18", true, 0.6, 7);
  register_case("resnet18", false, 0.95, 7);
  return true;
}();

}  // namespace
}  // namespace acidsim
