#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace gml_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

LoadedGraph read(const std::string& text) { return read_text(parse_gml, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_gml, text); }

// A graph with nodes 1 and 2 and what is added to it on line 3.
std::string with(const std::string& more) {
  return "graph [\nnode [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ]\n" + more + "\n]";
}

TEST(Gml, DirectedGraphs) {
  const std::string text =
      "graph [ directed 1 node [ id 1 ] node [ id 2 ]\nedge [ source 1 target 2 weight 3 ]\n";
  EXPECT_EQ(tuples(read(text + "edge [ source 2 target 1 weight 3 ] ]").graph), (EdgeTuples{{0, 1, 3.0}}));
  EXPECT_THAT(error_of(text + "edge [ source 2 target 1 weight 4 ] ]"),
              HasSubstr("graph:3: the two directions"));
}

TEST(Gml, StringsAndEntities) {
  const std::string label = "&lt;&#233;&#xe9;&amp;amp; &eacute; &#0; &#x110000; &; &";
  const Graph graph = read("Graph [ node [ ID 1 LABEL \"" + label +
                           "\" ] node [ id \"two words\" ] "
                           "edge [ source 1 target \"two words\" ] ]")
                          .graph;
  EXPECT_THAT(graph.worker_names, ElementsAre("<éé&amp; &eacute; &#0; &#x110000; &; &", "two words"));
}

TEST(Gml, WhatIsNoSimpleGraphIsRefused) {
  EXPECT_THAT(error_of(with("graph [ ]")), HasSubstr("graph:3: a graph within a graph"));
  EXPECT_THAT(error_of(with("node [ id 3 graph [ ] ]")), HasSubstr("graph:3: a graph within a node"));
  EXPECT_THAT(error_of(with("") + "\ngraph [ ]"), HasSubstr("graph:5: a second graph"));
  EXPECT_THAT(error_of("Creator \"nobody\""), HasSubstr("graph: no graph"));
  EXPECT_THAT(error_of(""), HasSubstr("graph: no graph"));
}

TEST(Gml, BrokenPartsAreNamed) {
  EXPECT_THAT(error_of(with("node [ ]")), HasSubstr("graph:3: a node without id"));
  EXPECT_THAT(error_of(with("node [ id [ ] ]")), HasSubstr("graph:3: id is not a number or a string ([)"));
  EXPECT_THAT(error_of(with("node [ id 1 ]")), HasSubstr("graph:3: a node is declared twice (1)"));
  EXPECT_THAT(error_of(with("node 5")), HasSubstr("graph:3: node is not a list (5)"));
  EXPECT_THAT(error_of(with("edge [ source 1 ]")), HasSubstr("graph:3: an edge without target"));
  EXPECT_THAT(error_of(with("edge [ target 1 ]")), HasSubstr("graph:3: an edge without source"));
  EXPECT_THAT(error_of(with("edge [ source 1 target 7 ]")),
              HasSubstr("graph:3: an edge names a node that is not declared (7)"));
  EXPECT_THAT(error_of(with("edge [ source 1 target 2 weight -1 ]")),
              HasSubstr("graph:3: the rate must be finite and ≥ 0 (-1)"));
  EXPECT_THAT(error_of(with("edge [ source 1 target 2 rate NAN ]")),
              HasSubstr("graph:3: the rate must be finite and ≥ 0 (NAN)"));
  EXPECT_THAT(error_of(with("edge [ source 1 target 2 rate \"1 Mb\" ]")),
              HasSubstr("graph:3: the rate is not a number (1 Mb)"));
}

TEST(Gml, BrokenSyntaxIsNamed) {
  EXPECT_THAT(error_of(with("5 6")), HasSubstr("graph:3: a key is missing here (5)"));
  EXPECT_THAT(error_of(with("key ]")), HasSubstr("graph:3: key has no value (])"));
  EXPECT_THAT(error_of("graph [\nnode [ id 1 ]\n"), HasSubstr("graph:1: a list is not closed"));
  EXPECT_THAT(error_of("graph [\nmore [ [ ]\n"), HasSubstr("graph:2: a list is not closed"));
  EXPECT_THAT(error_of("graph [\n label \"x\n\n"), HasSubstr("graph:2: a string is not closed"));
  EXPECT_THAT(error_of("graph"), AllOf(HasSubstr("graph:1: graph has no value"), HasSubstr("end of file")));
  EXPECT_THAT(error_of("]"), HasSubstr("graph:1: a key is missing"));
  EXPECT_THAT(error_of("\n\x01"), HasSubstr("graph:2: not text (byte 0x01)"));
  EXPECT_THAT(error_of("a\xff 1"), HasSubstr("graph:1: not text (byte 0xff)"));
  EXPECT_THAT(error_of(with("node [ id \"\xff\" ]")), HasSubstr("graph:3: not text"));
  EXPECT_THAT(error_of(std::string(2000, 'a')), HasSubstr("graph:1: a word is too long"));
}

TEST(Gml, DeepNestingNeedsNoStack) {
  const std::string open = [] {
    std::string text;
    for (int k = 0; k < 200000; ++k) text += "a [ ";
    return text;
  }();
  EXPECT_THAT(error_of(open), HasSubstr("a list is not closed"));
  std::string close(200000, ']');
  EXPECT_EQ(read(with(open + close)).graph.workers, 2u);
}

}  // namespace gml_test
}  // namespace acidsim
