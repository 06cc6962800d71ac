// What readers of graphs in XML share: the outermost element, one <graph> in it, attributes, messages with their line.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/xml_parser.hpp"

namespace acidsim {

class XmlGraphReader : public XmlHandler {
 public:
  // Reads `file` whole. Throws InputError where it is not of the format.
  RawGraph read(std::istream& in) {
    parse_xml(in, file_, *this);
    if (!seen_root_) throw InputError(file_, "not " + format_, {}, root_hint());
    if (!seen_graph_) throw InputError(file_, "no <graph>");
    return builder_.finish();
  }

  void start(std::string_view element, const Attributes& attributes, std::uint64_t line) final {
    attributes_ = &attributes;
    line_ = line;
    if (std::exchange(seen_root_, true)) return start_element(element);
    if (element != root_) refuse("not " + format_, element, root_hint());
  }

 protected:
  // `format`: its name in messages; `root`: its outermost element.
  XmlGraphReader(const std::string& file, std::string format, std::string root, const ReadOptions& options)
      : file_(file), format_(std::move(format)), root_(std::move(root)), builder_(file, options) {}

  virtual void start_element(std::string_view element) = 0;  // within the outermost one

  void see_graph() {
    if (std::exchange(seen_graph_, true)) refuse("a second <graph>", "");
  }
  bool seen_graph() const { return seen_graph_; }
  GraphBuilder& builder() { return builder_; }
  std::uint64_t line() const { return line_; }  // of the element that starts
  std::string place() const { return builder_.place(line_); }

  [[noreturn]] void refuse(const std::string& problem, std::string_view value,
                           const std::string& hint = {}) const {
    throw InputError(place(), problem, beginning(value), hint);
  }
  // Of the element that starts.
  std::optional<std::string_view> attribute(std::string_view name) const {
    for (const auto& [key, value] : *attributes_)
      if (key == name) return value;
    return std::nullopt;
  }
  std::string_view required(std::string_view name) const {
    const auto value = attribute(name);
    if (!value) refuse(fmt::format("an element without its attribute {}", name), "");
    return *value;
  }

 private:
  std::string root_hint() const { return fmt::format("its outermost element is <{}>", root_); }

  const std::string& file_;
  const std::string format_, root_;
  GraphBuilder builder_;
  const Attributes* attributes_ = nullptr;
  std::uint64_t line_ = 0;
  bool seen_root_ = false, seen_graph_ = false;
};

}  // namespace acidsim
