// Replay: the schedule of a run carried out by several processes, with the result of run_serial bit for bit.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/rank_report.hpp"
#include "sim/mpi/shared_states.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// The reports as a table of plain text: a line of names, then one for each rank. It shows why a replay is not
// faster: unequal work, messages, or waiting.
std::string table_of(const std::vector<RankReport>& reports);

struct ReplayOptions {
  std::size_t slots = 0;  // communications with other ranks that may be under way; 0: by the memory they take
};

struct ReplayOutcome {
  Outcome outcome;                  // the same on every rank, but for the wall clock
  std::vector<RankReport> reports;  // at rank 0, by rank
};

// Collective. On every rank the same simulation, but that kernel and optimizer hold the rank's own workers;
// Simulation::workers and the objective count all of them. `states` is made of that kernel and optimizer.
//
// All ranks must set the same callbacks. They are called on rank 0 alone: on_record sees all workers, and
// checkpoints.write may ask `states` for any; only restart and on_state are called on every rank.
//
// Every rank walks the whole schedule, carries out the events of its own workers in an order that keeps that
// of each worker, and exchanges d numbers with the owner of the other worker where it is not its own. Ranks
// wait for each other at records and checkpoints alone; without Resumption::restart at every check for
// divergence too.
template <class Scalar>
ReplayOutcome run_mpi(const Simulation<Scalar>& simulation, MpiWorld& world, const Ownership& ownership,
                      SharedStates<Scalar>& states, const ReplayOptions& options = {});

// Collective: at rank 0 what Simulation::on_state gave on all ranks, in order of event and worker; elsewhere
// nothing. For first_difference() with a serial run.
std::vector<StateHash> gather_hashes(MpiWorld& world, const std::vector<StateHash>& own);

}  // namespace acidsim
