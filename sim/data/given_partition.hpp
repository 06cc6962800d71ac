// Partitions that the user gives: who owns a row stands in a table.
#pragma once

#include <span>
#include <string>

#include "sim/core/dataset.hpp"

namespace acidsim {

// The training rows to divide, and among whom.
struct RowsToGive {
  Index samples;
  const RowOrigins& origins;
  Worker workers;
  std::span<const std::string> worker_names;  // empty, or one per worker
};

// Every row goes to the worker that its owner's name is: a worker's name or, where no owner has one, its number;
// without names in the graph the owners, in order, are the workers. As many owners as workers are needed.
Partition partition_by_owner(const RowsToGive& rows);

// File k of the table belongs to worker k.
Partition partition_by_file(const RowsToGive& rows);

// Consecutive chapters go to each worker, in order and as many to each as can be (± 1): of a text, or the files of a
// table. There must be at least one for everyone.
Partition partition_by_chapter(const RowsToGive& rows);

// From a CSV file with the columns `row` (of the table, from 0) and `worker` (name or number), as train_rows.csv
// of a run has them. It must name every training row once; other rows of the table may stand there too.
Partition read_partition(const std::string& path, const RowsToGive& rows);

}  // namespace acidsim
