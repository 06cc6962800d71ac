// The lines of an edge list, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acidsim {

inline constexpr std::size_t longest_edge_line = 4096;  // bytes
inline constexpr const char* edge_line_hint = "worker worker [rate]; quote a name that holds spaces";

// The columns of one line. Semicolons separate them where there are some, else commas, else tabs where a column
// would otherwise break at its blanks, else white space. "quoted" text is one column, with "" for a quote in it;
// so is a {dictionary} at the end of a line.
class EdgeLine {
 public:
  struct Field {
    std::string text;  // without blanks at its ends
    bool quoted = false;
  };

  // Throws InputError at `place`.
  void split(std::string_view line, const std::string& place);

  // The same at white space alone.
  void split_words(std::string_view line, const std::string& place);

  std::size_t count() const { return count_; }
  const Field& operator[](std::size_t k) const { return fields_[k]; }
  const std::string& text(std::size_t k) const { return fields_[k].text; }
  bool by_blanks() const { return separator_ == ' '; }
  void erase(std::size_t k);

 private:
  Field& next();
  void split_at(std::string_view line, const std::string& place);
  void split_at_blanks(std::string_view line, const std::string& place);

  std::vector<Field> fields_;  // the first count_ of them; the others are kept for their memory
  std::size_t count_ = 0;
  char separator_ = ' ';
};

// Text that stands between two workers: `a -> b` is directed, `a -- b` is not.
enum class Arrow { none, two_way, one_way };
Arrow arrow_of(std::string_view text);

// The value of a column: a number, one with a decimal comma, or, as NetworkX writes them, a dictionary of which
// the entry `rate`, else `weight`, counts (`attribute`, where it is not empty).
struct EdgeValue {
  std::optional<double> rate;  // nothing: the dictionary has none
  bool decimal_comma = false;
};
// Throws InputError at `place` unless it is finite and ≥ 0.
EdgeValue edge_value(const EdgeLine::Field& field, const std::string& attribute, const std::string& place);

}  // namespace acidsim
