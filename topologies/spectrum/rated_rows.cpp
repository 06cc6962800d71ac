#include "topologies/spectrum/rated_rows.hpp"

#include <algorithm>
#include <utility>

namespace acidsim {

RatedRows::RatedRows(CompressedRows rows, std::span<const Edge> edges) : rows_(std::move(rows)) {
  for (const Edge& e : edges) uniform_ = std::max(uniform_, e.rate);
  if (std::any_of(edges.begin(), edges.end(),
                  [&](const Edge& e) { return e.rate > 0 && e.rate < uniform_; })) {
    rates_.resize(rows_.neighbour.size());
    for (std::size_t k = 0; k < rates_.size(); ++k) rates_[k] = edges[rows_.edge[k]].rate;
  }
  rows_.edge = {};
  load_.resize(workers());
  for (Worker i = 0; i < workers(); ++i) {
    double sum = 0.0;
    for (std::uint32_t k = rows_.first[i]; k < rows_.first[i + 1]; ++k) sum += rate(k);
    load_[i] = sum;
  }
}

}  // namespace acidsim
