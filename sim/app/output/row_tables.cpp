#include "sim/app/output/row_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "sim/app/output/files.hpp"
#include "sim/experiment/table_rows.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {
namespace {

std::filesystem::path part_of(const std::filesystem::path& folder, const char* name, std::size_t repeat) {
  return folder / fmt::format(".{}.{}", name, repeat);
}

// A file of rows that are formatted into a buffer; nothing larger is ever in memory.
class RowFile {
 public:
  explicit RowFile(const std::filesystem::path& file) : file_(file), out_(file, std::ios::binary) {}

  template <class... Values>
  void row(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(rows_), format, std::forward<Values>(values)...);
    if (rows_.size() > 1 << 16) flush();
  }
  // Throws std::runtime_error where something could not be written.
  void close() {
    flush();
    out_.close();
    if (!out_) refuse_to_write(file_);
  }

 private:
  void flush() {
    out_.write(rows_.data(), static_cast<std::streamsize>(rows_.size()));
    rows_.clear();
  }

  std::filesystem::path file_;
  std::ofstream out_;
  fmt::memory_buffer rows_;
};

// The names that a graph's file gives its workers, as further columns of a table.
class NameColumns {
 public:
  explicit NameColumns(const Plan& plan) : names_(plan.network->graph.worker_names) {}
  std::string header(std::initializer_list<const char*> columns) const {
    std::string text;
    if (!names_.empty())
      for (const char* column : columns) text += fmt::format(",{}", column);
    return text;
  }
  std::string of(std::initializer_list<Worker> workers) const {
    std::string text;
    if (!names_.empty())
      for (const Worker worker : workers) text += "," + csv_text(names_[worker]);
    return text;
  }

 private:
  const std::vector<std::string>& names_;
};

void write_communications(RowFile out, const Plan& plan, int repeat, const Counts& counts) {
  const EdgeTable& edges = plan.network->edges;
  const NameColumns names(plan);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const Edge edge = edges[e];
    out.row("{},{},{},{},{}{}\n", repeat, edge.i, edge.j, edge.rate, counts.edge_communications[e],
            names.of({edge.i, edge.j}));
  }
  out.close();
}

void write_workers(RowFile out, const Plan& plan, int repeat, const RepeatResult& result) {
  const Counts& counts = result.outcome.counts;
  std::vector<std::uint64_t> communications(plan.workers(), 0);
  const EdgeTable& edges = plan.network->edges;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    communications[edges[e].i] += counts.edge_communications[e];
    communications[edges[e].j] += counts.edge_communications[e];
  }
  const std::vector<double> rates = plan.gradient_rates(result.seed);
  const NameColumns names(plan);
  for (Worker i = 0; i < plan.workers(); ++i)
    out.row("{},{},{},{},{}{}\n", repeat, i, rates[i],
            counts.worker_gradients.empty() ? 0 : counts.worker_gradients[i], communications[i],
            names.of({i}));
  out.close();
}

void write_train_rows(RowFile out, const Plan& plan, int repeat, const TableRows& rows) {
  const NameColumns names(plan);
  if (rows.partition.shared)
    for (std::size_t sample = 0; sample < static_cast<std::size_t>(rows.samples); ++sample)
      out.row("{},all,{}{}\n", repeat, rows.train.row(sample), names.header({""}));
  for (Worker i = 0; i < rows.partition.rows.size(); ++i)
    for (const std::uint32_t sample : rows.partition.rows[i])
      out.row("{},{},{}{}\n", repeat, i, rows.train.row(sample), names.of({i}));
  out.close();
}

// One table from its repeats' parts, which are taken away; after the rows of the repeats that were kept.
void join_parts(const std::filesystem::path& folder, const char* name, const std::string& header,
                const FinishedCell& finished) {
  const std::filesystem::path file = folder / name;
  std::ofstream out(file, std::ios::binary);
  out << header << "\n";
  if (finished.kept > 0) {
    std::ifstream in(finished.place / name, std::ios::binary);
    std::string same;
    if (!std::getline(in, same) || same != header)
      throw std::runtime_error(
          fmt::format("{}: is not the table of a finished run", (finished.place / name).string()));
    if (in.peek() != std::ifstream::traits_type::eof()) out << in.rdbuf();
  }
  for (std::size_t r = finished.kept; r < finished.repeats.size(); ++r) {
    const std::filesystem::path part = part_of(folder, name, r);
    if (std::ifstream in(part, std::ios::binary); in && in.peek() != std::ifstream::traits_type::eof())
      out << in.rdbuf();
    std::filesystem::remove(part);
  }
  out.close();
  if (!out) refuse_to_write(file);
}

}  // namespace

void write_counts(const std::filesystem::path& folder, const Plan& plan, int repeat,
                  const RepeatResult& result) {
  const auto r = static_cast<std::size_t>(repeat);
  write_communications(RowFile(part_of(folder, communication_file, r)), plan, repeat, result.outcome.counts);
  write_workers(RowFile(part_of(folder, worker_file, r)), plan, repeat, result);
}

void write_worker_times(const std::filesystem::path& folder, int repeat, const RepeatResult& result) {
  if (!result.time_shares) return;
  RowFile out(part_of(folder, times_file, static_cast<std::size_t>(repeat)));
  for (std::size_t worker = 0; worker < result.worker_times.size(); ++worker)
    out.row("{},{},{}\n", repeat, worker, fmt::join(result.worker_times[worker], ","));
  out.close();
}

void write_staleness(const std::filesystem::path& folder, int repeat, const Counts& counts) {
  RowFile out(part_of(folder, staleness_file, static_cast<std::size_t>(repeat)));
  for (const auto& [staleness, gradients] : counts.staleness.histogram(counts.gradients))
    out.row("{},{},{}\n", repeat, staleness, gradients);
  out.close();
}

void write_rows(const std::filesystem::path& folder, const Plan& plan, Resources& resources, int repeat,
                std::uint64_t seed) {
  const RecordSettings& record = plan.experiment.record;
  if (!record.train_rows && !record.test_rows) return;
  const TableRows rows = table_rows(plan, resources, seed);
  if (record.train_rows)
    write_train_rows(RowFile(part_of(folder, train_rows_file, static_cast<std::size_t>(repeat))), plan,
                     repeat, rows);
  if (!record.test_rows || repeat > 0) return;  // they are the same in all repeats
  RowFile out(folder / test_rows_file);
  out.row("row\n");
  for (const std::uint32_t row : rows.test) out.row("{}\n", row);
  out.close();
}

void join_row_tables(const std::filesystem::path& folder, const FinishedCell& finished) {
  const Plan& plan = finished.plan;
  const NameColumns names(plan);
  if (plan.experiment.record.communication_counts) {
    join_parts(folder, communication_file, "repeat,i,j,rate,count" + names.header({"i_name", "j_name"}),
               finished);
    join_parts(folder, worker_file,
               "repeat,worker,gradient_rate,gradients,communications" + names.header({"name"}), finished);
  }
  if (finished.repeats[0].time_shares)
    join_parts(folder, times_file, fmt::format("repeat,worker,{}", fmt::join(occupation_names, ",")),
               finished);
  if (plan.experiment.record.staleness)
    join_parts(folder, staleness_file, "repeat,staleness,gradients", finished);
  if (plan.experiment.record.train_rows)
    join_parts(folder, train_rows_file, "repeat,worker,row" + names.header({"name"}), finished);
}

}  // namespace acidsim
