// A live run over several processes.
#pragma once

#include <memory>

#include "sim/live/transport.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// The ranks have contiguous blocks of the workers, as own_blocks() makes them. The world must have been made
// with Threads::several and must outlive the transport. Collective, as is the end of the transport. Throws
// InputError where there are more ranks than workers, or more workers than the library has tags for.
//
// Within a rank everything goes through memory. Between ranks nobody waits inside MPI: messages are looked
// for, with pauses of an eighth of the wait so far, at least 20 µs and at most 200 µs. A user's interrupt is
// the coordinator's matter and ends no wait here. On one rank abandon() does what it does in LocalTransport;
// on several it prints rank, host and message, and ends all ranks with exit code 1.
std::unique_ptr<LiveTransport> make_mpi_transport(MpiWorld& world, Worker workers);

}  // namespace acidsim
