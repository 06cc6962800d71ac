// A validated part of a configuration, with its place, so that whoever reads it can still complain about it
// well.
#pragma once

#include <filesystem>
#include <string>

#include "sim/app/registry/field.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

// Values are checked before a Node is made (field.hpp), so the readers below do not fail on a validated
// configuration.
class Node {
 public:
  Node(const Json& value, std::string path, std::filesystem::path directory = {})
      : value_(value), path_(std::move(path)), directory_(std::move(directory)) {}

  const Json& json() const { return value_; }
  const std::string& path() const { return path_; }
  const std::filesystem::path& directory() const { return directory_; }
  bool has(const std::string& key) const {
    return value_.is_object() && value_.contains(key) && !value_[key].is_null();
  }
  Node child(const std::string& key) const { return {value_.at(key), path_ + "/" + key, directory_}; }

  double number(const std::string& key) const { return value_.at(key).get<double>(); }
  std::int64_t integer(const std::string& key) const { return value_.at(key).get<std::int64_t>(); }
  std::uint64_t natural(const std::string& key) const { return value_.at(key).get<std::uint64_t>(); }
  bool flag(const std::string& key) const { return value_.at(key).get<bool>(); }
  std::string text(const std::string& key) const { return value_.at(key).get<std::string>(); }
  // A path in a configuration is relative to the folder of the configuration.
  std::filesystem::path file(const std::string& key) const { return located(text(key)); }
  std::filesystem::path located(const std::filesystem::path& named) const {
    return named.is_absolute() ? named
                               : (directory_.empty() ? std::filesystem::path(".") : directory_) / named;
  }

  InputError error(const std::string& key, std::string problem, std::string hint = {}) const {
    const std::string value = value_.is_object() && value_.contains(key) ? value_[key].dump() : std::string();
    return InputError(key.empty() ? path_ : path_ + "/" + key, std::move(problem), value, std::move(hint));
  }

 private:
  const Json& value_;
  std::string path_;
  std::filesystem::path directory_;
};

// A node with a value of its own, for what reads it later.
class KeptNode {
 public:
  explicit KeptNode(const Node& node)
      : value_(node.json()), path_(node.path()), directory_(node.directory()) {}
  Node node() const { return {value_, path_, directory_}; }

 private:
  Json value_;
  std::string path_;
  std::filesystem::path directory_;
};

// A worker's number as it stands in a configuration.
inline bool is_worker(const Json& value) { return value.is_number_integer() && value >= 0; }

}  // namespace acidsim
