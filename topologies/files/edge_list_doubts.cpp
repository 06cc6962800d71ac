#include "topologies/files/edge_list_doubts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

using Link = RawGraph::Link;
using Pair = std::pair<Worker, Worker>;

bool is_id(double value) { return value >= 0 && value < 4294967296.0 && value == std::floor(value); }

[[noreturn]] void refuse(const std::string& place, const char* other, const char* format) {
  throw InputError(place, fmt::format("either a list of edges, or {}", other), {},
                   fmt::format("say which: \"format\": \"edge_list\" or \"{}\"", format));
}

// The neighbours on a line where each number is one; from the second column on where the first is the worker.
std::vector<Pair> pairs_of_line(Worker worker, const Link& e, bool with_a, bool with_rate) {
  std::vector<Pair> pairs;
  if (with_a) pairs.emplace_back(worker, e.a);
  pairs.emplace_back(worker, e.b);
  if (with_rate) pairs.emplace_back(worker, static_cast<Worker>(e.rate));
  return pairs;
}

bool all_ids(const std::vector<Link>& links, bool has_rates) {
  return !has_rates || std::all_of(links.begin(), links.end(), [](const Link& e) { return is_id(e.rate); });
}

}  // namespace

void refuse_neighbour_lists(const std::vector<Link>& links, std::uint64_t workers, bool has_rates,
                            const std::string& place) {
  if (links.size() != workers || workers < 3 || !all_ids(links, has_rates)) return;
  Worker lowest = links[0].a;
  for (const Link& e : links)
    lowest = std::min({lowest, e.a, e.b, has_rates ? static_cast<Worker>(e.rate) : e.a});
  const Worker first = lowest == 0 ? 0 : 1;
  std::set<Pair> listed;
  for (std::size_t k = 0; k < links.size(); ++k) {
    for (const Pair& pair : pairs_of_line(static_cast<Worker>(k) + first, links[k], true, has_rates))
      if (pair.first == pair.second || !listed.insert(pair).second) return;
  }
  const auto has_other = [&](const Pair& pair) { return listed.contains({pair.second, pair.first}); };
  if (!std::all_of(listed.begin(), listed.end(), has_other)) return;
  const auto is_edge = [&](const Link& e) { return listed.contains({e.a, e.b}); };
  if (!has_rates && 2 * links.size() == listed.size() && std::all_of(links.begin(), links.end(), is_edge)) {
    std::set<Pair> edges;
    for (const Link& e : links) edges.insert(std::minmax(e.a, e.b));
    if (2 * edges.size() == listed.size()) return;  // the same graph
  }
  refuse(place, "the neighbours of every worker, line by line", "neighbours");
}

void refuse_adjacency_list(const std::vector<Link>& links, const std::string& place) {
  if (links.size() < 3 || !all_ids(links, true)) return;
  std::set<Worker> ids, sources;
  for (const Link& e : links) {
    ids.insert({e.a, e.b});
    if (!sources.insert(e.a).second) return;
  }
  std::set<Pair> once, twice;
  for (const Link& e : links) {
    const auto third = static_cast<Worker>(e.rate);
    if (e.a == e.b || third == e.a || third == e.b || !ids.contains(third)) return;
    for (const auto& [i, j] : pairs_of_line(e.a, e, false, true)) {
      const Pair edge = std::minmax(i, j);
      if (!once.insert(edge).second && !twice.insert(edge).second) return;
    }
  }
  refuse(place, "of neighbours, the worker first (an adjacency list)", "adjacency_list");
}

void refuse_matrix(const std::vector<Link>& links, const std::string& place) {
  if (links.size() != 3) return;
  std::array<std::array<double, 3>, 3> m;
  for (std::size_t k = 0; k < 3; ++k) m[k] = {1.0 * links[k].a, 1.0 * links[k].b, links[k].rate};
  const bool symmetric = m[0][1] == m[1][0] && m[0][2] == m[2][0] && m[1][2] == m[2][1];
  const bool even = m[0][0] == m[1][1] && m[1][1] == m[2][2];  // the diagonal
  if (even && (symmetric || m[0][0] == 0)) refuse(place, "a matrix of 3 workers", "matrix");
}

void EdgeListComments::take(std::string_view line, const std::string& place) {
  if (line.starts_with("# GMT "))
    throw InputError(
        place, "the heading of an adjacency list of NetworkX", beginning(line),
        "\"format\": \"adjacency_list\"; or delete this line, or write the graph by write_edgelist");
  const std::size_t first = line.find_first_not_of("#% \t"), end = line.find_last_not_of(" \t");
  one_word_ = line.starts_with("# ") && first != line.npos &&
              line.substr(first, end + 1 - first).find_first_of(" \t") == line.npos;
  only_words_ = only_words_ && one_word_;
}

void EdgeListComments::take_edge() {
  if (!std::exchange(seen_edge_, true)) starts_ = one_word_;
  heads_ += std::exchange(one_word_, false) ? 1 : 0;
}

void EdgeListComments::check(const std::string& file) const {
  if (starts_ && only_words_ && heads_ >= 2)
    refuse(file, "of neighbours under the worker that a # introduces (LGL)", "lgl");
}

}  // namespace acidsim
