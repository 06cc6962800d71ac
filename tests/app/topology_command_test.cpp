// acidsim topology: what it prints, what it writes.
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

nlohmann::json topology_of(const Scratch& scratch, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "topology");
  arguments.push_back("--json");
  return nlohmann::json::parse(succeed(scratch, arguments));
}

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
    json.erase("family");
    json.erase("closed_form");  // families alone have one
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

TEST(TopologyCommand, TellsTheClosedFormWhereThereIsOne) {
  const Scratch scratch;
  const auto of = [&](const std::string& family, const std::string& rates,
                      const std::string& parameter = "") {
    std::vector<std::string> arguments = {"topology", "--family", family,    "--workers", "16",
                                          "--rate",   "2.5",      "--rates", rates,       "--json"};
    if (!parameter.empty()) arguments.insert(arguments.end(), {"--param", parameter});
    return nlohmann::json::parse(succeed(scratch, arguments));
  };
  const std::vector<std::string> alike = {"complete",    "cycle",     "star",
                                          "torus2d",     "torus",     "hypercube",
                                          "exponential", "circulant", "complete_bipartite"};
  const auto expect_formula = [&](const nlohmann::json& facts) {
    ASSERT_TRUE(facts["closed_form"].is_object()) << facts["family"] << " " << facts["rates"];
    for (const char* chi : {"chi_1", "chi_2"})  // both to rounding, some 16 workers deep
      EXPECT_NEAR(facts["closed_form"][chi].get<double>() / facts[chi].get<double>(), 1, 1e-11)
          << facts["family"];
  };
  for (const std::string& family : alike)
    for (const char* rates : {"uniform_edge", "uniform_neighbor", "metropolis"})
      expect_formula(of(family, rates));
  for (const char* family : {"path", "barbell"}) {
    expect_formula(of(family, "uniform_edge"));
    EXPECT_TRUE(of(family, "uniform_neighbor")["closed_form"].is_null());
  }
  expect_formula(of("torus", "uniform_edge", "sides=[4,4]"));
  expect_formula(of("complete_bipartite", "metropolis", "parts=[3,13]"));
  expect_formula(of("circulant", "uniform_edge", "offsets=[1,3,8]"));
  EXPECT_TRUE(of("binary_tree", "uniform_edge")["closed_form"].is_null());
  EXPECT_TRUE(of("cycle", "uniform_edge", "rates.max_worker_rate=1")["closed_form"].is_null());
  EXPECT_TRUE(of("cycle", "uniform_edge", "failures={}")["closed_form"].is_null());
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

// Six workers: a triangle, a bridge, a triangle.
constexpr const char* two_triangles = "a b 1\nb c 1\nc a 1\nc d 0.5\nd e 1\ne f 1\nf d 1\n";

TEST(TopologyCommand, TellsDegreesDiameterBridgesAndChecks) {
  const Scratch scratch;
  scratch.write("g.txt", two_triangles);
  const auto json = topology_of(scratch, {"g.txt", "--rates", "explicit"});
  EXPECT_EQ(json["degrees"], nlohmann::json({2, 3}));
  EXPECT_EQ(json["diameter"], 3);
  EXPECT_EQ(json["bridges"], 1);
  EXPECT_EQ(json["exact"], true);
  EXPECT_EQ(json["chi_2_edge"], nlohmann::json({2, 3}));
  EXPECT_DOUBLE_EQ(json["chi_2"], 1.0) << "the bridge of rate ½ has resistance 2";
  EXPECT_LT(json["foster_residual"], 1e-12);
  EXPECT_LT(json["eigen_residual"], 1e-9);
  EXPECT_NEAR(json["speed_up"], std::sqrt(json["chi_1"].get<double>() / json["chi_2"].get<double>()), 1e-14);
  const std::string table = succeed(scratch, {"topology", "g.txt", "--rates", "explicit"});
  EXPECT_THAT(table, AllOf(HasSubstr("at edge (c, d)"), HasSubstr("diameter              3"),
                           HasSubstr("bridges               1"), HasSubstr("Foster residual")));
}

TEST(TopologyCommand, WritesEveryEdgeWithItsResistance) {
  const Scratch scratch;
  scratch.write("g.txt", two_triangles);
  topology_of(scratch, {"g.txt", "--rates", "explicit", "--edges", "edges.csv"});
  const Table table = read_table(scratch / "edges.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"i", "j", "rate", "resistance", "name_i", "name_j"}));
  ASSERT_EQ(table.rows.size(), 7u);
  double foster = 0;
  for (std::size_t k = 0; k < 7; ++k) {
    const bool bridge = table.rows[k][4] == "c" && table.rows[k][5] == "d";
    EXPECT_NEAR(table.number(k, "resistance"), bridge ? 2.0 : 2.0 / 3, 1e-14);
    foster += table.number(k, "rate") * table.number(k, "resistance");
  }
  EXPECT_NEAR(foster, 5, 1e-13);
  const Finished again = run_program(scratch, {"topology", "g.txt", "--edges", "edges.csv"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("--edges: is there already (edges.csv)"));
}

TEST(TopologyCommand, ExportsWhatItReadsBack) {
  const Scratch scratch;
  scratch.write("g.txt", two_triangles);
  for (const char* file : {"out.graphml", "out.txt", "out.gml", "out.dot", "out.json", "out.csv"}) {
    const auto written = topology_of(scratch, {"g.txt", "--rates", "metropolis", "--export", file});
    auto read = topology_of(scratch, {file, "--rates", "explicit"});
    for (const char* key : {"workers", "edges", "diameter", "chi_2_edge"})
      EXPECT_EQ(read[key], written[key]) << file;
    for (const char* key : {"rate_total", "chi_1", "chi_2"})
      EXPECT_DOUBLE_EQ(read[key], written[key].get<double>()) << file << key;
  }
  EXPECT_THAT(read_text(scratch / "out.graphml"), AllOf(HasSubstr("resistance"), HasSubstr("rate")));
  const Finished refused =
      run_program(scratch, {"topology", "g.txt", "--edges", "e.csv", "--export", "out.gexf"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--export: no format that is written here (.gexf)"));
  EXPECT_EQ(run_program(scratch, {"topology", "g.txt", "--export", "out.mtx"}).code, 2) << "it has names";
  EXPECT_FALSE(std::filesystem::exists(scratch / "e.csv"));
  EXPECT_FALSE(std::filesystem::exists(scratch / "out.mtx"));
}

TEST(TopologyCommand, ReadsItsTableOfEdgesBack) {
  const Scratch scratch;
  scratch.write("g.txt", two_triangles);
  const auto written = topology_of(scratch, {"g.txt", "--rates", "metropolis", "--edges", "e.csv"});
  const auto read = topology_of(scratch, {"e.csv", "--rates", "explicit", "--export", "again.csv"});
  EXPECT_DOUBLE_EQ(read["chi_1"], written["chi_1"].get<double>());
  EXPECT_THAT(read_text(scratch / "again.csv"), HasSubstr("c,d,"));
}

TEST(TopologyCommand, SaysHowManyAveragingsThereAre) {
  const Scratch scratch;
  scratch.write("g.csv", "source,target,weight\n0,1,3\n1,2,1\n");
  EXPECT_DOUBLE_EQ(topology_of(scratch, {"g.csv", "--rates", "explicit"})["averagings_per_worker"], 8.0 / 3);
  EXPECT_THAT(succeed(scratch, {"topology", "g.csv", "--rates", "explicit"}),
              HasSubstr("explicit: 2.66667 averagings per worker"));
  EXPECT_DOUBLE_EQ(
      topology_of(scratch, {"g.csv", "--rates",
                            R"({"scheme": "explicit", "scale_to_budget": true})"})["averagings_per_worker"],
      1.0);
}

TEST(TopologyCommand, RefusesNamesThatAreNotText) {
  const Scratch scratch;
  const Finished refused = run_program(scratch, {"topology", "caf\xe9.csv"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("not text in UTF-8"), HasSubstr("caf\\xe9.csv")));
}

TEST(TopologyCommand, ShowsEveryTopologyOfASweep) {
  const Scratch scratch;
  scratch.write("sweep.json", changed(small_experiment(), {{"sweep",
                                                            {{"topology.family", {"cycle", "star"}},
                                                             {"algorithm.name", {"a2cid2", "async_gossip"}},
                                                             {"topology.workers", {8, 16}}}}})
                                  .dump());
  const auto json = topology_of(scratch, {"sweep.json"});
  ASSERT_EQ(json["topologies"].size(), 4u) << "algorithms share topologies";
  for (const auto& one : json["topologies"]) EXPECT_GT(one["chi_1"], 0);
  const Finished refused = run_program(scratch, {"topology", "sweep.json", "--edges", "e.csv"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("holds several topologies (4)"));
  EXPECT_EQ(scratch.listing(), std::vector<std::string>{"sweep.json"});
}

TEST(TopologyCommand, ReadsNodeLinkFilesAndTakesALargestComponent) {
  const Scratch scratch;
  scratch.write("g.json", R"({"nodes": [{"id": 0}, {"id": 1}, {"id": 2}, {"id": 7}, {"id": 8}],
                              "links": [{"source": 0, "target": 1}, {"source": 1, "target": 2},
                                        {"source": 7, "target": 8}]})");
  const Finished refused = run_program(scratch, {"topology", "g.json"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("2 components of 3, 2 workers"), HasSubstr("component")));
  const auto json = topology_of(scratch, {"g.json", "--param", "component=largest"});
  EXPECT_EQ(json["workers"], 3);
  EXPECT_EQ(json["edges"], 2);
}

TEST(TopologyCommand, OptimisesRatesAndCertifiesThem) {
  const Scratch scratch;
  const auto json = topology_of(scratch, {"--family", "barbell", "--workers", "12", "--rates", "optimized"});
  const auto& certificate = json["certificate"];
  EXPECT_NEAR(json["rate_total"], 6, 1e-9) << "the budget of the other schemes";
  EXPECT_NEAR(certificate["value"], json["sqrt_chi1_chi2"].get<double>(), 1e-6);
  EXPECT_GE(certificate["gap"], 0);
  EXPECT_LT(certificate["gap"], 0.01);
  const auto uniform =
      topology_of(scratch, {"--family", "barbell", "--workers", "12", "--rates", "uniform_edge"});
  EXPECT_NEAR(certificate["uniform_value"], uniform["sqrt_chi1_chi2"].get<double>(), 1e-9);
  EXPECT_LT(json["sqrt_chi1_chi2"], 0.5 * uniform["sqrt_chi1_chi2"].get<double>());
  // Twice the rate halves the χ's.
  const auto twice =
      topology_of(scratch, {"--family", "barbell", "--workers", "12", "--rates", "optimized", "--rate", "2"});
  EXPECT_NEAR(twice["chi_1"], json["chi_1"].get<double>() / 2, 1e-9);
  const auto chosen = topology_of(scratch, {"--family", "barbell", "--workers", "12", "--param",
                                            "rates.scheme=optimized", "--param", "rates.objective=chi_2"});
  EXPECT_NEAR(chosen["chi_2"], 11.0 / 12, 1e-3) << "χ2* = (n − 1)/(2 Σλ), the update stops near it";
}

}  // namespace
}  // namespace acidsim::testing
