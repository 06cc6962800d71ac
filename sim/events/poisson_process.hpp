// One Poisson process superposed from many clocks, generated window by window.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// The superposition of clocks of rates r_k is a Poisson process of rate Λ = Σ r_k whose points belong to
// clock k with probability r_k / Λ, independently [Kingman, Poisson Processes, 1993, §2]. Time is cut into
// windows of length W = 1024 / Λ. Window w holds N ~ Poisson(1024) points; given N, their times are the order
// statistics of N uniforms: the partial sums of N + 1 exponential spacings over their total [Devroye 1986,
// Theorem V.2.2]. Window w reads draws w·8192, w·8192 + 1, … of its stream and nothing else, so it needs no
// other window.
class PoissonProcess {
 public:
  // The points of one window, in order of (time, clock): clocks[k] fires at times[k].
  struct Window {
    std::vector<double> times;
    std::vector<std::uint32_t> clocks;
  };

  // No window from here on: 2⁶⁰ events away, where the addresses of the draws end.
  static constexpr std::uint64_t window_limit = std::uint64_t{1} << 50;

  // rates: ≥ 0, with a total of 0 (no point ever) or in [10⁻¹⁰⁰, 10¹⁰⁰].
  PoissonProcess(Stream stream, std::span<const double> rates);

  double rate() const { return rate_; }
  // The window that holds `time` (window_limit where that lies too far off). This and what follows need
  // rate() > 0.
  std::uint64_t window_of(double time) const;
  double start_of(std::uint64_t window) const { return static_cast<double>(window) * length_; }
  // Fills `out`; its times lie in [start_of(window), start_of(window + 1)). It is never empty: 1024 is 11
  // standard deviations of N above the least value that PoissonTable gives.
  void generate(std::uint64_t window, Window& out) const;

 private:
  Stream stream_;
  double rate_;
  double length_ = infinity;  // of a window, in units of time
  PoissonTable counts_;
  std::optional<AliasTable> clock_of_;  // none where no clock ever fires
};

// Puts the clocks of points of equal time in increasing order; times are in order already.
void order_ties(std::span<const double> times, std::span<std::uint32_t> clocks);

}  // namespace acidsim
