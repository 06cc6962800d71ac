// One Poisson process superposed from many clocks, generated window by window.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// A Poisson process cut into windows of 1024 points on average. Window w holds N ~ Poisson(1024) points;
// given N, their places are the order statistics of N uniforms: the partial sums of N + 1 exponential
// spacings over their total [Devroye 1986, Theorem V.2.2]. Window w reads draws w·8192, w·8192 + 1, … of its
// stream and nothing else, so it needs no other window. Besides its place each point has a mark, 64 random
// bits.
class PoissonWindows {
 public:
  // Addresses set aside for each window: the first tells how many points, and each spacing takes one more.
  static constexpr std::uint64_t draws_per_window = 8192;
  static constexpr double mean_points = 1024;  // long enough for vectors, short enough for the first cache
  // No window from here on: 2⁶⁰ points away, where the addresses of the draws end.
  static constexpr std::uint64_t window_limit = std::uint64_t{1} << 50;

  explicit PoissonWindows(Stream stream);

  // What is drawn for one window: never less than one point, since 1024 is 11 standard deviations of N above
  // the least value that PoissonTable gives.
  class Drawn {
   public:
    Drawn(const PoissonWindows& windows, std::uint64_t window);
    std::size_t points() const { return points_; }
    std::span<const std::uint64_t> marks() const { return {marks_.data(), points_}; }
    // The points in order, for windows of this length: times lie in [window·length, (window + 1)·length).
    void place(double length, std::span<double> times) const;

   private:
    static constexpr std::size_t most_points = 1408;  // at least PoissonTable(1024).largest() + 1
    static_assert(most_points + 1 <= draws_per_window, "neighbouring windows would share draws");
    std::uint64_t window_;
    std::size_t points_;
    std::array<std::uint64_t, most_points> spacings_, marks_;
  };

 private:
  Stream stream_;
  PoissonTable counts_;
};

// The superposition of clocks of rates r_k is a Poisson process of rate Λ = Σ r_k whose points belong to
// clock k with probability r_k / Λ, independently [Kingman, Poisson Processes, 1993, §2].
class PoissonProcess {
 public:
  // The points of one window, in order of (time, clock): clocks[k] fires at times[k].
  struct Window {
    std::vector<double> times;
    std::vector<std::uint32_t> clocks;
  };

  static constexpr std::uint64_t window_limit = PoissonWindows::window_limit;

  // rates: ≥ 0, with a total of 0 (no point ever) or in [10⁻¹⁰⁰, 10¹⁰⁰].
  PoissonProcess(Stream stream, std::span<const double> rates);

  double rate() const { return rate_; }
  // The window that holds `time` (window_limit where that lies too far off). This and what follows need
  // rate() > 0.
  std::uint64_t window_of(double time) const;
  double start_of(std::uint64_t window) const { return static_cast<double>(window) * length_; }
  // Fills `out`; its times lie in [start_of(window), start_of(window + 1)). It is never empty.
  void generate(std::uint64_t window, Window& out) const;

 private:
  PoissonWindows windows_;
  double rate_;
  double length_ = infinity;            // of a window, in units of time
  std::optional<AliasTable> clock_of_;  // none where no clock ever fires
};

// Puts the clocks of points of equal time in increasing order; times are in order already.
void order_ties(std::span<const double> times, std::span<std::uint32_t> clocks);

}  // namespace acidsim
