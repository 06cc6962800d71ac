// Which rows each front of a sparse factorisation has, and where the edges of the graph go.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "topologies/spectrum/supernodes.hpp"

namespace acidsim {

class FrontStructure {
 public:
  FrontStructure() = default;
  FrontStructure(const Supernodes& s, std::span<const Edge> edges);

  // The rows of a front as positions in the order of elimination, increasing; its columns come first.
  std::span<const Vertex> rows(std::size_t s) const { return part(row_, row_start_, s); }
  // Where the front of the parent has each row (beyond the columns).
  std::span<const Vertex> in_parent(std::size_t s) const { return part(in_parent_, row_start_, s); }
  // The numbers of the edges whose earlier end is a column of this front.
  std::span<const std::uint32_t> edges(std::size_t s) const { return part(edge_, edge_start_, s); }

  // Where the value of a pair of workers is.
  struct Place {
    std::size_t supernode;
    Index row, column;  // in the front
  };
  Place place(Worker i, Worker j) const;

 private:
  template <class Value, class Start>
  static std::span<const Value> part(const std::vector<Value>& v, const std::vector<Start>& start,
                                     std::size_t s) {
    return {v.data() + start[s], static_cast<std::size_t>(start[s + 1] - start[s])};
  }
  void group_edges(const Supernodes& s, std::span<const Edge> edges);
  void find_rows(const Supernodes& s, std::span<const Edge> edges);

  std::vector<Vertex> position_;      // of each worker in the order
  std::vector<Vertex> supernode_of_;  // of each position
  std::vector<Vertex> first_;         // column of each supernode
  std::vector<std::int64_t> row_start_;
  std::vector<Vertex> row_, in_parent_;
  std::vector<std::uint32_t> edge_start_, edge_;
};

}  // namespace acidsim
