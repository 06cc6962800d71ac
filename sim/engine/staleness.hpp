// How stale gradients are when they land.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/core/event.hpp"

namespace acidsim {

// The staleness of a gradient is the number of gradients of other workers that land, on whatever worker,
// between its read and its own landing: the delay of the literature on asynchronous SGD. 0 where a gradient
// is read and lands at once, and in synchronous rounds. Of a method with a server it is the number of steps that
// the server makes in between, of gradients that it does not use too.
class Staleness {
 public:
  struct Summary {
    double mean = 0;
    std::uint64_t percentile_99 = 0;  // the least that 99 % of the gradients do not exceed
    std::uint64_t maximum = 0;
    friend bool operator==(const Summary&, const Summary&) = default;
  };

  // Looks at a gradient's event; `landed`: gradients that landed before it. `reads_early`: the worker read what
  // lands now right after its previous gradient, or at the start.
  void watch(const Event& event, std::uint64_t landed, Worker workers, bool reads_early);

  // A gradient that comes to a server with this delay.
  void arrive(std::uint64_t delay) { add(delay, 1); }

  // Of all gradients that landed; those that nobody watched were not stale.
  Summary summary(std::uint64_t gradients) const;
  double mean(std::uint64_t gradients) const;
  std::uint64_t maximum() const { return maximum_; }
  // How many gradients were how stale, ascending.
  std::map<std::uint64_t, std::uint64_t> histogram(std::uint64_t gradients) const;

  // For checkpoints: for each worker how many gradients had landed when it read last (empty before the first
  // watch), and how many gradients had which staleness, as pairs in ascending order, 0 left out.
  std::span<const std::uint64_t> reads() const { return reads_; }
  std::vector<std::uint64_t> counted() const;
  void restore(std::vector<std::uint64_t> reads, std::span<const std::uint64_t> counted);

 private:
  void add(std::uint64_t staleness, std::uint64_t gradients);

  std::vector<std::uint64_t> reads_;
  std::vector<std::uint64_t> small_;              // gradients by staleness
  std::map<std::uint64_t, std::uint64_t> large_;  // the same, beyond
  std::uint64_t sum_ = 0, maximum_ = 0;
};

}  // namespace acidsim
