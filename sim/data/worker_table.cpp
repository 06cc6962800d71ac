#include "sim/data/worker_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/data/csv_rows.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

struct RateColumns {
  std::size_t worker = 0, rate = 1, columns = 2;
};

// Of the header; nothing where the first line is a row. Throws InputError for any other line.
std::optional<RateColumns> columns_of(const CsvRow& first) {
  const auto position = [&](const char* name) {
    return static_cast<std::size_t>(std::find(first.fields.begin(), first.fields.end(), name) -
                                    first.fields.begin());
  };
  const std::size_t columns = first.fields.size();
  const RateColumns named{position("worker"), position("rate"), columns};
  if (named.worker < columns && named.rate < columns) return named;
  if (columns == 2 && parse_number(first.fields[1])) return std::nullopt;
  throw InputError(first.place, "is neither a header nor a worker with its rate", first_of(first.fields),
                   "a header with the columns worker and rate, or two columns");
}

}  // namespace

WorkersByName::WorkersByName(Worker workers, std::span<const std::string> names)
    : workers_(workers), names_(names) {
  for (Worker i = 0; i < names.size(); ++i) numbers_.emplace(names[i], i);
}

std::optional<Worker> WorkersByName::find(const std::string& text) const {
  if (const auto named = numbers_.find(text); named != numbers_.end()) return named->second;
  const std::optional<double> number = parse_number(text);
  if (!number || !(*number >= 0 && *number < workers_) || *number != std::floor(*number)) return std::nullopt;
  return static_cast<Worker>(*number);
}

std::string WorkersByName::hint() const {
  const std::string range = fmt::format("workers are 0 … {}", workers_ - 1);
  return names_.empty() ? range : range + ", or " + first_of({names_.begin(), names_.end()});
}

std::string described_worker(Worker worker, std::span<const std::string> names) {
  return names.empty() ? fmt::format("worker {}", worker)
                       : fmt::format("worker {}, \"{}\"", worker, names[worker]);
}

std::vector<double> read_worker_rates(const std::string& path, Worker workers,
                                      std::span<const std::string> names) {
  CsvRows table(path, 0);
  CsvRow row;
  if (!table.next(row)) throw InputError(path, "is empty", "", "a line for each worker: worker,rate");
  const std::optional<RateColumns> header = columns_of(row);
  const RateColumns columns = header.value_or(RateColumns{});
  const WorkersByName known(workers, names);
  std::vector<std::optional<double>> rates(workers);
  DecimalMark decimal(table.delimiter());
  for (bool more = !header || table.next(row); more; more = table.next(row)) {
    if (row.fields.size() != columns.columns)
      throw InputError(row.place, "has another number of columns than the first line",
                       fmt::format("{}", row.fields.size()), fmt::format("{} columns", columns.columns));
    const std::optional<Worker> worker = known.find(row.fields[columns.worker]);
    if (!worker) throw InputError(row.place, "names no worker", row.fields[columns.worker], known.hint());
    std::string& field = row.fields[columns.rate];
    decimal.to_point(field, row.place);
    const double rate = finite_number<double>(field, row.place, "the rate");
    if (rate < 0) throw InputError(row.place, "the rate is negative", field, "0 = never");
    if (rates[*worker])
      throw InputError(row.place, "gives a second rate to a worker", described_worker(*worker, names),
                       "keep one");
    rates[*worker] = rate;
  }
  std::vector<double> all;
  for (Worker i = 0; i < workers; ++i) {
    if (!rates[i])
      throw InputError(path, "gives no rate to a worker", described_worker(i, names),
                       "a line for each worker");
    all.push_back(*rates[i]);
  }
  return all;
}

}  // namespace acidsim
