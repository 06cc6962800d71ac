#include "sim/data/measured_durations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/data/csv_rows.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

// Which columns of a table say what; `columns` where there is no such column.
struct DurationColumns {
  std::size_t columns, worker, duration, kind, wall;

  explicit DurationColumns(const CsvRow& first) : columns(first.fields.size()) {
    const auto position = [&](const char* name) {
      return static_cast<std::size_t>(std::find(first.fields.begin(), first.fields.end(), name) -
                                      first.fields.begin());
    };
    worker = position("worker");
    duration = position("duration");
    kind = position("kind");
    wall = position("wall");
  }
  bool has(std::size_t column) const { return column < columns; }
  bool is_trace() const { return has(worker) && has(kind) && has(wall); }
};

class DurationTable {
 public:
  DurationTable(const std::string& path, Worker workers, std::span<const std::string> names)
      : path_(path),
        names_(names),
        table_(path, 0),
        known_(workers, names),
        decimal_(table_.delimiter()),
        lists_(workers),
        begun_(workers) {}

  std::vector<std::vector<double>> read() {
    CsvRow row;
    if (!table_.next(row)) throw InputError(path_, "is empty", "", "a line for each duration");
    const DurationColumns columns(row);
    const bool bare = columns.columns == 1 && parse_number(row.fields[0]).has_value();
    if (!bare && !columns.is_trace() && !columns.has(columns.duration))
      throw InputError(row.place, "is no header of durations", first_of(row.fields),
                       "the columns worker and duration, duration alone, or the trace of a live run");
    for (bool more = bare || table_.next(row); more; more = table_.next(row)) {
      if (row.fields.size() != columns.columns)
        throw InputError(row.place, "has another number of columns than the first line",
                         fmt::format("{}", row.fields.size()), fmt::format("{} columns", columns.columns));
      if (bare)
        add(0, number(row, 0), row.place);
      else if (columns.is_trace())
        take_step(row, columns);
      else
        add(columns.has(columns.worker) ? worker_of(row, columns.worker) : 0, number(row, columns.duration),
            row.place);
    }
    if (bare || !columns.has(columns.worker)) lists_.resize(1);
    for (Worker worker = 0; worker < lists_.size(); ++worker)
      if (lists_[worker].empty())
        throw InputError(path_, "gives no duration to a worker",
                         lists_.size() == 1 ? "" : described_worker(worker, names_), "at least one for each");
    return std::move(lists_);
  }

 private:
  Worker worker_of(const CsvRow& row, std::size_t column) const {
    const std::optional<Worker> worker = known_.find(row.fields[column]);
    if (!worker) throw InputError(row.place, "names no worker", row.fields[column], known_.hint());
    return *worker;
  }
  double number(CsvRow& row, std::size_t column) {
    decimal_.to_point(row.fields[column], row.place);
    return finite_number<double>(row.fields[column], row.place, "the duration");
  }
  void add(Worker worker, double duration, const std::string& place) {
    if (!(duration > 0))
      throw InputError(place, "a duration is not positive", fmt::format("{:g}", duration),
                       "positive numbers");
    lists_[worker].push_back(duration);
  }
  // Of a trace: a step ends what the worker's last read began.
  void take_step(CsvRow& row, const DurationColumns& columns) {
    const std::string& kind = row.fields[columns.kind];
    if (kind != "read" && kind != "step") return;
    const Worker worker = worker_of(row, columns.worker);
    const double wall = number(row, columns.wall);
    if (kind == "read") {
      begun_[worker] = wall;
    } else {
      if (!begun_[worker])
        throw InputError(row.place, "a step without a read before", row.fields[columns.worker]);
      add(worker, wall - *begun_[worker], row.place);
      begun_[worker].reset();
    }
  }

  const std::string& path_;
  std::span<const std::string> names_;
  CsvRows table_;
  WorkersByName known_;
  DecimalMark decimal_;
  std::vector<std::vector<double>> lists_;
  std::vector<std::optional<double>> begun_;  // when the worker's gradient under way was read
};

}  // namespace

std::vector<std::vector<double>> read_durations(const std::string& path, Worker workers,
                                                std::span<const std::string> names) {
  return DurationTable(path, workers, names).read();
}

}  // namespace acidsim
