// Cuts a graph into parts with little communication between them.
#pragma once

#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// The part (0 … parts − 1) of each of `workers` workers. The rates of the edges between parts add up to
// little, no part is empty, and none is more than about 3 % (or one worker, where that is more) larger than
// the average. The same arguments give the same parts. 1 ≤ parts ≤ workers. Throws InputError where that does
// not hold.
//
// Multilevel recursive bisection and k-way refinement [Karypis and Kumar, "A fast and high quality multilevel
// scheme for partitioning irregular graphs", SIAM Journal on Scientific Computing 20, 1998], by METIS.
std::vector<int> partition(Worker workers, std::span<const Edge> edges, int parts);

}  // namespace acidsim
