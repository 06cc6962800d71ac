// acidsim topology, explain, list and the rest that prints.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(TopologyCommand, PrintsTheContractedKeys) {
  const Scratch scratch;
  const auto json = nlohmann::json::parse(
      succeed(scratch, {"topology", "--family", "cycle", "--workers", "12", "--rate", "3", "--json"}));
  EXPECT_EQ(json["workers"], 12);
  EXPECT_EQ(json["edges"], 12);
  EXPECT_DOUBLE_EQ(json["rate_total"], 18);
  // λ = 3/2 on each of the 12 edges: λ2 = 2λ(1 − cos(2π/12)), R = 11/(12 λ).
  const double chi_1 = json["chi_1"], chi_2 = json["chi_2"];
  EXPECT_NEAR(chi_1, 1 / (3 * (1 - std::cos(M_PI / 6))), 1e-12);
  EXPECT_NEAR(chi_2, 11.0 / 36, 1e-12);
  EXPECT_NEAR(json["eta"], 1 / (2 * std::sqrt(chi_1 * chi_2)), 1e-13);
  EXPECT_EQ(json["alpha"], 0.5);
  EXPECT_NEAR(json["alpha_tilde"], std::sqrt(chi_1 / chi_2) / 2, 1e-13);
  EXPECT_FALSE(json["method"].get<std::string>().empty());
}

TEST(TopologyCommand, FamilyFileAndExperimentAgree) {
  const Scratch scratch;
  const auto of = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "topology");
    arguments.push_back("--json");
    auto json = nlohmann::json::parse(succeed(scratch, arguments));
    json.erase("name");
    return json;
  };
  std::string edges;
  for (int k = 0; k < 8; ++k) edges += fmt::format("{} {}\n", k, (k + 1) % 8);
  scratch.write("ring.txt", edges);
  scratch.write("small.json", changed(small_experiment(), {{"timing.communication_rate", 2}}).dump());
  const auto family = of({"--family", "cycle", "--workers", "8", "--rate", "2"});
  EXPECT_EQ(of({"ring.txt", "--rate", "2"}), family);
  EXPECT_EQ(of({"small.json"}), family);
  EXPECT_EQ(of({"small.json", "--rate", "5"}), of({"--family", "cycle", "--workers", "8", "--rate", "5"}));
  EXPECT_EQ(of({"small.json", "--rates", "uniform_edge"})["rates"], "uniform_edge");
  EXPECT_NE(of({"--family", "path", "--workers", "8", "--rates", "uniform_edge"})["chi_1"],
            of({"--family", "path", "--workers", "8"})["chi_1"]);
  EXPECT_EQ(of({"--family", "random_regular", "--workers", "12", "--param", "degree=3", "--param",
                "seed=5"})["edges"],
            18);
}

TEST(TopologyCommand, AgreesWithRunJson) {
  const Scratch scratch;
  scratch.write(
      "small.json",
      changed(small_experiment(), {{"topology", {{"family", "erdos_renyi"}, {"workers", 20}, {"p", 0.4}}}})
          .dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  const auto topology = nlohmann::json::parse(succeed(scratch, {"topology", "small.json", "--json"}));
  for (const char* key : {"chi_1", "chi_2", "eta", "alpha", "alpha_tilde"})
    EXPECT_EQ(run["constants"][key], topology[key]) << key;
  for (const char* key : {"workers", "edges", "rate_total", "chi_1", "chi_2"})
    EXPECT_EQ(run["topology"][key], topology[key]) << key;
}

TEST(ExplainCommand, ShowsEquationsNumbersAndCostAndWritesNothing) {
  const Scratch scratch;
  scratch.write("small.json",
                changed(small_experiment(), {{"algorithm.alpha", 0.25}, {"repeats", 4}}).dump());
  const std::string text = succeed(scratch, {"explain", "small.json"});
  EXPECT_THAT(text, AllOf(HasSubstr("dx̃_i = η (x_i − x̃_i) dt"), HasSubstr("alpha = 0.25   (given)"),
                          HasSubstr("χ1 3.4142136, χ2 0.875")));
  EXPECT_THAT(text, ::testing::ContainsRegex("eta = 0.28928148[0-9]*   \\(theory\\)"));
  EXPECT_THAT(text,
              HasSubstr("expected     40 gradients, 20 communications per repeat, to time 5; 4 repeat(s)"));
  EXPECT_THAT(text, HasSubstr("L 2, μ 1"));
  // Eight workers with x and x̃ of three doubles.
  EXPECT_THAT(text, HasSubstr("memory       states 384 B per run"));
  EXPECT_EQ(scratch.listing(), std::vector<std::string>{"small.json"});
  // The resolved configuration at the end is the one that run.json holds.
  const auto resolved = nlohmann::json::parse(text.substr(text.find("resolved") + 8));
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet"});
  EXPECT_EQ(resolved, read_results(scratch / "out/run.json")["config"]);
}

TEST(Commands, SilentChiIsNoObstacle) {
  // Without communication χ is infinite, and A²CiD² is plain SGD on each worker.
  const Json alone = changed(small_experiment(), {{"timing.communication_rate", 0}});
  EXPECT_EQ(run_once(alone).records.back().metrics,
            run_once(changed(alone, {{"algorithm.name", "local_only"}})).records.back().metrics);
}

TEST(Commands, HelpAndVersion) {
  const Scratch scratch;
  EXPECT_THAT(succeed(scratch, {"--version"}), ::testing::ContainsRegex("^acidsim [0-9]+\\.[0-9]+\\.[0-9]+"));
  const std::string help = succeed(scratch, {"--help"});
  for (const char* command : {"run", "topology", "schedule", "validate", "list", "explain"}) {
    EXPECT_THAT(help, HasSubstr(std::string("\n  ") + command + " "));
    EXPECT_FALSE(succeed(scratch, {command, "--help"}).empty());
  }
}

TEST(Commands, PlainLinesWhereThereIsNoTerminal) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const Finished loud = run_program(scratch, {"run", "small.json", "--out", "a"});
  EXPECT_EQ(loud.code, 0);
  EXPECT_THAT(loud.out, AllOf(HasSubstr("suboptimality"), HasSubstr("results: a\n")));
  EXPECT_THAT(loud.err, ::testing::Not(HasSubstr("\r")));
  const Finished quiet = run_program(scratch, {"run", "small.json", "--out", "b", "--quiet"});
  EXPECT_EQ(quiet.out + quiet.err, "");
}

}  // namespace
}  // namespace acidsim::testing
