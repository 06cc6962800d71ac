// What the first line of an edge list may be instead of an edge.
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
  const LoadedGraph loaded = read("u v\nv 4\n4 5\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("u", "v", "4", "5"));  // in order of appearance
  EXPECT_THAT(loaded.notices, IsEmpty());
  EXPECT_THAT(read("4 5\nu v\nv 4\n").graph.worker_names, ElementsAre("4", "5", "u", "v"));
  EXPECT_THAT(read("u v\n").graph.worker_names, ElementsAre("u", "v"));
  EXPECT_EQ(tuples(read("u v 2\nv 4 1\n").graph), (EdgeTuples{{0, 1, 2.0}, {1, 2, 1.0}}));
  EXPECT_THAT(error_of("u v\nv 4 1\n"),
              HasSubstr("graph:1: the first edge has 3 columns, this one does not (2)"));
  EXPECT_THAT(error_of("u v much\nv w 1\n"), HasSubstr("graph:1: the rate is not a number (much)"));
  EXPECT_THAT(error_of("u v\n4 5\nv u\n"), HasSubstr("not connected"));
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

}  // namespace
}  // namespace acidsim
