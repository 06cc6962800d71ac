// acidsim explain, list and the rest that prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

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

// One Hessian for all: the mean of D-PSGD ends at the minimiser, and the workers beside it.
TEST(ExplainCommand, CallsABiasOfRoundingSizeZero) {
  const Scratch scratch;
  const Json one_hessian = changed(small_experiment(), {{"algorithm", {{"name", "d_psgd"}}}});
  scratch.write("x.json", one_hessian.dump());
  EXPECT_THAT(succeed(scratch, {"explain", "x.json"}),
              AllOf(HasSubstr("‖x̄ − x*‖² = 0 (to rounding) and (1/n) Σ_i ‖x_i − x*‖² = 0."),
                    HasSubstr("stable on quadratics, without momentum, for γ < 1 = 2/L")));
}

TEST(ExplainCommand, DescribesTheOptimizer) {
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(), {{"algorithm", {{"name", "d_psgd"}}}}).dump());
  const auto explained = [&](std::vector<std::string> settings) {
    std::vector<std::string> arguments = {"explain", "x.json"};
    for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
    return succeed(scratch, arguments);
  };
  EXPECT_THAT(explained({}),
              HasSubstr("optimizer    sgd: no momentum\n             γ = 0.05, schedule constant\n"));
  EXPECT_THAT(
      explained({"optimizer={\"momentum\":0.9,\"nesterov\":true,\"weight_decay\":0.5,\"clip_norm\":2}",
                 "optimizer.schedule={\"name\":\"step\",\"milestones_in\":\"time\",\"milestones\":[3],"
                 "\"warmup\":2}"}),
      AllOf(HasSubstr("sgd: momentum 0.9 (Nesterov's), weight decay 0.5; clipped at ‖g‖ = 2\n"),
            HasSubstr("γ = 0.05, schedule step, × 0.1 at 3 units of time, warm-up over 2 units of time\n")));
  const std::string adam =
      explained({"optimizer={\"name\":\"adamw\",\"clip_norm\":2,\"clip_epsilon\":1e-6}"});
  EXPECT_THAT(
      adam, HasSubstr("adamw: β1 0.9, β2 0.999, ε 1e-08, weight decay 0.01; clipped at ‖g‖ = 2, ε 1e-06\n"));
  EXPECT_THAT(adam, HasSubstr("closed forms of stable steps and of limits are of sgd"));
  EXPECT_THAT(adam, Not(HasSubstr("stable on quadratics")));
  EXPECT_THAT(adam, Not(HasSubstr("ends, apart from noise")));
}

TEST(ExplainCommand, TellsWhatTheRunFindsByItself) {
  const Scratch scratch;
  const Json until = {{"metric", "consensus_distance"}, {"relative_half_width", 0.1}};
  const Json tuned = {{"log_range", {0.01, 1, 4}}, {"by", "final"}, {"metric", "consensus_distance"}};
  scratch.write("x.json", changed(small_experiment(), {{"repeats", {{"until", until}, {"at_most", 100}}},
                                                       {"tune", {{"optimizer.learning_rate", tuned}}},
                                                       {"record.metrics", {"consensus_distance"}}})
                              .dump());
  EXPECT_THAT(
      succeed(scratch, {"explain", "x.json"}),
      AllOf(HasSubstr("5 to 100 repeats, until the 95 % interval of the mean final consensus_distance is "
                      "± 10 % of it"),
            HasSubstr("tuned        optimizer.learning_rate within 0.01 … 1 (by factors) for the "
                      "smallest final consensus_distance: grid search, 3 run(s) for each value")));
}
TEST(ExplainCommand, TellsWhatAServerMayTake) {
  const Scratch scratch;
  scratch.write("x.json",
                changed(small_experiment(), {{"algorithm", {{"name", "server_async_sgd"}}}}).dump());
  EXPECT_THAT(succeed(scratch, {"explain", "x.json"}),
              HasSubstr("for γ < 0.104528 = 2 sin(π/(4n − 2))/L, where every delay is n − 1"));
  EXPECT_THAT(succeed(scratch, {"explain", "x.json", "--set", "algorithm.rule=ringleader"}),
              HasSubstr("γ ≤ 0.0078125 by theory, min(1/(8nL), ε/(10Lσ²)) [Maranjyan, Richtárik 2025]"));
}

TEST(ExplainCommand, SaysWhereTheGraphsPrescribeTheMixing) {
  const Scratch scratch;
  const Json source = changed(small_experiment(), {{"topology", {{"family", "base_graph"}, {"workers", 12}}},
                                                   {"algorithm.name", "d_psgd"}});
  scratch.write("auto.json", source.dump());
  scratch.write("rule.json", changed(source, {{"algorithm.mixing", "metropolis"}}).dump());
  const char* const line = "each phase has the mixing matrix that base_graph_12 prescribes";
  EXPECT_THAT(succeed(scratch, {"explain", "auto.json"}), AllOf(HasSubstr(line), HasSubstr("5 phase(s)")));
  EXPECT_THAT(succeed(scratch, {"explain", "rule.json"}), ::testing::Not(HasSubstr(line)));
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
  for (const char* command : {"run", "topology", "schedule", "validate", "list", "data", "explain"}) {
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

TEST(Completion, OffersCommandsFlagsAndNames) {
  const Scratch scratch;
  scratch.write("completion.bash", succeed(scratch, {"completion", "bash"}));
  // What is offered for the last of the words.
  const auto offered = [&](const std::string& words) {
    scratch.write("ask.bash",
                  "source completion.bash\nCOMP_WORDS=(acidsim " + words +
                      ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_acidsim\necho ${COMPREPLY[@]}\n");
    const Finished asked =
        Program(scratch.path(), {"ask.bash"}, "/bin/bash").finish(std::chrono::seconds(60));
    EXPECT_EQ(asked.err, "");
    return asked.out;
  };
  EXPECT_EQ(offered("expl"), "explain\n");
  EXPECT_EQ(offered("run x.json --back"), "--backend\n");
  EXPECT_EQ(offered("run x.json --backend op"), "openmp\n");
  EXPECT_EQ(offered("topology --family bar"), "barbell barabasi_albert\n");
  EXPECT_EQ(offered("list met"), "metrics\n");
  EXPECT_EQ(offered("--ver"), "--version\n");
  EXPECT_EQ(offered("run quick"), "\n") << "bash offers files";
}

}  // namespace
}  // namespace acidsim::testing
