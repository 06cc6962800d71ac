// Replay: the schedule of a run carried out by several processes, with the result of run_serial bit for bit.
#pragma once

#include <string>
#include <vector>

#include "sim/engine/simulation.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/shared_states.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// What a rank did and where its time went.
struct RankReport {
  int rank = 0;
  std::string host;
  std::uint64_t workers = 0;
  std::uint64_t gradients = 0;       // events of own workers
  std::uint64_t communications = 0;  // between two own workers
  std::uint64_t messages = 0;  // communications with a worker of another rank; as many came as were sent
  std::uint64_t bytes = 0;     // sent in them
  double seconds = 0;          // of the run, of which:
  double waiting = 0;          // for messages of other ranks, with nothing else to do
  double observing = 0;        // in records and checkpoints
};

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
// on_checkpoint may ask `states` for any; only restart and on_state are called on every rank.
//
// Every rank walks the whole schedule, carries out the events of its own workers in an order that keeps that
// of each worker, and exchanges d numbers with the owner of the other worker where it is not its own. Ranks
// meet at records and checkpoints alone. Where Simulation::restart is not set they meet at every look for
// divergence too.
template <class Scalar>
ReplayOutcome run_mpi(const Simulation<Scalar>& simulation, MpiWorld& world, const Ownership& ownership,
                      SharedStates<Scalar>& states, const ReplayOptions& options = {});

// Collective: at rank 0 what Simulation::on_state gave on all ranks, in order of event and worker; elsewhere
// nothing. For first_difference() with a serial run.
std::vector<StateHash> gather_hashes(MpiWorld& world, const std::vector<StateHash>& own);

}  // namespace acidsim
