// Every shipped experiment, shortened, against stored values. Counts are equal in every build. Final metrics
// agree between builds to rounding. Digests are those of portable builds, which promise them, and are
// compared where the program is one. To store new values after a change that is meant
// (golden/README.md says more):
//     ACIDSIM_REWRITE_GOLDEN=1 build/dev/test_golden && git diff tests/golden/golden.json
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

const fs::path experiments = fs::path(ACIDSIM_SOURCE_DIR) / "experiments";
const fs::path golden_file = fs::path(ACIDSIM_SOURCE_DIR) / "tests/golden/golden.json";

// CIFAR-10 is on few machines: tests/app/networks_test.cpp runs these on a set that is made on the spot.
bool needs_cifar(const fs::path& file) { return file.filename().string().starts_with("cifar10"); }

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(experiments))
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json" &&
        !needs_cifar(entry.path()))
      names.push_back(fs::relative(entry.path(), experiments).replace_extension().string());
  std::sort(names.begin(), names.end());
  return names;
}

// The sweep without the fields that say how long a run is.
Json without_lengths(const Json& sweep) {
  Json result = Json::object();
  for (const auto& [key, values] : sweep.items()) {
    std::vector<std::string> kept;
    std::vector<std::size_t> positions;
    std::istringstream fields(key);
    std::size_t position = 0;
    for (std::string field; fields >> field; ++position) {
      if (field.ends_with(',')) field.pop_back();
      if (field == "stop.time" || field == "record.every" || field == "repeats") continue;
      kept.push_back(field);
      positions.push_back(position);
    }
    if (positions.size() == position) {
      result[key] = values;
      continue;
    }
    std::string joined;
    for (const std::string& field : kept) joined += (joined.empty() ? "" : ", ") + field;
    for (const Json& value : values) {
      Json row = Json::array();
      for (const std::size_t p : positions) row.push_back(value[p]);
      result[joined].push_back(row.size() == 1 ? row[0] : row);
    }
  }
  return result;
}

// Three units of time of one repeat; of a large data set, a few rows; small networks.
std::vector<std::string> shortening(const Json& source) {
  std::vector<std::string> settings;
  if (source.contains("sweep")) settings.push_back("sweep=" + without_lengths(source["sweep"]).dump());
  settings.insert(settings.end(), {"repeats=1", "stop.time=3", "record.every=1"});
  if (source.dump().find("fashion_mnist") != std::string::npos)
    settings.push_back("objective.data.limit=3000");
  // Networks and their evaluation cost the most.
  const std::string objective = source.value("/objective/name"_json_pointer, "");
  if (objective == "mlp" || objective == "lenet" || objective == "network")
    settings.insert(settings.end(),
                    {"objective.batch_size=2", "record.train_rows=50", "record.test_rows=50"});
  return settings;
}

bool portable(const nlohmann::json& run) {
  return run["build"].get<std::string>().find("portable") != std::string::npos;
}

double nine_digits(double value) { return std::stod(fmt::format("{:.9g}", value)); }

// What is stored of one run. The metrics are those of the last record.
Json facts(const fs::path& folder) {
  const auto run = read_results(folder / "run.json");
  const auto& repeat = run["repeats"][0];
  const Table table = read_table(folder / "metrics.csv");
  Json metrics = Json::object();
  for (const auto& name : run["config"]["record"]["metrics"])
    metrics[name.get<std::string>()] = nine_digits(table.number(table.rows.size() - 1, name));
  Json stored = {{"workers", run["topology"]["workers"]},
                 {"edges", run["topology"]["edges"]},
                 {"dimension", run["dimension"]},
                 {"precision", run["config"]["precision"]},
                 {"gradients", repeat["gradients"]},
                 {"communications", repeat["communications"]},
                 {"stop_reason", repeat["stop_reason"]},
                 {"records", table.rows.size()},
                 {"metrics", metrics}};
  if (portable(run)) stored["portable_digest"] = run["state_digest"];
  return stored;
}

// `stored` is what another build may have written: its metrics differ by rounding, and it may know a digest
// that this build has no part in.
void expect_same(const Json& run, Json stored, const std::string& name) {
  // Double: χ1, χ2 and minimisers come from solvers that end within 1e-9 of them or so; -march=native and
  // portable differ by 2e-8 at most. Single: some five steps of every worker, each with a few roundings of
  // 6e-8.
  const double tolerance = run["precision"] == "single" ? 1e-4 : 1e-6;
  for (const auto& [metric, value] : run["metrics"].items()) {
    ASSERT_TRUE(stored["metrics"].contains(metric)) << name << ": " << metric;
    const double expected = stored["metrics"][metric];
    EXPECT_NEAR(value.get<double>(), expected, tolerance * std::abs(expected)) << name << ": " << metric;
  }
  stored["metrics"] = run["metrics"];
  if (!run.contains("portable_digest")) stored.erase("portable_digest");
  EXPECT_EQ(run, stored) << name << ": got " << run.dump(1);
}

class Golden : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Shipped, Golden, ::testing::ValuesIn(shipped()), [](const auto& test) {
  std::string name = test.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

TEST_P(Golden, RunsAsStored) {
  const fs::path file = experiments / (GetParam() + ".json");
  const Json source = read_json(file);
  if (source.dump().find("fashion_mnist") != std::string::npos &&
      !fs::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
  const Scratch scratch;
  std::vector<std::string> arguments = {"run", file.string(), "--out", "out", "--quiet"};
  for (const std::string& setting : shortening(source)) arguments.insert(arguments.end(), {"--set", setting});
  succeed(scratch, arguments);

  Json runs = Json::object();
  if (fs::exists(scratch / "out/sweep.json")) {
    const auto sweep = read_results(scratch / "out/sweep.json");
    for (const auto& cell : sweep["cells"]) {
      const std::string name = cell["cell"];
      runs[name] = facts(scratch / "out" / name);
    }
  } else {
    runs["run"] = facts(scratch / "out");
  }
  Json golden = fs::exists(golden_file) ? read_json(golden_file) : Json::object();
  if (std::getenv("ACIDSIM_REWRITE_GOLDEN") != nullptr) {
    // Another build keeps the digests of runs that it finds unchanged otherwise, and drops the others.
    for (auto& [name, run] : runs.items()) {
      if (run.contains("portable_digest") || !golden.contains(GetParam())) continue;
      Json stored = golden[GetParam()].value(name, Json::object());
      const Json digest = stored.value("portable_digest", Json());
      stored.erase("portable_digest");
      if (stored == run) run["portable_digest"] = digest;
    }
    golden[GetParam()] = runs;
    std::ofstream(golden_file) << golden.dump(1) << "\n";
    return;
  }
  ASSERT_TRUE(golden.contains(GetParam())) << "no stored values; see the head of this file";
  const Json& stored = golden[GetParam()];
  for (const auto& [name, run] : runs.items()) {
    ASSERT_TRUE(stored.contains(name)) << "no stored values of " << name;
    expect_same(run, stored[name], name);
  }
  EXPECT_EQ(runs.size(), stored.size());
}

TEST(GoldenFile, StoresNothingThatIsNotShipped) {
  const auto names = shipped();
  const Json golden = read_json(golden_file);
  for (const auto& [name, runs] : golden.items())
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
}

}  // namespace
}  // namespace acidsim::testing
