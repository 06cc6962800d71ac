// What the columns of a CSV table are, and whether its first line is a header.
//
// "auto" takes the first line for a header where its fields are names and the columns hold numbers, and for a
// row where both are numbers alike. Names may be numbers: 0, 1, 2, … are what pandas writes for columns without
// names; other numbers that are unlike the rows below (years as names) are refused, with the hint to say which.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "sim/data/csv_rows.hpp"
#include "sim/data/readers.hpp"

namespace acidsim {

enum class ColumnRole { feature, target, owner, left_out };

struct CsvLayout {
  bool has_header = false;
  std::vector<std::string> header;  // fields of the first line; empty where it is a row
  std::vector<ColumnRole> roles;    // of each column
  std::string reason;               // why a first line of numbers is a header, for the notice

  std::size_t columns() const { return roles.size(); }
  std::string name(std::size_t column) const;  // "column "b"", or "column 1"
  std::vector<std::string> names(ColumnRole role) const;
};

// `first`: the first line; `below`: rows that follow it, for comparison. Throws InputError.
CsvLayout find_layout(const CsvRow& first, const std::deque<CsvRow>& below, const CsvOptions& options);

}  // namespace acidsim
