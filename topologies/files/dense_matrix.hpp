// What dense matrices have in common.
#pragma once

#include <string>
#include <string_view>

#include "topologies/files/raw_graph.hpp"

namespace acidsim {

// The links are the entries of a matrix that are not 0, without the diagonal. Of a symmetric one those above the
// diagonal stay; any other is a directed graph.
void keep_one_triangle(RawGraph& raw);

// An entry off the diagonal. Throws InputError at `place` unless it is finite and ≥ 0.
double matrix_entry(std::string_view text, const std::string& place);

}  // namespace acidsim
