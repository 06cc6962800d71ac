// What dense matrices have in common.
#pragma once

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// The links are the entries of a matrix that are not 0, without the diagonal. Of a symmetric one those above the
// diagonal stay; any other is a directed graph.
void keep_one_triangle(RawGraph& raw);

}  // namespace acidsim
