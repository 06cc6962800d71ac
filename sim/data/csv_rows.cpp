#include "sim/data/csv_rows.hpp"

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

// A tab or a semicolon is never part of a number, a comma may be its decimal mark. Commas that tabs follow
// separate by themselves.
char detect_delimiter(std::string_view line) {
  bool quoted = false;
  std::string found;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted) found += c;
  }
  const std::string_view text = trimmed(found);
  const bool padded = text.find(",\t") != text.npos || text.find("\t,") != text.npos;
  for (const char candidate : std::string_view(padded ? ";," : ";\t, ")) {
    if (text.find(candidate) != text.npos) return candidate;
  }
  return ',';
}

// Fields of a line. Double quotes protect delimiters, "" within them stands for one; runs of spaces count as
// one delimiter.
void split_fields(const std::string& line, char delimiter, const std::string& place,
                  std::vector<std::string>& fields) {
  fields.clear();
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t') &&
           (line[at] != delimiter || delimiter == ' '))
      ++at;
  };
  skip_blanks();
  for (;;) {
    std::string& field = fields.emplace_back();
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) throw InputError(place, "a quotation mark is not closed");
        if (line[at] == '"' && !(at + 1 < line.size() && line[at + 1] == '"')) break;
        if (line[at] == '"') ++at;
        field += line[at];
      }
      ++at;
    } else {
      const std::size_t end = std::min(line.find(delimiter, at), line.size());
      field = trimmed(std::string_view(line).substr(at, end - at));
      at = end;
    }
    skip_blanks();
    if (delimiter == ' ' ? at >= line.size() : at == line.size()) return;
    if (delimiter != ' ') {
      if (line[at] != delimiter)
        throw InputError(place, "text follows a closing quotation mark", std::string(1, line[at]));
      ++at;
      skip_blanks();
    }
  }
}

}  // namespace

bool CsvRows::read(CsvRow& row) {
  while (lines_.next(line_)) {
    const std::string_view text = trimmed(line_);
    if (text.empty()) continue;
    if (!begun_ && text.starts_with('#')) {
      ++comments_;
      continue;
    }
    begun_ = true;
    row.place = lines_.place();
    if (delimiter_ == 0) delimiter_ = detect_delimiter(line_);
    split_fields(line_, delimiter_, row.place, row.fields);
    return true;
  }
  return false;
}

bool CsvRows::next(CsvRow& row) {
  if (ahead_.empty()) return read(row);
  row = std::move(ahead_.front());
  ahead_.pop_front();
  return true;
}

const std::deque<CsvRow>& CsvRows::ahead(std::size_t most) {
  CsvRow row;
  while (ahead_.size() < most && read(row)) ahead_.push_back(std::move(row));
  return ahead_;
}

void DecimalMark::to_point(std::string& field, const std::string& place) {
  if (!possible_) return;
  const std::size_t comma = field.find(',');
  if (comma == field.npos) {
    point_ |= field.find('.') != field.npos && parse_number(field);
  } else {
    std::string pointed = field;
    pointed[comma] = '.';
    if (field.find('.') != field.npos || !parse_number(pointed)) return;
    field = std::move(pointed);
    comma_ = true;
  }
  if (comma_ && point_)
    throw InputError(place, "decimal commas and decimal points in one table", field,
                     "one of the two throughout; no marks between thousands");
}

}  // namespace acidsim
