#include "topologies/spectrum/front_structure.hpp"

#include <algorithm>
#include <numeric>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

std::size_t at(Vertex v) { return static_cast<std::size_t>(v); }

}  // namespace

FrontStructure::FrontStructure(const Supernodes& s, std::span<const Edge> edges)
    : position_(s.order.size()), supernode_of_(s.order.size(), -1), first_(s.first) {
  for (std::size_t k = 0; k < s.order.size(); ++k) position_[at(s.order[k])] = static_cast<Vertex>(k);
  for (std::size_t j = 0; j < s.count(); ++j) {
    std::fill(supernode_of_.begin() + s.first[j], supernode_of_.begin() + s.first[j + 1],
              static_cast<Vertex>(j));
  }
  group_edges(s, edges);
  find_rows(s, edges);
}

void FrontStructure::group_edges(const Supernodes& s, std::span<const Edge> edges) {
  const auto owner = [&](const Edge& e) {
    return at(supernode_of_[at(std::min(position_[e.i], position_[e.j]))]);
  };
  edge_start_.assign(s.count() + 1, 0);
  for (const Edge& e : edges) ++edge_start_[owner(e) + 1];
  std::partial_sum(edge_start_.begin(), edge_start_.end(), edge_start_.begin());
  edge_.resize(edges.size());
  std::vector<std::uint32_t> next(edge_start_.begin(), edge_start_.end() - 1);
  for (std::size_t e = 0; e < edges.size(); ++e)
    edge_[next[owner(edges[e])]++] = static_cast<std::uint32_t>(e);
}

// The rows beyond the columns are the later ends of their edges, and what the children have beyond theirs.
void FrontStructure::find_rows(const Supernodes& s, std::span<const Edge> edges) {
  row_start_.assign(1, 0);
  for (const Vertex size : s.size) row_start_.push_back(row_start_.back() + size);
  row_.resize(static_cast<std::size_t>(row_start_.back()));
  in_parent_.resize(row_.size());
  const Children children(s);
  std::vector<Vertex> seen(s.order.size(), -1), place(s.order.size());
  for (std::size_t j = 0; j < s.count(); ++j) {
    const auto begin = row_.begin() + row_start_[j], beyond = begin + s.columns(j);
    std::iota(begin, beyond, s.first[j]);
    auto end = beyond;
    const auto add = [&](Vertex row) {
      if (row < s.first[j + 1] || seen[at(row)] == static_cast<Vertex>(j)) return;
      ACIDSIM_CHECK(end != row_.begin() + row_start_[j + 1]);
      seen[at(row)] = static_cast<Vertex>(j);
      *end++ = row;
    };
    for (const std::uint32_t e : this->edges(j)) add(std::max(position_[edges[e].i], position_[edges[e].j]));
    for (Vertex c = children.first[j]; c != -1; c = children.next[at(c)]) {
      for (const Vertex row : rows(at(c)).subspan(at(s.columns(at(c))))) add(row);
    }
    ACIDSIM_CHECK(end == row_.begin() + row_start_[j + 1]);
    std::sort(beyond, end);
    for (auto row = begin; row != end; ++row) place[at(*row)] = static_cast<Vertex>(row - begin);
    for (Vertex c = children.first[j]; c != -1; c = children.next[at(c)]) {
      const auto first = static_cast<std::size_t>(row_start_[at(c)] + s.columns(at(c)));
      const auto last = static_cast<std::size_t>(row_start_[at(c) + 1]);
      for (std::size_t k = first; k < last; ++k) in_parent_[k] = place[at(row_[k])];
    }
  }
}

FrontStructure::Place FrontStructure::place(Worker i, Worker j) const {
  const auto [column, row] = std::minmax(position_[i], position_[j]);
  const std::size_t s = at(supernode_of_[at(column)]);
  if (row < first_[s + 1]) return {s, row - first_[s], column - first_[s]};
  const auto all = rows(s);
  const auto found = std::lower_bound(all.begin() + (first_[s + 1] - first_[s]), all.end(), row);
  ACIDSIM_CHECK(found != all.end() && *found == row);
  return {s, found - all.begin(), column - first_[s]};
}

}  // namespace acidsim
