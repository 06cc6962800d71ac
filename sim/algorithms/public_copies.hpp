// What compressed exchanges and running sums keep by edge: a vector of each end, at each end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// The clocks of the edges of each worker that a kernel holds, worker after worker, ascending for each.
struct EdgeClocks {
  std::vector<std::size_t> first = {0};  // worker i's are first[i] … first[i + 1] − 1
  std::vector<std::uint32_t> clocks = {};
  std::size_t most = 0;  // edges of one worker, over all workers of the run
};

// Both ends of an edge change their copies by the same messages, so that they hold the same numbers; what is the sum of
// all that was put on the edge at one end is what the other saw of it last. All start at 0. Memory: 2·d numbers for each
// edge of each worker. Calls that name disjoint workers may run at the same time.
template <class Scalar>
class PublicCopies {
 public:
  struct Pair {
    std::span<Scalar> own, peer;
  };

  PublicCopies(const EdgeClocks& edges, Index dimension)
      : edges_(edges),
        dimension_(static_cast<std::size_t>(dimension)),
        numbers_(2 * edges.clocks.size() * dimension_, Scalar{0}) {}

  // The copies of the worker itself and of the worker at the other end.
  Pair of(Worker worker, std::uint32_t clock) {
    const std::span<Scalar> both =
        std::span(numbers_).subspan(place(worker, clock) * 2 * dimension_, 2 * dimension_);
    return {both.first(dimension_), both.last(dimension_)};
  }
  // message ← message − own copy
  void subtract_own(Worker worker, std::uint32_t clock, std::span<Scalar> message) const {
    const std::size_t first = place(worker, clock) * 2 * dimension_;
    for (std::size_t k = 0; k < dimension_; ++k) message[k] -= numbers_[first + k];
  }
  // Both copies take what was told.
  Pair add(Worker worker, std::uint32_t clock, std::span<const Scalar> own, std::span<const Scalar> peer) {
    const Pair known = of(worker, clock);
    for (std::size_t k = 0; k < dimension_; ++k) {
      known.own[k] += own[k];
      known.peer[k] += peer[k];
    }
    return known;
  }

  // Running sums. message ← all that was put on the edge, this message included.
  void sum_up(Worker worker, std::uint32_t clock, std::span<Scalar> message) {
    const std::span<Scalar> sum = of(worker, clock).own;
    for (std::size_t k = 0; k < dimension_; ++k) message[k] = sum[k] += message[k];
  }
  // What a sum brings that was not seen yet. Valid until the thread's next call.
  std::span<const Scalar> news(Worker worker, std::uint32_t clock, std::span<const Scalar> sum) {
    static thread_local std::vector<Scalar> difference;  // kept: messages allocate nothing
    difference.resize(dimension_);
    const std::span<Scalar> seen = of(worker, clock).peer;
    for (std::size_t k = 0; k < dimension_; ++k) {
      difference[k] = sum[k] - seen[k];
      seen[k] = sum[k];
    }
    return difference;
  }

  void clear(Worker worker) { std::ranges::fill(of(worker), Scalar{0}); }

  // The same number of numbers for every worker: where it has fewer edges than another, the rest is 0.
  std::size_t stored_size() const { return 2 * edges_.most * dimension_; }
  void save(Worker worker, std::span<Scalar> out) const {
    std::ranges::fill(std::ranges::copy(of(worker), out.begin()).out, out.end(), Scalar{0});
  }
  void restore(Worker worker, std::span<const Scalar> stored) {
    const std::span<Scalar> all = of(worker);
    std::copy_n(stored.begin(), all.size(), all.begin());
  }

  std::size_t bytes() const { return numbers_.size() * sizeof(Scalar); }

 private:
  std::size_t place(Worker worker, std::uint32_t clock) const {
    const auto begin = edges_.clocks.begin();
    const auto first = begin + static_cast<std::ptrdiff_t>(edges_.first[worker]),
               last = begin + static_cast<std::ptrdiff_t>(edges_.first[worker + std::size_t{1}]);
    const auto found = std::lower_bound(first, last, clock);
    ACIDSIM_CHECK(found != last && *found == clock);
    return static_cast<std::size_t>(found - begin);
  }
  // All copies of the worker.
  std::span<Scalar> of(Worker worker) {
    return std::span(numbers_).subspan(begin_of(worker), size_of(worker));
  }
  std::span<const Scalar> of(Worker worker) const {
    return std::span(numbers_).subspan(begin_of(worker), size_of(worker));
  }
  std::size_t begin_of(Worker worker) const { return 2 * dimension_ * edges_.first[worker]; }
  std::size_t size_of(Worker worker) const {
    return 2 * dimension_ * (edges_.first[worker + std::size_t{1}] - edges_.first[worker]);
  }

  EdgeClocks edges_;
  std::size_t dimension_;
  std::vector<Scalar> numbers_;
};

}  // namespace acidsim
