#include "sim/app/output/finished_repeats.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "sim/app/registry/field.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

InputError damaged(const std::filesystem::path& file, const std::string& problem) {
  return InputError(file.string(), problem, "", "choose another --out or remove it; nothing was written");
}

RepeatResult repeat_of(const Json& facts, const Json& run) {
  RepeatResult result;
  Outcome& outcome = result.outcome;
  facts.at("seed").get_to(result.seed);
  facts.at("gradients").get_to(outcome.counts.gradients);
  facts.at("communications").get_to(outcome.counts.communications);
  facts.at("rounds").get_to(outcome.counts.rounds);
  facts.at("vectors_sent").get_to(outcome.counts.vectors_sent);
  facts.at("bytes_sent").get_to(outcome.counts.bytes_sent);
  outcome.counts.messages_lost = facts.value("messages_lost", std::uint64_t{0});
  outcome.counts.messages_repeated = facts.value("messages_repeated", std::uint64_t{0});
  if (const auto found = facts.find("staleness"); found != facts.end()) {
    found->at("mean").get_to(outcome.staleness.mean);
    found->at("percentile_99").get_to(outcome.staleness.percentile_99);
    found->at("maximum").get_to(outcome.staleness.maximum);
  }
  if (const auto found = facts.find("time_shares"); found != facts.end()) {
    Usage::Times& shares = result.time_shares.emplace();
    for (std::size_t k = 0; k < shares.size(); ++k)
      found->at(std::string(occupation_names[k])).get_to(shares[k]);
  }
  if (const auto found = facts.find("in_flight"); found != facts.end())
    result.flights = {found->at("messages").get<double>(), found->at("link_utilisation").get<double>()};
  facts.at("time").get_to(outcome.time);
  facts.at("wall_seconds").get_to(outcome.wall_seconds);
  facts.at("state_digest").get_to(result.state_digest);
  outcome.events = outcome.counts.gradients + outcome.counts.communications;
  outcome.reason = stop_reason_named(facts.at("stop_reason").get<std::string>()).value();
  outcome.detail = facts.value("detail", "");
  outcome.decision = facts.value("parallel", "");
  run.at("dimension").get_to(result.dimension);
  return result;
}

// The fields of a line whose first one, the run's name, may be quoted and hold commas.
std::vector<std::string> fields_of_line(const std::string& line) {
  std::size_t begin = 0;
  if (line.starts_with('"'))
    while ((begin = line.find('"', begin + 1)) != std::string::npos && line[begin + 1] == '"') ++begin;
  std::vector<std::string> fields = {line.substr(0, line.find(',', begin))};
  std::istringstream rest(line.substr(std::min(line.size(), fields[0].size() + 1)));
  for (std::string field; std::getline(rest, field, ',');) fields.push_back(field);
  return fields;
}

// std::stod would refuse numbers that are near 0.
double number(const std::string& field) {
  double value = 0;
  const char* const end = field.data() + field.size();
  if (const auto [last, error] = std::from_chars(field.data(), end, value);
      error != std::errc() || last != end)
    throw std::invalid_argument("not a number");
  return value;
}

void read_records(std::istream& in, const std::vector<std::string>& metrics,
                  std::vector<RepeatResult>& repeats) {
  std::string line;
  std::getline(in, line);
  const std::vector<std::string> header = fields_of_line(line);
  if (header.size() != 5 + metrics.size() || !std::equal(metrics.begin(), metrics.end(), header.begin() + 5))
    throw std::invalid_argument("other columns");
  while (std::getline(in, line)) {
    const std::vector<std::string> fields = fields_of_line(line);
    if (fields.size() != header.size()) throw std::invalid_argument("a line is cut short");
    RecordRow row{number(fields[2]), std::stoull(fields[3]), std::stoull(fields[4]), {}};
    for (std::size_t k = 5; k < fields.size(); ++k) row.metrics.push_back(number(fields[k]));
    repeats.at(std::stoull(fields[1])).records.push_back(std::move(row));
  }
}

}  // namespace

std::vector<RepeatResult> read_finished_repeats(const std::filesystem::path& folder,
                                                const std::vector<std::string>& metrics) {
  std::vector<RepeatResult> repeats;
  try {
    std::ifstream in(folder / "run.json");
    const Json run = Json::parse(in);
    for (const Json& facts : run.at("repeats")) repeats.push_back(repeat_of(facts, run));
  } catch (const std::exception&) {
    throw damaged(folder / "run.json", "is not what a finished run writes");
  }
  try {
    std::ifstream table(folder / "metrics.csv");
    read_records(table, metrics, repeats);
  } catch (const std::exception&) {
    throw damaged(folder / "metrics.csv", "does not belong to the run.json beside it");
  }
  return repeats;
}

}  // namespace acidsim
