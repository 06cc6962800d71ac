// An adjacency matrix written out, row by row.
#include "topologies/files/dense_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_row = 60000;  // bytes

class MatrixReader {
 public:
  MatrixReader(std::istream& in, const std::string& file) : source_(in, file) {}

  RawGraph read() {
    std::string_view line;
    while (source_.next_line(line, longest_row)) {
      if (line.find_first_not_of(" \t") == line.npos || line.starts_with('#') || line.starts_with('%'))
        continue;
      take_line(line);
    }
    if (rows_ != columns_ || rows_ == 0)
      throw InputError(source_.file(), "an adjacency matrix is square",
                       fmt::format("{} × {}", rows_, columns_));
    if (raw_.links.empty()) throw InputError(source_.file(), "no edges", "a matrix of zeros");
    keep_one_triangle(raw_);
    for (const RawGraph::Link& e : raw_.links) raw_.has_rates = raw_.has_rates || e.rate != 1;
    if (diagonal_ > 0)
      raw_.notices.push_back(
          fmt::format("{}: {} entries on the diagonal dropped", source_.file(), diagonal_));
    number_rows();
    return std::move(raw_);
  }

 private:
  // A first line without a number names the columns; then, as pandas has it, every row begins with its name.
  void take_line(std::string_view line) {
    row_.split(line, source_.place());
    if (rows_ == 0 && names_.empty() && !number_from(row_.text(row_.count() - 1))) {
      for (std::size_t k = 0; k < row_.count(); ++k) names_.push_back(row_.text(k));
      return;
    }
    if (rows_ == 0) settle_columns();
    if (row_.count() != columns_ + (named_rows_ ? 1 : 0))
      throw InputError(source_.place(), "not as many columns as in the rows before",
                       fmt::format("{}", row_.count()), fmt::format("{}", columns_ + (named_rows_ ? 1 : 0)));
    if (rows_ == columns_)
      throw InputError(source_.place(), "more rows than columns", fmt::format("{}", columns_),
                       "a square matrix");
    if (named_rows_ && row_.text(0) != names_[rows_])
      throw InputError(source_.place(), "the rows are not named as the columns", beginning(row_.text(0)),
                       beginning(names_[rows_]));
    for (std::size_t k = 0; k < columns_; ++k) take_entry(k);
    ++rows_;
  }

  void settle_columns() {
    const bool corner = names_.size() == row_.count() && names_[0].empty();
    if (corner) names_.erase(names_.begin());
    if (std::any_of(names_.begin(), names_.end(), [](const std::string& name) { return name.empty(); }))
      throw InputError(source_.place(), "a column has no name", "", "a name for each worker, or none at all");
    named_rows_ = !names_.empty() && row_.count() == names_.size() + 1;
    columns_ = row_.count() - (named_rows_ ? 1 : 0);
    if (!names_.empty() && names_.size() != columns_)
      throw InputError(source_.place(), "not as many columns as the header", fmt::format("{}", columns_),
                       fmt::format("{}", names_.size()));
    check_count(columns_, "workers", source_.place());
  }

  void take_entry(std::size_t column) {
    const std::string& text = row_.text(column + (named_rows_ ? 1 : 0));
    if (column == rows_) {
      diagonal_ += parse_rate(text, source_.place()) != 0 ? 1 : 0;
      return;
    }
    const double rate = matrix_entry(text, source_.place());
    if (rate == 0) return;
    check_count(raw_.links.size() + 1, "edges", source_.place());
    raw_.links.push_back({static_cast<Worker>(rows_), static_cast<Worker>(column), rate, source_.line()});
  }

  void number_rows() {
    for (std::size_t k = 0; k < rows_; ++k) {
      if (names_.empty()) {
        raw_.integer_ids.push_back(static_cast<std::int64_t>(k));
      } else {
        raw_.nodes.push_back({names_[k], {}, {}});
      }
    }
  }

  TextSource source_;
  RawGraph raw_;
  EdgeLine row_;
  std::vector<std::string> names_;  // of the columns; empty = they have none
  std::size_t rows_ = 0, columns_ = 0, diagonal_ = 0;
  bool named_rows_ = false;
};

}  // namespace

double matrix_entry(std::string_view text, const std::string& place) {
  const char* hint = "an adjacency matrix has entries ≥ 0; a Laplacian is none";
  if (const auto value = number_from(text); value && *value < 0)
    throw InputError(place, "the rate must be finite and ≥ 0", beginning(text), hint);
  return parse_rate(text, place, hint);
}

void keep_one_triangle(RawGraph& raw) {
  std::vector<RawGraph::Link> above, below;
  for (const RawGraph::Link& e : raw.links) {
    if (e.a < e.b) {
      above.push_back(e);
    } else {
      below.push_back({e.b, e.a, e.rate, e.line});
    }
  }
  const auto key = [](const RawGraph::Link& e) { return std::tuple(e.a, e.b, e.rate); };
  const auto less = [&](const RawGraph::Link& e, const RawGraph::Link& f) { return key(e) < key(f); };
  const auto same = [&](const RawGraph::Link& e, const RawGraph::Link& f) { return key(e) == key(f); };
  std::sort(above.begin(), above.end(), less);
  std::sort(below.begin(), below.end(), less);
  if (std::equal(above.begin(), above.end(), below.begin(), below.end(), same)) {
    raw.links = std::move(above);
  } else {
    raw.directed = true;
  }
}

RawGraph parse_matrix(std::istream& in, const std::string& file) { return MatrixReader(in, file).read(); }

}  // namespace acidsim
