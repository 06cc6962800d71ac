// Experiments as methods ask for them.
#pragma once

#include "sim/algorithms/table.hpp"
#include "sim/app/registry/field.hpp"

namespace acidsim {

// What a method is with its default parameters.
Dynamics default_dynamics(const AlgorithmRow& row);
bool asks_for_conjugates(const AlgorithmRow& row);

// An experiment with this method, as its theory asks for: γ = 1 and communications with 2χ1χ2 < 1 where the method has step
// sizes of its own, exact gradients where it is dual, a tree and a common start where it relays sums. `graph`: of the
// experiment's graph at rate 1.
Json with_method(Json source, const AlgorithmRow& row, const GraphConstants& graph);

}  // namespace acidsim
