#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "sim/core/error.hpp"
#include "topologies/files/dense_matrix.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_line = 1024;  // bytes, as the format itself has it

// The words of a line, separated by white space; at most six.
struct Words {
  std::array<std::string_view, 6> word;
  std::size_t count = 0;

  explicit Words(std::string_view line) {
    constexpr std::string_view white = " \t";
    for (std::size_t at = line.find_first_not_of(white); at < line.size() && count < word.size();
         at = line.find_first_not_of(white, at)) {
      const std::size_t end = std::min(line.find_first_of(white, at), line.size());
      word[count++] = line.substr(at, end - at);
      at = end;
    }
  }
};

class MatrixMarketReader {
 public:
  MatrixMarketReader(std::istream& in, const std::string& file) : source_(in, file) {}

  RawGraph read() {
    read_banner();
    read_sizes();
    std::string_view line;
    while (next_data(line)) {
      if (read_entries_ == entries_)
        throw InputError(source_.place(), "more entries than the sizes say", fmt::format("{}", entries_));
      if (dense_) {
        take_value(line);
      } else {
        take_entry(line);
      }
      ++read_entries_;
    }
    if (read_entries_ < entries_) {
      throw InputError(source_.file(), "the file ends too early",
                       fmt::format("{} of {} entries", read_entries_, entries_));
    }
    if (raw_.links.empty()) throw InputError(source_.file(), "no edges", "a matrix of zeros");
    if (dense_) keep_one_triangle(raw_);
    raw_.integer_ids.resize(workers_);
    std::iota(raw_.integer_ids.begin(), raw_.integer_ids.end(), 1);
    return std::move(raw_);
  }

 private:
  void read_banner() {
    std::string_view line;
    const bool some = source_.next_line(line, longest_line);
    const Words banner(some ? line : "");
    const auto word = [&](std::size_t k) { return lower(banner.word[k]); };
    const std::string shape = "%%MatrixMarket matrix coordinate|array pattern|real|integer general|symmetric";
    const auto refuse = [&](const std::string& problem, std::size_t k, const std::string& hint) {
      throw InputError(source_.place(), problem, beginning(banner.word[k]), hint);
    };
    if (banner.count != 5 || (word(0) != "%%matrixmarket" && word(0) != "%matrixmarket"))
      refuse("not the first line of a Matrix Market file", 0, shape);
    if (word(1) != "matrix") refuse("not a matrix", 1, shape);
    dense_ = word(2) == "array";
    if (word(2) != "coordinate" && !dense_) refuse("unknown layout of a matrix", 2, shape);
    if (word(3) != "pattern" && word(3) != "real" && word(3) != "integer")
      refuse("values of a kind that cannot be rates", 3, shape);
    if (dense_ && word(3) == "pattern") refuse("an array without values", 3, shape);
    if (word(4) != "general" && word(4) != "symmetric")
      refuse("a symmetry that no adjacency matrix has", 4, shape);
    raw_.has_rates = word(3) != "pattern";
    symmetric_ = word(4) == "symmetric";
    raw_.directed = !symmetric_ && !dense_;
  }

  // The next line that is neither blank nor a comment.
  bool next_data(std::string_view& line) {
    while (source_.next_line(line, longest_line)) {
      if (!line.starts_with('%') && line.find_first_not_of(" \t") != line.npos) return true;
    }
    return false;
  }

  std::uint64_t number(std::string_view word, const char* what) const {
    const auto value = parse_count(word);
    if (!value)
      throw InputError(source_.place(), fmt::format("the {} is not a whole number ≥ 0", what),
                       beginning(word));
    return *value;
  }

  void read_sizes() {
    std::string_view line;
    if (!next_data(line)) throw InputError(source_.file(), "the file ends before its sizes");
    const Words words(line);
    if (words.count != (dense_ ? 2 : 3))
      throw InputError(source_.place(), "not the sizes of the matrix", beginning(line),
                       dense_ ? "rows columns" : "rows columns entries");
    workers_ = number(words.word[0], "number of rows");
    const std::uint64_t columns = number(words.word[1], "number of columns");
    if (!dense_) entries_ = number(words.word[2], "number of entries");
    if (columns != workers_)
      throw InputError(source_.place(), "an adjacency matrix is square",
                       fmt::format("{} × {}", workers_, columns));
    check_count(workers_, "workers", source_.place());
    if (dense_) entries_ = symmetric_ ? workers_ * (workers_ + 1) / 2 : workers_ * workers_;
    if (!dense_) check_count(entries_, "edges", source_.place());
    if (entries_ == 0) throw InputError(source_.place(), "no edges", "0 entries");
    if (workers_ > 4 * entries_ + 1024) {  // so that memory for the workers is paid for by lines
      throw InputError(source_.place(), "the graph is not connected",
                       fmt::format("{} workers, {} edges", workers_, entries_),
                       "leave out rows and columns without entries");
    }
  }

  Worker end_of_edge(std::string_view word, const char* what) const {
    const std::uint64_t value = number(word, what);
    if (value < 1 || value > workers_)
      throw InputError(source_.place(), fmt::format("no such {}", what), beginning(word),
                       fmt::format("1 … {}", workers_));
    return static_cast<Worker>(value - 1);
  }

  void take_entry(std::string_view line) {
    const Words words(line);
    const std::size_t expected = raw_.has_rates ? 3 : 2;
    if (words.count != expected) {
      throw InputError(source_.place(), "not an entry of the matrix", beginning(line),
                       raw_.has_rates ? "row column rate" : "row column");
    }
    const Worker i = end_of_edge(words.word[0], "row"), j = end_of_edge(words.word[1], "column");
    const double rate = raw_.has_rates && i != j ? matrix_entry(words.word[2], source_.place()) : 1.0;
    raw_.links.push_back({i, j, rate, source_.line()});
  }

  // The next value of a dense matrix, column by column; of a symmetric one from the diagonal on.
  void take_value(std::string_view line) {
    const Words words(line);
    if (words.count != 1)
      throw InputError(source_.place(), "not an entry of the matrix", beginning(line), "one value");
    const std::uint64_t i = row_, j = column_;
    if (++row_ == workers_) row_ = symmetric_ ? ++column_ : (++column_, 0);
    if (i == j) return;
    const double rate = matrix_entry(words.word[0], source_.place());
    if (rate == 0) return;
    check_count(raw_.links.size() + 1, "edges", source_.place());
    raw_.links.push_back({static_cast<Worker>(i), static_cast<Worker>(j), rate, source_.line()});
    if (symmetric_)
      raw_.links.push_back({static_cast<Worker>(j), static_cast<Worker>(i), rate, source_.line()});
  }

  TextSource source_;
  RawGraph raw_;
  std::uint64_t workers_ = 0, entries_ = 0, read_entries_ = 0;
  std::uint64_t row_ = 0, column_ = 0;  // of the next value of a dense matrix
  bool dense_ = false, symmetric_ = false;
};

}  // namespace

RawGraph parse_matrix_market(std::istream& in, const std::string& file) {
  return MatrixMarketReader(in, file).read();
}

}  // namespace acidsim
