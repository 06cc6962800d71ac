#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

using Link = RawGraph::Link;

constexpr std::size_t longest_word = 64;            // bytes
constexpr std::uint64_t most_vertex_weights = 100;  // per vertex

// One line per vertex, of any length (a hub has a long one): read word by word.
class MetisReader {
 public:
  MetisReader(std::istream& in, const std::string& file) : source_(in, file) {}

  RawGraph read() {
    read_header();
    for (Worker i = 0; i < workers_; ++i) read_vertex(i);
    refuse_more();
    check_symmetry();
    raw_.has_rates = edge_weights_;
    raw_.integer_ids.resize(workers_);
    std::iota(raw_.integer_ids.begin(), raw_.integer_ids.end(), 1);
    return std::move(raw_);
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, const std::string& value,
                           const std::string& hint = {}) const {
    throw InputError(source_.place(), problem, value, hint);
  }

  // The next word of this line; empty at its end, which is not read.
  const std::string& word() {
    word_.clear();
    while (source_.peek() == ' ' || source_.peek() == '\t' || source_.peek() == '\r') source_.get();
    for (int c = source_.peek(); c > ' '; c = source_.peek()) {
      word_ += static_cast<char>(source_.get());
      if (word_.size() > longest_word) refuse("not a number", beginning(word_));
    }
    if (const int c = source_.peek(); word_.empty() && c != TextSource::end && c != '\n')
      refuse("not text", fmt::format("byte 0x{:02x}", c), "a METIS graph holds numbers only");
    return word_;
  }

  std::uint64_t count(const char* what) {
    const auto value = parse_count(word());
    if (!value) refuse(fmt::format("{} is not a whole number ≥ 0", what), word_);
    return *value;
  }

  void end_line() {
    if (source_.peek() == '\n') source_.get();
  }

  void skip_comments() {
    while (source_.peek() == '%') {
      for (int c = source_.get(); c != '\n' && c != TextSource::end;) c = source_.get();
    }
  }

  // vertices edges [fmt [vertex weights]]
  void read_header() {
    skip_comments();
    workers_ = count("the number of vertices");
    edges_ = count("the number of edges");
    check_count(workers_, "workers", source_.place());
    check_count(edges_, "edges", source_.place());
    if (const std::string& code = word(); !code.empty()) read_code(code);
    if (!word_.empty() && !word().empty()) {  // some programs give the number without weights, too
      const auto weights = parse_count(word_);
      if (!weights || *weights == 0 || *weights > most_vertex_weights)
        refuse("not a number of vertex weights", word_, fmt::format("1 … {}", most_vertex_weights));
      if (vertex_weights_ > 0) vertex_weights_ = *weights;
    }
    if (!word_.empty() && !word().empty())
      refuse("more than a header", word_, "vertices edges [fmt [vertex weights]]");
    if (edges_ == 0) refuse("no edges", "0");
    end_line();
  }

  // Three binary digits: vertex sizes, vertex weights, edge weights.
  void read_code(std::string code) {
    if (code.size() > 3 || code.find_first_not_of("01") != code.npos)
      refuse("not a code of the METIS format", code,
             "three digits 0 or 1: vertex sizes, vertex weights, edge weights");
    code.insert(0, 3 - code.size(), '0');
    vertex_sizes_ = code[0] == '1';
    vertex_weights_ = code[1] == '1' ? 1 : 0;
    edge_weights_ = code[2] == '1';
  }

  void read_vertex(Worker i) {
    skip_comments();
    if (source_.peek() == TextSource::end) {
      throw InputError(source_.file(), "the file ends too early",
                       fmt::format("{} of {} vertices", i, workers_));
    }
    for (std::uint64_t k = 0; k < vertex_weights_ + (vertex_sizes_ ? 1 : 0); ++k)
      count("a vertex size or weight");
    while (!word().empty()) read_neighbour(i);
    end_line();
  }

  void read_neighbour(Worker i) {
    const auto j = parse_count(word_);
    if (!j || *j < 1 || *j > workers_) refuse("no such vertex", word_, fmt::format("1 … {}", workers_));
    if (*j == i + std::uint64_t{1})
      refuse("a vertex is its own neighbour", word_, "METIS graphs have no loops");
    const double rate =
        edge_weights_ ? parse_rate(word(), source_.place(), "neighbour rate neighbour rate …") : 1.0;
    const Worker other = static_cast<Worker>(*j - 1);
    std::vector<Link>& links = other > i ? raw_.links : backward_;
    if (links.size() == edges_)
      refuse("more neighbours than the header's number of edges gives", fmt::format("{}", edges_));
    links.push_back({std::min(i, other), std::max(i, other), rate, source_.line()});
  }

  void refuse_more() {
    for (skip_comments(); source_.peek() != TextSource::end; skip_comments()) {
      if (!word().empty()) refuse("more lines than vertices", fmt::format("{}", workers_));
      end_line();
    }
  }

  // Every edge stands in the lines of both its ends, with one weight.
  void check_symmetry() {
    const auto key = [](const Link& e) { return std::tuple(e.a, e.b, e.rate); };
    const auto less = [&](const Link& e, const Link& f) { return key(e) < key(f); };
    std::sort(raw_.links.begin(), raw_.links.end(), less);
    std::sort(backward_.begin(), backward_.end(), less);
    const auto [there, back] =
        std::mismatch(raw_.links.begin(), raw_.links.end(), backward_.begin(), backward_.end(),
                      [&](const Link& e, const Link& f) { return key(e) == key(f); });
    if (there != raw_.links.end() || back != backward_.end()) {
      const bool forward = back == backward_.end() || (there != raw_.links.end() && less(*there, *back));
      const Link& e = forward ? *there : *back;
      throw InputError(
          source_.place(e.line), "an edge is not listed alike at its other end",
          fmt::format("{} – {}{}", e.a + 1, e.b + 1, edge_weights_ ? fmt::format(", weight {}", e.rate) : ""),
          "each edge stands in the lines of both its ends");
    }
    if (raw_.links.size() != edges_) {
      throw InputError(source_.file(), "the header promises another number of edges",
                       fmt::format("{}", edges_), fmt::format("the file has {}", raw_.links.size()));
    }
    backward_ = {};
  }

  TextSource source_;
  RawGraph raw_;                // its links are those listed at their smaller end
  std::vector<Link> backward_;  // and these at their larger one
  std::string word_;
  std::uint64_t workers_ = 0, edges_ = 0, vertex_weights_ = 0;
  bool vertex_sizes_ = false, edge_weights_ = false;
};

}  // namespace

RawGraph parse_metis(std::istream& in, const std::string& file) { return MetisReader(in, file).read(); }

}  // namespace acidsim
