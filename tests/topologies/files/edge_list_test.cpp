#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace edge_list_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedGraph read(const std::string& text) { return read_text(parse_edge_list, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_edge_list, text); }

TEST(EdgeList, IntegersAreNumberedByValue) {
  const LoadedGraph loaded = read("10 2\n2 -3\n10 700\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("-3", "2", "10", "700"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}}));
  EXPECT_EQ(loaded.graph.workers, 4u);
  EXPECT_EQ(loaded.graph.name, "graph");
  EXPECT_FALSE(loaded.graph.weights_are_rates);
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST(EdgeList, NamesAreNumberedByAppearance) {
  const LoadedGraph loaded = read("Rome Oslo\nOslo \"7\"\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("Rome", "Oslo", "7"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
}

TEST(EdgeList, SeparatorsCommentsAndLineEnds) {
  const EdgeTuples expected = {{0, 1, 0.5}, {1, 2, 2.0}};
  for (const char* text :
       {"0 1 0.5\n1 2 2\n", "0\t1\t0.5\n1\t2\t2", "0,1,0.5\n1,2,2\n", "0, 1 , +0.5\r\n1,2 , 2e0\r\n",
        "# comment\n% another\n\n   # indented\n  0 1 0.5  \n \t \n1 2 2\n\n",
        "\xef\xbb\xbf"
        "0 1 0.5\n1 2 2\n",
        "\"0\" \"1\" 0.5\n\"1\",\"2\",2\n", "00 01 0.5\n1 2 2\n"}) {
    const LoadedGraph loaded = read(text);
    EXPECT_EQ(tuples(loaded.graph), expected) << text;
    EXPECT_TRUE(loaded.graph.weights_are_rates) << text;
    EXPECT_THAT(loaded.notices, IsEmpty()) << text;
  }
}

TEST(EdgeList, QuotedNamesKeepTheirSeparators) {
  const LoadedGraph loaded = read("\"New York\",\"Washington, DC\"\n\"New York\",Zürich\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("New York", "Washington, DC", "Zürich"));
}

TEST(EdgeList, AHeaderIsSkippedWithANotice) {
  for (const char* header : {"source,target", "Source Target", "# c\nfrom,to", "src\tdst"}) {
    const LoadedGraph loaded = read(std::string(header) + "\n4,5\n5,6\n");
    EXPECT_EQ(loaded.graph.workers, 3u) << header;
    ASSERT_EQ(loaded.notices.size(), 1u) << header;
    EXPECT_THAT(loaded.notices[0], HasSubstr("header"));
  }
  EXPECT_EQ(tuples(read("source,target,rate\n1,2,0.25\n").graph), (EdgeTuples{{0, 1, 0.25}}));
  // Only in the first place: later it is an edge between two workers of these names.
  EXPECT_EQ(read("a source\nsource target\n").graph.workers, 3u);
}

TEST(EdgeList, SelfLoopsAreDroppedWithANotice) {
  const LoadedGraph loaded = read("1 2\n# c\n2 2\n1 1\n2 3\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0], AllOf(HasSubstr("graph: 2 self-loops dropped"), HasSubstr("line 3")));
  EXPECT_THAT(read("1 2\n7 07\n2 7\n").notices,
              ElementsAre(HasSubstr("1 self-loop dropped (the first on line 2)")));
}

TEST(EdgeList, ARepeatedEdgeHasWeightOne) {
  const LoadedGraph loaded = read("1 2\n2 3\n2 1\n3 2\n1 2\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0], AllOf(HasSubstr("3 repeated edges merged (the first on line 3)")));
}

TEST(EdgeList, RatesOfARepeatedEdgeAdd) {
  const LoadedGraph loaded = read("1 2 0.5\n2 3 1\n2 1 0.25\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 0.75}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0],
              AllOf(HasSubstr("1 repeated edge merged, rates added"), HasSubstr("line 3")));
}

TEST(EdgeList, MalformedLinesAreNamed) {
  EXPECT_THAT(error_of("1 2\n3\n"), AllOf(HasSubstr("graph:2: too few columns (1)")));
  EXPECT_THAT(error_of("1 2 3 4\n"), HasSubstr("graph:1: too many columns (4)"));
  EXPECT_THAT(error_of("1 2 0.5\n2 3\n"),
              AllOf(HasSubstr("graph:2: "), HasSubstr("3 columns"), HasSubstr("(2)")));
  EXPECT_THAT(error_of("1 2\n2 3 0.5\n"), AllOf(HasSubstr("graph:2: "), HasSubstr("2 columns")));
  EXPECT_THAT(error_of("1,,2\n"), HasSubstr("graph:1: empty field"));
  EXPECT_THAT(error_of(",1\n"), HasSubstr("graph:1: empty field"));
  EXPECT_THAT(error_of("1 2 1\n1,2,\n"), HasSubstr("graph:2: empty field"));
  EXPECT_THAT(error_of("\"\" 2\n"), HasSubstr("graph:1: empty name"));
  EXPECT_THAT(error_of("\"a b\n"), HasSubstr("graph:1: a quote is not closed"));
  EXPECT_THAT(error_of("\"a\"b c\n"), HasSubstr("graph:1: no separator after a quote"));
  EXPECT_THAT(error_of("New York Chicago\n"), AllOf(HasSubstr("not a number (Chicago)"), HasSubstr("quote")));
}

TEST(EdgeList, BadRatesAreNamed) {
  for (const char* rate : {"-1", "-1e-9", "nan", "NaN", "inf", "-inf", "1e999", "-nan"}) {
    EXPECT_THAT(error_of(std::string("1 2 1\n# c\n2 3 ") + rate + "\n"),
                AllOf(HasSubstr("graph:3: the rate must be finite and ≥ 0"), HasSubstr(rate)));
  }
  for (const char* rate : {"0x10", "1.5.2", "--1", "+-1", "1f", "rate"}) {
    EXPECT_THAT(error_of(std::string("1 2 ") + rate + "\n"), HasSubstr("graph:1: the rate is not a number"));
  }
  EXPECT_THAT(error_of("1 2 1e308\n2 1 1e308\n"),
              HasSubstr("graph:2: the rates of a repeated edge overflow"));
  EXPECT_EQ(tuples(read("1 2 0\n2 3 -0\n").graph), (EdgeTuples{{0, 1, 0.0}, {1, 2, 0.0}}));
}

TEST(EdgeList, WhatIsNoTextIsRefused) {
  EXPECT_THAT(error_of(std::string("1 2\n2 \0 3\n", 10)), AllOf(HasSubstr("graph:2: not text (byte 0x00)")));
  EXPECT_THAT(error_of("\x1f\x8b\x08 gzip"), HasSubstr("graph:1: not text (byte 0x1f)"));
  EXPECT_THAT(error_of("a \x7f\n"), HasSubstr("byte 0x7f"));
  EXPECT_THAT(error_of("caf\xe9 b\n"), HasSubstr("graph:1: not text (byte 0xe9)"));  // Latin-1
  EXPECT_THAT(error_of("a \xc0\xaf\n"), HasSubstr("not text"));                      // overlong
  EXPECT_THAT(error_of("a \xed\xa0\x80\n"), HasSubstr("not text"));                  // surrogate
  EXPECT_THAT(error_of("a b\xc3"), HasSubstr("not text"));                           // cut short
  EXPECT_THAT(error_of("\xff\xfe"
                       "1\0 \0"),
              HasSubstr("not text"));  // UTF-16
}

TEST(EdgeList, OverlongLinesAreRefused) {
  const std::string name(4094, 'x');
  EXPECT_EQ(read(name + " y\n").graph.worker_names[0], name);  // 4096 bytes
  EXPECT_EQ(read(name + " y\r\n").graph.workers, 2u);
  for (const std::size_t length : {4095u, 4096u, 100000u}) {
    for (const char* end : {"", "\n", "\r\n", "\n1 2\n"}) {
      EXPECT_THAT(error_of("y z\n" + std::string(length, 'x') + " y" + end),
                  HasSubstr("graph:2: line too long"));
    }
  }
}

TEST(EdgeList, NothingToReadIsRefused) {
  for (const char* text : {"", "\n\n", "# only a comment", "source,target\n"}) {
    EXPECT_THAT(error_of(text), HasSubstr("graph: no edges")) << text;
  }
  EXPECT_THAT(error_of("5 5\n"), AllOf(HasSubstr("graph: only one worker (5)"), HasSubstr("at least 2")));
}

TEST(EdgeList, DisconnectedGraphsListTheirComponents) {
  EXPECT_THAT(error_of("1 2\n2 3\n5 6\n9 9\n"), AllOf(HasSubstr("graph: the graph is not connected"),
                                                      HasSubstr("3 components of 3, 2, 1 workers")));
  EXPECT_THAT(error_of("1 1\n2 2\n"), HasSubstr("2 components of 1, 1"));
}

TEST(EdgeList, QuotesInNamesAreDoubled) {
  EXPECT_THAT(read("\"a \"\"b\"\"\" c\n").graph.worker_names, ElementsAre("a \"b\"", "c"));
  EXPECT_THAT(read("\"\"\"\" c\n").graph.worker_names, ElementsAre("\"", "c"));
  EXPECT_THAT(error_of("\"  \" c\n"), HasSubstr("graph:1: empty name"));
}

// The two ways of numbering integers (a table, sorting) and the way by text agree.
TEST(EdgeList, IdsOfAnySizeAreNumberedAlike) {
  const EdgeTuples expected = {{0, 1, 1.0}, {0, 2, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}};
  for (const char* top : {"9", "4294967295", "4294967296", "9223372036854775807"}) {
    const LoadedGraph loaded = read(std::string("2 0\n5 0\n2 5\n5 ") + top + "\n");
    EXPECT_EQ(tuples(loaded.graph), expected) << top;
    EXPECT_THAT(loaded.graph.worker_names, ElementsAre("0", "2", "5", top));
  }
}

TEST(EdgeList, WorkersThatAreTheirNumbersHaveNoNames) {
  EXPECT_THAT(read("0 1\n2 1\n").graph.worker_names, IsEmpty());
  EXPECT_THAT(read("00 1\n2 1\n").graph.worker_names, IsEmpty());
}

TEST(EdgeList, FixturesOfOtherPrograms) {
  const LoadedGraph snap = read_graph(fixture("edge_list/both_directions.txt"));
  EXPECT_EQ(tuples(snap.graph), (EdgeTuples{{0, 1, 1.0}, {0, 2, 1.0}, {1, 2, 1.0}}));
  EXPECT_THAT(snap.notices, ElementsAre(HasSubstr("1 self-loop dropped (the first on line 9)"),
                                        HasSubstr("3 repeated edges merged (the first on line 5)")));
}

TEST(EdgeList, IntegersAmongNamesAreRefusedWithTheirLine) {
  EXPECT_THAT(
      error_of("Rome Oslo\nOslo 7\n"),
      AllOf(HasSubstr("graph:2: some workers are integers and others are names (7)"), HasSubstr("quote")));
  EXPECT_THAT(error_of("7 8\n8 9\n9 Oslo\n"),
              HasSubstr("graph:3: some workers are integers and others are names (Oslo)"));
  EXPECT_THAT(error_of("e 1 2\ne 2 3\n"),
              HasSubstr("graph:1: some workers are integers"));  // DIMACS without p
  EXPECT_THAT(error_of("1 pp 2\n2 pp 3\n"), HasSubstr("graph:1: some workers are integers"));  // SIF
  EXPECT_THAT(error_of("rack 1,10\nrack 2,10\n"), HasSubstr("some workers are integers"));
  EXPECT_THAT(error_of("+2 0\n"), HasSubstr("graph:1: a worker's id is a number that is not whole (+2)"));
  EXPECT_THAT(error_of("0.5 0.25 0.25\n"), HasSubstr("not whole (0.5)"));
}

TEST(EdgeList, BlanksDoNotSeparateWhereCommasSemicolonsOrTabsDo) {
  EXPECT_THAT(read("New York,Rome\nRome , Los Angeles\n").graph.worker_names,
              ElementsAre("New York", "Rome", "Los Angeles"));
  EXPECT_THAT(read("New York;Rome\n").graph.worker_names, ElementsAre("New York", "Rome"));
  EXPECT_THAT(read("New York\tRome\t2\n").graph.worker_names, ElementsAre("New York", "Rome"));
  EXPECT_EQ(tuples(read("1 2\t0.5\n2 3\t1\n").graph),
            (EdgeTuples{{0, 1, 0.5}, {1, 2, 1.0}}));  // as KONECT mixes
  EXPECT_THAT(error_of("a;b,c\n"), HasSubstr("graph:1: both semicolons and commas separate"));
}

TEST(EdgeList, SemicolonsAllowDecimalCommas) {
  const LoadedGraph loaded = read("source;target;weight\n0;1;0,5\n1;2;2\n2;0;1,25\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 0.5}, {0, 2, 1.25}, {1, 2, 2.0}}));
  EXPECT_THAT(loaded.notices,
              ElementsAre(HasSubstr("header"), HasSubstr("0,5 was taken for a number with a decimal")));
}

TEST(EdgeList, DictionariesOfNetworkXAreRead) {
  for (const char* text : {"0 1 {}\n1 2 {}\n", "0,1,{}\n1,2,{}\n", "0 1 {'color': 'red'}\n1 2 {}\n"}) {
    const LoadedGraph loaded = read(text);
    EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}})) << text;
    EXPECT_FALSE(loaded.graph.weights_are_rates);
  }
  const EdgeTuples weighted = {{0, 1, 2.0}, {1, 2, 0.5}};
  EXPECT_EQ(tuples(read("0 1 {'weight': 2}\n1 2 {'a': 'x, y', 'weight': 0.5}\n").graph), weighted);
  EXPECT_EQ(tuples(read("0,1,{'weight': 2}\n1,2,{'weight': 0.5, 'b': 1}\n").graph), weighted);
  const LoadedGraph some = read("0 1 {'weight': 2}\n1 2 {}\n");
  EXPECT_FALSE(some.graph.weights_are_rates);
  EXPECT_THAT(some.notices, ElementsAre(HasSubstr("only 1 of 2 edges have a rate: ignored")));
  EXPECT_THAT(error_of("0 1 {'weight': 'much'}\n"), HasSubstr("graph:1: the rate is not a number"));
}

TEST(EdgeList, ArrowsAreNoWorkers) {
  const EdgeTuples triangle = {{0, 1, 1.0}, {0, 2, 1.0}, {1, 2, 1.0}};
  for (const char* text :
       {"1 -> 2\n2 -> 3\n3 -> 1\n", "1 -- 2\n2 -- 3\n3 -- 1\n", "a => b\nb => c\nc => a\n"})
    EXPECT_EQ(tuples(read(text).graph), triangle) << text;
  EXPECT_EQ(tuples(read("1 -> 2 0.5\n2 -> 1 0.5\n").graph), (EdgeTuples{{0, 1, 0.5}})) << "one edge";
  EXPECT_THAT(error_of("1 -> 2 0.5\n2 -> 1 0.25\n"),
              HasSubstr("the two directions of an edge have different rates"));
  EXPECT_THAT(error_of("1 -> 2\n2 3\n"), HasSubstr("graph:2: not the arrow of the first line"));
  EXPECT_THAT(error_of("a->b c\n"), HasSubstr("graph:1: an arrow within a worker's id (a->b)"));
}

}  // namespace edge_list_test
}  // namespace acidsim
