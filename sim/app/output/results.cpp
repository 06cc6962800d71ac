#include "sim/app/output/results.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "sim/app/output/files.hpp"
#include "sim/app/output/live_output.hpp"
#include "sim/experiment/table_rows.hpp"
#include "sim/system/digest.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {

namespace {

std::string csv_value(const Json& value) {
  return csv_text(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("model name"))
      if (const auto colon = line.find(": "); colon != std::string::npos) return line.substr(colon + 2);
  return "unknown";
}

std::string compiler_name() {
#ifdef __clang__
  return __VERSION__;
#else
  return "GCC " __VERSION__;
#endif
}

Json host_facts() {
  utsname system{};
  uname(&system);
  return {{"processor", processor_name()},
          {"hardware_threads", std::thread::hardware_concurrency()},
          {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)}};
}

Json topology_facts(const Network& network) {
  Json facts = {{"name", network.graph.name},
                {"workers", network.graph.workers},
                {"edges", network.edges.size()},
                {"rate_total", network.rate_total}};
  if (network.spectrum) {
    facts["chi_1"] = network.spectrum->chi_1;
    facts["chi_2"] = network.spectrum->chi_2;
    facts["method"] = network.spectrum->method;
    if (!network.spectrum->exact) {
      facts["chi_1_bounds"] = {network.spectrum->chi_1_bounds.low, network.spectrum->chi_1_bounds.high};
      facts["chi_2_bounds"] = {network.spectrum->chi_2_bounds.low, network.spectrum->chi_2_bounds.high};
    }
  } else {
    facts["chi_1"] = nullptr;
    facts["chi_2"] = nullptr;
    facts["no_chi"] = network.no_spectrum;
  }
  if (network.certificate)
    facts["certificate"] = {{"value", network.certificate->value},
                            {"uniform_value", network.certificate->uniform_value},
                            {"lower_bound", network.certificate->lower_bound}};
  if (network.changes()) facts["phases"] = network.phases.size();
  if (!network.graph.coordinates.empty()) facts["coordinates"] = network.graph.coordinates;
  if (!network.graph.worker_names.empty()) facts["worker_names"] = network.graph.worker_names;
  return facts;
}

Json repeat_facts(const Plan& plan, const RepeatResult& repeat) {
  const Outcome& outcome = repeat.outcome;
  const auto events = static_cast<double>(outcome.counts.gradients + outcome.counts.communications);
  Json facts = {{"seed", repeat.seed},
                {"gradients", outcome.counts.gradients},
                {"communications", outcome.counts.communications},
                {"rounds", outcome.counts.rounds},
                {"vectors_sent", outcome.counts.vectors_sent},
                {"bytes_sent", outcome.counts.bytes_sent},
                {"time", outcome.time},
                {"stop_reason", name_of(outcome.reason)},
                {"wall_seconds", outcome.wall_seconds},
                {"events_per_second", outcome.wall_seconds > 0 ? events / outcome.wall_seconds : 0.0},
                {"state_digest", repeat.state_digest}};
  if (outcome.counts.gradients > 0)
    facts["staleness"] = {{"mean", outcome.staleness.mean},
                          {"percentile_99", outcome.staleness.percentile_99},
                          {"maximum", outcome.staleness.maximum}};
  if (repeat.time_shares) {
    const Usage::Times& shares = *repeat.time_shares;
    facts["idle_share"] = idle_share(shares);
    for (std::size_t k = 0; k < shares.size(); ++k)
      facts["time_shares"][std::string(occupation_names[k])] = shares[k];
  }
  if (!outcome.detail.empty()) facts["detail"] = outcome.detail;
  if (!outcome.decision.empty()) facts["parallel"] = outcome.decision;
  for (const RankReport& rank : repeat.ranks)
    facts["ranks"].push_back({{"rank", rank.rank},
                              {"host", rank.host},
                              {"workers", rank.workers},
                              {"events", rank.gradients + rank.communications + rank.messages},
                              {"messages", rank.messages},
                              {"megabytes", 1e-6 * static_cast<double>(rank.bytes)},
                              {"compute_seconds", rank.seconds - rank.waiting - rank.observing},
                              {"wait_seconds", rank.waiting},
                              {"record_seconds", rank.observing}});
  if (repeat.live) facts["live"] = live_facts(*repeat.live);
  Json final_values = Json::object();
  const std::vector<std::string>& metrics = plan.experiment.record.metrics;
  if (!repeat.records.empty())
    for (std::size_t k = 0; k < metrics.size(); ++k)
      final_values[metrics[k]] = repeat.records.back().metrics[k];
  facts["final"] = final_values;
  return facts;
}

// With one repeat, its digest; with several, the SHA-256 of their digests' text, in order.
std::string joint_digest(const std::vector<RepeatResult>& repeats) {
  if (repeats.size() == 1) return repeats[0].state_digest;
  Digest digest;
  for (const RepeatResult& repeat : repeats) digest.add(std::as_bytes(std::span(repeat.state_digest)));
  return digest.hexadecimal();
}

std::string metrics_table(const FinishedCell& finished) {
  fmt::memory_buffer out;
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "run,repeat,time,gradients,communications");
  for (const std::string& metric : finished.plan.experiment.record.metrics) fmt::format_to(to, ",{}", metric);
  fmt::format_to(to, "\n");
  const std::string& cell = finished.cell.name;
  const std::string run = csv_text(cell.empty() ? finished.plan.experiment.name : cell);
  for (std::size_t r = 0; r < finished.repeats.size(); ++r)
    for (const RecordRow& row : finished.repeats[r].records) {
      fmt::format_to(to, "{},{},{},{},{}", run, r, row.time, row.gradients, row.communications);
      for (const double value : row.metrics) fmt::format_to(to, ",{}", value);
      fmt::format_to(to, "\n");
    }
  return fmt::to_string(out);
}

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

Json resolved(const Cell& cell, const Plan& plan) {
  Json config = cell.config;
  if (!plan.experiment.record.every) config["record"]["every"] = plan.record_every();
  return config;
}

void write_run(const std::filesystem::path& folder, const FinishedCell& finished,
               const std::filesystem::path& directory) {
  const Plan& plan = finished.plan;
  const std::vector<RepeatResult>& repeats = finished.repeats;
  Json constants = Json::object();
  if (plan.network->spectrum)
    constants = {{"chi_1", plan.network->spectrum->chi_1}, {"chi_2", plan.network->spectrum->chi_2}};
  for (const Parameter& parameter : plan.algorithm().parameters)
    if (parameter.automatic) constants[parameter.name] = plan.constants.number(parameter.name);
  Json run = {{"name", plan.experiment.name},
              {"run", finished.cell.name},
              {"seed", plan.experiment.seed},
              {"config", resolved(finished.cell, plan)},
              {"inputs", finished.inputs},
              {directory_key, std::filesystem::relative(std::filesystem::absolute(directory / "."),
                                                        std::filesystem::absolute(finished.place))
                                  .string()},
              {"automatic", plan.experiment.record.every ? Json::array() : Json{"record.every"}},
              {"topology", topology_facts(*plan.network)},
              {"dimension", repeats[0].dimension},
              {"constants", constants},
              {"repeats", Json::array()},
              {"state_digest", joint_digest(repeats)},
              {"backend", finished.backend},
              {"threads", finished.threads},
              {"version", ACIDSIM_VERSION},
              {"build", ACIDSIM_BUILD},
              {"compiler", compiler_name()},
              {"host", host_facts()}};
  if (!plan.notices.empty()) run["notices"] = plan.notices;
  for (const RepeatResult& repeat : repeats) run["repeats"].push_back(repeat_facts(plan, repeat));
  write_file(folder / "metrics.csv", metrics_table(finished));
  const NameColumns names(plan);
  if (plan.experiment.record.communication_counts) {
    join_parts(folder, communication_file, "repeat,i,j,rate,count" + names.header({"i_name", "j_name"}),
               finished);
    join_parts(folder, worker_file,
               "repeat,worker,gradient_rate,gradients,communications" + names.header({"name"}), finished);
  }
  if (repeats[0].time_shares)
    join_parts(folder, times_file, fmt::format("repeat,worker,{}", fmt::join(occupation_names, ",")),
               finished);
  if (plan.experiment.record.staleness)
    join_parts(folder, staleness_file, "repeat,staleness,gradients", finished);
  if (plan.experiment.record.train_rows)
    join_parts(folder, train_rows_file, "repeat,worker,row" + names.header({"name"}), finished);
  write_file(folder / "run.json", run.dump(1) + "\n");
}

void write_sweep(const std::filesystem::path& folder, const Configuration& configuration) {
  Json sweep = {{"name", configuration.name},
                {"fields", configuration.fields},
                {"cells", Json::array()},
                {"config", configuration.source}};
  for (const Cell& cell : configuration.cells) {
    Json values = Json::object();
    for (const auto& [field, value] : cell.values) values[field] = value;
    sweep["cells"].push_back({{"cell", cell.name}, {"values", values}});
  }
  write_file(folder / "sweep.json", sweep.dump(1) + "\n");
}

void write_sweep_metrics(const std::filesystem::path& folder, const Configuration& configuration) {
  // Cells may record different metrics: the columns are their union, in order of first appearance.
  std::vector<std::string> metrics;
  for (const Cell& cell : configuration.cells)
    for (const Json& metric : cell.config["record"]["metrics"])
      if (const auto name = metric.get<std::string>();
          std::find(metrics.begin(), metrics.end(), name) == metrics.end())
        metrics.push_back(name);
  std::string table = "run,repeat,time,gradients,communications";
  for (const std::string& metric : metrics) table += "," + metric;
  for (const std::string& field : configuration.fields) table += "," + csv_text(field);
  table += "\n";
  for (const Cell& cell : configuration.cells) {
    const Json& own = cell.config["record"]["metrics"];
    std::vector<std::size_t> column(metrics.size(), own.size());
    for (std::size_t m = 0; m < metrics.size(); ++m)
      for (std::size_t k = 0; k < own.size(); ++k)
        if (own[k] == metrics[m]) column[m] = k;
    std::ifstream in(folder / cell.name / "metrics.csv");
    std::string line;
    std::getline(in, line);
    const std::string run = csv_text(cell.name);
    while (std::getline(in, line)) {
      std::vector<std::string> values;
      std::istringstream rest(line.substr(run.size() + 1));
      for (std::string value; std::getline(rest, value, ',');) values.push_back(value);
      table += run;
      for (std::size_t k = 0; k < 4; ++k) table += "," + values.at(k);
      for (const std::size_t c : column) table += c < own.size() ? "," + values.at(4 + c) : ",";
      for (const auto& [field, value] : cell.values) table += "," + csv_value(value);
      table += "\n";
    }
  }
  write_file(folder / "metrics.csv", table);
}

namespace {

Json finished_run(const std::filesystem::path& folder) {
  std::ifstream in(folder / "run.json");
  return in ? Json::parse(in, nullptr, false) : Json(nullptr);
}

}  // namespace

bool finished_live(const std::filesystem::path& folder) {
  const Json run = finished_run(folder);
  return run.is_object() && run.contains("backend") && run["backend"] == "live";
}

double finished_cadence(const std::filesystem::path& folder) {
  return finished_run(folder).at("config").at("record").at("every").get<double>();
}

Json finished_description(const std::filesystem::path& folder) {
  const Json run = finished_run(folder);
  if (!run.is_object() || !run.contains("config")) return nullptr;
  Json config = run["config"];
  for (const Json& field : run.value("automatic", Json::array()))
    if (field == "record.every") config["record"]["every"] = "auto";
  if (run.contains("inputs")) config["inputs"] = run["inputs"];
  return config;
}

}  // namespace acidsim
