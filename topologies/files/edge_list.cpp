#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/edge_list_ids.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

class EdgeListReader {
 public:
  EdgeListReader(std::istream& in, const std::string& file) : source_(in, file), ids_(source_.file()) {}

  RawGraph read() {
    std::string_view line;
    while (source_.next_line(line, longest_edge_line)) take_line(line);
    settle_first_line();
    if (ids_.links().empty())
      throw InputError(source_.file(), "no edges", {}, "one line `worker worker [rate]` per edge");
    raw_.has_rates = columns_ == 3;
    if (sizes_) {
      check_edges();
      ids_.number_announced(sizes_->workers, source_.place(sizes_->line), raw_);
    } else {
      ids_.number(raw_);
    }
    return std::move(raw_);
  }

 private:
  struct Sizes {
    std::uint64_t workers, line;
    std::optional<std::uint64_t> edges;
  };
  // What the first line may be instead of an edge. Integers are an edge until they turn out to be sizes;
  // words wait until an id that is no plain integer makes names of all, or until the end.
  enum class Maybe { edge, sizes, header };

  void notice(const std::string& text) { raw_.notices.push_back(source_.file() + ": " + text); }

  void take_line(std::string_view line) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == line.npos || line[start] == '#' || line[start] == '%') {
      check_text(line, source_.place());
      if (!seen_first_) refuse_other_formats(line);
      return;
    }
    fields_.split(line, source_.place());
    if (!std::exchange(seen_first_, true)) {
      take_first_line(line);
      return;
    }
    // Two columns, then three: sizes, or a rate is missing.
    if (first_is_ == Maybe::sizes && fields_.count == 3 && ids_.links().size() == 1) take_sizes();
    if (first_is_ == Maybe::header && ids_.plain() && !is_plain(fields_))
      ids_.put_first(words_.text[0], words_.text[1], first_line_);
    take_edge(fields_, source_.line());
  }

  static bool is_plain(const EdgeLine& line) {
    return plain_integer(line.text[0]) && plain_integer(line.text[1]);
  }

  void refuse_other_formats(std::string_view line) const {
    if (lower(line.substr(0, 14)) == "%%matrixmarket")
      throw InputError(source_.place(), "this is a Matrix Market file", {},
                       "give its name the extension .mtx");
    const bool opens = line.find_first_of("[{") != line.npos;
    const bool xml = line.starts_with("<?xml") || line.starts_with("<!") || line.starts_with("<graphml");
    const bool dot = opens && (line.starts_with("graph") || line.starts_with("digraph"));
    if (xml || dot || line == "{" || line.starts_with("{\""))
      throw InputError(source_.place(), "not an edge list", beginning(line),
                       "give the file the extension of its format: .graphml, .gml, .dot, .json");
  }

  // A number alone is the number of workers, known words are a header; sizes and other headers show later.
  void take_first_line(std::string_view line) {
    const std::uint64_t number = source_.line();
    first_line_ = number;
    if (fields_.is_header()) {
      notice(fmt::format("line {} was taken for a header", number));
    } else if (const auto n = plain_integer(fields_.text[0]); fields_.count == 1 && n) {
      check_count(*n, "workers", source_.place());
      sizes_ = Sizes{*n, number, {}};
      notice(fmt::format("line {} was taken for the number of workers ({})", number, *n));
    } else {
      refuse_other_formats(line);
      fields_.check_columns(0, source_.place());
      if (!is_integer(fields_.text[0]) && !is_integer(fields_.text[1])) {
        first_is_ = Maybe::header;
        words_ = fields_;
      } else {
        take_edge(fields_, number);
        if (is_plain(fields_) && fields_.count == 2) first_is_ = Maybe::sizes;
      }
    }
  }

  void take_edge(const EdgeLine& edge, std::uint64_t line) {
    if (edge.count != columns_) edge.check_columns(columns_, source_.place(line));
    columns_ = edge.count;
    const double rate = edge.count == 3 ? parse_rate(edge.text[2], source_.place(line), edge_line_hint) : 1.0;
    ids_.add(edge.text[0], edge.text[1], rate, line);
  }

  void take_sizes() {
    const auto [n, m, rate, line] = ids_.links().front();
    if (n < 2) return;  // a rate is missing
    check_count(n, "workers", source_.place(line));
    check_count(m, "edges", source_.place(line));
    sizes_ = Sizes{n, line, m};
    notice(fmt::format("line {} was taken for the numbers of workers and edges ({}, {})", line, n, m));
    ids_.drop_first(false);
    first_is_ = Maybe::edge;
    columns_ = 0;
  }

  // All other lines are known now.
  void settle_first_line() {
    if (first_is_ == Maybe::sizes && are_sizes()) take_sizes();
    if (first_is_ == Maybe::header) settle_words();
  }

  // Whether the first link n – m can only be the numbers of workers and edges. Throws where it can be either.
  bool are_sizes() {
    const std::vector<RawGraph::Link>& links = ids_.links();
    const auto [n, m, rate, line] = links.front();
    if (!ids_.plain() || columns_ != 2 || n < 2 || m == 0 || m != links.size() - 1) return false;
    bool zero = false, last = false;
    for (auto e = links.begin() + 1; e != links.end(); ++e) {
      if (std::max(e->a, e->b) > n) return false;
      zero = zero || std::min(e->a, e->b) == 0;
      last = last || std::max(e->a, e->b) == n;
    }
    if (zero && last) return false;
    if (m <= n + std::uint64_t{1}) {  // as an edge it would leave no gap in the ids
      throw InputError(source_.place(line), "either an edge, or the numbers of workers and edges",
                       fmt::format("{} {}", n, m),
                       "if it is an edge, put another one first; if not, put a # before it");
    }
    return true;
  }

  // Words above integers are a header: as an edge they would be a component of their own.
  void settle_words() {
    const bool only = ids_.links().empty();
    if (only) ids_.put_first(words_.text[0], words_.text[1], first_line_);
    if (!only && (ids_.plain() || ids_.words_over_integers())) {
      if (!ids_.plain()) ids_.drop_first(true);
      notice(fmt::format("line {} was taken for a header", first_line_));
      if (words_.count == 3 && lower(words_.text[2]) != "rate")
        notice(fmt::format("column {} was taken for the rate", words_.text[2]));
      return;
    }
    words_.check_columns(columns_, source_.place(first_line_));
    columns_ = words_.count;
    if (columns_ == 3)
      ids_.links().front().rate = parse_rate(words_.text[2], source_.place(first_line_), edge_line_hint);
  }

  void check_edges() const {
    if (!sizes_->edges || *sizes_->edges == ids_.links().size()) return;
    throw InputError(source_.place(sizes_->line), "this line promises another number of edges",
                     fmt::format("{}", *sizes_->edges), fmt::format("the file has {}", ids_.links().size()));
  }

  TextSource source_;
  RawGraph raw_;
  EdgeListIds ids_;
  EdgeLine fields_;  // of the present line
  EdgeLine words_;   // of the first line, where it may be a header
  Maybe first_is_ = Maybe::edge;
  std::uint64_t first_line_ = 0;
  std::optional<Sizes> sizes_;
  std::size_t columns_ = 0;  // of every edge; 0 = none seen yet
  bool seen_first_ = false;
};

}  // namespace

RawGraph parse_edge_list(std::istream& in, const std::string& file) {
  return EdgeListReader(in, file).read();
}

}  // namespace acidsim
