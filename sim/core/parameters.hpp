// What a name in a configuration can be adjusted by: plain declarations and values, without JSON.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Absent, or of one of the kinds that a configuration has.
using Value =
    std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, std::vector<double>>;

// Declares one parameter. The kind of its default is the kind that it takes, with two exceptions: a parameter
// whose default is absent says its kind by `kind`, and an `automatic` one takes a number or the word "auto".
struct Parameter {
  enum class Kind { flag, whole, number, text, numbers };

  std::string name = {};
  Kind kind = Kind::number;
  Value default_value = {};  // absent and `required`: must be given; absent otherwise: may be left out
  std::string what = {};     // one line, with the unit
  bool required = false;
  bool automatic = false;  // "auto" is allowed and the default: the value that theory gives
  double minimum = -infinity;
  bool above_minimum = false;  // the minimum itself is not allowed
  double maximum = infinity;
  std::vector<std::string> choices = {};  // of a text
  std::string choices_of = {};            // of a text: the names of this category of the registry
  bool or_file = false;  // of a text: a configuration may give {"file": …} instead, which is read elsewhere
  bool is_path = false;  // of a text: a file; its place follows from the folder of the configuration
};

// Named values, in the order in which they were set.
class Values {
 public:
  Values() = default;
  Values(std::initializer_list<std::pair<std::string, Value>> values) : values_(values) {}

  bool has(const std::string& name) const;  // set, and not absent
  void set(const std::string& name, Value value);
  // Sets what an "auto" stands for; automatic(name) stays true.
  void resolve(const std::string& name, double value);

  // Each throws std::logic_error where the value is not set or of another kind: values are checked against
  // their declarations before they get here.
  double number(const std::string& name) const;
  std::int64_t whole(const std::string& name) const;
  std::uint64_t natural(const std::string& name) const;
  bool flag(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  const std::vector<double>& numbers(const std::string& name) const;
  // The value is the word "auto", or was before it was resolved.
  bool automatic(const std::string& name) const;

  const std::vector<std::pair<std::string, Value>>& all() const { return values_; }
  friend bool operator==(const Values&, const Values&) = default;

 private:
  const Value* find(const std::string& name) const;
  const Value& get(const std::string& name) const;

  std::vector<std::pair<std::string, Value>> values_;
  std::vector<std::string> resolved_;  // names whose value was "auto"
};

// `given` completed by the defaults of what is declared; "auto" stays the word.
Values with_defaults(const std::vector<Parameter>& declared, Values given);

// The same of values that nobody has checked yet. Throws InputError, whose place is the parameter's name, for
// a name that is not declared, a missing or wrong kind of value, or a number out of range.
Values checked(const std::vector<Parameter>& declared, const Values& given);

}  // namespace acidsim
