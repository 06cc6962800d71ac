// What the processes of one run agree on before and around it. A null world stands for one process without
// MPI; the calls that take one are collective where it is not null.
#pragma once

#include <functional>
#include <string>

#include "sim/experiment/plan.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Thrown on all ranks together. Whoever catches it tells the user before any rank ends, since mpirun then ends
// the others.
struct RanksStopped {
  int code;             // exit code
  std::string message;  // at rank 0: why they stop; empty elsewhere
};

// What an exception means for the program that it ends.
struct Failure {
  int code = 0;  // exit code; 0: none
  std::string message;
};
// Of the exception being handled.
Failure current_failure();

inline bool is_root(const MpiWorld* world) { return world == nullptr || world->rank() == 0; }

// Calls act. Where it throws on any rank, all throw RanksStopped, rank 0 with the message of the first;
// without MPI what act throws. Nothing collective may happen in act.
void collectively(MpiWorld* world, const std::function<void()>& act);

// What rank 0 gives, on all ranks.
std::string from_root(MpiWorld* world, std::string text);

// Stops all ranks where `text` is not the same on all: `what` (a file, say) is not what rank 0 sees.
void expect_common(MpiWorld* world, const std::string& what, const std::string& text);

// Makes the plans of all ranks the same: those of ranks whose edges or `description` differ from rank 0's stop
// the run, and the constants are rank 0's, since processors round theory's formulas differently.
void agree(MpiWorld* world, Plan& plan, const std::string& description);
// The same of the constants of a run, where they change over time.
void agree(MpiWorld* world, Values& of_run);

// The share of all ranks that are on this host, in (0, 1].
double share_here(MpiWorld* world);

// Which workers of the experiment live on which rank, as its `mpi.partition` says.
Ownership assign_workers(const Plan& plan, MpiWorld& world);

}  // namespace acidsim
