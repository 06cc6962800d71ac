// libacidsim_torch.so: networks of LibTorch behind plain functions. The only source that includes headers of torch.
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/torch/plugin/modules.hpp"
#include "sim/torch/plugin_interface.hpp"

namespace acidsim {
namespace {

thread_local std::string last_error;

// The line of a message that tells most: of the interpreter's errors the last one.
std::string told_line(const std::string& text) {
  const auto last = text.find_last_not_of(" \n");
  if (last == std::string::npos) return "no reason is given";
  const std::string trimmed = text.substr(0, last + 1);
  if (trimmed.find("TorchScript interpreter") != std::string::npos)
    return trimmed.substr(trimmed.find_last_of('\n') + 1);
  return trimmed.substr(0, trimmed.find('\n'));
}

// action(), or `failed` where it throws.
template <class Result, class Action>
Result guarded(Result failed, const Action& action) {
  try {
    return action();
  } catch (const c10::Error& error) {
    last_error = told_line(error.what_without_backtrace());
  } catch (const std::exception& error) {
    last_error = told_line(error.what());
  }
  return failed;
}

// --- What a network consists of.
std::string path_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == std::string::npos ? "" : name.substr(0, dot + 1);
}

// Those that are trained, each once however many names it has.
NamedTensors trained(const Module& module) {
  NamedTensors some;
  std::unordered_set<const void*> seen;
  for (auto& [name, tensor] : module.parameters())
    if (tensor.requires_grad() && seen.insert(tensor.unsafeGetTensorImpl()).second)
      some.emplace_back(name, tensor);
  return some;
}

// A layer of batch normalisation.
struct Norm {
  std::string name;                // of its means
  Tensor mean, variance, batches;  // batches: how many it has seen; perhaps none
};
std::vector<Norm> norms_of(const Module& module) {
  std::vector<Norm> norms;
  const NamedTensors buffers = module.buffers();
  const auto buffer = [&](const std::string& name) {
    for (const auto& [other, tensor] : buffers)
      if (other == name) return tensor;
    return Tensor();
  };
  const std::string mean = "running_mean";
  for (const auto& [name, tensor] : buffers) {
    const std::string path = path_of(name);
    const Tensor variance = buffer(path + "running_var");
    if (name == path + mean && tensor.scalar_type() == at::kFloat && variance.defined() &&
        variance.scalar_type() == at::kFloat && variance.sizes() == tensor.sizes() && tensor.dim() == 1)
      norms.push_back({name, tensor, variance, buffer(path + "num_batches_tracked")});
  }
  return norms;
}

void set_norm(const Norm& norm, float mean, float variance) {
  norm.mean.fill_(mean);
  norm.variance.fill_(variance);
  if (norm.batches.defined()) norm.batches.zero_();
}

}  // namespace

struct TorchModel {
  std::unique_ptr<Module> module;
  NamedTensors parameters;
  std::vector<TorchRole> roles;
  std::vector<Norm> norms;
};

struct TorchWorkspace {
  std::unique_ptr<Module> module;
  std::vector<Tensor> parameters;
  std::vector<Norm> norms;
  NamedTensors other_buffers, kept_buffers;  // as they are, and as they were
  std::vector<double> shares;  // of a batch in its layer's running statistics; empty: not known yet
  const float* bound = nullptr;
  Tensor scores, values;
};

namespace {

// One-dimensional parameters of a layer whose weight is one-dimensional scale and shift; others are biases.
std::vector<TorchRole> roles_of(const NamedTensors& parameters) {
  std::vector<TorchRole> roles;
  for (const auto& [name, tensor] : parameters) {
    const std::string weight = path_of(name) + "weight";
    const bool normalises = std::any_of(parameters.begin(), parameters.end(), [&](const auto& other) {
      return other.first == weight && other.second.dim() == 1;
    });
    roles.push_back(tensor.dim() > 1 ? TorchRole::weight : normalises ? TorchRole::norm : TorchRole::bias);
  }
  return roles;
}

TorchModel* model_of(std::unique_ptr<Module> module) {
  auto model = std::make_unique<TorchModel>();
  model->module = std::move(module);
  model->parameters = trained(*model->module);
  for (const auto& [name, tensor] : model->parameters) {
    if (tensor.scalar_type() != at::kFloat)
      throw std::runtime_error("parameter " + name + " is of type " +
                               std::string(c10::toString(tensor.scalar_type())) +
                               ", not Float: save the network after model.float()");
    if (!tensor.device().is_cpu()) throw std::runtime_error("parameter " + name + " is not on the CPU");
  }
  if (model->parameters.empty())
    throw std::runtime_error("it has no parameters that are trained (is it frozen?)");
  model->roles = roles_of(model->parameters);
  model->norms = norms_of(*model->module);
  return model.release();
}

TorchModel* make(const char* preset, std::int64_t channels, std::int64_t classes) {
  return guarded<TorchModel*>(nullptr,
                              [&] { return model_of(std::make_unique<Preset>(preset, channels, classes)); });
}
TorchModel* read(const char* file) {
  return guarded<TorchModel*>(nullptr, [&] {
    return model_of(std::make_unique<Script>(torch::jit::load(file, at::Device(at::kCPU))));
  });
}
void free_model(TorchModel* model) { delete model; }

std::int64_t block_count(const TorchModel* model) {
  return static_cast<std::int64_t>(model->parameters.size());
}
TorchBlock block(const TorchModel* model, std::int64_t number) {
  const auto& [name, tensor] = model->parameters[static_cast<std::size_t>(number)];
  return {name.c_str(), tensor.sizes().data(), static_cast<std::int32_t>(tensor.dim()),
          model->roles[static_cast<std::size_t>(number)]};
}
std::int64_t norm_count(const TorchModel* model) { return static_cast<std::int64_t>(model->norms.size()); }
const char* norm(const TorchModel* model, std::int64_t number, std::int64_t* channels) {
  const Norm& norm = model->norms[static_cast<std::size_t>(number)];
  *channels = norm.mean.numel();
  return norm.name.c_str();
}
void weights(const TorchModel* model, float* x) {
  for (const auto& [name, tensor] : model->parameters) {
    const Tensor whole = tensor.detach().contiguous();
    x = std::copy_n(whole.data_ptr<float>(), whole.numel(), x);
  }
}

// --- Passes.
TorchWorkspace* make_workspace(const TorchModel* model) {
  return guarded<TorchWorkspace*>(nullptr, [&] {
    auto workspace = std::make_unique<TorchWorkspace>();
    workspace->module = model->module->copy();
    for (const auto& [name, tensor] : trained(*workspace->module)) workspace->parameters.push_back(tensor);
    workspace->norms = norms_of(*workspace->module);
    std::unordered_set<const void*> own;
    for (const Norm& norm : workspace->norms)
      for (const Tensor& tensor : {norm.mean, norm.variance, norm.batches})
        if (tensor.defined()) own.insert(tensor.unsafeGetTensorImpl());
    for (const auto& [name, tensor] : workspace->module->buffers())
      if (!own.count(tensor.unsafeGetTensorImpl())) {
        workspace->other_buffers.emplace_back(name, tensor);
        workspace->kept_buffers.emplace_back(name, tensor.clone());
      }
    return workspace.release();
  });
}
void free_workspace(TorchWorkspace* workspace) { delete workspace; }

// Parameters are views of x, so nothing is copied.
void bind(TorchWorkspace& workspace, const float* x) {
  if (workspace.bound == x) return;
  float* at = const_cast<float*>(x);
  for (Tensor& parameter : workspace.parameters) {
    const std::int64_t size = parameter.numel();
    parameter.set_data(at::from_blob(at, parameter.sizes().vec(), at::kFloat));
    at += size;
  }
  workspace.bound = x;
}

// Running statistics become (1 − share) · what they were + share · the batch's. Two passes tell the share, from one end so
// large that the batch does not matter for its digits.
void find_shares(TorchWorkspace& workspace, const Tensor& inputs) {
  if (!workspace.shares.empty()) return;
  constexpr float large = 0x1p20f;
  std::vector<float> low;
  for (const float begin : {0.0f, large}) {
    for (const Norm& norm : workspace.norms) set_norm(norm, begin, 1);
    workspace.module->forward(inputs);
    for (std::size_t k = 0; k < workspace.norms.size(); ++k) {
      const float mean = *workspace.norms[k].mean.data_ptr<float>();
      if (begin == 0)
        low.push_back(mean);
      else
        workspace.shares.push_back(std::round(1e6 * (1 - static_cast<double>(mean - low[k]) / large)) / 1e6);
    }
  }
}

void take_statistics(const std::vector<Norm>& norms, const double* statistics) {
  for (const Norm& norm : norms) {
    const std::int64_t channels = norm.mean.numel();
    float* const mean = norm.mean.data_ptr<float>();
    float* const variance = norm.variance.data_ptr<float>();
    for (std::int64_t c = 0; c < channels; ++c) {
      mean[c] = static_cast<float>(statistics[c]);
      variance[c] = static_cast<float>(statistics[channels + c]);
    }
    statistics += 2 * channels;
  }
}

bool forward(TorchWorkspace* workspace, const TorchPass* pass, TorchScores* scores) {
  return guarded(false, [&] {
    workspace->scores = Tensor();
    bind(*workspace, pass->parameters);
    Tensor inputs =
        at::from_blob(const_cast<float*>(pass->inputs),
                      at::IntArrayRef(pass->shape, static_cast<std::size_t>(pass->dimensions)), at::kFloat);
    if (pass->symbols) inputs = inputs.to(at::kLong);
    const bool trains = pass->purpose != TorchPurpose::evaluation;
    const at::AutoGradMode keeps_graph(pass->purpose == TorchPurpose::gradient);
    workspace->module->train(trains);
    if (trains && !workspace->norms.empty()) {
      find_shares(*workspace, inputs);
      for (const Norm& norm : workspace->norms) set_norm(norm, 0, 0);
    } else if (!trains && pass->statistics != nullptr) {
      take_statistics(workspace->norms, pass->statistics);
    }
    const Tensor out = workspace->module->forward(inputs);
    if (out.scalar_type() != at::kFloat)
      throw std::runtime_error("forward() gives numbers of type " +
                               std::string(c10::toString(out.scalar_type())) + ", not Float");
    if (pass->purpose == TorchPurpose::gradient) {
      if (!out.requires_grad()) throw std::runtime_error("what forward() gives depends on no parameter");
      workspace->scores = out;
    }
    workspace->values = out.detach().contiguous();
    *scores = {workspace->values.data_ptr<float>(), workspace->values.sizes().data(),
               static_cast<std::int32_t>(workspace->values.dim())};
    return true;
  });
}

bool backward(TorchWorkspace* workspace, const float* slopes, float* g) {
  return guarded(false, [&] {
    const Tensor given =
        at::from_blob(const_cast<float*>(slopes), workspace->scores.sizes().vec(), at::kFloat);
    const std::vector<Tensor> gradients = torch::autograd::grad({workspace->scores}, workspace->parameters,
                                                                {given}, false, false, /*allow_unused=*/true);
    workspace->scores = Tensor();
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const std::int64_t size = workspace->parameters[k].numel();
      if (gradients[k].defined()) {
        const Tensor whole = gradients[k].contiguous();
        std::copy_n(whole.data_ptr<float>(), size, g);
      } else {
        std::fill_n(g, size, 0.0f);
      }
      g += size;
    }
    return true;
  });
}

bool add_statistics(const TorchWorkspace* workspace, double* sum) {
  return guarded(false, [&] {
    for (std::size_t k = 0; k < workspace->norms.size(); ++k) {
      const Norm& norm = workspace->norms[k];
      const std::int64_t channels = norm.mean.numel();
      const double share = workspace->shares.at(k);
      if (share == 0)
        throw std::runtime_error(
            norm.name + " does not follow the batches of training (trace the network after train())");
      for (const Tensor& tensor : {norm.mean, norm.variance}) {
        const float* const value = tensor.data_ptr<float>();
        for (std::int64_t c = 0; c < channels; ++c) *sum++ += static_cast<double>(value[c]) / share;
      }
    }
    return true;
  });
}

const char* changed_buffer(const TorchWorkspace* workspace) {
  return guarded<const char*>("?", [&]() -> const char* {
    for (std::size_t k = 0; k < workspace->other_buffers.size(); ++k)
      if (!at::equal(workspace->other_buffers[k].second, workspace->kept_buffers[k].second))
        return workspace->kept_buffers[k].first.c_str();
    return nullptr;
  });
}

bool write(const TorchModel* model, const float* x, const double* statistics, const char* file) {
  return guarded(false, [&] {
    const std::unique_ptr<Module> module = model->module->copy();
    for (auto& [name, tensor] : trained(*module)) {
      Tensor parameter = tensor;
      parameter.set_data(at::from_blob(const_cast<float*>(x), tensor.sizes().vec(), at::kFloat).clone());
      x += parameter.numel();
    }
    if (statistics != nullptr) take_statistics(norms_of(*module), statistics);
    module->save(file);
    return true;
  });
}

// --- The libraries under it.
// A function of the libraries that this one needs; null where none has it.
template <class Function>
Function* symbol(const char* name) {
  static void* const self = [] {
    Dl_info here{};
    ::dladdr(reinterpret_cast<const void*>(&free_model), &here);
    return ::dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD);
  }();
  return reinterpret_cast<Function*>(self != nullptr ? ::dlsym(self, name) : nullptr);
}

std::string file_of(const void* address) {
  Dl_info info{};
  if (address == nullptr || ::dladdr(address, &info) == 0) return "unknown";
  std::unique_ptr<char, void (*)(void*)> real(::realpath(info.dli_fname, nullptr), std::free);
  return real ? real.get() : info.dli_fname;
}

std::string capability() {
  const std::string text = at::show_config(), key = "CPU capability usage: ";
  const auto begin = text.find(key);
  if (begin == std::string::npos) return "unknown";
  return text.substr(begin + key.size(), text.find('\n', begin) - begin - key.size());
}

std::string facts_text() {
  std::string text = std::string("torch\t") + TORCH_VERSION + "\n";
  text += "blas\t" + file_of(reinterpret_cast<const void*>(symbol<void()>("sgemm_"))) + "\n";
  if (auto* core = symbol<char*()>("openblas_get_corename"))
    text += std::string("blas_core\t") + core() + "\n";
  text += "cpu_capability\t" + capability() + "\n";
  struct Version {
    int major, minor, patch;
  };
  if (auto* version = symbol<const Version*()>("dnnl_version"))
    text += "onednn\t" + std::to_string(version()->major) + "." + std::to_string(version()->minor) + "." +
            std::to_string(version()->patch) + "\n";
  if (auto* isa = symbol<int()>("dnnl_get_effective_cpu_isa"))
    text += "onednn_isa\t" + std::to_string(isa()) + "\n";
  return text;
}

const char* facts() {
  static const std::string text = facts_text();
  return text.c_str();
}

const char* error() { return last_error.c_str(); }

// Threads are ours: runs and workers share the cores, and sums over threads would change their bits. Activations come
// and go with every pass: the allocator keeps their memory.
void set_up() {
  at::set_num_threads(1);
  if (auto* set = symbol<void(int)>("openblas_set_num_threads")) set(1);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

}  // namespace
}  // namespace acidsim

extern "C" __attribute__((visibility("default"))) const acidsim::TorchInterface* acidsim_torch_interface() {
  using namespace acidsim;
  static const TorchInterface interface = {torch_interface_version,
                                           error,
                                           facts,
                                           make,
                                           read,
                                           free_model,
                                           block_count,
                                           block,
                                           norm_count,
                                           norm,
                                           weights,
                                           make_workspace,
                                           free_workspace,
                                           forward,
                                           backward,
                                           add_statistics,
                                           changed_buffer,
                                           write};
  static const bool ready = (set_up(), true);
  return ready ? &interface : nullptr;
}
