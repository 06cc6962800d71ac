#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace dot_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedGraph read(const std::string& text) { return read_text(parse_dot, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_dot, text); }

TEST(Dot, ChainsSubgraphsAndDefaults) {
  const LoadedGraph loaded = read_graph(fixture("dot/chain.gv"));
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("a", "b", "c", "d", "e", "f", "g", "h"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 2},
                                              {1, 2, 2},
                                              {1, 3, 2},
                                              {2, 4, 2},
                                              {3, 4, 2},
                                              {4, 5, 2},
                                              {4, 7, 2},
                                              {5, 7, 2},
                                              {6, 7, 2}}));
  EXPECT_THAT(loaded.notices,
              ElementsAre(HasSubstr("strict graph: the last of repeated edges counts (1 left out)"),
                          HasSubstr("directed links")));
}

TEST(Dot, ParallelEdgesAddUnlessStrict) {
  EXPECT_EQ(tuples(read("graph { a--b [rate=1] b--a [rate=2] }").graph), (EdgeTuples{{0, 1, 3.0}}));
  EXPECT_EQ(tuples(read("strict graph { a--b [rate=1] b--a [rate=2] }").graph), (EdgeTuples{{0, 1, 2.0}}));
}

TEST(Dot, DefaultsHoldInTheirBraces) {
  const LoadedGraph loaded = read(
      "graph { edge [rate=1] a--b { edge [rate=2] b--c } c--d edge [rate=3] d--e node [rate=9] e--f [rate=4] "
      "}");
  EXPECT_EQ(tuples(loaded.graph),
            (EdgeTuples{{0, 1, 1.0}, {1, 2, 2.0}, {2, 3, 1.0}, {3, 4, 3.0}, {4, 5, 4.0}}));
  const LoadedGraph late = read("graph { a--b edge [rate=2] b--c }");
  EXPECT_FALSE(late.graph.weights_are_rates);
  EXPECT_THAT(late.notices, ElementsAre("graph: only 1 of 2 edges have a rate: ignored"));
}

TEST(Dot, IdsOfEveryKind) {
  EXPECT_THAT(read("graph{_a1--\xc3\xa9;\xc3\xa9---.5--7.25--\"graph\"--\"\\\"\\\\\"--\"x\\\ny\"}")
                  .graph.worker_names,
              ElementsAre("_a1", "é", "-.5", "7.25", "graph", "\"\\\\", "xy"));
  EXPECT_THAT(read("GRAPH g { a -- b /* -- c */ // -- d\n# -- e\n-- f }").graph.worker_names,
              ElementsAre("a", "b", "f"));
}

TEST(Dot, LabelsAreOneLine) {
  const Graph graph = read("graph { a [label=\"\\N\\nis\\l \\\"it\\\"\"] b [label=\"\"] a -- b }").graph;
  EXPECT_THAT(graph.worker_names, ElementsAre("a is  \"it\"", "b"));
}

TEST(Dot, WhatIsNotReadIsRefused) {
  EXPECT_THAT(error_of("graph {\n a -> b }"), HasSubstr("graph:2: the wrong kind of edge (->)"));
  EXPECT_THAT(error_of("digraph { a -- b }"), HasSubstr("graph:1: the wrong kind of edge (--)"));
  EXPECT_THAT(error_of("graph { a -- b }\ngraph { c -- d }"), HasSubstr("graph:2: more behind the graph"));
  EXPECT_THAT(error_of("graph { subgraph x { a } \n subgraph x -- b }"),
              HasSubstr("graph:2: a subgraph without a body"));
  EXPECT_THAT(error_of("graph { <b>a</b> -- b }"),
              HasSubstr("graph:1: an HTML string cannot be the name of a node"));
  EXPECT_THAT(error_of("graph { node -- b }"), HasSubstr("quote them as names"));
  EXPECT_THAT(error_of("graph [\nnode ["), HasSubstr("graph:1: { expected ([)"));  // GML
}

TEST(Dot, BrokenSyntaxIsNamed) {
  EXPECT_THAT(error_of(""), HasSubstr("graph:1: not a DOT file (end of file)"));
  EXPECT_THAT(error_of("graph {\n a -- b"), HasSubstr("graph:1: a { is not closed"));
  EXPECT_THAT(error_of("graph { a -- }"), HasSubstr("graph:1: a name expected (})"));
  EXPECT_THAT(error_of("graph { a [rate=1"), HasSubstr("graph:1: a [ is not closed"));
  EXPECT_THAT(error_of("graph { a [rate] }"), HasSubstr("graph:1: = expected (])"));
  EXPECT_THAT(error_of("graph {\n\"a -- b }"), HasSubstr("graph:2: a string is not closed"));
  EXPECT_THAT(error_of("graph { /* a -- b }"), HasSubstr("graph:1: a comment is not closed"));
  EXPECT_THAT(error_of("graph { a / b }"), HasSubstr("graph:1: a single /"));
  EXPECT_THAT(error_of("graph { a [label=<b>> }"), HasSubstr("graph:1:"));
  EXPECT_THAT(error_of("graph { a [label=<b }"), HasSubstr("graph:1: an HTML string is not closed"));
  EXPECT_THAT(error_of("graph { a - b }"), HasSubstr("graph:1: not part of DOT"));
  EXPECT_THAT(error_of("graph { 1a -- b }"), HasSubstr("graph:1: letters behind a number (1)"));
  EXPECT_THAT(error_of("graph { \"a\" + b }"), HasSubstr("a quoted string expected behind +"));
  EXPECT_THAT(error_of("graph { \x01 }"), HasSubstr("graph:1: not part of DOT (byte 0x01)"));
  EXPECT_THAT(error_of("graph { \xff }"), HasSubstr("graph:1: not text (byte 0xff)"));
  EXPECT_THAT(error_of("graph { a -- b\n[rate=-1] }"),
              HasSubstr("graph:2: the rate must be finite and ≥ 0 (-1)"));
}

TEST(Dot, DeepNestingIsRefused) {
  EXPECT_THAT(error_of("graph " + std::string(100000, '{')), HasSubstr("graph:1: nested too deeply"));
  std::string deep(64, '{');
  deep.append("a -- b").append(64, '}');
  EXPECT_EQ(read("graph {" + deep + "}").graph.workers, 2u);
  EXPECT_THAT(error_of("graph {a -- " + std::string(100000, '{')), HasSubstr("nested too deeply"));
}

// Two subgraphs of 10⁴ nodes joined have 10⁸ edges.
TEST(Dot, JoinedSubgraphsAreCountedFirst) {
  std::string nodes[2];
  for (int side = 0; side < 2; ++side)
    for (int k = 0; k < 10000; ++k) nodes[side] += std::to_string(2 * k + side) + " ";
  EXPECT_THAT(error_of("graph { {" + nodes[0] + "} -- {" + nodes[1] + "} }"),
              HasSubstr("graph:1: too many edges (100000000)"));
}

}  // namespace dot_test
}  // namespace acidsim
