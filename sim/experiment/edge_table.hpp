// The edges of a network as it is kept while runs are under way: small.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "sim/core/types.hpp"
#include "sim/timing/clock_checks.hpp"

namespace acidsim {

// Reads like a std::vector<Edge>; 8 bytes per edge where all rates are equal, 16 where they are not.
class EdgeTable {
 public:
  EdgeTable() = default;
  explicit EdgeTable(const std::vector<Edge>& edges) {
    LargeArray<WorkerPair> pairs;
    pairs.reserve(edges.size());
    for (const Edge& edge : edges) pairs.push_back({edge.i, edge.j});
    pairs_ = std::make_shared<const LargeArray<WorkerPair>>(std::move(pairs));
    const auto differs = [&](const Edge& edge) { return edge.rate != edges[0].rate; };
    const bool equal = std::none_of(edges.begin(), edges.end(), differs);
    rates_.reserve(equal ? 1 : edges.size());
    for (const Edge& edge : edges)
      if (!equal || rates_.empty()) rates_.push_back(edge.rate);
  }

  std::size_t size() const { return pairs_->size(); }
  Edge operator[](std::size_t e) const {
    return {(*pairs_)[e].i, (*pairs_)[e].j, rates_.size() == 1 ? rates_[0] : rates_[e]};
  }
  // The pairs alone, to be shared instead of copied.
  const SharedPairs& pairs() const { return pairs_; }
  // Written out, for those who need them in one piece.
  std::vector<Edge> list() const {
    std::vector<Edge> edges;
    edges.reserve(size());
    for (std::size_t e = 0; e < size(); ++e) edges.push_back((*this)[e]);
    return edges;
  }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Edge;
    using difference_type = std::ptrdiff_t;
    using pointer = const Edge*;
    using reference = Edge;

    Iterator(const EdgeTable& table, std::size_t e) : table_(&table), e_(e) {}
    Edge operator*() const { return (*table_)[e_]; }
    Iterator& operator++() {
      ++e_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.e_ == b.e_; }

   private:
    const EdgeTable* table_;
    std::size_t e_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  SharedPairs pairs_ = std::make_shared<LargeArray<WorkerPair>>();
  std::vector<double> rates_;  // of each edge, or one for all
};

}  // namespace acidsim
