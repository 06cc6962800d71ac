#include "sim/core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace acidsim {
namespace {

std::string compose(const std::string& place, const std::string& problem, const std::string& value,
                    const std::string& hint) {
  std::string text = place.empty() ? problem : place + ": " + problem;
  if (!value.empty()) text += " (" + value + ")";
  if (!hint.empty()) text += " — " + hint;
  return printable_text(text);
}

// Bytes of the UTF-8 character that `text` begins with; 0 where it begins with none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t k = 1; k < size; ++k)
    if ((byte(k) & 0xc0) != 0x80) return 0;
  const bool too_long = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool no_character = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) >= 0x90);
  return too_long || no_character ? 0 : size;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

InputError::InputError(std::string place, std::string problem, std::string value, std::string hint)
    : std::runtime_error(compose(place, problem, value, hint)),
      place_(std::move(place)),
      problem_(std::move(problem)),
      value_(std::move(value)),
      hint_(std::move(hint)) {}

InputError InputError::within(std::string_view outer) const {
  if (outer.empty()) return *this;
  return InputError(place_.empty() ? std::string(outer) : std::string(outer) + ": " + place_, problem_,
                    value_, hint_);
}

InputError InputError::at_field(std::string_view path) const {
  const bool bare = place_.find_first_of("/.: ") == std::string::npos;
  if (!bare) return *this;
  const bool same = place_.empty() || path.ends_with("/" + place_);  // the part as a whole
  return InputError(std::string(path) + (same ? "" : "/" + place_), problem_, value_, hint_);
}

std::string printable_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const bool control = size == 1 && (text[0] < ' ' || text[0] == '\x7f') && text[0] != '\n';
    if (size == 0 || control) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

void refuse_utf16(std::string_view start, const std::string& place) {
  const bool marked = start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff");
  const std::string_view first = start.substr(0, 2);
  if (marked || (first.size() == 2 && (first[0] == 0) != (first[1] == 0)))
    throw InputError(place, "is UTF-16 text, and UTF-8 is read", "", "save it as UTF-8");
}

std::string shown_text(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 40)) out += c >= ' ' && c <= '~' ? c : '?';
  return text.size() > 40 ? out + "…" : out;
}

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string unknown_name_hint(std::string_view name, std::span<const std::string> known) {
  const std::string near = nearest_name(name, known);
  if (!near.empty()) return fmt::format("did you mean \"{}\"?", near);
  return fmt::format("known: {}", fmt::join(known, ", "));
}

}  // namespace acidsim
