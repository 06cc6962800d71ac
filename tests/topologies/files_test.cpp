#include "topologies/files.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

#include "tests/topologies/expect_error.hpp"
#include "topologies/families.hpp"
#include "topologies/rates.hpp"
#include "topologies/spectrum.hpp"

namespace acidsim {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;
using EdgeTuples = std::vector<std::tuple<Worker, Worker, double>>;

EdgeTuples tuples(const Graph& graph) {
  EdgeTuples all;
  for (const Edge& e : graph.edges) all.emplace_back(e.i, e.j, e.rate);
  return all;
}

class EdgeListFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::path(testing::TempDir()) /
              ("acidsim_files_" + std::string(test->name()) + std::to_string(getpid()));
    fs::create_directories(folder_);
    file_ = folder_ / "graph.txt";
  }
  void TearDown() override { fs::remove_all(folder_); }

  LoadedGraph read(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    return read_edge_list(file_);
  }
  // The message, without the path of the file in front: "graph.txt:3: …".
  std::string error_of(const std::string& text) {
    const std::string message = input_error_of([&] { read(text); });
    const std::string path = (folder_ / "").string();
    EXPECT_TRUE(message.starts_with(path)) << message;
    return message.substr(std::min(path.size(), message.size()));
  }

  fs::path folder_, file_;
};

TEST_F(EdgeListFile, IntegersAreNumberedByValue) {
  const LoadedGraph loaded = read("10 2\n2 -3\n10 700\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("-3", "2", "10", "700"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}}));
  EXPECT_EQ(loaded.graph.workers, 4u);
  EXPECT_EQ(loaded.graph.name, "graph");
  EXPECT_FALSE(loaded.graph.weights_are_rates);
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST_F(EdgeListFile, NamesAreNumberedByAppearance) {
  const LoadedGraph loaded = read("Rome Oslo\nOslo 7\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("Rome", "Oslo", "7"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
}

TEST_F(EdgeListFile, SeparatorsCommentsAndLineEnds) {
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

TEST_F(EdgeListFile, QuotedNamesKeepTheirSeparators) {
  const LoadedGraph loaded = read("\"New York\",\"Washington, DC\"\n\"New York\",Zürich\n");
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("New York", "Washington, DC", "Zürich"));
}

TEST_F(EdgeListFile, AHeaderIsSkippedWithANotice) {
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

TEST_F(EdgeListFile, SelfLoopsAreDroppedWithANotice) {
  const LoadedGraph loaded = read("1 2\n# c\n2 2\n1 1\n2 3\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0], AllOf(HasSubstr("graph.txt: 2 self-loops dropped"), HasSubstr("line 3")));
  EXPECT_THAT(read("1 2\n7 07\n2 7\n").notices,
              ElementsAre(HasSubstr("1 self-loop dropped (the first on line 2)")));
}

TEST_F(EdgeListFile, ARepeatedEdgeHasWeightOne) {
  const LoadedGraph loaded = read("1 2\n2 3\n2 1\n3 2\n1 2\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0], AllOf(HasSubstr("3 repeated edges merged (the first on line 3)")));
}

TEST_F(EdgeListFile, RatesOfARepeatedEdgeAdd) {
  const LoadedGraph loaded = read("1 2 0.5\n2 3 1\n2 1 0.25\n");
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 0.75}, {1, 2, 1.0}}));
  ASSERT_EQ(loaded.notices.size(), 1u);
  EXPECT_THAT(loaded.notices[0],
              AllOf(HasSubstr("1 repeated edge merged, rates added"), HasSubstr("line 3")));
}

TEST_F(EdgeListFile, MalformedLinesAreNamed) {
  EXPECT_THAT(error_of("1 2\n3\n"), AllOf(HasSubstr("graph.txt:2: too few columns (1)")));
  EXPECT_THAT(error_of("1 2 3 4\n"), HasSubstr("graph.txt:1: too many columns (4)"));
  EXPECT_THAT(error_of("1 2 0.5\n2 3\n"),
              AllOf(HasSubstr("graph.txt:2: "), HasSubstr("3 columns"), HasSubstr("(2)")));
  EXPECT_THAT(error_of("1 2\n2 3 0.5\n"), AllOf(HasSubstr("graph.txt:2: "), HasSubstr("2 columns")));
  EXPECT_THAT(error_of("1,,2\n"), HasSubstr("graph.txt:1: empty field"));
  EXPECT_THAT(error_of(",1\n"), HasSubstr("graph.txt:1: empty field"));
  EXPECT_THAT(error_of("1 2 1\n1,2,\n"), HasSubstr("graph.txt:2: empty field"));
  EXPECT_THAT(error_of("\"\" 2\n"), HasSubstr("graph.txt:1: empty name"));
  EXPECT_THAT(error_of("\"a b\n"), HasSubstr("graph.txt:1: a quote is not closed"));
  EXPECT_THAT(error_of("\"a\"b c\n"), HasSubstr("graph.txt:1: no separator after a quote"));
  EXPECT_THAT(error_of("New York,Chicago\n"), AllOf(HasSubstr("not a number (Chicago)"), HasSubstr("quote")));
  EXPECT_THAT(error_of("1 2 {}\n"), HasSubstr("graph.txt:1: the rate is not a number ({})"));
}

TEST_F(EdgeListFile, BadRatesAreNamed) {
  for (const char* rate : {"-1", "-1e-9", "nan", "NaN", "inf", "-inf", "1e999", "-nan"}) {
    EXPECT_THAT(error_of(std::string("1 2 1\n# c\n2 3 ") + rate + "\n"),
                AllOf(HasSubstr("graph.txt:3: the rate must be finite and ≥ 0"), HasSubstr(rate)));
  }
  for (const char* rate : {"0x10", "1.5.2", "--1", "+-1", "1f", "rate"}) {
    EXPECT_THAT(error_of(std::string("1 2 ") + rate + "\n"),
                HasSubstr("graph.txt:1: the rate is not a number"));
  }
  EXPECT_THAT(error_of("1 2 1e308\n2 1 1e308\n"),
              HasSubstr("graph.txt:2: the rates of a repeated edge overflow"));
  EXPECT_EQ(tuples(read("1 2 0\n2 3 -0\n").graph), (EdgeTuples{{0, 1, 0.0}, {1, 2, 0.0}}));
}

TEST_F(EdgeListFile, WhatIsNoTextIsRefused) {
  EXPECT_THAT(error_of(std::string("1 2\n2 \0 3\n", 10)),
              AllOf(HasSubstr("graph.txt:2: not text (byte 0x00)")));
  EXPECT_THAT(error_of("\x1f\x8b\x08 gzip"), HasSubstr("graph.txt:1: not text (byte 0x1f)"));
  EXPECT_THAT(error_of("a \x7f\n"), HasSubstr("byte 0x7f"));
  EXPECT_THAT(error_of("caf\xe9 b\n"), HasSubstr("graph.txt:1: not text (byte 0xe9)"));  // Latin-1
  EXPECT_THAT(error_of("a \xc0\xaf\n"), HasSubstr("not text"));                          // overlong
  EXPECT_THAT(error_of("a \xed\xa0\x80\n"), HasSubstr("not text"));                      // surrogate
  EXPECT_THAT(error_of("a b\xc3"), HasSubstr("not text"));                               // cut short
  EXPECT_THAT(error_of("\xff\xfe"
                       "1\0 \0"),
              HasSubstr("not text"));  // UTF-16
}

TEST_F(EdgeListFile, OverlongLinesAreRefused) {
  const std::string name(4094, 'x');
  EXPECT_EQ(read(name + " y\n").graph.worker_names[0], name);  // 4096 bytes
  EXPECT_EQ(read(name + " y\r\n").graph.workers, 2u);
  for (const std::size_t length : {4095u, 4096u, 100000u}) {
    for (const char* end : {"", "\n", "\r\n", "\n1 2\n"}) {
      EXPECT_THAT(error_of("y z\n" + std::string(length, 'x') + " y" + end),
                  HasSubstr("graph.txt:2: line too long"));
    }
  }
}

TEST_F(EdgeListFile, NothingToReadIsRefused) {
  for (const char* text : {"", "\n\n", "# only a comment", "source,target\n"}) {
    EXPECT_THAT(error_of(text), HasSubstr("graph.txt: no edges")) << text;
  }
  EXPECT_THAT(error_of("5 5\n"), AllOf(HasSubstr("graph.txt: only one worker (5)"), HasSubstr("at least 2")));
}

TEST_F(EdgeListFile, DisconnectedGraphsListTheirComponents) {
  EXPECT_THAT(error_of("1 2\n2 3\n5 6\n9 9\n"), AllOf(HasSubstr("graph.txt: the graph is not connected"),
                                                      HasSubstr("3 components of 3, 2, 1 workers")));
  EXPECT_THAT(error_of("1 1\n2 2\n"), HasSubstr("2 components of 1, 1"));
}

TEST_F(EdgeListFile, PathsThatAreNoFileAreRefused) {
  const auto error_at = [](const fs::path& path) { return input_error_of([&] { read_edge_list(path); }); };
  EXPECT_THAT(error_at(folder_ / "missing.txt"), EndsWith("missing.txt: no such file"));
  EXPECT_THAT(error_at(""), HasSubstr("no such file"));
  EXPECT_THAT(error_at(folder_), HasSubstr("is a directory"));
  EXPECT_THAT(error_at("/dev/null"), HasSubstr("not a regular file"));
  EXPECT_THAT(error_at("/proc/self/mem"), HasSubstr("cannot be read"));  // opens, but reading its start fails
}

TEST_F(EdgeListFile, AnUnreadableFileIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  std::ofstream(file_) << "1 2\n";
  fs::permissions(file_, fs::perms::none);
  EXPECT_THAT(input_error_of([&] { read_edge_list(file_); }), HasSubstr("cannot be opened"));
}

TEST_F(EdgeListFile, OtherGraphFormatsAreRefusedByExtension) {
  for (const char* name : {"a.graphml", "a.GML", "a.json", "a.txt.gz"}) {
    std::ofstream(folder_ / name) << "1 2\n";
    EXPECT_THAT(input_error_of([&] { read_edge_list(folder_ / name); }),
                AllOf(HasSubstr("not supported yet"), HasSubstr("edge list")))
        << name;
  }
}

TEST_F(EdgeListFile, WritingAndReadingBack) {
  for (const Graph& graph :
       {grid2d(3, 4), exponential(16), random_regular(30, 3, 1), erdos_renyi(30, 0.3, 1)}) {
    std::ostringstream out;
    write_edge_list(graph, out);
    const LoadedGraph loaded = read(out.str());
    EXPECT_EQ(tuples(loaded.graph), tuples(graph)) << graph.name;
    EXPECT_EQ(loaded.graph.workers, graph.workers);
    EXPECT_THAT(loaded.notices, IsEmpty());
  }
}

TEST_F(EdgeListFile, WritingKeepsNamesAndRatesToTheLastBit) {
  const LoadedGraph first =
      read("\"New York\" \"a,b\" 0.1\n\"a,b\" \"#c\" 1e-300\n\"#c\" é 3.3333333333333335\n");
  std::ostringstream out;
  write_edge_list(first.graph, out);
  const LoadedGraph second = read(out.str());
  EXPECT_EQ(second.graph.worker_names, first.graph.worker_names);
  EXPECT_EQ(tuples(second.graph), tuples(first.graph));
  EXPECT_TRUE(second.graph.weights_are_rates);
}

// A file of rates 1 stays a file of rates.
TEST_F(EdgeListFile, WritingRatesOfOneKeepsTheColumn) {
  std::ostringstream out;
  write_edge_list(read("1 2 1\n").graph, out);
  EXPECT_THAT(out.str(), EndsWith("\n1 2 1\n"));
}

std::map<std::string, Worker> degrees_by_name(const Graph& graph) {
  const std::vector<Worker> degree = degrees(graph);
  std::map<std::string, Worker> all;
  for (Worker i = 0; i < graph.workers; ++i) all[graph.worker_names[i]] = degree[i];
  return all;
}

TEST(ShippedNetworks, KarateClub) {
  const LoadedGraph loaded = read_edge_list(ACIDSIM_SOURCE_DIR "/topologies/data/zacharys_karate_club.txt");
  EXPECT_EQ(loaded.graph.workers, 34u);
  EXPECT_EQ(loaded.graph.edges.size(), 78u);
  EXPECT_THAT(loaded.notices, IsEmpty());
  const auto degree = degrees_by_name(loaded.graph);
  EXPECT_EQ(degree.at("1"), 16u);
  EXPECT_EQ(degree.at("34"), 17u);
  EXPECT_EQ(degree.at("33"), 12u);
  EXPECT_EQ(degree.at("12"), 1u);
}

TEST(ShippedNetworks, Abilene) {
  const LoadedGraph loaded = read_edge_list(ACIDSIM_SOURCE_DIR "/topologies/data/abilene.txt");
  EXPECT_EQ(loaded.graph.workers, 11u);
  EXPECT_EQ(loaded.graph.edges.size(), 14u);
  EXPECT_THAT(loaded.notices, IsEmpty());
  const std::map<std::string, Worker> expected = {{"Seattle", 2}, {"Sunnyvale", 3},   {"Los_Angeles", 2},
                                                  {"Denver", 3},  {"Kansas_City", 3}, {"Houston", 3},
                                                  {"Atlanta", 3}, {"Washington", 2},  {"Indianapolis", 3},
                                                  {"Chicago", 2}, {"New_York", 2}};
  EXPECT_EQ(degrees_by_name(loaded.graph), expected);
  const Spectrum s = spectrum(11, rated_edges(loaded.graph, RateConvention::uniform_neighbor, 1.0));
  EXPECT_LT(s.foster_residual, 1e-13);
}

}  // namespace
}  // namespace acidsim
