// What a run counts by the messages of its method: how, how fast, and whether its stop rules can be met.
#pragma once

#include "sim/algorithms/dynamics.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/metrics/metric.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// A method on vectors of some dimension, as an experiment counts what it sends. A number has
// record.bytes_per_number bytes, or those of the run's precision.
class Sending {
 public:
  Sending(const Experiment& experiment, const Dynamics& dynamics, Worker workers, Index dimension);

  const Meter& meter() const { return meter_; }
  // Throws InputError where stop.rounds or stop.bytes would never be reached.
  void check_stops(const Schedule& schedule) const;
  // When stop.rounds or stop.bytes is expected to be reached, the earlier of the two; infinite without them.
  // `communication_rate`: per unit time, of methods that do not work in rounds.
  double expected_end(const Schedule& schedule, double communication_rate) const;

 private:
  struct Rates {  // per unit time
    double rounds = 0, bytes = 0;
  };
  Rates rates(const Schedule& schedule, double communication_rate) const;

  const Experiment& experiment_;
  const Dynamics& dynamics_;
  Meter meter_;
};

// How much of a run is over, by the stop rule that is nearest.
double share_done(const StopRules& stop, double time, const Tally& counts);

// The counts as metrics see them.
Counters counters_of(const Counts& counts);

}  // namespace acidsim
