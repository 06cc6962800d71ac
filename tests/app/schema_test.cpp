// experiments/schema.json is fresh, and acidsim takes every shipped experiment. What the schema says: tests/schema.
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

const fs::path experiments = fs::path(ACIDSIM_SOURCE_DIR) / "experiments";

TEST(Schema, ShippedFileIsWhatTheProgramPrints) {
  const Scratch scratch;
  EXPECT_TRUE(read_text(experiments / "schema.json") == succeed(scratch, {"list", "schema"}))
      << "stale: acidsim list schema > experiments/schema.json";
}

TEST(Schema, EveryShippedExperimentValidates) {
  std::vector<std::string> arguments = {"validate"};
  for (const auto& entry : fs::recursive_directory_iterator(experiments))
    if (entry.path().extension() == ".json" && entry.path().filename() != "schema.json") {
      // An editor finds the schema where the file says.
      const Json source = read_json(entry.path());
      EXPECT_TRUE(fs::equivalent(entry.path().parent_path() / source.at("$schema").get<std::string>(),
                                 experiments / "schema.json"))
          << entry.path();
      const std::string text = source.dump();
      const auto there = [&](const char* name, const char* place) {
        return text.find(name) == std::string::npos || fs::exists(place);
      };
      if (there("fashion_mnist", "/usr/share/datasets/fashion-mnist") &&
          there("cifar10\"", "/usr/share/datasets/cifar-10-batches-bin"))
        arguments.push_back(entry.path().string());
    }
  ASSERT_GE(arguments.size(), 5u);
  const Scratch scratch;
  succeed(scratch, arguments);
}

}  // namespace
}  // namespace acidsim::testing
