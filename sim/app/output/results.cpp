#include "sim/app/output/results.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <thread>

#include "sim/app/output/files.hpp"
#include "sim/app/output/live_output.hpp"
#include "sim/app/output/row_tables.hpp"
#include "sim/system/digest.hpp"
#include "sim/system/durable_file.hpp"
#include "sim/torch/torch_plugin.hpp"

namespace acidsim {

namespace {

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
  if (plan.experiment.timing.messages.any() || outcome.counts.messages_lost > 0 ||
      outcome.counts.messages_repeated > 0) {
    facts["messages_lost"] = outcome.counts.messages_lost;
    facts["messages_repeated"] = outcome.counts.messages_repeated;
  }
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
  if (repeat.flights)
    facts["in_flight"] = {{"messages", repeat.flights->messages},
                          {"link_utilisation", repeat.flights->utilisation}};
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

// The trials of a tuning, a row each.
std::string tuning_table(const Json& tuning) {
  std::string table = "field,value,repeat,outcome,measured,good\n";
  for (const Json& trial : tuning.at("trials"))
    table += fmt::format("{},{},{},{},{},{}\n", csv_text(trial.at("field").get<std::string>()),
                         trial.at("value").dump(), trial.at("repeat").dump(),
                         trial.at("outcome").get<std::string>(),
                         trial.at("measured").is_null() ? "" : trial.at("measured").dump(),
                         trial.at("good").get<bool>() ? 1 : 0);
  return table;
}

}  // namespace

Json resolved(const Cell& cell, const Plan& plan) {
  Json config = cell.config;
  if (!plan.experiment.record.every) config["record"]["every"] = plan.record_every();
  if (config["repeats"].is_object()) config["repeats"] = plan.experiment.repeats;
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
              {"address", finished.cell.address},
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
  if (uses_torch(plan.experiment.objective.name))
    for (const auto& [name, value] : torch_facts()) run["libraries"][name] = value;
  if (!plan.notices.empty()) run["notices"] = plan.notices;
  if (!finished.cell.tuning.is_null()) {
    run["tuning"] = finished.cell.tuning;
    write_file(folder / "tuning.csv", tuning_table(finished.cell.tuning));
  }
  if (!finished.repeating.is_null()) run["repeating"] = finished.repeating;
  for (const RepeatResult& repeat : repeats) run["repeats"].push_back(repeat_facts(plan, repeat));
  write_file(folder / "metrics.csv", metrics_table(finished));
  join_row_tables(folder, finished);
  write_file(folder / "run.json", run.dump(1) + "\n");
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
  if (run.contains("tuning")) config["tune"] = run["tuning"]["tune"];
  return config;
}

Json finished_tuning(const std::filesystem::path& folder) {
  return finished_run(folder).value("tuning", Json());
}

std::vector<double> finished_finals(const std::filesystem::path& folder, const std::string& metric) {
  const Json run = finished_run(folder);
  std::vector<double> finals;
  for (const Json& repeat : run.at("repeats")) {
    const Json value = repeat.value("final", Json::object()).value(metric, Json());
    const bool counts = value.is_number() && repeat.value("stop_reason", "") != "diverged";
    finals.push_back(counts ? value.get<double>() : std::numeric_limits<double>::quiet_NaN());
  }
  return finals;
}

}  // namespace acidsim
