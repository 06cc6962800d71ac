// An attribute that every edge needs, in the place of its rate.
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace edge_attributes_test {

using ::testing::HasSubstr;

class EdgeAttribute : public GraphFolder {
 protected:
  EdgeTuples read(const std::string& name, const std::string& text, NeededAttribute needed = {}) {
    ReadOptions options;
    options.rate_attribute = "speed";
    options.needed = needed;
    return tuples(read_graph(put(name, text), options).graph);
  }
  std::string refusal(const std::string& name, const std::string& text) {
    return input_error_of([&] { read(name, text); });
  }
};

// Edges a – b of speed 2.5 and b – c of speed `second`, which may be nothing, both of rate 7.
std::string graphml(const std::string& second, const std::string& fallback = "") {
  return "<graphml><key id='s' for='edge' attr.name='speed'>" + fallback +
         "</key><key id='r' for='edge' attr.name='rate'/><graph><node id='a'/><node id='b'/><node id='c'/>"
         "<edge source='a' target='b'><data key='s'>2.5</data><data key='r'>7</data></edge>"
         "<edge source='b' target='c'><data key='r'>7</data>" +
         (second.empty() ? "" : "<data key='s'>" + second + "</data>") + "</edge></graph></graphml>";
}
std::string gml(const std::string& second) {
  return "graph [ node [ id 0 label \"a\" ] node [ id 1 label \"b\" ] node [ id 2 label \"c\" ] "
         "edge [ source 0 target 1 speed 2.5 rate 7 ]\n edge [ source 1 target 2 rate 7 " +
         (second.empty() ? "" : "speed " + second) + " ] ]";
}
std::string dot(const std::string& second) {
  return "graph { a -- b [speed=2.5, rate=7]; b -- c [" + (second.empty() ? "" : "speed=" + second) + "] }";
}
std::string gexf(const std::string& second, const std::string& fallback = "") {
  return "<gexf><graph><attributes class='node'><attribute id='0' title='speed'/></attributes>"
         "<attributes class='edge'><attribute id='0' title='speed' type='float'>" +
         fallback +
         "</attribute></attributes><nodes><node id='a'/><node id='b'/><node id='c'/></nodes><edges>"
         "<edge source='a' target='b' weight='7'><attvalues><attvalue for='0' "
         "value='2.5'/></attvalues></edge>"
         "<edge source='b' target='c' weight='7'>" +
         (second.empty() ? "" : "<attvalues><attvalue for='0' value='" + second + "'/></attvalues>") +
         "</edge></edges></graph></gexf>";
}
std::string node_link(const std::string& second) {
  return R"({"nodes": [{"id": "a"}, {"id": "b"}, {"id": "c"}],
             "links": [{"source": "a", "target": "b", "speed": 2.5, "rate": 7},
                       {"source": "b", "target": "c", "rate": 7)" +
         (second.empty() ? "" : ", \"speed\": " + second) + "}]}";
}
std::string table(const std::string& second) {
  return "source,target,rate,speed\na,b,7,2.5\nb,c,7," + second + "\n";
}

TEST_F(EdgeAttribute, IsReadFromEveryFormatWithAttributesOfEdges) {
  const EdgeTuples expected = {{0, 1, 2.5}, {1, 2, 4.0}};
  EXPECT_EQ(read("net.graphml", graphml("4")), expected);
  EXPECT_EQ(read("net.gml", gml("4")), expected);
  EXPECT_EQ(read("net.dot", dot("4")), expected);
  EXPECT_EQ(read("net.gexf", gexf("4")), expected);
  EXPECT_EQ(read("net.json", node_link("4")), expected);
  EXPECT_EQ(read("net.csv", table("4")), expected);
  EXPECT_EQ(read("net.edgelist", "a b {'speed': 2.5}\nb c {'speed': 4}\n"), expected);
}

TEST_F(EdgeAttribute, KeepsTheLettersOfItsName) {
  const std::string text =
      "graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 LinkSpeed 3 linkspeed 4 ] ]";
  ReadOptions options;
  options.rate_attribute = "LinkSpeed";
  EXPECT_EQ(tuples(read_graph(put("net.gml", text), options).graph), (EdgeTuples{{0, 1, 3.0}}));
}

TEST_F(EdgeAttribute, HasTheDefaultOfTheFormat) {
  const EdgeTuples expected = {{0, 1, 2.5}, {1, 2, 4.0}};
  EXPECT_EQ(read("net.graphml", graphml("", "<default>4</default>")), expected);
  EXPECT_EQ(read("net.gexf", gexf("", "<default>4</default>")), expected);
}

TEST_F(EdgeAttribute, IsRefusedByTheNameOfTheEdgeThatLacksIt) {
  for (const auto& [name, text] :
       {std::pair("net.graphml", graphml("")), std::pair("net.gml", gml("")), std::pair("net.dot", dot("")),
        std::pair("net.gexf", gexf("")), std::pair("net.json", node_link(""))})
    EXPECT_THAT(refusal(name, text),
                HasSubstr("an edge has no attribute speed (b – c) — every edge needs it"))
        << name;
  EXPECT_THAT(refusal("net.gml", gml("")), HasSubstr("net.gml:2: an edge"));
  EXPECT_THAT(refusal("net.csv", table("")), HasSubstr("net.csv:3: an edge has no speed (b – c)"));
  EXPECT_THAT(refusal("net.edgelist", "a b {'speed': 2.5}\nb c {}\n"),
              HasSubstr("net.edgelist:2: an edge has no speed (b – c)"));
}

TEST_F(EdgeAttribute, MayHaveAValueForEdgesWithoutIt) {
  const NeededAttribute needed{.missing = 9};
  const EdgeTuples expected = {{0, 1, 2.5}, {1, 2, 9.0}};
  EXPECT_EQ(read("net.graphml", graphml(""), needed), expected);
  EXPECT_EQ(read("net.gml", gml(""), needed), expected);
  EXPECT_EQ(read("net.gexf", gexf(""), needed), expected);
  EXPECT_EQ(read("net.csv", table(""), needed), expected);
  EXPECT_EQ(read("net.edgelist", "a b {'speed': 2.5}\nb c {}\n", needed), expected);
  EXPECT_THAT(input_error_of([&] {
                read("net.gml", "graph [ node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] ]", needed);
              }),
              HasSubstr("no edge has an attribute of that name (speed)"));
}

// a – b twice, of 3 and 2.
TEST_F(EdgeAttribute, OfRepeatedEdgesAddsUpOrIsTheLeast) {
  const std::string text = "source,target,speed\na,b,3\nb,c,1\nb,a,2\n";
  EXPECT_EQ(read("net.csv", text), (EdgeTuples{{0, 1, 5.0}, {1, 2, 1.0}}));
  EXPECT_EQ(read("net.csv", text, {.least_of_repeated = true}), (EdgeTuples{{0, 1, 2.0}, {1, 2, 1.0}}));
}

TEST_F(EdgeAttribute, MustBeANumber) {
  EXPECT_THAT(refusal("net.gml", gml("\"fast\"")),
              HasSubstr("net.gml:2: the attribute of an edge is not a number (fast)"));
  EXPECT_THAT(refusal("net.gexf", gexf("-1")),
              HasSubstr("the attribute of an edge must be finite and ≥ 0 (-1)"));
  EXPECT_THAT(
      refusal("net.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n2 2 1\n2 1\n"),
      HasSubstr("edges of this format have no attributes, and their speed is asked for (Matrix Market) "
                "— known with attributes: edge list, GraphML, GML, DOT, GEXF, node-link JSON"));
}

// Their attributes mean nothing where nobody asks for them.
TEST_F(EdgeAttribute, OfGexfIsReadOnlyWhereItIsAskedFor) {
  EXPECT_EQ(tuples(read_graph(put("net.gexf", gexf("fast"))).graph), (EdgeTuples{{0, 1, 7.0}, {1, 2, 7.0}}));
}

}  // namespace edge_attributes_test
}  // namespace acidsim
