// What the columns of an edge list are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/raw_graph.hpp"

namespace acidsim {

struct EdgeColumns {
  std::size_t count = 0;  // of every line; 0 = not known yet
  std::size_t a = 0, b = 1;
  std::optional<std::size_t> rate;
  std::optional<std::size_t> type;  // directed or undirected, as Gephi writes it

  // Of a line of edges without a header: two, and a rate where there are three. Throws InputError at `place`.
  static EdgeColumns of_edges(const EdgeLine& line, const std::string& place);
  // Throws InputError at `place` unless a line has as many.
  void check(const EdgeLine& line, const std::string& place) const;
};

// The columns that a first line heads: those that `options` names, or known words (source and target, from and
// to, …; `rate`, else `weight`). Nothing where it has no such words and the options name none. `notices` gets
// what is not read. Throws InputError at `place` where a column that the options name is missing.
std::optional<EdgeColumns> headed_columns(const EdgeLine& line, const ReadOptions& options,
                                          const std::string& place, std::vector<std::string>& notices);
// Whether two words in this order head the columns of workers.
bool is_known_header(std::string_view a, std::string_view b);
// Columns headed by any words: workers in the first two, and the rate in the third, if there is one.
EdgeColumns columns_below(const EdgeLine& words, std::vector<std::string>& notices);

}  // namespace acidsim
