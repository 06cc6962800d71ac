#include "sim/data/given_partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "sim/core/error.hpp"
#include "sim/data/csv_rows.hpp"
#include "sim/data/text_table.hpp"
#include "sim/data/worker_table.hpp"

namespace acidsim {
namespace {

void check_owners(const RowsToGive& rows, std::size_t owners, const char* what) {
  if (owners != rows.workers)
    throw InputError("workers", fmt::format("are not as many as the {}", what),
                     fmt::format("{} workers, {} {}", rows.workers, owners, what), "one for each");
}

void check_everyone(const Partition& partition, const RowsToGive& rows, const std::string& place) {
  for (Worker i = 0; i < rows.workers; ++i)
    if (partition.rows[i].empty())
      throw InputError(place, "gives no training row to a worker", described_worker(i, rows.worker_names),
                       "at least one each; rows that are test rows do not count");
}

// `worker_of`: of each owner.
Partition divided(const RowsToGive& rows, const std::vector<Worker>& worker_of, const std::string& place) {
  Partition partition{.shared = false, .rows = std::vector<std::vector<std::uint32_t>>(rows.workers)};
  for (std::uint32_t sample = 0; sample < rows.samples; ++sample)
    partition.rows[worker_of[rows.origins.owners[sample]]].push_back(sample);
  check_everyone(partition, rows, place);
  return partition;
}

// The lines of a table of who owns what.
class OwnerTable {
 public:
  explicit OwnerTable(const std::string& path) : lines_(path, 0) {
    if (!lines_.next(header_))
      throw InputError(path, "is empty", "", "a header with the columns row and worker");
    row_ = column("row");
    worker_ = column("worker");
    const auto repeat = std::find(header_.fields.begin(), header_.fields.end(), "repeat");
    if (repeat != header_.fields.end()) repeat_ = static_cast<std::size_t>(repeat - header_.fields.begin());
  }

  bool next() {
    if (!lines_.next(line_)) return false;
    if (line_.fields.size() != header_.fields.size())
      throw InputError(line_.place, "has another number of columns than the header",
                       fmt::format("{}", line_.fields.size()), fmt::format("{}", header_.fields.size()));
    if (!repeat_) return true;
    const std::string& repeat = line_.fields[*repeat_];
    if (only_repeat_.value_or(repeat) != repeat)
      throw InputError(line_.place, "is of another repeat than the rows before", repeat,
                       "keep the rows of one repeat");
    only_repeat_ = repeat;
    return true;
  }
  const std::string& place() const { return line_.place; }
  const std::string& row() const { return line_.fields[row_]; }
  const std::string& worker() const { return line_.fields[worker_]; }

 private:
  std::size_t column(const std::string& name) const {
    const auto found = std::find(header_.fields.begin(), header_.fields.end(), name);
    if (found == header_.fields.end())
      throw InputError(header_.place, "has no column \"" + name + "\"", first_of(header_.fields),
                       "the header names the columns row and worker");
    return static_cast<std::size_t>(found - header_.fields.begin());
  }

  CsvRows lines_;
  CsvRow header_, line_;
  std::size_t row_ = 0, worker_ = 0;
  std::optional<std::size_t> repeat_;
  std::optional<std::string> only_repeat_;
};

std::uint32_t row_number(const OwnerTable& table, Index total) {
  const std::optional<double> number = parse_number(table.row());
  if (!number || !(*number >= 0 && *number < static_cast<double>(total)) ||
      *number != static_cast<std::uint32_t>(*number))
    throw InputError(table.place(), "is no row of the table", table.row(),
                     fmt::format("rows are 0 … {}", total - 1));
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

Partition partition_by_owner(const RowsToGive& rows) {
  const std::vector<std::string>& owners = rows.origins.owner_names;
  check_owners(rows, owners.size(), "values of the column");
  const WorkersByName workers(rows.workers, rows.worker_names);
  const bool by_name = std::any_of(owners.begin(), owners.end(),
                                   [&](const std::string& owner) { return workers.is_name(owner); });
  std::vector<Worker> worker_of;
  for (const std::string& owner : owners) {
    std::optional<Worker> worker = static_cast<Worker>(worker_of.size());
    if (!rows.worker_names.empty()) worker = workers.find(owner);
    if (!worker || (by_name && !workers.is_name(owner)))
      throw InputError("column", "holds a value that is no worker", owner, workers.hint());
    worker_of.push_back(*worker);
  }
  return divided(rows, worker_of, "column");
}

Partition partition_by_file(const RowsToGive& rows) {
  const std::size_t files = std::max<std::size_t>(1, rows.origins.owner_names.size());
  check_owners(rows, files, "files of the table");
  if (files == 1) {
    Partition all{.shared = false, .rows = std::vector<std::vector<std::uint32_t>>(1)};
    for (std::uint32_t sample = 0; sample < rows.samples; ++sample) all.rows[0].push_back(sample);
    return all;
  }
  std::vector<Worker> worker_of;
  for (Worker i = 0; i < rows.workers; ++i) worker_of.push_back(i);
  return divided(rows, worker_of, "scheme");
}

Partition partition_by_chapter(const RowsToGive& rows) {
  const std::size_t chapters = rows.origins.owner_names.size();
  if (chapters == 0)
    throw InputError("scheme", "needs chapters, and the data set has none", "", "the dataset text");
  if (chapters < rows.workers)
    throw InputError("workers", "are more than the chapters",
                     fmt::format("{} workers, {} chapters", rows.workers, chapters), "one for each at least");
  std::vector<Worker> worker_of;
  for (std::size_t k = 0; k < chapters; ++k)
    worker_of.push_back(static_cast<Worker>(k * rows.workers / chapters));
  return divided(rows, worker_of, "scheme");
}

Partition read_partition(const std::string& path, const RowsToGive& rows) {
  const Index total = rows.origins.total > 0 ? rows.origins.total : rows.samples;
  std::unordered_map<std::uint32_t, std::uint32_t> sample_of;
  for (std::uint32_t sample = 0; sample < rows.samples; ++sample)
    sample_of.emplace(rows.origins.row(sample), sample);
  const WorkersByName workers(rows.workers, rows.worker_names);
  Partition partition{.shared = false, .rows = std::vector<std::vector<std::uint32_t>>(rows.workers)};
  std::vector<bool> given(static_cast<std::size_t>(rows.samples), false);
  for (OwnerTable table(path); table.next();) {
    const std::optional<Worker> worker = workers.find(table.worker());
    if (!worker) throw InputError(table.place(), "names no worker", table.worker(), workers.hint());
    const auto sample = sample_of.find(row_number(table, total));
    if (sample == sample_of.end()) continue;
    if (given[sample->second])
      throw InputError(table.place(), "gives a row a second time", table.row(), "every row has one owner");
    given[sample->second] = true;
    partition.rows[*worker].push_back(sample->second);
  }
  const auto missing = static_cast<std::size_t>(std::find(given.begin(), given.end(), false) - given.begin());
  if (missing < given.size())
    throw InputError(path, "gives nobody a training row", fmt::format("row {}", rows.origins.row(missing)),
                     "a line for every row of the table, counted from 0");
  for (auto& own : partition.rows) std::sort(own.begin(), own.end());
  check_everyone(partition, rows, path);
  return partition;
}

}  // namespace acidsim
