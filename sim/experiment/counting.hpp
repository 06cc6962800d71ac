// What a run counts by the messages of its method: how, how fast, and whether its stop rules can be met.
#pragma once

#include "sim/experiment/plan.hpp"

namespace acidsim {

// Of the method on vectors of this dimension.
Meter make_meter(const Plan& plan, Index dimension);
// Bytes of a number on its way: record.bytes_per_number, or those of the run's precision.
int bytes_per_number(const Experiment& experiment);

// Throws InputError where stop.rounds or stop.bytes would never be reached.
void check_sent_stops(const Plan& plan, const Schedule& schedule);
// When stop.rounds or stop.bytes is expected to be reached, the earlier of the two; infinite without them.
double expected_end_by_sending(const Plan& plan, const Schedule& schedule, Index dimension);

// Communications per unit time, by the rates of the experiment: those of a trace are what happened.
double communication_rate(const Plan& plan, const Schedule& schedule);

}  // namespace acidsim
