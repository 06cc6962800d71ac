// The contracts of each kind of rows, beside those that all have.
#pragma once

#include "sim/app/contracts/contract.hpp"

namespace acidsim {

std::vector<Contract> method_contracts(const std::string& name);
std::vector<Contract> objective_contracts(const std::string& name);
std::vector<Contract> topology_contracts(const std::string& name);
std::vector<Contract> timing_contracts(const std::string& name);

}  // namespace acidsim
