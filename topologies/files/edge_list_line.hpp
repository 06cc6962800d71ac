// The lines of an edge list, taken apart.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace acidsim {

inline constexpr std::size_t longest_edge_line = 4096;  // bytes
inline constexpr const char* edge_line_hint = "worker worker [rate]; quote a name that holds spaces";

// The columns of one line: separated by white space or one comma, or "quoted" with "" for a quote inside.
struct EdgeLine {
  std::array<std::string, 3> text;  // of the first three
  std::size_t count = 0;

  // Throws InputError at `place`.
  void split(std::string_view line, const std::string& place);

  // Whether the first two are words that head the columns of a table of edges.
  bool is_header() const;
  // Throws InputError at `place` unless there are as many as in the edges before (0 = none), two or three.
  void check_columns(std::size_t before, const std::string& place) const;
};

}  // namespace acidsim
