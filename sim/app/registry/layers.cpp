#include "sim/app/registry/layers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <limits>

#include "sim/core/error.hpp"

namespace acidsim {

const char* const layers_help =
    "the layers in order: \"relu\", \"tanh\", \"gelu\", \"batch_norm\", \"layer_norm\", \"flatten\", "
    "\"global_average_pool\", {\"dense\": outputs, or null for the scores, \"bias\": true}, {\"conv\": "
    "channels, "
    "\"kernel\": 3, \"stride\": 1, \"padding\": \"same\" or a number, \"bias\": true}, {\"max_pool\": size, "
    "\"stride\": "
    "size, \"padding\": 0}, {\"average_pool\": size, \"stride\": size}, {\"group_norm\": groups}, "
    "{\"dropout\": chance}, "
    "{\"embedding\": width}, {\"residual\": layers, \"shortcut\": layers}";

namespace {

constexpr Index largest_window = 1024;  // of kernels, pools, strides and paddings

// A layer that is written as an object: its kind is one of the keys.
class LayerNode {
 public:
  LayerNode(const Json& value, std::string path, std::string kind)
      : value_(value), path_(std::move(path)), kind_(std::move(kind)) {}

  const Json& main() const { return value_.at(kind_); }
  const std::string& path() const { return path_; }
  bool has(const char* key) const { return value_.contains(key); }
  const Json& at(const char* key) const { return value_.at(key); }

  // A whole number of at least `least`.
  Index whole(const char* key, Index fallback, Index least, Index most = 1000000) const {
    if (!has(key)) return fallback;
    const Json& value = value_.at(key);
    if (!value.is_number_integer() || value.get<double>() < static_cast<double>(least) ||
        value.get<double>() > static_cast<double>(most))
      throw error(key, fmt::format("is not a whole number from {} to {}", least, most));
    return value.get<Index>();
  }
  Index whole(Index least, Index most = 1000000) const { return whole(kind_.c_str(), least, least, most); }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    if (!value_.at(key).is_boolean()) throw error(key, "is not true or false");
    return value_.at(key).get<bool>();
  }
  InputError error(const char* key, const std::string& problem) const {
    return InputError(fmt::format("{}/{}", path_, key), problem, shown(value_.at(key)));
  }

 private:
  const Json& value_;
  std::string path_, kind_;
};

struct LayerKind {
  std::string name;
  std::vector<std::string> further;  // keys beside the name
  std::function<LayerSpec(const LayerNode&)> make;
};

Architecture layers_in(const Json& list, const std::string& path);

LayerSpec convolution_of(const LayerNode& node) {
  ConvolutionSpec spec;
  spec.shape.channels = node.whole(1);
  spec.shape.kernel = node.whole("kernel", 3, 1, largest_window);
  spec.shape.stride = node.whole("stride", 1, 1, largest_window);
  spec.shape.bias = node.flag("bias", true);
  spec.shape.padding = spec.shape.kernel / 2;
  if (node.has("padding") && node.at("padding") != "same")
    spec.shape.padding = node.whole("padding", 0, 0, largest_window);
  else if (spec.shape.kernel % 2 == 0)
    throw InputError(node.path(), "a kernel of even size has no padding that keeps the size of an image",
                     fmt::format("{}", spec.shape.kernel), "\"padding\": 0, or an odd kernel");
  if (spec.shape.padding >= spec.shape.kernel) throw node.error("padding", "is not smaller than the kernel");
  return {spec};
}

LayerSpec pooling_of(const LayerNode& node, Pooling kind) {
  PoolingSpec spec{kind};
  spec.window.size = node.whole(1, largest_window);
  spec.window.stride = node.whole("stride", spec.window.size, 1, largest_window);
  spec.window.padding = node.whole("padding", 0, 0, largest_window);
  if (2 * spec.window.padding > spec.window.size) throw node.error("padding", "is more than half the window");
  return {spec};
}

LayerSpec dropout_of(const LayerNode& node) {
  const Json& chance = node.main();
  if (!chance.is_number() || chance.get<double>() < 0 || chance.get<double>() >= 1)
    throw node.error("dropout", "is not a number from 0 to below 1");
  return {DropoutSpec{chance.get<double>()}};
}

LayerSpec residual_of(const LayerNode& node) {
  ResidualSpec spec;
  spec.body = layers_in(node.main(), node.path() + "/residual");
  if (node.has("shortcut")) spec.shortcut = layers_in(node.at("shortcut"), node.path() + "/shortcut");
  return {std::move(spec)};
}

const std::vector<LayerKind>& layer_kinds() {
  static const std::vector<LayerKind> kinds = {
      {"dense",
       {"bias"},
       [](const LayerNode& node) -> LayerSpec {
         return {DenseSpec{node.main().is_null() ? 0 : node.whole(1), node.flag("bias", true)}};
       }},
      {"conv", {"kernel", "stride", "padding", "bias"}, convolution_of},
      {"max_pool",
       {"stride", "padding"},
       [](const LayerNode& node) { return pooling_of(node, Pooling::maximum); }},
      {"average_pool", {"stride"}, [](const LayerNode& node) { return pooling_of(node, Pooling::average); }},
      {"group_norm",
       {},
       [](const LayerNode& node) -> LayerSpec {
         return {NormalisationSpec{Norm::group, node.whole(1)}};
       }},
      {"dropout", {}, dropout_of},
      {"embedding", {}, [](const LayerNode& node) -> LayerSpec { return {EmbeddingSpec{node.whole(1)}}; }},
      {"residual", {"shortcut"}, residual_of},
  };
  return kinds;
}

const std::vector<std::pair<std::string, LayerSpec>>& plain_layers() {
  static const std::vector<std::pair<std::string, LayerSpec>> layers = {
      {"relu", {Activation::relu}},
      {"tanh", {Activation::tanh}},
      {"gelu", {Activation::gelu}},
      {"batch_norm", {NormalisationSpec{Norm::batch}}},
      {"layer_norm", {NormalisationSpec{Norm::layer}}},
      {"flatten", {FlattenSpec{}}},
      {"global_average_pool", {PoolingSpec{Pooling::global_average}}},
  };
  return layers;
}

LayerSpec plain_layer(const Json& name, const std::string& path) {
  std::vector<std::string> known;
  for (const auto& [own, layer] : plain_layers()) {
    if (name == own) return layer;
    known.push_back(own);
  }
  throw InputError(path, "unknown layer", shown(name), unknown_name_hint(name.get<std::string>(), known));
}

LayerSpec layer_with_settings(const Json& value, const std::string& path) {
  std::vector<std::string> names;
  for (const LayerKind& kind : layer_kinds()) {
    names.push_back(kind.name);
    if (!value.contains(kind.name)) continue;
    std::vector<std::string> known = kind.further;
    known.push_back(kind.name);
    for (const auto& [key, setting] : value.items())
      if (std::find(known.begin(), known.end(), key) == known.end())
        throw InputError(path + "/" + key, fmt::format("unknown key of a {} layer", kind.name),
                         shown(setting), unknown_name_hint(key, known));
    return kind.make(LayerNode(value, path, kind.name));
  }
  throw InputError(path, "is no layer", shown(value),
                   fmt::format("an object with one of the keys {}", fmt::join(names, ", ")));
}

Architecture layers_in(const Json& list, const std::string& path) {
  if (!list.is_array())
    throw InputError(path, "is not a list of layers", shown(list), "[\"relu\", {\"dense\": 64}]");
  Architecture layers;
  for (std::size_t k = 0; k < list.size(); ++k) {
    const std::string place = fmt::format("{}/{}", path, k);
    if (!list[k].is_string() && !list[k].is_object())
      throw InputError(place, "is no layer", shown(list[k]), "\"relu\", or {\"dense\": 64}");
    layers.push_back(list[k].is_string() ? plain_layer(list[k], place) : layer_with_settings(list[k], place));
    layers.back().place = place;
  }
  return layers;
}

}  // namespace

Architecture layers_of(const Node& node, const std::string& key) {
  Architecture layers = layers_in(node.json()[key], node.path() + "/" + key);
  if (layers.empty()) throw node.error(key, "is empty", "at least {\"dense\": null}");
  return layers;
}

}  // namespace acidsim
