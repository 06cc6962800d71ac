// How long things take in a plan: gradients, messages, and whether its method can do with it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/timing/round_schedule.hpp"

namespace acidsim {

// Each throws InputError, placed within /timing.

// Who is there when; null: all are always.
std::shared_ptr<const Presence> presence_of_workers(const Plan& plan, std::uint64_t seed);
// Whether a worker can begin anew alone: its state is its model, and nothing that others hold belongs to it.
bool can_begin_anew(const Plan& plan);
// What the method declares, where the gradients of backup workers are left out of its means.
Dynamics declared_dynamics(const Plan& plan);
// Of every worker's gradients; exponential with the model `poisson`.
GradientDurations gradient_durations(const Plan& plan, std::uint64_t seed);
// Of messages along these edges.
Transfers transfers(const Plan& plan, std::uint64_t seed, std::span<const Edge> edges);
RoundPace round_pace(const Plan& plan, std::uint64_t seed);
// Of a plan whose dimension is known, or of one number.
Meter meter_of(const Plan& plan);
// Bytes of a message of each mixing and of the opening's, or of the one kind that there is; 0 where nothing is sent.
std::vector<double> message_bytes(const Plan& plan);

// Throws InputError where the method cannot go by the timing of the experiment.
void check_pace(const Plan& plan);
// And where messages get lost or repeated that do not stand alone.
void check_messages(const Plan& plan);
// Says where messages come faster than links can carry them. The dimension must be known.
void remark_on_load(Plan& plan);

}  // namespace acidsim
