// What the readers of text files share: lines with their numbers, fields as numbers, labels as classes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/data/gzip_file.hpp"
#include "sim/data/readers.hpp"

namespace acidsim {

// The lines of a file, gzip or plain, without their ends (\n or \r\n) and a leading byte order mark.
class LineReader {
 public:
  explicit LineReader(const std::string& path);  // InputError where it cannot be opened
  bool next(std::string& line);                  // InputError where it holds UTF-16 or zero bytes
  std::string place() const;                     // "file:line" of the line read last
  const std::string& path() const { return path_; }

 private:
  bool fill();  // the next piece of the file; false at its end

  std::string path_;
  GzipFile file_;
  std::string piece_;
  std::size_t at_ = 0;  // in piece_
  std::size_t number_ = 0;
};

std::string_view trimmed(std::string_view text);

// The first few of the names, for a message.
std::string first_of(const std::vector<std::string>& names);

// The whole field as a number (NaN and infinities included), or nothing.
std::optional<double> parse_number(std::string_view field);

// The whole field as a finite number that Scalar can hold; InputError at `place` otherwise.
template <class Scalar>
Scalar finite_number(std::string_view field, const std::string& place, std::string_view what);

// The classes of a table: its labels, sorted (by value where all are numbers, so that "+1" and "1" are one).
class ClassNumbers {
 public:
  ClassNumbers() = default;
  explicit ClassNumbers(const std::vector<std::string>& labels);
  int count() const { return static_cast<int>(numbers_.size()); }
  std::optional<std::int32_t> find(std::string_view label) const;
  std::vector<std::string> names() const;  // in order

 private:
  using Key = std::pair<double, std::string>;
  std::optional<Key> key(std::string_view label) const;

  bool numeric_ = false;
  std::map<Key, std::int32_t> numbers_;
};

// Collects the target column of a table, one value per row, as targets or as labels.
template <class Scalar>
class TargetColumn {
 public:
  // `known`: the only classes that a label may be of.
  explicit TargetColumn(Task task, const ClassNumbers* known = nullptr) : task_(task), known_(known) {}
  void add(std::string_view field, const std::string& place);
  ClassNumbers classes() const { return ClassNumbers(labels_); }
  // Fills labels and classes, or targets.
  void finish(Dataset<Scalar>& data, const ClassNumbers& classes) const;

 private:
  Task task_;
  const ClassNumbers* known_;
  std::vector<Scalar> targets_;
  std::vector<std::string> labels_;
};

}  // namespace acidsim
