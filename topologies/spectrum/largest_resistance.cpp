#include "topologies/spectrum/largest_resistance.hpp"

#include <algorithm>
#include <vector>

#include "topologies/spectrum/edge_sums.hpp"

namespace acidsim {
namespace {

inline constexpr std::size_t first_candidates = 3000;
inline constexpr std::size_t first_incumbents = 30;
inline constexpr int candidate_steps = 4;
inline constexpr int incumbent_steps = 16;
inline constexpr int first_steps = 3;        // of the first pass: few edges of an expander need more
inline constexpr double value_width = 1e-9;  // relative, of the resistance that is reported

// An edge that may have the largest resistance.
struct Candidate {
  std::size_t edge;
  double high;
};

class BranchAndBound {
 public:
  BranchAndBound(std::span<const Edge> edges, const BlockResistances& known, LocalResistance& local,
                 double width, double visits)
      : edges_(edges), known_(known), local_(local), width_(width), end_(local.visits() + visits) {}

  LargestResistance run(Worker workers) {
    take_known();
    find_incumbent();
    average_ = average(workers);
    std::vector<Candidate> left = first_pass();
    for (int steps = 2 * first_steps; !left.empty() && !spent(); steps *= 2) pass(left, steps);
    for (const Candidate& c : left) settled_high_ = std::max(settled_high_, c.high);
    sharpen();
    best_.bounds.high = std::max(settled_high_, best_.bounds.high);
    best_.bounds.low = std::min(std::max(best_.bounds.low, average_), best_.bounds.high);
    return best_;
  }

 private:
  bool spent() const { return local_.visits() >= end_; }
  double least_wanted() const { return std::max(best_.bounds.low, average_) * (1.0 + 0.5 * width_); }
  bool open(std::size_t k) const { return edges_[k].rate > 0 && !known_.known(k); }

  // At least one edge has R no smaller than the mean weighted by the rates.
  double average(Worker workers) const {
    long double rates = 0.0;
    for (const Edge& e : edges_) rates += e.rate;
    return static_cast<double>((static_cast<long double>(workers) - 1.0L) / rates) * (1.0 - 1e-15);
  }

  // The edge that was best so far goes back to the candidates and is settled like all others.
  void offer(std::size_t k, const Bounds& b) {
    if (b.low > best_.bounds.low) best_ = {b, k};
  }

  void take_known() {
    for (std::size_t k = 0; k < edges_.size(); ++k) {
      if (!known_.known(k)) continue;
      const double r = known_.resistance(k);
      settled_high_ = std::max(settled_high_, r);
      if (r > best_.bounds.low * (1.0 + tie)) offer(k, {r, r});
    }
  }

  Bounds start(std::size_t k) const { return local_.start(edges_[k].i, edges_[k].j, edges_[k].rate); }
  Bounds bounds(std::size_t k, int steps, double settled_below, double width) {
    const Edge& e = edges_[k];
    return local_.bounds(e.i, e.j, e.rate, {settled_below, width, steps, end_ - local_.visits()});
  }

  // A good lower bound at the start shortens everything after it. So the edges with the largest cheap lower
  // bounds get a few steps first, and the best of them gets the largest number of steps that a pass may take.
  void find_incumbent() {
    struct Ranked {
      double low;
      std::size_t edge;
      bool operator<(const Ranked& other) const {  // a heap with the least on top; earlier edges first
        return low != other.low ? low > other.low : edge < other.edge;
      }
    };
    std::vector<Ranked> top;
    for (std::size_t k = 0; k < edges_.size(); ++k) {
      if (!open(k)) continue;
      const double low = start(k).low;
      if (top.size() == first_candidates) {
        if (low <= top.front().low) continue;
        std::pop_heap(top.begin(), top.end());
        top.pop_back();
      }
      top.push_back({low, k});
      std::push_heap(top.begin(), top.end());
    }
    for (Ranked& r : top) r.low = bounds(r.edge, candidate_steps, 0.0, width_).low;
    std::sort(top.begin(), top.end());
    for (std::size_t k = 0; k < std::min(top.size(), first_incumbents) && !spent(); ++k) {
      offer(top[k].edge, bounds(top[k].edge, incumbent_steps, best_.bounds.low, width_));
    }
  }

  // Bounds one edge more tightly; one that beats the best by far at once as tightly as incumbents are. Returns the gap
  // that is left to be settled, or 0 if the edge is settled.
  double look(std::size_t k, int steps) {
    Bounds b = bounds(k, steps, least_wanted(), 0.5 * width_);
    if (b.low >= least_wanted())
      b = bounds(k, std::max(steps, incumbent_steps), least_wanted(), 0.5 * width_);
    offer(k, b);
    if (b.high >= least_wanted() && b.high - b.low > 0.5 * width_ * b.low) return b.high;
    settled_high_ = std::max(settled_high_, b.high);
    return 0.0;
  }

  std::vector<Candidate> first_pass() {
    std::vector<Candidate> left;
    for (std::size_t k = 0; k < edges_.size(); ++k) {
      if (!open(k)) continue;
      const double high = start(k).high;
      if (high < least_wanted()) {
        settled_high_ = std::max(settled_high_, high);
        continue;
      }
      const double open_below = spent() ? high : look(k, first_steps);
      if (open_below > 0) left.push_back({k, open_below});
    }
    return left;
  }

  void pass(std::vector<Candidate>& left, int steps) {
    std::size_t kept = 0;
    for (Candidate c : left) {
      if (c.high < least_wanted()) {
        settled_high_ = std::max(settled_high_, c.high);
        continue;
      }
      if (!spent()) c.high = std::min(c.high, look(c.edge, steps));
      if (c.high > 0) left[kept++] = c;
    }
    left.resize(kept);
  }

  // The value reported for the best edge is computed to more digits than the bounds need.
  void sharpen() {
    if (best_.bounds.low == best_.bounds.high || spent()) return;
    const Bounds b = bounds(best_.edge, 1000, 0.0, value_width);
    best_.bounds = {std::max(best_.bounds.low, b.low), std::min(best_.bounds.high, b.high)};
  }

  std::span<const Edge> edges_;
  const BlockResistances& known_;
  LocalResistance& local_;
  double width_, end_;
  LargestResistance best_;
  double average_ = 0.0;
  double settled_high_ = 0.0;  // no edge that was put aside has a larger resistance
};

}  // namespace

std::optional<LargestResistance> largest_by_blocks(std::span<const Edge> edges,
                                                   const BlockResistances& known) {
  double largest = 0.0, others = 0.0;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (known.known(k)) {
      largest = std::max(largest, known.resistance(k));
    } else if (edges[k].rate > 0) {
      others = std::max(others, 1.0 / edges[k].rate);
    }
  }
  if (largest == 0.0 || largest < others) return std::nullopt;
  std::size_t first = 0;
  while (!known.known(first) || known.resistance(first) < largest * (1.0 - tie)) ++first;
  return LargestResistance{{largest, largest}, first};
}

LargestResistance largest_by_bounding(std::span<const Edge> edges, const BlockResistances& known,
                                      LocalResistance& local, Worker workers, double width, double visits) {
  return BranchAndBound(edges, known, local, width, visits).run(workers);
}

}  // namespace acidsim
