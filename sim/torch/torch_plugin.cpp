#include "sim/torch/torch_plugin.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

constexpr const char* plugin_file = "libacidsim_torch.so";
constexpr const char* plugin_variable = "ACIDSIM_TORCH_PLUGIN";

std::atomic<const TorchInterface*> loaded_plugin = nullptr;

// Empty where there is none.
fs::path found_plugin() {
  if (const char* named = std::getenv(plugin_variable); named != nullptr && *named != '\0') return named;
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed).parent_path();
  for (const fs::path& place : {program / plugin_file, program / "../lib/acidsim" / plugin_file})
    if (fs::exists(place, failed)) return place.lexically_normal();
  return {};
}

const TorchInterface& load_plugin() {
  const fs::path file = found_plugin();
  const std::string hint =
      "scripts/setup torch, then build again; Ubuntu 24.04 has no such package: a plug-in may be named by " +
      std::string(plugin_variable);
  if (file.empty())
    throw InputError("name", "needs the plug-in for LibTorch, which was not built", plugin_file, hint);
  void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const reason = ::dlerror();
    throw InputError("name", "the plug-in for LibTorch cannot be loaded",
                     reason != nullptr ? reason : file.string(), hint);
  }
  using Get = const TorchInterface*();
  auto* const get = reinterpret_cast<Get*>(::dlsym(library, torch_interface_symbol));
  const TorchInterface* const found = get != nullptr ? get() : nullptr;
  if (found == nullptr || found->version != torch_interface_version)
    throw InputError("name", "the plug-in for LibTorch is of another version of acidsim", file.string(),
                     "build both together");
  loaded_plugin = found;
  return *found;
}

}  // namespace

const TorchInterface& torch_plugin() {
  static const TorchInterface& found = load_plugin();
  return found;
}

std::vector<std::pair<std::string, std::string>> torch_facts() {
  std::vector<std::pair<std::string, std::string>> facts;
  const TorchInterface* const plugin = loaded_plugin;
  if (plugin == nullptr) return facts;
  std::istringstream lines(plugin->facts());
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.find('\t');
    facts.emplace_back(line.substr(0, tab), line.substr(tab + 1));
  }
  return facts;
}

std::string torch_warning() {
  for (const auto& [name, value] : torch_facts())
    if (name == "blas" && value.find("/blas/") != std::string::npos)
      return fmt::format(
          "LibTorch's matrix products are those of the reference BLAS ({}), some ten times slower than "
          "OpenBLAS: scripts/setup torch installs libopenblas0-serial",
          value);
  return {};
}

}  // namespace acidsim
