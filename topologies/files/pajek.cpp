#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/core/error.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_pajek_line = 60000;  // bytes

class PajekReader {
 public:
  PajekReader(std::istream& in, const std::string& file, const ReadOptions& options)
      : source_(in, file), builder_(file, options) {}

  RawGraph read() {
    std::string_view line;
    while (source_.next_line(line, longest_pajek_line)) {
      if (line.find_first_not_of(" \t") == line.npos || line.starts_with('%')) continue;
      words_.split_words(line, source_.place());
      if (line.starts_with('*')) {
        start_section();
      } else {
        take_line();
      }
    }
    if (!workers_) throw InputError(source_.file(), "no *Vertices");
    if (*workers_ > 4 * builder_.graph().links.size() + 1024)  // so that lines pay for the memory
      throw InputError(source_.file(), "the graph is not connected",
                       fmt::format("{} workers, {} edges", *workers_, builder_.graph().links.size()));
    declare_up_to(*workers_);
    return builder_.finish();
  }

 private:
  enum class Section { none, vertices, pairs, lists };

  [[noreturn]] void refuse(const std::string& problem, const std::string& value,
                           const std::string& hint = {}) const {
    throw InputError(source_.place(), problem, beginning(value), hint);
  }

  void start_section() {
    const std::string name = lower(words_.text(0));
    if (name == "*network") {
      if (workers_) refuse("a second network", name, "one network per file");
      return;
    }
    if (name == "*vertices") {
      start_vertices();
      return;
    }
    const bool arcs = name == "*arcs" || name == "*arcslist";
    if (!arcs && name != "*edges" && name != "*edgeslist")
      refuse("a section that is not read here", words_.text(0),
             "*Vertices, *Edges, *Arcs, *Edgeslist, *Arcslist");
    if (!workers_) refuse("edges before *Vertices", words_.text(0));
    if (!builder_.graph().links.empty() && arcs != builder_.graph().directed)
      refuse("both arcs and edges", words_.text(0), "one kind in a file");
    builder_.graph().directed = arcs;
    section_ = name.ends_with("list") ? Section::lists : Section::pairs;
  }

  void start_vertices() {
    if (workers_) refuse("a second *Vertices", words_.text(0), "one network per file");
    workers_ = words_.count() > 1 ? parse_count(words_.text(1)) : std::nullopt;
    if (!workers_) refuse("no number of vertices", words_.count() > 1 ? words_.text(1) : "", "*Vertices 5");
    check_count(*workers_, "workers", source_.place());
    section_ = Section::vertices;
  }

  void take_line() {
    if (section_ == Section::none) refuse("not Pajek", words_.text(0), "it begins with *Vertices");
    if (section_ == Section::vertices) {
      take_vertex();
    } else if (words_.count() < 2) {
      refuse("not an edge", words_.text(0), "vertex vertex [rate]");
    } else if (section_ == Section::pairs) {
      EdgeAttributes attributes;
      if (words_.count() > 2 && number_from(words_.text(2)))
        attributes.set({EdgeKey::weight, true}, words_.text(2), source_.place());
      builder_.link(worker(0), worker(1), attributes, source_.line());
    } else {
      for (std::size_t k = 1; k < words_.count(); ++k)
        builder_.link(worker(0), worker(k), {}, source_.line());
    }
  }

  // Number, label, x, y, perhaps z, perhaps a shape, then names and values in turn.
  void take_vertex() {
    const Worker node = worker(0);
    NodeAttributes attributes;
    if (words_.count() > 1) attributes.set(NodeKey::label, words_.text(1));
    if (words_.count() > 3) {
      attributes.set(NodeKey::x, words_.text(2));
      attributes.set(NodeKey::y, words_.text(3));
    }
    std::size_t next = 2;
    while (next < std::min<std::size_t>(words_.count(), 5) && number_from(words_.text(next))) ++next;
    if (next < words_.count() && (words_.count() - next) % 2 == 1) ++next;
    for (; next + 1 < words_.count(); next += 2)
      builder_.set_rate(attributes, words_.text(next), words_.text(next + 1), source_.place());
    builder_.describe(node, attributes);
  }

  Worker worker(std::size_t k) {
    const std::string& text = words_.text(k);
    const auto number = parse_count(text);
    if (!number || *number < 1 || *number > *workers_)
      refuse("no such vertex", text, fmt::format("1 … {}", *workers_));
    declare_up_to(*number);
    return static_cast<Worker>(*number - 1);
  }

  void declare_up_to(std::uint64_t number) {
    while (declared_ < number) builder_.declare(fmt::format("{}", ++declared_), source_.line());
  }

  TextSource source_;
  GraphBuilder builder_;
  EdgeLine words_;
  Section section_ = Section::none;
  std::optional<std::uint64_t> workers_;
  std::uint64_t declared_ = 0;
};

}  // namespace

RawGraph parse_pajek(std::istream& in, const std::string& file, const ReadOptions& options) {
  return PajekReader(in, file, options).read();
}

RawGraph parse_pajek(std::istream& in, const std::string& file) {
  return parse_pajek(in, file, ReadOptions());
}

}  // namespace acidsim
