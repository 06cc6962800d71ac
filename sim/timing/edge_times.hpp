// When the edges of a graph that changes, or whose edges fail, can be used.
#pragma once

#include <optional>
#include <vector>

#include "sim/timing/changing_schedule.hpp"
#include "sim/timing/edge_failures.hpp"

namespace acidsim {

// An edge is open in the phases that give it a positive rate, while it has not failed. A pure function of (seed, edge,
// time); its states are those of ChangingPoissonSchedule.
class EdgeTimes {
 public:
  // phases: at least one; the last one stays for ever unless they are periodic.
  EdgeTimes(std::uint64_t seed, std::size_t edges, const std::vector<CommunicationPhase>& phases,
            bool periodic, const std::optional<EdgeFailures>& failures);

  // From when on edges are closed for good that no later phase opens; infinity where phases come again.
  double last_change() const;
  // The first time ≥ `time` at which the edge is open; infinity: it never is again.
  double next_opening(std::uint32_t edge, double time) const;

 private:
  struct Stretch {
    std::uint32_t phase;
    double until;  // > time
  };
  Stretch phase_at(double time) const;

  std::vector<double> ends_;  // of the phases, from the start of a period on
  bool periodic_;
  std::vector<std::vector<std::uint32_t>> phases_;  // of each edge, ascending
  std::optional<EdgeStates> states_;
};

}  // namespace acidsim
