#include "topologies/files/edge_list_line.hpp"

#include <algorithm>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::string_view white = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white);
  return first == text.npos ? std::string_view()
                            : text.substr(first, text.find_last_not_of(white) - first + 1);
}

// The quote that closes the one at `at`, or the end of the line; a doubled quote closes nothing.
std::size_t quote_end(std::string_view line, std::size_t at) {
  for (++at; at < line.size(); ++at) {
    if (line[at] != '"') continue;
    if (at + 1 >= line.size() || line[at + 1] != '"') break;
    ++at;
  }
  return std::min(at, line.size());
}

// Behind the quoted text that begins at `at`, which goes into `text`.
std::size_t take_quoted(std::string_view line, std::size_t at, std::string& text, const std::string& place) {
  const std::size_t end = quote_end(line, at);
  if (end == line.size()) throw InputError(place, "a quote is not closed", beginning(line.substr(at)));
  for (std::size_t k = at + 1; k < end; ++k) {
    if (line[k] == '"') ++k;  // a doubled quote
    text += line[k];
  }
  return end + 1;
}

// Behind the dictionary that begins at `at`: the last brace of the line ends it.
std::size_t behind_dictionary(std::string_view line, std::size_t at) {
  const std::size_t end = line.find_last_of('}');
  return end == line.npos || end < at ? line.size() : end + 1;
}

// Whether a character stands outside of quotes and dictionaries.
bool has_outside(std::string_view line, char wanted) {
  if (line.find(wanted) == line.npos) return false;  // by far the most lines
  bool begins = true;                                // a field
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == wanted) return true;
    if (begins && c == '"') {
      at = quote_end(line, at);
    } else if (begins && c == '{') {
      at = behind_dictionary(line, at) - 1;
    }
    begins = c == ',' || c == ';' || white.find(c) != white.npos;
  }
  return false;
}

bool has_decimal_comma(std::string_view text) {
  const std::size_t comma = text.find(',');
  const auto is_digit = [&](std::size_t k) { return k < text.size() && text[k] >= '0' && text[k] <= '9'; };
  return comma != text.npos && comma > 0 && is_digit(comma - 1) && is_digit(comma + 1) &&
         text.find_first_of(",.", comma + 1) == text.npos && text.find('.') == text.npos;
}

// The entries of a Python or JSON dictionary that are numbers: the one of that name.
std::optional<std::string_view> entry_of(std::string_view dictionary, std::string_view name) {
  for (const char quote : {'\'', '"'}) {
    const std::string key = quote + std::string(name) + quote;
    const std::size_t found = dictionary.find(key);
    if (found == dictionary.npos) continue;
    std::string_view rest = trimmed(dictionary.substr(found + key.size()));
    if (!rest.starts_with(':')) continue;
    rest.remove_prefix(1);
    return trimmed(rest.substr(0, rest.find_first_of(",}")));
  }
  return std::nullopt;
}

}  // namespace

EdgeLine::Field& EdgeLine::next() {
  if (count_ == fields_.size()) fields_.emplace_back();
  Field& field = fields_[count_++];
  field.text.clear();
  field.quoted = false;
  return field;
}

void EdgeLine::erase(std::size_t k) {
  std::rotate(fields_.begin() + static_cast<std::ptrdiff_t>(k),
              fields_.begin() + static_cast<std::ptrdiff_t>(k) + 1,
              fields_.begin() + static_cast<std::ptrdiff_t>(count_));
  --count_;
}

void EdgeLine::split(std::string_view line, const std::string& place) {
  check_text(line, place, "an edge list in UTF-8: one line `worker worker [rate]` per edge");
  const bool comma = has_outside(line, ','), tab = line.find('\t') != line.npos;
  separator_ = ' ';
  if (has_outside(line, ';')) {
    separator_ = ';';
  } else if (comma) {
    separator_ = ',';
  }
  if (separator_ != ' ') {
    split_at(line, place);
    for (std::size_t k = 0; k < count_ && separator_ == ';' && comma; ++k) {
      if (!fields_[k].quoted && text(k).find(',') != std::string::npos && !text(k).starts_with('{') &&
          !has_decimal_comma(text(k)))
        throw InputError(place, "both semicolons and commas separate", beginning(line),
                         "one of them; quote a name that holds the other");
    }
    return;
  }
  split_at_blanks(line, place);
  const auto is_number = [](const Field& field) {
    return !field.quoted && number_from(field.text).has_value();
  };
  if (!tab || std::all_of(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(count_), is_number))
    return;
  const std::size_t before = count_;
  separator_ = '\t';
  split_at(trimmed(line), place);
  if (count_ == before) separator_ = ' ';  // no column holds blanks
}

void EdgeLine::split_words(std::string_view line, const std::string& place) {
  check_text(line, place);
  separator_ = ' ';
  split_at_blanks(line, place);
}

void EdgeLine::split_at(std::string_view line, const std::string& place) {
  count_ = 0;
  const std::string_view blanks = separator_ == '\t' ? " " : white;
  for (std::size_t at = 0;;) {
    Field& field = next();
    at = std::min(line.find_first_not_of(blanks, at), line.size());
    if (at < line.size() && line[at] == '"') {
      field.quoted = true;
      const std::size_t start = at;
      at = take_quoted(line, at, field.text, place);
      if (trimmed(field.text).empty()) throw InputError(place, "empty name");
      at = std::min(line.find_first_not_of(blanks, at), line.size());
      if (at < line.size() && line[at] != separator_)
        throw InputError(place, "no separator after a quote", beginning(line.substr(start)));
    } else {
      const std::size_t from = at < line.size() && line[at] == '{' ? behind_dictionary(line, at) : at;
      const std::size_t end = std::min(line.find(separator_, from), line.size());
      field.text = trimmed(line.substr(at, end - at));
      at = end;
    }
    if (at >= line.size()) return;
    ++at;
  }
}

void EdgeLine::split_at_blanks(std::string_view line, const std::string& place) {
  count_ = 0;
  for (std::size_t at = line.find_first_not_of(white); at < line.size();
       at = line.find_first_not_of(white, at)) {
    Field& field = next();
    if (line[at] == '"') {
      field.quoted = true;
      const std::size_t start = at;
      at = take_quoted(line, at, field.text, place);
      if (trimmed(field.text).empty()) throw InputError(place, "empty name");
      if (at < line.size() && white.find(line[at]) == white.npos)
        throw InputError(place, "no separator after a quote", beginning(line.substr(start)));
    } else {
      const std::size_t from = line[at] == '{' ? behind_dictionary(line, at) : at;
      const std::size_t end = std::min(line.find_first_of(white, from), line.size());
      field.text = line.substr(at, end - at);
      at = end;
    }
  }
}

Arrow arrow_of(std::string_view text) {
  if (text == "->" || text == "=>" || text == "→") return Arrow::one_way;
  if (text == "--" || text == "<->" || text == "—" || text == "↔") return Arrow::two_way;
  return Arrow::none;
}

EdgeValue edge_value(const EdgeLine::Field& field, const std::string& attribute, const std::string& place) {
  const std::string& text = field.text;
  if (text.starts_with('{') && text.ends_with('}') && !field.quoted) {
    std::optional<std::string_view> entry = entry_of(text, attribute.empty() ? "rate" : attribute);
    if (!entry && attribute.empty()) entry = entry_of(text, "weight");
    if (!entry) return {};
    return {parse_rate(*entry, place), false};
  }
  if (!has_decimal_comma(text)) return {parse_rate(text, place, edge_line_hint), false};
  std::string with_point = text;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  return {parse_rate(with_point, place, edge_line_hint), true};
}

}  // namespace acidsim
