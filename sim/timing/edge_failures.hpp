// Edges that fail and are repaired.
#pragma once

#include <cstdint>

#include "sim/timing/network/on_off.hpp"

namespace acidsim {

// Every edge is up and down in turn, independently, for exponential times of these means; a communication of
// an edge that is down does not take place. At time 0 an edge is up with probability up_fraction().
struct EdgeFailures {
  double mean_up = 10, mean_down = 1;  // in units of time

  double up_fraction() const { return mean_up / (mean_up + mean_down); }
};

// The state of every edge at every time, for itself.
class EdgeStates {
 public:
  // Throws InputError ("mean_up" or "mean_down") as OnOffStates does.
  EdgeStates(std::uint64_t seed, const EdgeFailures& failures)
      : states_(seed, Purpose::edge_failures, {"mean_up", failures.mean_up},
                {"mean_down", failures.mean_down}) {}

  struct Stretch {
    bool up;
    double until;  // the state holds at least up to here (exclusive)
  };
  Stretch at(std::uint32_t edge, double time) const {
    const auto [up, until] = states_.at(edge, time);
    return {up, until};
  }
  bool up(std::uint32_t edge, double time) const { return at(edge, time).up; }

 private:
  OnOffStates states_;
};

}  // namespace acidsim
