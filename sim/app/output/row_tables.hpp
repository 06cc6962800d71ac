// Tables of a result folder with a row for each edge, worker, staleness or row of data, repeat by repeat.
#pragma once

#include "sim/app/output/finished_cell.hpp"

namespace acidsim {

// The tables of one repeat's counts, for communication_counts.csv and worker_counts.csv; kept beside the
// others' until join_row_tables() puts them together. They are written as soon as the repeat is done, so that its
// counts need not be kept.
void write_counts(const std::filesystem::path& folder, const Plan& plan, int repeat,
                  const RepeatResult& result);
// The same for worker_times.csv, where workers wait for something.
void write_worker_times(const std::filesystem::path& folder, int repeat, const RepeatResult& result);
// The same for staleness.csv.
void write_staleness(const std::filesystem::path& folder, int repeat, const Counts& counts);

// The same for train_rows.csv and test_rows.csv, where they are asked for.
void write_rows(const std::filesystem::path& folder, const Plan& plan, Resources& resources, int repeat,
                std::uint64_t seed);

// One table of each kind that the experiment asks for, from the repeats' own, which are taken away.
void join_row_tables(const std::filesystem::path& folder, const FinishedCell& finished);

}  // namespace acidsim
