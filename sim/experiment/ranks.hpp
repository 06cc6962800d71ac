// What the processes of one run agree on before and around it. A null world stands for one process without
// MPI; the calls that take one are collective where it is not null.
#pragma once

#include <functional>
#include <string>

#include "sim/experiment/plan.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Thrown on all ranks, once rank 0 has told the user why they stop.
struct RanksStopped {
  int code;  // exit code
};

inline bool is_root(const MpiWorld* world) { return world == nullptr || world->rank() == 0; }

// Calls act. Where it throws on any rank, rank 0 prints the message of the first, and all throw RanksStopped;
// without MPI what act throws. Nothing collective may happen in act.
void collectively(MpiWorld* world, const std::function<void()>& act);

// What rank 0 gives, on all ranks.
std::string from_root(MpiWorld* world, std::string text);

// Stops all ranks where `text` is not the same on all: `what` (a file, say) is not what rank 0 sees.
void expect_common(MpiWorld* world, const std::string& what, const std::string& text);

// The share of all ranks that are on this host, in (0, 1].
double share_here(MpiWorld* world);

// Which workers of the experiment live on which rank, as its `mpi.partition` says.
Ownership assign_workers(const Plan& plan, MpiWorld& world);

// To be called in a handler, for what one rank alone came upon while others may wait for it: tells the user,
// and ends all ranks. Local.
[[noreturn]] void end_all_ranks(MpiWorld& world);

}  // namespace acidsim
