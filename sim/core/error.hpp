// The one way in which bad input is reported: place: problem (value) — what would be right.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace acidsim {

// Bad input from the user (configuration, file, flag). The command line prints it and exits with code 2.
// `place` names the file and the spot in it: "ring.json: /topology/workers" or "graph.txt:12".
class InputError : public std::runtime_error {
 public:
  InputError(std::string place, std::string problem, std::string value = {}, std::string hint = {});

  const std::string& place() const { return place_; }
  const std::string& problem() const { return problem_; }
  const std::string& value() const { return value_; }  // what was given, or empty
  const std::string& hint() const { return hint_; }    // what would be right, or empty
  // The same error, seen from further out: `outer` is put before the place ("file: " + place).
  InputError within(std::string_view outer) const;
  // A place that is a parameter's bare name, seen as a field of the configuration: path/name. Other places
  // stay.
  InputError at_field(std::string_view path) const;

 private:
  std::string place_, problem_, value_, hint_;
};

// Text as any message can hold it: control characters (but for the end of a line) and bytes that are not UTF-8
// become "\\xff".
std::string printable_text(std::string_view text);

// Refuses the start of a file that is UTF-16 by its mark, or by its zero bytes, where UTF-8 is read.
void refuse_utf16(std::string_view start, const std::string& place);

// Text from a file as a message can show it: at most 40 characters, control characters and bytes beyond ASCII as ?.
std::string shown_text(std::string_view text);

// Runs `action`; an InputError without a place in the configuration gets `path` as its place.
template <class Action>
auto with_error_path(const std::string& path, Action action) {
  try {
    return action();
  } catch (const InputError& error) {
    const std::string section = path.substr(0, path.find('/', 1));
    if (error.place().starts_with(section)) throw;  // it has its path already
    if (error.place().find_first_of("/.: ") == std::string::npos) throw error.at_field(path);
    throw error.within(path);  // a place in a file
  }
}

// The name among `known` that is nearest to `name` (edit distance, at most a third of its length); empty if
// none is.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

// "— did you mean X?" where a near name exists, else "— known: a, b, c".
std::string unknown_name_hint(std::string_view name, std::span<const std::string> known);

}  // namespace acidsim

// A pre- or postcondition of our own code (never of user input): checked in builds with ACIDSIM_CHECKS only.
#ifdef ACIDSIM_CHECKS
#define ACIDSIM_CHECK(condition)                                                               \
  do {                                                                                         \
    if (!(condition)) throw std::logic_error(std::string(__FILE__ ": failed: ") + #condition); \
  } while (false)
#else
#define ACIDSIM_CHECK(condition) static_cast<void>(0)
#endif
