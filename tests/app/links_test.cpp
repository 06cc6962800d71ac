// Links that differ between edges: attributes of a graph's file, and tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class Links : public ::testing::Test {
 protected:
  Links() { scratch.write("speeds.gml", speeds_with("")); }

  // Workers a – b – c. The file is in bits per second and milliseconds, and a unit of time is a second here: a – b
  // carries 160 bytes per unit of time with a latency of 0.25, b – c 80 with one of 0.125.
  static std::string speeds_with(const std::string& more) {
    std::ifstream in(std::string(ACIDSIM_TEST_DATA) + "/graphs/gml/speeds.gml");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    return text.insert(text.rfind(']'), more);
  }
  static Json attributes() {
    return Json::parse(R"({"bandwidth": {"attribute": "LinkSpeedRaw", "scale": 0.125},
                           "latency": {"attribute": "delay", "scale": 0.001}})");
  }
  static Json listed(const std::string& file = "links.csv") { return {{"links", {{"file", file}}}}; }
  // Messages of 80 bytes, after gradients of 1.
  static Json experiment(const Json& transfer, const Json& changes = Json::object()) {
    Json source = changed(
        small_experiment(),
        {{"topology", {{"file", "speeds.gml"}}},
         {"algorithm", {{"name", "d_psgd"}}},
         {"objective.dimension", 10},
         {"timing", {{"model", "availability"}, {"gradient_duration", {{"distribution", "constant"}}}}},
         {"timing.transfer", transfer},
         {"record.metrics", {"rounds"}},
         {"stop.time", 1000}});
    return changed(source, changes);
  }
  Finished run(const Json& transfer, const Json& changes = Json::object()) const {
    std::filesystem::remove_all(scratch / "out");
    scratch.write("x.json", experiment(transfer, changes).dump());
    return run_program(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  }
  double rounds(const Json& transfer, const Json& changes = Json::object()) const {
    const Finished finished = run(transfer, changes);
    EXPECT_EQ(finished.code, 0) << finished.err;
    return read_results(scratch / "out/run.json")["repeats"][0]["rounds"].get<double>();
  }
  std::string refusal(const Json& transfer, const Json& changes = Json::object()) const {
    const Finished finished = run(transfer, changes);
    EXPECT_EQ(finished.code, 2) << finished.err;
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
    return finished.err;
  }

  const Scratch scratch;
};

// Through the one card of b two messages take 0.5 + 1 after the longer latency; without it the slower link decides.
TEST_F(Links, AreAttributesOfTheEdges) {
  Json transfer = attributes();
  EXPECT_EQ(rounds(transfer), std::floor(1000 / (1 + 0.25 + 1.5)));
  transfer["shared_card"] = false;
  EXPECT_EQ(rounds(transfer), std::floor(1000 / (1 + 0.125 + 1)));
  transfer["latency"] = 0.5;
  EXPECT_EQ(rounds(transfer), std::floor(1000 / (1 + 0.5 + 1)));
}

TEST_F(Links, MayHaveAValueForEdgesWithoutTheAttribute) {
  scratch.write("speeds.gml", speeds_with("node [ id 3 label \"d\" ] edge [ source 2 target 3 delay 0 ]\n"));
  EXPECT_THAT(refusal(attributes()),
              HasSubstr("speeds.gml:8: an edge has no attribute LinkSpeedRaw (c – d) — every edge needs it; "
                        "\"missing\" is a value for those without"));
  Json transfer = attributes();
  transfer["shared_card"] = false;
  transfer["bandwidth"]["missing"] = 160;  // bits per second
  EXPECT_EQ(rounds(transfer), std::floor(1000 / (1 + 4.0)));
}

TEST_F(Links, AreThoseOfATable) {
  scratch.write("links.csv", "i,j,bandwidth,latency\nc,b,80,0.125\na,b,160,0.25\n");
  EXPECT_EQ(rounds(listed()), std::floor(1000 / (1 + 0.25 + 1.5)));
  scratch.write("links.csv", "i;j;latency\n0;1;0,5\n1;2;0,25\n");
  EXPECT_EQ(rounds(listed()), std::floor(1000 / (1 + 0.5)));
  EXPECT_THAT(read_results(scratch / "out/run.json").dump(), HasSubstr("links.csv"));
}

TEST_F(Links, OfTablesAreRefusedWithTheirLine) {
  for (const auto& [text, message] :
       {std::pair("i,j,speed\n0,1,1\n", "links.csv:1: is no header of links"),
        std::pair("i,j,latency\n0,1,1\n", "links.csv: has no line for an edge (b – c)"),
        std::pair("i,j,latency\n0,2,1\n", "links.csv:2: names no edge of the graph (a – c)"),
        std::pair("i,j,latency\n0,1,1\n1,0,1\n", "links.csv:3: names an edge again (a – b)"),
        std::pair("i,j,latency\n0,x,1\n", "links.csv:2: names no worker (x)"),
        std::pair("i,j,latency\n0,1,-1\n", "links.csv:2: the latency is out of range (-1) — ≥ 0"),
        std::pair("i,j,bandwidth\n0,1,0\n", "links.csv:2: the bandwidth is out of range (0) — > 0"),
        std::pair("i,j,bandwidth\n0,1,fast\n", "links.csv:2: the bandwidth"), std::pair("", "links.csv")}) {
    scratch.write("links.csv", text);
    EXPECT_THAT(refusal(listed()), HasSubstr(message));
  }
}

TEST_F(Links, NeedAFileWithTheAttribute) {
  EXPECT_THAT(
      refusal(attributes(), {{"topology", {{"family", "path"}, {"workers", 3}}}}),
      HasSubstr("/timing/transfer/latency/attribute: the topology is no file whose edges could have"));
  EXPECT_THAT(refusal({{"latency", {{"attribute", "dealy"}}}}),
              HasSubstr("/timing/transfer/latency: ./speeds.gml:6: an edge has no attribute dealy (a – b)"));
  EXPECT_THAT(refusal({{"latency", {{"attribute", ""}}}}),
              HasSubstr("/timing/transfer/latency/attribute: is empty"));
  EXPECT_THAT(refusal({{"bandwidth", {{"attribute", "delay"}, {"scale", 0}}}}),
              HasSubstr("/timing/transfer/bandwidth/scale: too small (0)"));
  scratch.write("speeds.gml", speeds_with("edge [ source 0 target 2 delay 0 ]"));
  EXPECT_THAT(refusal({{"bandwidth", {{"attribute", "delay"}}}}),
              HasSubstr("/timing/transfer/bandwidth: the delay of an edge is 0 (a – c) — a number > 0"));
}

TEST_F(Links, HaveOneSource) {
  scratch.write("links.csv", "i,j,latency\n0,1,1\n1,2,1\n");
  Json transfer = listed();
  transfer["bandwidth"] = 5;
  EXPECT_THAT(refusal(transfer), HasSubstr("/timing/transfer/bandwidth: stands beside links"));
  EXPECT_THAT(refusal(attributes(), {{"algorithm.name", "server_async_sgd"}}),
              HasSubstr("/timing/transfer/latency: workers talk to the server alone, along no edge"));
}

}  // namespace
}  // namespace acidsim::testing
