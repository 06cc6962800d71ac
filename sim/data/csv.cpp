#include <fmt/format.h>

#include <filesystem>

#include "sim/core/error.hpp"
#include "sim/data/readers.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

char detect_delimiter(std::string_view line) {
  bool quoted = false;
  std::string found;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (!quoted) found += c;
  }
  for (const char candidate : std::string_view(",;\t ")) {
    if (found.find(candidate) != found.npos) return candidate;
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

// The target column: by name where the first line holds it, else by number, else the last.
struct Layout {
  std::size_t target;
  bool has_header;
};

Layout find_layout(const std::vector<std::string>& first, const std::string& wanted,
                   const std::string& place) {
  const std::size_t columns = first.size();
  if (columns < 2)
    throw InputError(place, "has fewer than two columns", "",
                     "features and a target are needed; is the delimiter right?");
  for (std::size_t c = 0; c < columns; ++c) {
    if (!wanted.empty() && first[c] == wanted && !parse_number(wanted)) return {c, true};
  }
  std::size_t target = columns - 1;
  if (!wanted.empty()) {
    const std::optional<double> number = parse_number(wanted);
    if (!number)
      throw InputError("target", "is not a column of the file", wanted, unknown_name_hint(wanted, first));
    if (!(*number >= 0 && *number < static_cast<double>(columns) &&
          *number == static_cast<double>(static_cast<std::size_t>(*number)))) {
      throw InputError("target", "is not a column of the file", wanted,
                       fmt::format("columns are 0 … {}", columns - 1));
    }
    target = static_cast<std::size_t>(*number);
  }
  bool has_header = true;
  for (std::size_t c = 0; c < columns; ++c) {
    if (c != target && parse_number(first[c])) has_header = false;
  }
  return {target, has_header};
}

}  // namespace

template <class Scalar>
Dataset<Scalar> read_csv(const std::string& path, const CsvOptions& options) {
  LineReader reader(path);
  std::string line;
  std::vector<std::string> fields, names;  // names: of the columns, for messages
  std::vector<Scalar> values;
  TargetColumn<Scalar> target(options.task);
  std::optional<Layout> layout;
  char delimiter = options.delimiter;
  std::size_t columns = 0, samples = 0;
  while (reader.next(line)) {
    if (trimmed(line).empty()) continue;
    const std::string place = reader.place();
    if (delimiter == 0) delimiter = detect_delimiter(line);
    split_fields(line, delimiter, place, fields);
    if (!layout) {
      layout = find_layout(fields, options.target, place);
      columns = fields.size();
      for (std::size_t c = 0; c < columns; ++c) {
        names.push_back(layout->has_header ? fmt::format("column \"{}\"", fields[c])
                                           : fmt::format("column {}", c));
      }
      if (layout->has_header) continue;
    }
    if (fields.size() != columns) {
      throw InputError(place, "has another number of columns than the first line",
                       fmt::format("{}", fields.size()), fmt::format("{} columns", columns));
    }
    for (std::size_t c = 0; c < columns; ++c) {
      if (c == layout->target) {
        target.add(fields[c], place);
      } else {
        values.push_back(finite_number<Scalar>(fields[c], place, names[c]));
      }
    }
    ++samples;
  }
  if (samples == 0) throw InputError(path, "holds no rows of data");
  Dataset<Scalar> data;
  data.name = std::filesystem::path(path).filename().string();
  data.features = Eigen::Map<const Matrix<Scalar>>(values.data(), static_cast<Index>(columns - 1),
                                                   static_cast<Index>(samples));
  target.finish(data);
  return data;
}

template Dataset<float> read_csv(const std::string&, const CsvOptions&);
template Dataset<double> read_csv(const std::string&, const CsvOptions&);

}  // namespace acidsim
