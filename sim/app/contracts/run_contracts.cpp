#include "sim/app/contracts/run_contracts.hpp"

#include <fmt/format.h>
#include <stdlib.h>

#include <atomic>
#include <cmath>
#include <stdexcept>

namespace acidsim {
namespace {

// A folder that is there as long as this is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "acidsim-contract-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
    path = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path path;
};

Verdict finite_run(const Json& source) {
  ContractTrial trial(source);
  const RepeatResult result = trial.run();
  const Tally& counts = result.outcome.counts;
  if (result.outcome.reason != StopReason::time)
    return verdict(false,
                   fmt::format("it stopped at time {:g}: {}", result.outcome.time, result.outcome.detail));
  for (const RecordRow& row : result.records)
    for (const double value : row.metrics)
      if (!std::isfinite(value))
        return verdict(false, fmt::format("a metric is {} at time {:g}", value, row.time));
  return verdict(counts.gradients + counts.communications > 0,
                 fmt::format("{} gradients, {} communications, {} records", counts.gradients,
                             counts.communications, result.records.size()));
}

Verdict same_digest(const std::string& digest, const std::string& other) {
  return verdict(digest == other, fmt::format("digests {:.8} and {:.8}", digest, other));
}

Verdict same_again(const Json& source) {
  return same_digest(ContractTrial(source).run().state_digest, ContractTrial(source).run().state_digest);
}

Verdict same_recorded(const Json& source) {
  return same_digest(ContractTrial(source).run().state_digest,
                     ContractTrial(with_changes(source, {{"record.every", 0.1}})).run().state_digest);
}

Verdict same_on_threads(const Json& source) {
  RunControl control;
  control.execution = OpenMp{3, Sharing::always};
  return same_digest(ContractTrial(source).run().state_digest,
                     ContractTrial(source).run(control).state_digest);
}

// Interrupted once half of the events have happened, and taken up from its checkpoint.
Verdict same_resumed(const Json& source) {
  const Json saved = with_changes(source, {{"checkpoint.every", 1}});
  const TemporaryFolder folder;
  std::uint64_t events = 0;
  RunControl counted;
  counted.on_events = [&](std::span<const Event> piece, std::span<const double>) { events += piece.size(); };
  const std::string whole = ContractTrial(saved).run(counted).state_digest;
  std::uint64_t happened = 0;
  std::atomic<bool> interrupt = false;
  RunControl stopped;
  stopped.checkpoints.folder = folder.path / "checkpoint";
  stopped.checkpoints.description = saved.dump();
  stopped.interrupt = &interrupt;
  stopped.on_events = [&](std::span<const Event> piece, std::span<const double>) {
    happened += piece.size();
    interrupt = happened >= events / 2;
  };
  if (ContractTrial(saved).run(stopped).outcome.reason != StopReason::interrupted)
    return not_claimed("it was over before it could be interrupted");
  stopped.interrupt = nullptr;
  stopped.on_events = {};
  return same_digest(whole, ContractTrial(saved).run(stopped).state_digest);
}

}  // namespace

Json contract_source() {
  return Json::parse(R"({
    "name": "contract",
    "topology": {"family": "cycle", "workers": 16},
    "algorithm": {"name": "async_gossip"},
    "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 0.5, "heterogeneity": 1},
    "initial": {"kind": "normal"},
    "optimizer": {"learning_rate": 0.05},
    "stop": {"time": 10},
    "record": {"every": 1, "metrics": ["consensus_distance", "loss"]}
  })");
}

Json with_changes(Json source, const Json& changes) {
  for (const auto& [field, value] : changes.items()) {
    std::string pointer = "/" + field;
    for (char& letter : pointer)
      if (letter == '.') letter = '/';
    source[Json::json_pointer(pointer)] = value;
  }
  return source;
}

std::vector<Contract> run_contracts(const Json& source) {
  std::vector<Contract> contracts;
  for (const char* precision : {"double", "single"}) {
    const Json config = with_changes(source, {{"precision", precision}});
    const auto add = [&](const char* what, Verdict (*check)(const Json&)) {
      contracts.push_back({fmt::format("{} precision: {}", precision, what), [=] { return check(config); }});
    };
    add("runs, with finite values", finite_run);
    add("the same bits again", same_again);
    add("the same bits recorded more often", same_recorded);
    add("the same bits on three threads", same_on_threads);
    add("the same bits interrupted and resumed", same_resumed);
  }
  return contracts;
}

}  // namespace acidsim
