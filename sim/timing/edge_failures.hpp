// Edges that fail and are repaired.
#pragma once

#include <cstdint>

#include "sim/core/random.hpp"

namespace acidsim {

// Every edge is up and down in turn, independently, for exponential times of these means; a communication of
// an edge that is down does not take place. At time 0 an edge is up with probability up_fraction().
struct EdgeFailures {
  double mean_up = 10, mean_down = 1;  // in units of time

  double up_fraction() const { return mean_up / (mean_up + mean_down); }
};

// The state of every edge at every time, for itself: a pure function of (seed, edge, time) in O(1).
//
// The chain that fails at rate φ = 1/mean_up and is repaired at rate ρ = 1/mean_down is the chain that is
// reset at the points of a Poisson process of rate φ + ρ, each reset drawing the state afresh, up with
// probability ρ/(φ + ρ): it leaves `up` at rate (φ + ρ)·φ/(φ + ρ) = φ, and `down` at rate ρ. (Uniformisation;
// Jensen, Skand. Aktuarietidskr. 36, 1953.) So only the last reset before a time counts, and the resets are
// made window by window: 2 on average, at uniform places, from draws of their own. Where there is none since
// time 0, the state is that of time 0, drawn from the same stationary law.
class EdgeStates {
 public:
  // Throws InputError ("mean_up" or "mean_down") unless both are in [10⁻⁶, 10¹⁰⁰].
  EdgeStates(std::uint64_t seed, const EdgeFailures& failures);

  struct Stretch {
    bool up;
    double until;  // the state holds at least up to here (exclusive)
  };
  // time ≥ 0. After 2⁵⁷ windows, where the addresses of the draws end, nothing changes any more.
  Stretch at(std::uint32_t edge, double time) const;
  bool up(std::uint32_t edge, double time) const { return at(edge, time).up; }

 private:
  double start_of(std::uint64_t window) const { return static_cast<double>(window) * length_; }
  std::uint64_t window_of(double time) const;

  std::uint64_t seed_;
  double up_fraction_, length_;  // of a window, in units of time
  PoissonTable resets_;          // in a window
};

}  // namespace acidsim
