// What a run counts by the messages of its method: how, how fast, and whether its stop rules can be met.
#pragma once

#include "sim/algorithms/dynamics.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/metrics/metric.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// Of the method on vectors of this dimension. A number has record.bytes_per_number bytes, or those of the run's
// precision.
Meter make_meter(const Experiment& experiment, const Dynamics& dynamics, Worker workers, Index dimension);

// Throws InputError where stop.rounds or stop.bytes would never be reached.
void check_sent_stops(const Experiment& experiment, const Meter& meter, const Schedule& schedule);
// When stop.rounds or stop.bytes is expected to be reached, the earlier of the two; infinite without them.
// `communication_rate`: per unit time, of methods that do not work in rounds.
double expected_end_by_sending(const StopRules& stop, const Meter& meter, const Schedule& schedule,
                               double communication_rate);

// The counts as metrics see them.
Counters counters_of(const Counts& counts);

}  // namespace acidsim
