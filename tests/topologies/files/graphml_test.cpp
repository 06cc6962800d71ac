#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace graphml_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

LoadedGraph read(const std::string& text) { return read_text(parse_graphml, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_graphml, text); }

// The keys, then nodes a, b, c, then the edges.
std::string document(const std::string& keys, const std::string& edges, const std::string& graph = "") {
  return "<graphml>\n" + keys + "\n<graph " + graph + ">\n<node id='a'/><node id='b'/><node id='c'/>\n" +
         edges + "\n</graph></graphml>";
}
const std::string plain = "<edge source='a' target='b'/><edge source='b' target='c'/>";

TEST(Graphml, DefaultsDirectionsAndForeignElements) {
  const LoadedGraph loaded = read_graph(fixture("graphml/directed.graphml"));
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(tuples(loaded.graph),
            (EdgeTuples{{0, 1, 2.0}, {1, 2, 0.5}}));  // the default, and b → a agrees with it
  EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("1 in both directions")));
}

TEST(Graphml, RateComesBeforeWeight) {
  const std::string keys =
      "<key id='w' for='edge' attr.name='weight'/><key id='r' for='all' attr.name='Rate'/>";
  const std::string both =
      "<edge source='a' target='b'><data key='w'>5</data><data key='r'>1</data></edge>"
      "<edge source='b' target='c'><data key='w'>5</data><data key='r'> 2 </data></edge>";
  EXPECT_EQ(tuples(read(document(keys, both)).graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 2.0}}));
  const std::string some =
      "<edge source='a' target='b'><data key='w'>5</data></edge><edge source='b' target='c'/>";
  const LoadedGraph partly = read(document(keys, some));
  EXPECT_FALSE(partly.graph.weights_are_rates);
  EXPECT_EQ(tuples(partly.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_THAT(partly.notices, ElementsAre("graph: only 1 of 2 edges have a weight: ignored"));
}

TEST(Graphml, BadRatesAreNamed) {
  const std::string keys = "<key id='w' for='edge' attr.name='weight'/>";
  for (const char* rate : {"-1", "nan", "INF", "1e999"}) {
    const std::string edge =
        std::string("<edge source='a' target='b'>\n<data key='w'>") + rate + "</data></edge>";
    EXPECT_THAT(error_of(document(keys, edge)),
                AllOf(HasSubstr("graph:6: the rate must be finite"), HasSubstr(rate)));
  }
  EXPECT_THAT(error_of(document(keys, "<edge source='a' target='b'><data key='w'>fast</data></edge>")),
              HasSubstr("graph:5: the rate is not a number (fast)"));
  EXPECT_THAT(
      error_of(document("<key id='w' for='edge' attr.name='rate'><default>-1</default></key>", plain)),
      HasSubstr("graph:2: the rate must be finite and ≥ 0 (-1)"));
}

TEST(Graphml, WhatIsNoSimpleGraphIsRefused) {
  EXPECT_THAT(error_of(document("", "<hyperedge/>")), HasSubstr("graph:5: a hyperedge"));
  EXPECT_THAT(error_of(document("", "<graph/>")), HasSubstr("graph:5: a graph within a graph"));
  EXPECT_THAT(error_of(document("", "<node id='d'><graph/></node>")),
              HasSubstr("graph:5: a graph within a graph"));
  EXPECT_THAT(error_of("<graphml><graph/><graph/></graphml>"), HasSubstr("graph:1: a second <graph>"));
  EXPECT_THAT(error_of(document("", "<node id='d'><edge source='a' target='b'/></node>")),
              HasSubstr("an <edge> outside"));
  EXPECT_THAT(error_of("<graphml><node id='a'/></graphml>"), HasSubstr("graph:1: a <node> outside"));
  EXPECT_THAT(error_of("<html/>"), HasSubstr("graph:1: not GraphML (html)"));
  EXPECT_THAT(error_of("<graphml/>"), HasSubstr("graph: no <graph>"));
}

TEST(Graphml, BrokenReferencesAreNamed) {
  EXPECT_THAT(error_of(document("", plain + "\n<edge source='a' target='x'/>")),
              HasSubstr("graph:6: an edge names a node that is not declared (x)"));
  EXPECT_THAT(error_of(document("", "<node id='a'/>")), HasSubstr("graph:5: a node is declared twice (a)"));
  EXPECT_THAT(error_of(document("", "<edge source='a'/>")),
              HasSubstr("graph:5: an element without its attribute target"));
  EXPECT_THAT(error_of(document("", "<node/>")), HasSubstr("without its attribute id"));
  EXPECT_THAT(error_of(document("", "<node id=' '/>")), HasSubstr("graph:5: empty id"));
  EXPECT_THAT(error_of(document("", "<node id='" + std::string(1001, 'x') + "'/>")),
              HasSubstr("graph:5: id too long"));
}

TEST(Graphml, BrokenXmlIsNamed) {
  EXPECT_THAT(error_of(""), HasSubstr("graph:1: not XML: no element found"));
  EXPECT_THAT(error_of("1 2\n"), HasSubstr("graph:1: not XML"));
  EXPECT_THAT(error_of("<graphml>\n<graph>\n"), HasSubstr("graph:3: not XML: no element found"));
  EXPECT_THAT(error_of("<graphml>\n</graph>"), HasSubstr("graph:2: not XML: mismatched tag"));
  EXPECT_THAT(error_of("<graphml>\xff</graphml>"), HasSubstr("graph:1: not XML: not well-formed"));
}

// "Billion laughs": ten lines that stand for gigabytes.
TEST(Graphml, EntitiesAreRefused) {
  EXPECT_THAT(
      error_of("<!DOCTYPE graphml [\n<!ENTITY a 'ha'>\n<!ENTITY b '&a;&a;'>]>\n<graphml>&b;</graphml>"),
      HasSubstr("graph:2: entities are not declared in graph files (a)"));
  EXPECT_THAT(error_of("<!DOCTYPE graphml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><graphml>&x;</graphml>"),
              HasSubstr("graph:1: entities are not declared"));
}

TEST(Graphml, DeepNestingIsRefused) {
  std::string text = "<graphml>";
  for (int k = 0; k < 100000; ++k) text += "<a>";
  EXPECT_THAT(error_of(text), HasSubstr("graph:1: nested too deeply"));
}

TEST(Graphml, CoordinatesThatAreNoNumbersAreMissing) {
  const std::string keys = "<key id='x' for='node' attr.name='x'/><key id='y' for='node' attr.name='y'/>";
  const std::string nodes =
      "<node id='d'><data key='x'>1</data><data key='y'>2</data></node>"
      "<node id='e'><data key='x'>nan</data><data key='y'>2</data></node>"
      "<edge source='d' target='e'/><edge source='d' target='a'/>";
  const LoadedGraph loaded = read(document(keys, nodes + plain));
  EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("4 of 5 workers have no coordinates")));
}

}  // namespace graphml_test
}  // namespace acidsim
