// A test program that several ranks run together.
#pragma once

#include "sim/mpi/world.hpp"

namespace acidsim {

// The world of this program. Tests are collective: every rank runs the same, and none may end early.
MpiWorld& world();

}  // namespace acidsim
