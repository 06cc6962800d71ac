// Every shipped experiment, shortened, against stored counts. The counts are integers that the timing plane
// alone decides, so they do not depend on the width of vectors or on the order of sums. To store new ones
// after a change that is meant:
//     ACIDSIM_REWRITE_GOLDEN=1 build/dev/test_golden && git diff tests/golden/golden.json
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

const fs::path experiments = fs::path(ACIDSIM_SOURCE_DIR) / "experiments";
const fs::path golden_file = fs::path(ACIDSIM_SOURCE_DIR) / "tests/golden/golden.json";

std::vector<std::string> shipped() {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(experiments))
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json")
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

// Three units of time of one repeat; of a large data set, a few rows.
std::vector<std::string> shortening(const Json& source) {
  std::vector<std::string> settings;
  if (source.contains("sweep")) settings.push_back("sweep=" + without_lengths(source["sweep"]).dump());
  settings.insert(settings.end(), {"repeats=1", "stop.time=3", "record.every=1"});
  if (source.dump().find("fashion_mnist") != std::string::npos)
    settings.push_back("objective.data.limit=3000");
  return settings;
}

// What is stored of one run.
Json facts(const fs::path& folder) {
  const auto run = read_results(folder / "run.json");
  const auto& repeat = run["repeats"][0];
  return {{"workers", run["topology"]["workers"]},
          {"edges", run["topology"]["edges"]},
          {"dimension", run["dimension"]},
          {"gradients", repeat["gradients"]},
          {"communications", repeat["communications"]},
          {"stop_reason", repeat["stop_reason"]},
          {"records", read_table(folder / "metrics.csv").rows.size()}};
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
    golden[GetParam()] = runs;
    std::ofstream(golden_file) << golden.dump(1) << "\n";
    return;
  }
  ASSERT_TRUE(golden.contains(GetParam())) << "no stored values; see the head of this file";
  EXPECT_EQ(runs, golden[GetParam()]) << "got " << runs.dump(1);
}

TEST(GoldenFile, StoresNothingThatIsNotShipped) {
  const auto names = shipped();
  const Json golden = read_json(golden_file);
  for (const auto& [name, runs] : golden.items())
    EXPECT_NE(std::find(names.begin(), names.end(), name), names.end()) << name;
}

}  // namespace
}  // namespace acidsim::testing
