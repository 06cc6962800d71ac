// What the first line of an edge list may be instead of an edge.
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace first_line_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedGraph read(const std::string& text) { return read_text(parse_edge_list, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_edge_list, text); }

TEST(FirstLine, WordsAboveIntegersAreAHeader) {
  for (const char* text : {"id_1,id_2\n4,5\n5,6\n", "u v\n4 5\n5 6\n", "u v\n04 5\n5 6\n"}) {
    const LoadedGraph loaded = read(text);
    EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}})) << text;
    EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("line 1 was taken for a header"))) << text;
  }
  const LoadedGraph rated = read("# c\na,b,capacity\n-1,2,0.5\n2,3,1\n");
  EXPECT_EQ(tuples(rated.graph), (EdgeTuples{{0, 1, 0.5}, {1, 2, 1.0}}));
  EXPECT_THAT(rated.notices, ElementsAre(HasSubstr("line 2 was taken for a header"),
                                         HasSubstr("column capacity was taken for the rate")));
}

TEST(FirstLine, WordsAboveWordsAreAnEdge) {
  const LoadedGraph loaded = read("u v\nv x\nx y\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("u", "v", "x", "y"));  // in order of appearance
  EXPECT_THAT(loaded.notices, IsEmpty());
  EXPECT_THAT(read("u v\n").graph.worker_names, ElementsAre("u", "v"));
  EXPECT_EQ(tuples(read("u v 2\nv x 1\n").graph), (EdgeTuples{{0, 1, 2.0}, {1, 2, 1.0}}));
  EXPECT_THAT(error_of("u v\nv x 1\n"),
              HasSubstr("graph:1: the first line has 3 columns, this one does not (2)"));
  EXPECT_THAT(error_of("u v much\nv w 1\n"), HasSubstr("graph:1: the rate is not a number (much)"));
  EXPECT_THAT(error_of("u v\nx y\nv u\n"), HasSubstr("not connected"));
}

TEST(FirstLine, ANumberAloneIsTheNumberOfWorkers) {
  for (const char* text : {"3\n0 1\n1 2\n", "3\n1 2\n2 3\n", "3\n1 2 0.5\n2 3 1\n"}) {
    const LoadedGraph loaded = read(text);
    EXPECT_EQ(loaded.graph.workers, 3u) << text;
    EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("line 1 was taken for the number of workers (3)")));
  }
  EXPECT_THAT(error_of("4\n0 1\n1 2\n"), HasSubstr("2 components of 3, 1 workers"));
  EXPECT_THAT(error_of("2\n0 1\n1 2\n"),
              AllOf(HasSubstr("graph:3: no such worker (2)"), HasSubstr("there are 2")));
  EXPECT_THAT(error_of("2\n1 2\n2 3\n"), HasSubstr("graph:3: no such worker (3)"));
  EXPECT_THAT(error_of("2\na 2\n"),
              HasSubstr("graph:1: the number of workers is given, but a worker has a name (a)"));
  EXPECT_THAT(error_of("33554433\n1 2\n"), HasSubstr("graph:1: too many workers (33554433)"));
  EXPECT_THAT(error_of("33554432\n1 2\n"),
              HasSubstr("graph:1: the graph is not connected (33554432 workers, 1 edges)"));
  EXPECT_THAT(error_of("3\n"), HasSubstr("no edges"));
  EXPECT_THAT(error_of("1 2\n3\n"), HasSubstr("graph:2: too few columns (1)"));  // only in the first place
}

TEST(FirstLine, TwoNumbersAboveRatesAreTheSizes) {
  const LoadedGraph loaded = read("3 2\n1 2 0.5\n2 3 1\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 0.5}, {1, 2, 1.0}}));
  EXPECT_THAT(loaded.notices,
              ElementsAre(HasSubstr("line 1 was taken for the numbers of workers and edges (3, 2)")));
  EXPECT_THAT(error_of("3 3\n1 2 0.5\n2 3 1\n"),
              AllOf(HasSubstr("graph:1: this line promises another number of edges (3)"),
                    HasSubstr("the file has 2")));
  EXPECT_THAT(error_of("3 2\n1 2 0.5\n2 4 1\n"), HasSubstr("graph:3: no such worker (4)"));
}

// Complete graph of 4: as an edge, 4 – 6 would skip the id 5.
TEST(FirstLine, TwoNumbersThatCanBeNoEdgeAreTheSizes) {
  const LoadedGraph loaded = read("4 6\n0 1\n0 2\n0 3\n1 2\n1 3\n2 3\n");
  EXPECT_EQ(loaded.graph.workers, 4u);
  EXPECT_EQ(loaded.graph.edges.size(), 6u);
  EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("(4, 6)")));
}

TEST(FirstLine, TwoNumbersThatCanBeAnEdgeAreOne) {
  EXPECT_THAT(read("4 5\n0 1\n1 4\n").notices, IsEmpty());       // not the number of lines
  EXPECT_THAT(read("2 3\n0 3\n3 5\n5 0\n").notices, IsEmpty());  // a larger id
  EXPECT_THAT(read("4 3\n0 1\n1 4\n3 0\n").notices, IsEmpty());  // both 0 and n
}

// The path 3 – 2 – 1 – … or the sizes of a tree: never guessed.
TEST(FirstLine, TwoNumbersThatCanBeBothAreRefused) {
  EXPECT_THAT(error_of("3 2\n1 2\n2 3\n"),
              AllOf(HasSubstr("graph:1: either an edge, or the numbers of workers and edges (3 2)"),
                    HasSubstr("put another one first; if not, put a # before it")));
  EXPECT_THAT(error_of("2 1\n1 0\n"), HasSubstr("graph:1: either an edge"));
}

TEST(FirstLine, OtherFormatsAreNamed) {
  EXPECT_THAT(error_of("%%MatrixMarket matrix coordinate pattern general\n2 2 1\n1 2\n"),
              AllOf(HasSubstr("graph:1: this is a Matrix Market file"), HasSubstr(".mtx")));
  for (const char* text : {"<?xml version=\"1.0\"?>\n", "graph [\n", "digraph {\n", "{\"nodes\": []}"})
    EXPECT_THAT(error_of(text), AllOf(HasSubstr("graph:1: not an edge list"), HasSubstr(".graphml"))) << text;
  // Names may begin like that all the same.
  EXPECT_EQ(read("graphite digraph\ndigraph <x>\n").graph.workers, 3u);
}

// Commas say that it is a table, and as an edge the words would be a component of their own.
TEST(FirstLine, WordsOfNoOtherLineHeadATableOfNames) {
  for (const char* text : {"a,b\nX,Y\nY,Z\n", "a;b;capacity\nX;Y;2\nY;Z;3\n"}) {
    const LoadedGraph loaded = read(text);
    EXPECT_THAT(loaded.graph.worker_names, ElementsAre("X", "Y", "Z")) << text;
    EXPECT_THAT(loaded.notices[0], HasSubstr("line 1 was taken for a header")) << text;
  }
  EXPECT_THAT(error_of("a b\nX Y\nY Z\n"), HasSubstr("not connected"));
  EXPECT_THAT(error_of("a,b,2\nX,Y,2\nY,Z,3\n"), HasSubstr("not connected")) << "an edge with its rate";
  // In a sequence another graph may join them.
  std::istringstream in("A,B\nC,D\n");
  ReadOptions options;
  options.one_of_a_sequence = true;
  EXPECT_EQ(assemble(parse_edge_list(in, "graph", options), "graph", options).graph.workers, 4u);
}

TEST(FirstLine, ColumnsAreFoundByTheirHeader) {
  const EdgeTuples expected = {{0, 1, 1.0}, {0, 3, 1.0}, {1, 2, 2.0}, {2, 3, 0.5}};
  const LoadedGraph gephi = read_graph(fixture("edge_list/gephi.csv"));
  EXPECT_EQ(tuples(gephi.graph), expected);
  EXPECT_THAT(gephi.notices,
              ElementsAre(HasSubstr("header"), HasSubstr("columns not read: Id, Label, timeset")));
  EXPECT_EQ(tuples(read(",source,target,weight\n0,0,1,0.5\n1,1,2,2\n").graph),
            (EdgeTuples{{0, 1, 0.5}, {1, 2, 2.0}}));
  EXPECT_THAT(read("source,target,id\n1,2,7\n").notices,
              ::testing::Contains(HasSubstr("columns not read: id")));
  EXPECT_FALSE(read("source,target,id\n1,2,7\n").graph.weights_are_rates);
  EXPECT_THAT(error_of("source,target\n1,2,0.5\n"),
              HasSubstr("graph:2: the first line has 2 columns, this one does not (3)"));
  EXPECT_THAT(error_of("\"from\" \"to\"\n\"1\" 1 2\n\"2\" 2 3\n"),
              HasSubstr("graph:2: the first line has 2 columns"));
}

TEST(FirstLine, GephiTellsDirectedEdgesApart) {
  const char* head = "Source,Target,Type,Weight\n";
  EXPECT_EQ(tuples(read(std::string(head) + "1,2,Directed,3\n2,1,Directed,3\n").graph),
            (EdgeTuples{{0, 1, 3.0}}));
  EXPECT_EQ(tuples(read(std::string(head) + "1,2,Undirected,3\n2,1,Undirected,3\n").graph),
            (EdgeTuples{{0, 1, 6.0}}));
  EXPECT_THAT(error_of(std::string(head) + "1,2,Directed,3\n2,3,Undirected,3\n"),
              HasSubstr("graph:3: some edges are directed and others are not"));
}

LoadedGraph read_columns(const std::string& text, const ReadOptions& options) {
  std::istringstream in(text);
  return assemble(parse_edge_list(in, "graph", options), "graph", options);
}

TEST(FirstLine, ColumnsAreTakenByName) {
  const std::string text = "n,left,right,Mbit,rate\n1,a,b,10,7\n2,b,c,20,7\n";
  ReadOptions options;
  options.columns = {"left", "right"};
  EXPECT_EQ(tuples(read_columns(text, options).graph), (EdgeTuples{{0, 1, 7.0}, {1, 2, 7.0}}));
  options.rate_attribute = "mbit";
  const LoadedGraph loaded = read_columns(text, options);
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 10.0}, {1, 2, 20.0}}));
  EXPECT_THAT(loaded.notices, ::testing::Contains(HasSubstr("column Mbit was taken for the rate")));
  options = {};
  options.columns = {"left", "right", "n"};
  EXPECT_EQ(tuples(read_columns(text, options).graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 2.0}}));
  options.columns = {"left", "wrong"};
  EXPECT_THAT(
      input_error_of([&] { read_columns(text, options); }),
      AllOf(HasSubstr("graph:1: the header has no such column (wrong)"), HasSubstr("it has: n, left")));
}

TEST(FirstLine, KonectSaysWhatItsColumnsAre) {
  const LoadedGraph timed = read("% sym weighted\n% 3 3 3\n1 2\t0.5\t1082040961\n2 3\t1\t1082040962\n");
  EXPECT_EQ(tuples(timed.graph), (EdgeTuples{{0, 1, 0.5}, {1, 2, 1.0}}));
  EXPECT_THAT(timed.notices,
              ElementsAre(HasSubstr("KONECT"), HasSubstr("the fourth column (times) is not read")));
  const LoadedGraph counted = read("% asym positive\n1 2 3\n2 1 5\n2 3 1\n");
  EXPECT_EQ(tuples(counted.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_FALSE(counted.graph.weights_are_rates);
  EXPECT_THAT(error_of("% bip unweighted\n1 1\n1 2\n"),
              HasSubstr("graph:1: a network of two kinds of nodes"));
}

// Files that make sense as edge lists and as something else, which would be another graph.
TEST(FirstLine, WhatCanBeAnotherFormatIsRefused) {
  EXPECT_THAT(
      error_of("0 1 1\n1 0 1\n1 1 0\n"),
      AllOf(HasSubstr("graph: either a list of edges, or a matrix of 3 workers"), HasSubstr("\"matrix\"")));
  EXPECT_THAT(error_of("0 1 3\n1 2 4\n2 3 5\n3 4 0\n4 5 1\n5 0 2\n"),
              HasSubstr("either a list of edges, or of neighbours, the worker first (an adjacency list)"));
  EXPECT_THAT(
      error_of("6\n1 5\n0 2\n1 3\n2 4\n3 5\n0 4\n"),
      AllOf(HasSubstr("or the neighbours of every worker, line by line"), HasSubstr("\"neighbours\"")));
  EXPECT_THAT(error_of("4\n1 2 3\n0 2 3\n0 1 3\n0 1 2\n"), HasSubstr("the neighbours of every worker"));
  EXPECT_THAT(error_of("# 1\n2 5\n3 7\n# 2\n3 9\n"), HasSubstr("(LGL)"));
  EXPECT_THAT(error_of("#/usr/bin/x.py\n# GMT Mon Jan 1\n# \n0 1 2\n"),
              HasSubstr("graph:2: the heading of an adjacency list of NetworkX"));
  EXPECT_THAT(error_of("c made\np edge 3 3\ne 1 2\n"), HasSubstr("graph:2: this is a DIMACS file"));
  EXPECT_THAT(error_of("0 1 1 0\n1 0 0 1\n1 0 0 1\n0 1 1 0\n"),
              AllOf(HasSubstr("too many columns"), HasSubstr("matrix")));
  // A ring with rates, and what says that it is an edge list.
  EXPECT_EQ(read("0 1 1\n1 2 1\n2 3 2\n3 0 1\n").graph.edges.size(), 4u);
  EXPECT_EQ(read("source target rate\n0 1 1\n1 0 1\n1 2 3\n").graph.edges.size(), 2u);
  EXPECT_EQ(read("3\n1 2\n0 2\n0 1\n").graph.edges.size(), 3u) << "the same graph either way";
  ReadOptions certain;
  certain.format = "edge_list";
  EXPECT_EQ(read_columns("0 1 3\n1 2 4\n2 3 5\n3 4 0\n4 5 1\n5 0 2\n", certain).graph.edges.size(), 6u);
}

}  // namespace first_line_test
}  // namespace acidsim
