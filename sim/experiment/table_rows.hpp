// Which rows of a table are whose, and which are test rows.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/core/dataset.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

// Numbers are those of the table's files, from 0.
struct TableRows {
  Partition partition;  // of the training samples
  RowOrigins train;
  Index samples = 0;  // that are trained on
  std::vector<std::uint32_t> test;
};

// Of the repeat with this seed. The objective must have data.
TableRows table_rows(const Plan& plan, Resources& resources, std::uint64_t seed);

}  // namespace acidsim
