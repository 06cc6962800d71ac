// Poisson clocks on a graph that changes over time, and on edges that fail and return.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/timing/edge_failures.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// One stretch of time with rates of its own.
struct CommunicationPhase {
  struct Clock {
    std::uint32_t edge;  // position in the schedule's list of edges
    double rate;         // ≥ 0
  };
  double duration = 1;        // > 0
  std::vector<Clock> clocks;  // edges not named do not communicate
};

// Gradient clocks are those of PoissonSchedule with the same seed, event for event. Communication events are
// a Poisson process in operational time τ(t) = ∫ Σ_e λ_e(s) ds, of rate 1, made from the windows of
// PoissonSchedule and mapped back to t; the edge is drawn from the phase that holds t. So a single phase
// gives PoissonSchedule's events, but for rounding of their times. Any stretch of time costs O(1) per event
// in it (O(log phases) where phases are shorter than the gaps between events); memory is O(clocks of all
// phases).
class ChangingPoissonSchedule : public Schedule {
 public:
  // edges: the union over all phases (i < j; their rates are not read); edge e has clock workers + e.
  // periodic: after the last phase the first follows; otherwise the last one stays for ever.
  // Throws InputError as PoissonSchedule does, and
  // - where there is no phase, or a duration is not in [10⁻¹⁰⁰, 10¹⁰⁰];
  // - where a phase names an unknown edge;
  // - where less than 10⁻⁹ communications are expected per period, but not 0;
  // - where finding the next edge that is up would take too long: up_fraction() < 10⁻⁶, or the busiest edge
  //   misses more than 10⁷ communications in one mean_down.
  ChangingPoissonSchedule(std::uint64_t seed, const std::vector<double>& gradient_rates,
                          const std::vector<Edge>& edges, std::vector<CommunicationPhase> phases,
                          bool periodic, std::optional<EdgeFailures> failures);

  // The cursor shares what it needs: it may outlive this schedule.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override;
  double communication_rate() const override;  // mean over the period (or the last phase), failures counted

 private:
  struct Parts;
  std::shared_ptr<const Parts> parts_;
};

}  // namespace acidsim
