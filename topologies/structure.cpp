#include "topologies/structure.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace acidsim {
namespace {

inline constexpr Worker unseen = 0xffffffff;

// Breadth-first searches over one graph; the arrays are kept from one to the next.
class BreadthFirst {
 public:
  explicit BreadthFirst(const CompressedRows& rows) : rows_(rows), hops_(rows.workers(), unseen) {
    order_.reserve(rows.workers());
  }

  // Appends to order() the workers of the component of `root` by their distance from it, unless already seen.
  void visit(Worker root) {
    std::size_t next = order_.size();
    if (hops_[root] != unseen) return;
    hops_[root] = 0;
    order_.push_back(root);
    for (; next < order_.size(); ++next) {
      const Worker i = order_[next];
      for (const Worker j : rows_.neighbours(i)) {
        if (hops_[j] != unseen) continue;
        hops_[j] = hops_[i] + 1;
        order_.push_back(j);
      }
    }
  }
  void restart(Worker root) {
    std::fill(hops_.begin(), hops_.end(), unseen);
    order_.clear();
    visit(root);
  }

  const std::vector<Worker>& hops() const { return hops_; }
  const std::vector<Worker>& order() const { return order_; }
  Worker eccentricity() const { return hops_[order_.back()]; }

 private:
  const CompressedRows& rows_;
  std::vector<Worker> hops_, order_;
};

// The depth-first search of Tarjan's algorithm. Workers are numbered as they are found; low(i) is the least
// number that the part of the tree below i reaches by one edge. Where low of a child does not get above its
// parent, the edges gathered since the child was entered are a block.
class BlockSearch {
 public:
  BlockSearch(const CompressedRows& rows, std::size_t edges) : rows_(rows) {
    const Worker n = rows.workers();
    number_.assign(n, unseen);
    low_.resize(n);
    arrived_by_.resize(n);
    next_.assign(rows.first.begin(), rows.first.end() - 1);
    result_.block_of.assign(edges, no_block);
  }

  Blocks run() {
    for (Worker root = 0; root < rows_.workers(); ++root) {
      if (number_[root] == unseen) search(root);
    }
    return std::move(result_);
  }

 private:
  void enter(Worker i, std::uint32_t edge) {
    number_[i] = low_[i] = count_++;
    arrived_by_[i] = edge;
    path_.push_back(i);
    entered_.push_back(i);
  }

  void search(Worker root) {
    enter(root, no_block);
    while (!path_.empty()) {
      const Worker i = path_.back();
      if (next_[i] < rows_.first[i + 1]) {
        look_along(i, next_[i]++);
      } else {
        path_.pop_back();
        if (!path_.empty()) leave(i, path_.back());
      }
    }
  }

  void look_along(Worker i, std::uint32_t position) {
    const Worker j = rows_.neighbour[position];
    const std::uint32_t edge = rows_.edge[position];
    if (number_[j] == unseen) {
      gathered_.push_back(edge);
      enter(j, edge);
    } else if (number_[j] < number_[i] && edge != arrived_by_[i]) {
      gathered_.push_back(edge);
      low_[i] = std::min(low_[i], number_[j]);
    }
  }

  void leave(Worker child, Worker parent) {
    low_[parent] = std::min(low_[parent], low_[child]);
    if (low_[child] >= number_[parent]) close_block(child, arrived_by_[child]);
  }

  // The block's edges are those gathered from the tree edge `first` on; its workers are the parent and those
  // entered from `child` on that no earlier block has taken.
  void close_block(Worker child, std::uint32_t first) {
    Blocks::Size size;
    size.edges = take_until(gathered_, first, [&](std::uint32_t edge) {
      result_.block_of[edge] = static_cast<std::uint32_t>(result_.sizes.size());
    });
    size.workers = 1 + take_until(entered_, child, [](Worker) {});
    result_.sizes.push_back(size);
  }

  // Takes values off the stack up to and including `last`; how many.
  static std::uint32_t take_until(std::vector<std::uint32_t>& stack, std::uint32_t last, const auto& visit) {
    std::uint32_t taken = 0;
    for (;;) {
      const std::uint32_t value = stack.back();
      stack.pop_back();
      visit(value);
      ++taken;
      if (value == last) return taken;
    }
  }

  const CompressedRows& rows_;
  Worker count_ = 0;
  std::vector<Worker> number_, low_, path_, entered_;
  std::vector<std::uint32_t> arrived_by_, next_, gathered_;
  Blocks result_;
};

// Bounds of the eccentricity of every worker, drawn together by searches [Takes and Kosters 2013].
class EccentricityBounds {
 public:
  explicit EccentricityBounds(const CompressedRows& rows)
      : rows_(rows), search_(rows), low_(rows.workers(), 0), high_(rows.workers(), unseen) {
    open_.resize(rows.workers());
    std::iota(open_.begin(), open_.end(), Worker{0});
  }

  Diameter run(double work) {
    const double visits = static_cast<double>(rows_.neighbour.size() + rows_.workers());
    Worker root = widest_open();
    for (bool far = true; !open_.empty() && (result_.high == unseen || work >= visits); far = !far) {
      search_.restart(root);
      work -= visits;
      tighten(search_.eccentricity());
      if (!open_.empty()) root = far ? most_central() : most_eccentric();
    }
    if (open_.empty()) result_.high = result_.low;
    return result_;
  }

 private:
  // |ecc(v) − ecc(root)| ≤ d(v, root) ≤ ecc(v).
  void tighten(Worker eccentricity) {
    result_.low = std::max(result_.low, eccentricity);
    Worker highest = 0;
    for (const Worker v : open_) {
      const Worker d = search_.hops()[v];
      low_[v] = std::max({low_[v], d, eccentricity - std::min(d, eccentricity)});
      high_[v] = std::min(high_[v], eccentricity + d);
      result_.low = std::max(result_.low, low_[v]);
      highest = std::max(highest, high_[v]);
    }
    result_.high = std::max(result_.low, highest);
    std::erase_if(open_, [&](Worker v) { return high_[v] <= result_.low; });
  }

  Worker widest_open() const {
    return *std::max_element(open_.begin(), open_.end(),
                             [&](Worker a, Worker b) { return rows_.degree(a) < rows_.degree(b); });
  }
  Worker most_eccentric() const {
    return *std::max_element(open_.begin(), open_.end(), [&](Worker a, Worker b) {
      return std::pair(high_[a], rows_.degree(a)) < std::pair(high_[b], rows_.degree(b));
    });
  }
  Worker most_central() const {
    return *std::min_element(open_.begin(), open_.end(), [&](Worker a, Worker b) {
      return std::pair(low_[a], rows_.degree(b)) < std::pair(low_[b], rows_.degree(a));
    });
  }

  const CompressedRows& rows_;
  BreadthFirst search_;
  std::vector<Worker> low_, high_, open_;  // open: those whose eccentricity may exceed result_.low
  Diameter result_{0, unseen};
};

}  // namespace

CompressedRows compressed_rows(Worker workers, std::span<const Edge> edges) {
  CompressedRows rows;
  rows.first.assign(std::size_t{workers} + 1, 0);
  for (const Edge& e : edges) {
    if (!(e.rate > 0)) continue;
    ++rows.first[e.i + 1];
    ++rows.first[e.j + 1];
  }
  std::partial_sum(rows.first.begin(), rows.first.end(), rows.first.begin());
  rows.neighbour.resize(rows.first.back());
  rows.edge.resize(rows.first.back());
  std::vector<std::uint32_t> end(rows.first.begin(), rows.first.end() - 1);
  // Edges are sorted by (i, j): every row gets its smaller neighbours first, and both parts ascend.
  for (const bool smaller : {true, false}) {
    for (std::size_t k = 0; k < edges.size(); ++k) {
      if (!(edges[k].rate > 0)) continue;
      const auto [row, other] =
          smaller ? std::pair(edges[k].j, edges[k].i) : std::pair(edges[k].i, edges[k].j);
      rows.neighbour[end[row]] = other;
      rows.edge[end[row]++] = static_cast<std::uint32_t>(k);
    }
  }
  return rows;
}

std::vector<Worker> component_sizes(const CompressedRows& rows) {
  BreadthFirst search(rows);
  std::vector<Worker> sizes;
  for (Worker root = 0; root < rows.workers(); ++root) {
    const std::size_t before = search.order().size();
    search.visit(root);
    if (search.order().size() > before) sizes.push_back(static_cast<Worker>(search.order().size() - before));
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  return sizes;
}

Blocks blocks(const CompressedRows& rows, std::size_t edges) { return BlockSearch(rows, edges).run(); }

std::size_t count_bridges(const Blocks& blocks) {
  return static_cast<std::size_t>(std::count_if(blocks.sizes.begin(), blocks.sizes.end(),
                                                [](const auto& size) { return size.bridge(); }));
}

Diameter diameter(const CompressedRows& rows, double work) { return EccentricityBounds(rows).run(work); }

}  // namespace acidsim
