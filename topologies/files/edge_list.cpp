#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/edge_columns.hpp"
#include "topologies/files/edge_list_doubts.hpp"
#include "topologies/files/edge_list_ids.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/konect.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

class EdgeListReader {
 public:
  EdgeListReader(std::istream& in, const std::string& file, const ReadOptions& options)
      : source_(in, file), options_(options), certain_(options.format == "edge_list"), ids_(source_.file()) {}

  RawGraph read() {
    std::string_view line;
    while (source_.next_line(line, longest_edge_line)) take_line(line);
    settle_first_line();
    if (ids_.links().empty())
      throw InputError(source_.file(), "no edges", {}, "one line `worker worker [rate]` per edge");
    check_rates();
    check_doubts();
    raw_.directed = arrow_ == Arrow::one_way || directed_ == 1;
    raw_.undirected = arrow_ == Arrow::two_way || directed_ == 0;
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
  void add_notices(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) notice(text);
  }

  void take_line(std::string_view line) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == line.npos || line[start] == '#' || line[start] == '%') {
      check_text(line, source_.place());
      if (start != line.npos) take_comment(line);
      return;
    }
    if (line.starts_with("p ")) refuse_dimacs(line);
    comments_.take_edge();
    fields_.split(line, source_.place());
    drop_arrow();
    if (!std::exchange(seen_first_, true)) {
      take_first_line(line);
      return;
    }
    // Two columns, then three: sizes, or a rate is missing.
    if (first_is_ == Maybe::sizes && fields_.count() == 3 && ids_.links().size() == 1) take_sizes();
    if (first_is_ == Maybe::header && ids_.plain() && !is_plain(fields_))
      ids_.put_first(words_[0], words_[1], first_line_);
    take_edge(fields_, source_.line());
  }

  void take_comment(std::string_view line) {
    if (!seen_first_) refuse_other_formats(line);
    if (!certain_) comments_.take(line, source_.place());
    if (seen_first_ || konect_) return;
    konect_ = konect_header(line, source_.place());
    if (!konect_) return;
    directed_ = konect_->directed ? 1 : 0;
    notice("read as KONECT writes networks" +
           std::string(konect_->rates ? ": the third column is the rate" : ", without rates"));
  }

  static bool is_plain(const EdgeLine& line) {
    return line.count() >= 2 && plain_integer(line.text(0)) && plain_integer(line.text(1));
  }

  // `a -> b`, `a -- b`: what stands between the workers on every line or on none.
  void drop_arrow() {
    const bool between = fields_.count() >= 3 && !fields_[1].quoted;
    const Arrow arrow = between ? arrow_of(fields_.text(1)) : Arrow::none;
    if (seen_first_ && arrow != arrow_)
      throw InputError(source_.place(), "not the arrow of the first line", beginning(fields_.text(0)),
                       "the same arrow between the workers of every line, or none");
    arrow_ = arrow;
    if (arrow != Arrow::none) fields_.erase(1);
  }

  void refuse_dimacs(std::string_view line) const {
    for (const char* word : {"p edge ", "p col ", "p sp ", "p max ", "p min ", "p tw "})
      if (line.starts_with(word))
        throw InputError(source_.place(), "this is a DIMACS file", beginning(line),
                         "\"format\": \"dimacs\", or the extension .col, .gr or .dimacs");
  }

  void refuse_other_formats(std::string_view line) const {
    if (lower(line.substr(0, 14)) == "%%matrixmarket" || lower(line.substr(0, 13)) == "%matrixmarket")
      throw InputError(source_.place(), "this is a Matrix Market file", {},
                       "give its name the extension .mtx");
    const bool opens = line.find_first_of("[{") != line.npos;
    const bool xml = line.starts_with("<?xml") || line.starts_with("<!") || line.starts_with("<graphml") ||
                     line.starts_with("<gexf");
    const bool dot =
        opens && (line.starts_with("graph") || line.starts_with("digraph") || line.starts_with("strict"));
    const bool pajek = lower(line.substr(0, 9)) == "*vertices" || lower(line.substr(0, 8)) == "*network";
    if (xml || dot || pajek || line == "{" || line.starts_with("{\""))
      throw InputError(source_.place(), "not an edge list", beginning(line),
                       "give the file the extension of its format: .graphml, .gml, .dot, .gexf, .net, .json");
  }

  // A number alone is the number of workers, known words are a header; sizes and other headers show later.
  void take_first_line(std::string_view line) {
    first_line_ = source_.line();
    if (konect_) {
      columns_ = konect_columns(fields_, konect_->rates, source_.place());
      if (fields_.count() == 4) notice("the fourth column (times) is not read");
      take_edge(fields_, first_line_);
    } else if (!take_known_header()) {
      if (const auto n = plain_integer(fields_.text(0)); fields_.count() == 1 && n) {
        check_count(*n, "workers", source_.place());
        sizes_ = Sizes{*n, first_line_, {}};
        notice(fmt::format("line {} was taken for the number of workers ({})", first_line_, *n));
        return;
      }
      refuse_other_formats(line);
      const EdgeColumns columns = EdgeColumns::of_edges(fields_, source_.place());
      if (!is_integer(fields_.text(0)) && !is_integer(fields_.text(1))) {
        first_is_ = Maybe::header;
        words_ = fields_;
      } else {
        columns_ = columns;
        take_edge(fields_, first_line_);
        if (is_plain(fields_) && fields_.count() == 2) first_is_ = Maybe::sizes;
      }
    }
  }

  bool take_known_header() {
    const bool has_dictionary = fields_.text(fields_.count() - 1).starts_with('{');
    if (has_dictionary && options_.columns.empty()) return false;
    std::vector<std::string> notices;
    const auto columns = headed_columns(fields_, options_, source_.place(), notices);
    if (!columns && !options_.rate_attribute.empty())
      throw InputError(source_.place(), "no column of that name", beginning(options_.rate_attribute),
                       "an attribute of edges needs a header over three columns, or dictionaries");
    if (!columns) return false;
    columns_ = *columns;
    known_header_ = true;
    notice(fmt::format("line {} was taken for a header", first_line_));
    add_notices(notices);
    return true;
  }

  void take_edge(const EdgeLine& edge, std::uint64_t line) {
    const std::string place = source_.place(line);
    if (columns_.count == 0) columns_ = EdgeColumns::of_edges(edge, place);
    columns_.check(edge, place);
    if (columns_.type) take_direction(edge.text(*columns_.type), place);
    ids_.add(edge[columns_.a], edge[columns_.b], columns_.rate ? rate_of(edge[*columns_.rate], place) : 1.0,
             line);
  }

  // Of an edge without the attribute that every edge needs.
  double missing_rate(const std::string& place) const {
    if (options_.needed->missing) return *options_.needed->missing;
    throw InputError(
        place, fmt::format("an edge has no {}", beginning(options_.rate_attribute)),
        fmt::format("{} – {}", beginning(fields_.text(columns_.a)), beginning(fields_.text(columns_.b))),
        missing_hint);
  }

  double rate_of(const EdgeLine::Field& field, const std::string& place) {
    if (field.text.empty() && options_.needed) return missing_rate(place);
    if (field.text.empty())
      throw InputError(place, "empty field instead of a rate", {}, "give a rate for every edge or for none");
    const EdgeValue value = edge_value(field, options_.rate_attribute, place);
    if (!value.rate && options_.needed) return missing_rate(place);
    ++(value.rate ? rates_ : without_rate_);
    if (value.decimal_comma && !std::exchange(decimal_comma_, true))
      notice(fmt::format("{} was taken for a number with a decimal comma", field.text));
    return value.rate.value_or(1.0);
  }

  // Gephi's column Type.
  void take_direction(const std::string& type, const std::string& place) {
    const std::string word = lower(type);
    if (word != "directed" && word != "undirected") return;
    const int directed = word == "directed" ? 1 : 0;
    if (directed_ && *directed_ != directed)
      throw InputError(place, "some edges are directed and others are not", type, "one kind in a file");
    directed_ = directed;
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
    columns_ = {};
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
    if (!ids_.plain() || columns_.count != 2 || n < 2 || m == 0 || m != links.size() - 1) return false;
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

  // Words that are in no other line are a header: as an edge they would be a component of their own. In a
  // sequence, whose other graphs may join them, or above others by blanks alone, they are one over integers only.
  void settle_words() {
    const bool only = ids_.links().empty();
    if (only) ids_.put_first(words_[0], words_[1], first_line_);
    if (!only && (ids_.plain() || is_header_of_names())) {
      if (!ids_.plain()) ids_.drop_first(true);
      columns_.check(words_, source_.place(first_line_));
      notice(fmt::format("line {} was taken for a header", first_line_));
      std::vector<std::string> notices;
      const EdgeColumns columns = columns_below(words_, notices);
      if (columns_.rate && !columns.rate) {
        for (RawGraph::Link& e : ids_.links()) e.rate = 1;
        rates_ = 0;
      }
      columns_.rate = columns.rate;
      add_notices(notices);
      return;
    }
    if (only) columns_ = EdgeColumns::of_edges(words_, source_.place(first_line_));
    columns_.check(words_, source_.place(first_line_));
    if (columns_.rate)
      ids_.links().front().rate = rate_of(words_[*columns_.rate], source_.place(first_line_));
  }

  bool is_header_of_names() const {
    if (!ids_.first_is_apart()) return false;
    if (ids_.integers_after_first()) return true;
    const bool table = !words_.by_blanks() && (words_.count() == 2 || !number_from(words_.text(2)));
    return table && !options_.one_of_a_sequence && !options_.largest_component;
  }

  // A column of rates on every line; dictionaries may lack the entry.
  void check_rates() {
    raw_.has_rates = columns_.rate && rates_ > 0 && without_rate_ == 0;
    if (rates_ > 0 && without_rate_ > 0) {
      notice(fmt::format("only {} of {} edges have a rate: ignored", rates_, rates_ + without_rate_));
      for (RawGraph::Link& e : ids_.links()) e.rate = 1;
    }
    if (!options_.rate_attribute.empty() && rates_ == 0)
      throw InputError(source_.file(), "no edge has a rate of that name", beginning(options_.rate_attribute));
  }

  // A header, an arrow or `format` says what the columns are; integers alone do not.
  void check_doubts() const {
    if (certain_) return;
    comments_.check(source_.file());
    const bool bare =
        ids_.plain() && arrow_ == Arrow::none && !konect_ && !known_header_ && first_is_ != Maybe::header;
    if (!bare) return;
    if (sizes_ && !sizes_->edges)
      refuse_neighbour_lists(ids_.links(), sizes_->workers, raw_.has_rates, source_.file());
    if (sizes_ || !raw_.has_rates) return;
    refuse_matrix(ids_.links(), source_.file());
    refuse_adjacency_list(ids_.links(), source_.file());
  }

  void check_edges() const {
    if (!sizes_->edges || *sizes_->edges == ids_.links().size()) return;
    throw InputError(source_.place(sizes_->line), "this line promises another number of edges",
                     fmt::format("{}", *sizes_->edges), fmt::format("the file has {}", ids_.links().size()));
  }

  TextSource source_;
  RawGraph raw_;
  const ReadOptions& options_;
  const bool certain_;  // the user says that it is an edge list
  EdgeListIds ids_;
  EdgeListComments comments_;
  EdgeLine fields_;  // of the present line
  EdgeLine words_;   // of the first line, where it may be a header
  EdgeColumns columns_;
  Maybe first_is_ = Maybe::edge;
  Arrow arrow_ = Arrow::none;
  std::uint64_t first_line_ = 0;
  std::optional<Sizes> sizes_;
  std::optional<KonectHeader> konect_;
  std::optional<int> directed_;  // 1 or 0, where the file says so
  std::uint64_t rates_ = 0, without_rate_ = 0;
  bool seen_first_ = false, known_header_ = false, decimal_comma_ = false;
};

}  // namespace

RawGraph parse_edge_list(std::istream& in, const std::string& file, const ReadOptions& options) {
  return EdgeListReader(in, file, options).read();
}

RawGraph parse_edge_list(std::istream& in, const std::string& file) {
  return parse_edge_list(in, file, ReadOptions());
}

}  // namespace acidsim
