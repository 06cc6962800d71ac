// What the readers of text files share: lines with their numbers, fields as numbers, labels as classes.
#pragma once

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/data/readers.hpp"

namespace acidsim {

// The lines of a file, without their ends (\n or \r\n) and a leading byte order mark.
class LineReader {
 public:
  explicit LineReader(const std::string& path);  // InputError where it cannot be opened
  bool next(std::string& line);
  std::string place() const;  // "file:line" of the line read last
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::ifstream file_;
  std::size_t number_ = 0;
};

std::string_view trimmed(std::string_view text);

// The whole field as a number (NaN and infinities included), or nothing.
std::optional<double> parse_number(std::string_view field);

// The whole field as a finite number that Scalar can hold; InputError at `place` otherwise.
template <class Scalar>
Scalar finite_number(std::string_view field, const std::string& place, std::string_view what);

// Collects the last column of a table, one value per row, as targets or as labels.
template <class Scalar>
class TargetColumn {
 public:
  explicit TargetColumn(Task task) : task_(task) {}
  void add(std::string_view field, const std::string& place);
  // Fills labels and classes, or targets.
  void finish(Dataset<Scalar>& data) const;

 private:
  Task task_;
  std::vector<Scalar> targets_;
  std::vector<std::string> labels_;
};

}  // namespace acidsim
