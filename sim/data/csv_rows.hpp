// The rows of a CSV file as fields of text.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "sim/data/text_table.hpp"

namespace acidsim {

struct CsvRow {
  std::vector<std::string> fields;
  std::string place;  // "file:line"
};

// Rows one after the other. Empty lines are skipped, and lines that begin with # before the first row.
class CsvRows {
 public:
  // `delimiter`: 0 = found in the first row, where it is the first of ; tab , space that the row holds.
  CsvRows(const std::string& path, char delimiter) : lines_(path), delimiter_(delimiter) {}
  bool next(CsvRow& row);
  // Up to `most` of the rows to come, which next() gives all the same.
  const std::deque<CsvRow>& ahead(std::size_t most);
  char delimiter() const { return delimiter_; }
  std::size_t comments() const { return comments_; }
  const std::string& path() const { return lines_.path(); }

 private:
  bool read(CsvRow& row);

  LineReader lines_;
  char delimiter_;
  std::size_t comments_ = 0;
  bool begun_ = false;
  std::deque<CsvRow> ahead_;
  std::string line_;
};

// Numbers with decimal commas, in tables that no comma separates.
class DecimalMark {
 public:
  explicit DecimalMark(char delimiter) : possible_(delimiter != ',') {}
  // "1,5" becomes "1.5". InputError where a table has both marks.
  void to_point(std::string& field, const std::string& place);
  bool is_comma() const { return comma_; }

 private:
  bool possible_, comma_ = false, point_ = false;
};

}  // namespace acidsim
