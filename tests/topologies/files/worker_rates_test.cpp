// Rates of workers from an attribute of the nodes.
#include "tests/topologies/files/graph_files.hpp"
#include "topologies/joined_workers.hpp"

namespace acidsim {
namespace worker_rates_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReadOptions with_attribute(const std::string& attribute = "speed") {
  ReadOptions options;
  options.worker_rate_attribute = attribute;
  return options;
}

class WorkerRates : public GraphFolder {
 protected:
  Graph read(const std::string& name, const std::string& text,
             const ReadOptions& options = with_attribute()) {
    return read_graph(put(name, text), options).graph;
  }
  std::string refusal(const std::string& name, const std::string& text,
                      const ReadOptions& options = with_attribute()) {
    return input_error_of([&] { read(name, text, options); });
  }
};

// Nodes c, a, b on a path, of the speeds 0.5, 2, 1.
const std::string keys =
    "<key id='d0' for='node' attr.name='speed' attr.type='double'/>"
    "<key id='d1' for='node' attr.name='Site' attr.type='string'/>";
std::string graphml(const std::string& declared, const std::string& of_b) {
  return "<graphml>" + declared +
         "<graph><node id='c'><data key='d0'>0.5</data><data key='d1'>x</data></node>"
         "<node id='a'><data key='d0'> 2 </data></node><node id='b'>" +
         of_b + "</node><edge source='a' target='b'/><edge source='b' target='c'/></graph></graphml>";
}
std::string gml(const std::string& speed) {
  return "graph [ node [ id 0 label \"c\" " + speed + " 0.5 ] node [ id 1 label \"a\" " + speed +
         " 2 ] node [ id 2 label \"b\" " + speed +
         " \"1\" ] edge [ source 0 target 2 ] edge [ source 1 target 2 ] ]";
}
std::string dot(const std::string& of_b) {
  return "graph { c [speed=0.5]; a [speed=\"2\"]; b [" + of_b + "]; a -- b -- c }";
}
std::string gexf(const std::string& of_b, const std::string& fallback = "") {
  return "<gexf><graph><attributes class='edge'><attribute id='0' title='load' type='float'/></attributes>"
         "<attributes class='node'><attribute id='0' title='speed' type='float'>" +
         fallback +
         "</attribute><attribute id='1' title='label' type='string'/></attributes><nodes>"
         "<node id='c'><attvalues><attvalue for='0' value='0.5'/><attvalue for='1' "
         "value='x'/></attvalues></node>"
         "<node id='a'><attvalues><attvalue for='0' value='2'/></attvalues></node><node id='b'>" +
         of_b +
         "</node></nodes><edges><edge source='a' target='b'/><edge source='b' target='c'>"
         "<attvalues><attvalue for='0' value='7'/></attvalues></edge></edges></graph></gexf>";
}
std::string node_link(const std::string& of_b) {
  return R"({"nodes": [{"id": "c", "speed": 0.5}, {"id": "a", "speed": "2"}, {"id": "b")" + of_b +
         R"(}], "links": [{"source": "a", "target": "b"}, {"source": "b", "target": "c"}]})";
}
std::string pajek(const std::string& of_b) {
  return "*Vertices 3\n1 c 0.1 0.2 ellipse ic Red speed 0.5\n2 a 0.1 0.2 0.5 speed 2\n3 b " + of_b +
         "\n*Edges\n1 3\n2 3\n";
}

TEST_F(WorkerRates, AreReadFromEveryFormatWithAttributesOfNodes) {
  const auto expect = [](const Graph& graph) {
    EXPECT_THAT(graph.worker_names, ElementsAre("c", "a", "b")) << graph.name;
    EXPECT_THAT(graph.worker_rates, ElementsAre(0.5, 2.0, 1.0)) << graph.name;
  };
  expect(read("net.graphml", graphml(keys, "<data key='d0'>1</data>")));
  expect(read("net.gml", gml("speed")));
  expect(read("net.dot", dot("speed=1")));
  expect(read("net.gexf", gexf("<attvalues><attvalue for='0' value='1.0'/></attvalues>")));
  expect(read("net.json", node_link(R"(, "speed": 1)")));
  expect(read("net.net", pajek("0.5 0.5 box speed 1")));
}

TEST_F(WorkerRates, AreReadOnlyWhereTheyAreAskedFor) {
  EXPECT_THAT(read("net.dot", dot("speed=fast"), {}).worker_rates, IsEmpty());
  EXPECT_THAT(read("net.gexf", gexf(""), {}).worker_rates, IsEmpty());
}

TEST_F(WorkerRates, HaveTheDefaultsOfTheFormat) {
  const std::string fallback = "<key id='d0' for='node' attr.name='speed'><default>1</default></key>";
  EXPECT_THAT(read("net.graphml", graphml(fallback, "")).worker_rates, ElementsAre(0.5, 2.0, 1.0));
  EXPECT_THAT(read("net.gexf", gexf("", "<default>1</default>")).worker_rates, ElementsAre(0.5, 2.0, 1.0));
}

TEST_F(WorkerRates, KeepTheLettersOfTheirName) {
  EXPECT_THAT(read("net.gml", gml("LinkSpeed"), with_attribute("LinkSpeed")).worker_rates,
              ElementsAre(0.5, 2.0, 1.0));
  EXPECT_THAT(refusal("net.gml", gml("Speed")),
              HasSubstr("net.gml: no node has an attribute of that name (speed) — did you mean \"Speed\"?"));
}

TEST_F(WorkerRates, MayBeACoordinateToo) {
  const Graph graph = read("net.dot", "graph { a [x=1, y=2]; b [x=3, y=4]; a -- b }", with_attribute("y"));
  EXPECT_THAT(graph.worker_rates, ElementsAre(2.0, 4.0));
  EXPECT_EQ(graph.coordinates[1][1], 4.0);
}

TEST_F(WorkerRates, AreRefusedWhereNoNodeHasThem) {
  EXPECT_THAT(
      refusal("net.graphml", graphml(keys, ""), with_attribute("velocity")),
      HasSubstr("net.graphml: no node has an attribute of that name (velocity) — known: Site, speed"));
  EXPECT_THAT(refusal("net.dot", "graph { a -- b }"), HasSubstr("(speed) — its nodes have no attributes"));
  EXPECT_THAT(
      refusal("net.csv", "a,b\nb,c\n"),
      HasSubstr(
          "net.csv: nodes of this format have no attributes, and their speed is asked for (edge list) — "
          "known with attributes: GraphML, GML, DOT, GEXF, Pajek, node-link JSON"));
}

TEST_F(WorkerRates, AreRefusedWhereANodeLacksThem) {
  EXPECT_THAT(refusal("net.graphml", graphml(keys, "")),
              HasSubstr("net.graphml: a node has no attribute speed (b) — every worker needs its rate"));
  EXPECT_THAT(refusal("net.dot", dot("")), HasSubstr("a node has no attribute speed (b)"));
  EXPECT_THAT(refusal("net.gexf", gexf("")), HasSubstr("a node has no attribute speed (b)"));
  EXPECT_THAT(refusal("net.json", node_link(R"(, "speed": null)")),
              HasSubstr("a node has no attribute speed (b)"));
  EXPECT_THAT(refusal("net.net", pajek("0.5 0.5")), HasSubstr("a node has no attribute speed (3)"));
}

TEST_F(WorkerRates, MustBeFiniteNumbersFromZeroOn) {
  EXPECT_THAT(refusal("net.graphml", graphml(keys, "<data key='d0'>fast</data>")),
              HasSubstr("net.graphml:1: the attribute speed of a node is not a number (fast)"));
  EXPECT_THAT(refusal("net.dot", dot("speed=-1")),
              HasSubstr("net.dot:1: the attribute speed of a node must be finite and ≥ 0 (-1)"));
  EXPECT_THAT(refusal("net.gexf", gexf("<attvalues><attvalue for='0' value='INF'/></attvalues>")),
              HasSubstr("the attribute speed of a node must be finite and ≥ 0 (INF)"));
  EXPECT_THAT(refusal("net.json", node_link(R"(, "speed": true)")),
              HasSubstr("net.json: /nodes/2: the attribute speed of a node is not a number (true)"));
  EXPECT_THAT(refusal("net.net", pajek("0.5 0.5 speed nan")),
              HasSubstr("net.net:4: the attribute speed of a node must be finite and ≥ 0 (nan)"));
}

TEST_F(WorkerRates, StayWithTheirWorkers) {
  const std::string pieces =
      "graph { alone [speed=9]; z; c [speed=0.5]; a [speed=2]; b [speed=1]; a -- b -- c; z -- y }";
  ReadOptions options = with_attribute();
  options.largest_component = true;  // of which z, which has no speed, is no part
  const Graph graph = read("net.dot", pieces, options);
  EXPECT_THAT(graph.worker_names, ElementsAre("c", "a", "b"));
  EXPECT_THAT(graph.worker_rates, ElementsAre(0.5, 2.0, 1.0));
}

TEST_F(WorkerRates, OfJoinedGraphsGoByName) {
  ReadOptions options = with_attribute();
  options.one_of_a_sequence = true;
  const auto phase = [&](const std::string& text) {
    return PhaseGraph{read("net.dot", text, options), 1.0, false, "/topology/graphs/1"};
  };
  const auto join = [&](const std::string& second, bool largest) {
    std::vector<std::string> notices;
    return join_workers({phase(dot("speed=1")), phase(second)}, largest, notices);
  };
  const auto joined =
      join("graph { d [speed=4]; a [speed=2]; e [speed=5]; f [speed=6]; d -- a; e -- f }", true);
  EXPECT_THAT(joined[1].graph.worker_names, ElementsAre("c", "a", "b", "d"));
  EXPECT_THAT(joined[0].graph.worker_rates, ElementsAre(0.5, 2.0, 1.0, 4.0));
  EXPECT_EQ(joined[1].graph.worker_rates, joined[0].graph.worker_rates);
  EXPECT_THAT(input_error_of([&] { join("graph { d [speed=4]; a [speed=3]; d -- a }", false); }),
              HasSubstr("/topology/graphs/1: worker a has another rate than in a graph before (2 and 3)"));
  std::vector<std::string> notices;
  Graph unrated;
  unrated.workers = 2;
  unrated.worker_names = {"a", "d"};
  unrated.edges = {{0, 1, 1.0}};
  EXPECT_THAT(input_error_of([&] {
                join_workers({phase(dot("speed=1")), {unrated, 1.0, false, "edges"}}, false, notices);
              }),
              HasSubstr("no graph says the rate of a worker (d)"));
}

}  // namespace worker_rates_test
}  // namespace acidsim
