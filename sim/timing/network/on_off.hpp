// Things that are on and off in turn: edges that fail and return, workers that are slow for a while.
#pragma once

#include <cstdint>

#include "sim/core/random.hpp"

namespace acidsim {

// The state of every one of them at every time, for itself: a pure function of (seed, entity, time) in O(1). Each is on
// and off in turn, independently, for exponential times of given means; at time 0 it is on with probability
// mean_on / (mean_on + mean_off).
//
// The chain that leaves `on` at rate φ = 1/mean_on and `off` at rate ρ = 1/mean_off is the chain that is reset at the
// points of a Poisson process of rate φ + ρ, each reset drawing the state afresh, on with probability ρ/(φ + ρ): it
// leaves `on` at rate (φ + ρ)·φ/(φ + ρ) = φ, and `off` at rate ρ. (Uniformisation; Jensen, Skand. Aktuarietidskr. 36,
// 1953.) So only the last reset before a time counts, and the resets are made window by window: 2 on average, at
// uniform places, from draws of their own. Where there is none since time 0, the state is that of time 0, drawn from
// the same stationary law.
class OnOffStates {
 public:
  struct Mean {
    const char* name;  // of the parameter, for messages
    double time;
  };
  // Throws InputError (its name) unless each mean is in [10⁻⁶, 10¹⁰⁰].
  OnOffStates(std::uint64_t seed, Purpose purpose, const Mean& on, const Mean& off);

  struct Stretch {
    bool on;
    double until;  // the state holds at least up to here (exclusive)
  };
  // time ≥ 0. After 2⁵⁷ windows, where the addresses of the draws end, nothing changes any more.
  Stretch at(std::uint32_t entity, double time) const;

 private:
  double start_of(std::uint64_t window) const { return static_cast<double>(window) * length_; }
  std::uint64_t window_of(double time) const;

  std::uint64_t seed_;
  Purpose purpose_;
  double on_fraction_, length_;  // of a window, in units of time
  PoissonTable resets_;          // in a window
};

}  // namespace acidsim
