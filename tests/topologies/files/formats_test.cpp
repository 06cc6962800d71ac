// The choice of a reader, and what all formats share.
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace formats_test {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

const EdgeTuples five = {{0, 1, 0.5}, {0, 2, 1.0}, {1, 2, 2.0}, {2, 3, 0.25}, {3, 4, 1.5}};

TEST(Formats, TheSameGraphFromEveryFormat) {
  for (const char* name : {"edge_list/five.txt", "edge_list/five.csv", "graphml/five.graphml", "gml/five.gml",
                           "dot/five.dot", "matrix_market/five.mtx", "metis/five.graph", "gexf/five.gexf",
                           "pajek/five.net", "lgl/five.lgl", "dimacs/five.gr"}) {
    const Graph graph = read_graph(fixture(name)).graph;
    EXPECT_EQ(tuples(graph), five) << name;
    EXPECT_TRUE(graph.weights_are_rates) << name;
    EXPECT_EQ(graph.name, "five") << name;
    EXPECT_EQ(graph.workers, 5u) << name;
  }
}

TEST(Formats, NamesAndCoordinatesAreKept) {
  for (const char* name :
       {"graphml/five.graphml", "gml/five.gml", "dot/five.dot", "gexf/five.gexf", "pajek/five.net"}) {
    const LoadedGraph loaded = read_graph(fixture(name));
    const std::string fourth = "A&B <C>";
    EXPECT_THAT(loaded.graph.worker_names,
                ElementsAre("Köln", "Sankt Augustin", "Bonn \"Süd\"", fourth, "Oslo"))
        << name;
    const std::vector<std::array<double, 2>> places = {{0, 0}, {1, 0}, {1, -1.5}, {2, 10}, {3.25, 12}};
    EXPECT_EQ(loaded.graph.coordinates, places) << name;
    EXPECT_THAT(loaded.notices, IsEmpty()) << name;
  }
}

// Parallel edges, a loop, a missing place, two nodes of one name and an island, in two formats.
TEST(Formats, OdditiesOfCollectedNetworks) {
  for (const char* name : {"graphml/zoo_like.graphml", "gml/zoo_like.gml"}) {
    EXPECT_THAT(input_error_of([&] { read_graph(fixture(name)); }),
                AllOf(HasSubstr("not connected (2 components of 4, 1 workers)"),
                      HasSubstr("\"component\": \"largest\""), HasSubstr("--param component=largest")));
    const LoadedGraph loaded = read_graph(fixture(name), {true});
    EXPECT_EQ(loaded.graph.name, "MadeUp");
    EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {0, 2, 1.0}, {0, 3, 1.0}, {1, 2, 1.0}}));
    EXPECT_FALSE(loaded.graph.weights_are_rates);
    EXPECT_THAT(loaded.graph.worker_names, ElementsAre("Springfield (0)", "Springfield (1)", "Nowhere", "3"));
    ASSERT_EQ(loaded.graph.coordinates.size(), 4u);
    EXPECT_EQ(loaded.graph.coordinates[1], (std::array<double, 2>{10, 52}));
    EXPECT_EQ(loaded.graph.coordinates[2], (std::array<double, 2>{9, 51}));  // the mean of workers 0 and 1
    EXPECT_THAT(loaded.notices, Contains(HasSubstr("1 self-loop dropped")));
    EXPECT_THAT(loaded.notices, Contains(HasSubstr("2 repeated edges merged")));
    EXPECT_THAT(loaded.notices,
                Contains(HasSubstr("the largest of 2 components of 4, 1 workers kept: 4 of 5 workers")));
    EXPECT_THAT(loaded.notices, Contains(HasSubstr("2 workers share a name")));
    EXPECT_THAT(loaded.notices, Contains(HasSubstr("1 of 4 workers have no coordinates")));
  }
}

using FileFormats = GraphFolder;

TEST_F(FileFormats, ExtensionsChooseTheReader) {
  EXPECT_EQ(read_graph(put("a.GML", "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]"))
                .graph.workers,
            2u);
  EXPECT_EQ(read_graph(put("a.gv", "graph { a -- b }")).graph.workers, 2u);
  EXPECT_EQ(read_graph(put("a.metis", "2 1\n2\n1\n")).graph.workers, 2u);
  EXPECT_EQ(read_graph(put("a.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n2 2 1\n2 1\n"))
                .graph.workers,
            2u);
  EXPECT_EQ(read_graph(put("a.xml",
                           "<graphml><graph><node id='a'/><node id='b'/><edge source='a' target='b'/>"
                           "</graph></graphml>"))
                .graph.workers,
            2u);
  for (const char* name : {"a", "a.txt", "a.csv", "a.tsv", "a.edges", "a.el"}) {
    const LoadedGraph loaded = read_graph(put(name, "a b\n"));
    EXPECT_EQ(loaded.graph.workers, 2u) << name;
    EXPECT_THAT(loaded.notices, IsEmpty()) << name;
  }
}

TEST_F(FileFormats, AnUnknownExtensionIsToldWithTheKnownOnes) {
  EXPECT_THAT(read_graph(put("a.links", "1 2\n")).notices,
              ElementsAre(AllOf(HasSubstr("read as an edge list"), HasSubstr(".links"),
                                HasSubstr("METIS (.graph, .metis)"))));
  for (const char* name : {"a.g6", "a.npz", "a.zip"}) {
    EXPECT_THAT(input_error_of([&] { read_graph(put(name, "1 2\n")); }),
                AllOf(HasSubstr("no graph format that is read here"), HasSubstr("GraphML (.graphml, .xml)"),
                      HasSubstr("node-link JSON (.json)")))
        << name;
  }
}

TEST_F(FileFormats, PathsThatAreNoFileAreRefused) {
  const auto error_at = [](const fs::path& path) { return input_error_of([&] { read_graph(path); }); };
  EXPECT_THAT(error_at(folder_ / "missing.gml"), EndsWith("missing.gml: no such file"));
  EXPECT_THAT(error_at(""), HasSubstr("no such file"));
  EXPECT_THAT(error_at(folder_), HasSubstr("is a directory"));
  fs::create_directory(folder_ / "a.graphml");
  EXPECT_THAT(error_at(folder_ / "a.graphml"), HasSubstr("is a directory"));
  fs::remove(folder_ / "a.graphml");
  EXPECT_THAT(error_at("/dev/null"), HasSubstr("neither a file nor a pipe"));
  EXPECT_THAT(error_at("/dev/zero"), HasSubstr("neither a file nor a pipe"));
  for (const char* name : {"a.gml", "a.dot", "a.graphml", "a.mtx", "a.graph", "a.csv"}) {
    fs::create_symlink("/proc/self/mem", folder_ / "link");  // opens, but reading its start fails
    fs::rename(folder_ / "link", folder_ / name);
    EXPECT_THAT(error_at(folder_ / name), HasSubstr("cannot be read")) << name;
    fs::remove(folder_ / name);
  }
}

TEST_F(FileFormats, AnUnreadableFileIsRefused) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  const fs::path file = put("a.txt", "1 2\n");
  fs::permissions(file, fs::perms::none);
  EXPECT_THAT(input_error_of([&] { read_graph(file); }), HasSubstr("cannot be opened"));
}

}  // namespace formats_test
}  // namespace acidsim
