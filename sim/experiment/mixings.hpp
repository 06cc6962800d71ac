// Who mixes with whom in rounds, and how much of each other's messages they take.
#pragma once

#include "sim/experiment/plan.hpp"
#include "sim/timing/round_schedule.hpp"

namespace acidsim {

// Each throws InputError, placed in the configuration.

// Reads the mixing matrix, where the experiment gives one: it has to fit the graph and the algorithm, and to
// average.
void take_mixing_matrix(Plan& plan);
// Says where the mixing matrix, or its changing over time, is not what the algorithm's theory asks for.
void remark_on_mixing(Plan& plan);
// Refuses directed graphs where messages go both ways.
void check_directions(const Plan& plan);

// Rounds go by the matrices that the sequence of graphs prescribes.
bool takes_prescribed_mixing(const Plan& plan);

// All workers with the mixing matrix of a graph that does not change.
Group round_group(const Plan& plan);
// All that the rounds of the algorithm need, in a graph that may change from round to round.
RoundGroups round_groups(const Plan& plan);

}  // namespace acidsim
