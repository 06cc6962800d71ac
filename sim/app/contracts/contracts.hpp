// The contracts of a row.
#pragma once

#include "sim/app/contracts/contract.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {

// The contracts of the registry's row of this name; throws std::logic_error where there is none.
std::vector<Contract> contracts_of(RowKind kind, const std::string& name);

}  // namespace acidsim
