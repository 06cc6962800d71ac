// Files that can be read as an edge list, but also as something else: they are refused rather than guessed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// The links stand in the order of their lines, their ends are ids. Each throws InputError at `place` where the
// other reading makes sense and gives another graph; its hint names the formats.

// n lines after the number n: line i may hold the neighbours of worker i (or i + 1), each edge at both ends.
void refuse_neighbour_lists(const std::vector<RawGraph::Link>& links, std::uint64_t workers, bool has_rates,
                            const std::string& place);
// Three integers per line: a worker and two of its neighbours, every worker once in front.
void refuse_adjacency_list(const std::vector<RawGraph::Link>& links, const std::string& place);
// Three lines of three numbers: a matrix without self-loops, or symmetric and with one value on its diagonal.
void refuse_matrix(const std::vector<RawGraph::Link>& links, const std::string& place);

// The comments of an edge list, which other programs' formats use for more.
class EdgeListComments {
 public:
  // A line that begins with # or %. Throws InputError where NetworkX heads an adjacency list with it.
  void take(std::string_view line, const std::string& place);
  void take_edge();
  // Throws InputError where comments of one word stand over groups of lines, as in LGL files.
  void check(const std::string& file) const;

 private:
  bool one_word_ = false;  // the last line was such a comment
  bool starts_ = false, only_words_ = true, seen_edge_ = false;
  int heads_ = 0;  // comments of one word right above an edge
};

}  // namespace acidsim
