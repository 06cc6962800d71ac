#include "sim/data/csv_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

using Fields = std::vector<std::string>;

// Numbers of both decimal marks; the rows settle which a table has.
std::optional<double> number_in(std::string field) {
  if (const std::size_t comma = field.find(','); comma != field.npos) field[comma] = '.';
  return parse_number(field);
}

bool is_whole(const std::string& field) {
  return !field.empty() && field.find_first_not_of("0123456789", field[0] == '-' ? 1 : 0) == field.npos;
}

// Written with a point, a comma or an exponent. (What is no finite number is an error of its row.)
bool is_fraction(const std::string& field) {
  const std::optional<double> number = number_in(field);
  return number && std::isfinite(*number) && !is_whole(field);
}

// What pandas calls the column of an index that has no name.
bool has_no_name(const std::string& field) {
  return field.empty() || (field.starts_with("Unnamed: ") && field.find_first_of("0123456789") == 9);
}

bool is_missing(const std::string& field) {
  constexpr std::array<std::string_view, 8> marks = {"", "?", "NA", "N/A", "n/a", "-", "null", "None"};
  return std::find(marks.begin(), marks.end(), field) != marks.end();
}

std::optional<std::size_t> position(const Fields& fields, const std::string& name) {
  const auto found = std::find(fields.begin(), fields.end(), name);
  if (found == fields.end()) return std::nullopt;
  return static_cast<std::size_t>(found - fields.begin());
}

// The column that `wanted` is the number of.
std::optional<std::size_t> numbered(const std::string& wanted, std::size_t columns) {
  const std::optional<double> number = parse_number(wanted);
  if (!number || !(*number >= 0 && *number < static_cast<double>(columns)) || *number != std::floor(*number))
    return std::nullopt;
  return static_cast<std::size_t>(*number);
}

// The column that an option names or numbers. In a header names are looked at first; where it is not known whether
// there is one, a number is no name.
std::size_t find_column(const char* option, const std::string& wanted, const Fields& first, Header header) {
  const bool is_number = parse_number(wanted).has_value();
  if (header == Header::present || (header == Header::automatic && !is_number)) {
    if (std::count(first.begin(), first.end(), wanted) > 1)
      throw InputError(option, "is the name of several columns", wanted, "give the column's number");
    if (const auto named = position(first, wanted)) return *named;
  }
  if (const auto column = numbered(wanted, first.size())) return *column;
  std::string hint = unknown_name_hint(wanted, first);
  if (is_number) {
    hint = fmt::format("columns are 0 … {}", first.size() - 1);
    if (position(first, wanted)) hint += "; or give \"header\": true if it is a name";
  }
  throw InputError(option, "is not a column of the file", wanted, hint);
}

bool is_name(const std::string& wanted) { return !wanted.empty() && !parse_number(wanted); }

// The first line against what stands below it.
class FirstLine {
 public:
  FirstLine(const CsvRow& first, const std::deque<CsvRow>& below, const std::vector<ColumnRole>& roles,
            bool regression)
      : first_(first) {
    for (std::size_t c = 0; c < first.fields.size(); ++c) {
      if (roles[c] == ColumnRole::target) target_ = c;
      if (roles[c] == ColumnRole::feature) features_.push_back(c);
      const bool is_number = number_in(first.fields[c]).has_value();
      if (roles[c] == ColumnRole::feature || (regression && roles[c] == ColumnRole::target && is_number))
        numbers_.push_back(c);
      if (roles[c] == ColumnRole::feature || roles[c] == ColumnRole::target) named_.push_back(c);
    }
    for (const CsvRow& row : below)
      if (row.fields.size() == first.fields.size()) below_.push_back(&row);
  }

  // Why it is a header; empty where it is a row. Throws InputError where that is not sure. `nameless`: columns
  // without a name stand before the others.
  std::string header(bool nameless) const {
    const auto texts = std::count_if(features_.begin(), features_.end(),
                                     [&](std::size_t c) { return !number_in(first_.fields[c]); });
    if (texts > 0) return named_header(texts == std::ssize(features_));
    if (counts_from_zero() && (named_.size() > 2 || unlike_bits())) return "they count from 0";
    if (number_below_text() && !below_.empty()) refuse();
    if (text_above_numbers()) return "the label's name is no number";
    if (nameless || counts_from_zero() || unlike()) refuse();
    return "";
  }

 private:
  [[noreturn]] void refuse() const {
    throw InputError(first_.place, "may be a header or a row of numbers", first_of(first_.fields),
                     "give \"header\": true or \"header\": false");
  }
  double value(std::size_t c) const { return *number_in(first_.fields[c]); }
  template <class Test>
  bool all_below(std::size_t c, Test test) const {
    return !below_.empty() &&
           std::all_of(below_.begin(), below_.end(), [&](const CsvRow* row) { return test(row->fields[c]); });
  }

  // Names among the features: all of them, or some, above numbers.
  std::string named_header(bool all) const {
    std::set<std::string> names;
    for (const std::size_t c : features_) {
      const std::string& field = first_.fields[c];
      const bool above_numbers = all_below(c, [](const auto& text) { return number_in(text).has_value(); });
      if (is_missing(field) || !names.insert(field).second) refuse();
      if (!all && !number_in(field) && !above_numbers) refuse();
    }
    return "names";
  }
  bool counts_from_zero() const {
    for (std::size_t k = 0; k < named_.size(); ++k)
      if (first_.fields[named_[k]] != fmt::format("{}", k)) return false;
    return true;
  }
  // 0,1 may be a row of a table of bits.
  bool unlike_bits() const {
    return std::any_of(named_.begin(), named_.end(), [&](std::size_t c) {
      return !below_.empty() && !all_below(c, [](const auto& text) { return text == "0" || text == "1"; });
    });
  }
  bool text_above_numbers() const {
    return !number_in(first_.fields[target_]) &&
           all_below(target_, [](const auto& text) { return number_in(text).has_value(); });
  }
  bool number_below_text() const {
    return number_in(first_.fields[target_]) &&
           all_below(target_, [](const auto& text) { return !number_in(text); });
  }

  // Whole numbers above fractions, numbers far from all below them, or equal steps: as names have them.
  bool unlike() const {
    if (below_.empty() || numbers_.size() < 2) return false;
    std::set<double> values;
    bool whole = true, fractions = true, far = below_.size() > 1, all_whole = true, rising = true;
    const double step = value(numbers_[1]) - value(numbers_[0]);
    bool even = step != 0 && numbers_.size() > 2;
    for (std::size_t k = 0; k < numbers_.size(); ++k) {
      const std::size_t c = numbers_[k];
      values.insert(value(c));
      whole &= is_whole(first_.fields[c]);
      fractions &= all_below(c, is_fraction);
      all_whole &= all_below(c, [](const auto& text) { return !is_fraction(text); });
      far &= is_far(c);
      if (k > 0) {
        rising &= value(c) > value(numbers_[k - 1]);
        even &= value(c) - value(numbers_[k - 1]) == step;
      }
    }
    const bool distinct = values.size() == numbers_.size();
    const bool counting = whole && even && (!all_whole || numbers_.size() > 4);
    return distinct && (counting || (whole && fractions) || (far && (whole || rising)));
  }
  // Further from the numbers below it than these are from each other.
  bool is_far(std::size_t c) const {
    double low = infinity, high = -infinity;
    for (const CsvRow* row : below_)
      if (const auto number = number_in(row->fields[c])) {
        low = std::min(low, *number);
        high = std::max(high, *number);
      }
    return std::max(low - value(c), value(c) - high) > high - low;
  }

  const CsvRow& first_;
  std::vector<const CsvRow*> below_;
  std::vector<std::size_t> features_, numbers_, named_;  // columns; numbers_: that can hold numbers alone
  std::size_t target_ = 0;
};

// Columns at the front whose name is empty, as an index has it.
std::size_t nameless_columns(const Fields& first, const CsvOptions& options) {
  if (options.index_column) return *options.index_column ? 1 : 0;
  const auto named = std::find_if_not(first.begin(), first.end(), has_no_name);
  return static_cast<std::size_t>(named - first.begin());
}

}  // namespace

std::string CsvLayout::name(std::size_t column) const {
  return has_header ? fmt::format("column \"{}\"", header[column]) : fmt::format("column {}", column);
}

std::vector<std::string> CsvLayout::names(ColumnRole role) const {
  std::vector<std::string> all;
  for (std::size_t c = 0; c < columns(); ++c)
    if (roles[c] == role) all.push_back(has_header ? header[c] : fmt::format("{}", c));
  return all;
}

CsvLayout find_layout(const CsvRow& first, const std::deque<CsvRow>& below, const CsvOptions& options) {
  const Fields& fields = first.fields;
  const std::size_t columns = fields.size();
  if (columns < 2)
    throw InputError(first.place, "has fewer than two columns", "",
                     "features and a target are needed; is the delimiter right?");
  CsvLayout layout;
  layout.roles.assign(columns, ColumnRole::feature);
  const bool may_be_header = options.header != Header::absent;
  const std::size_t nameless = may_be_header || options.index_column ? nameless_columns(fields, options) : 0;
  std::fill_n(layout.roles.begin(), std::min(nameless, columns), ColumnRole::left_out);
  std::size_t target = columns - 1;
  if (options.target_column) {
    target = find_column("target", fmt::format("{}", *options.target_column), fields, Header::absent);
  } else if (!options.target.empty()) {
    target = find_column("target", options.target, fields, options.header);
  }
  layout.roles[target] = ColumnRole::target;
  if (!options.owner_column.empty()) {
    const std::size_t owner = find_column("column", options.owner_column, fields, options.header);
    if (owner == target) throw InputError("column", "is the target", options.owner_column, "another column");
    layout.roles[owner] = ColumnRole::owner;
  }
  if (std::count(layout.roles.begin(), layout.roles.end(), ColumnRole::feature) == 0)
    throw InputError(first.place, "has no column of features", first_of(fields),
                     "features and a target are needed");
  if (options.header == Header::automatic) {
    const bool named = is_name(options.target) || is_name(options.owner_column);
    layout.reason = named ? "names"
                          : FirstLine(first, below, layout.roles, options.task == Task::regression)
                                .header(!options.index_column && nameless > 0);
    layout.has_header = !layout.reason.empty();
  } else {
    layout.has_header = options.header == Header::present;
  }
  if (layout.has_header) layout.header = fields;
  return layout;
}

}  // namespace acidsim
