// What is written is read again.
#include "tests/topologies/files/graph_files.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace write_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string as_graphml(const Graph& graph, std::span<const EdgeValues> values = {}) {
  std::ostringstream out;
  write_graphml(graph, values, out);
  return out.str();
}

std::string as_edge_list(const Graph& graph) {
  std::ostringstream out;
  write_edge_list(graph, out);
  return out.str();
}

Graph awkward() {
  Graph graph;
  graph.name = "a \"net\" & <more>\nthan a line";
  graph.workers = 6;
  graph.worker_names = {"New York", "a,b", "#c", "é \"Süd\" & <x>", "a \"quote, b", "]]>"};
  graph.edges = {{0, 1, 0.1}, {1, 2, 1e-300}, {2, 3, 3.3333333333333335}, {3, 4, 0}, {4, 5, 1e300}};
  graph.weights_are_rates = true;
  graph.coordinates = {{0, 0}, {0.1, -7.5}, {1e-9, 3}, {4, 1.0 / 3}, {5, 5}, {6, 6}};
  return graph;
}

TEST(Write, FamiliesComeBackFromBothFormats) {
  for (const Graph& graph :
       {grid2d(3, 4), exponential(16), random_regular(30, 3, 1), erdos_renyi(30, 0.3, 1)}) {
    for (const LoadedGraph& loaded :
         {read_text(parse_edge_list, as_edge_list(graph)), read_text(parse_graphml, as_graphml(graph))}) {
      EXPECT_EQ(tuples(loaded.graph), tuples(graph)) << graph.name;
      EXPECT_EQ(loaded.graph.workers, graph.workers);
      EXPECT_THAT(loaded.graph.worker_names, IsEmpty());
      EXPECT_THAT(loaded.notices, IsEmpty());
    }
  }
}

TEST(Write, GraphmlKeepsEverythingToTheLastBit) {
  const Graph graph = awkward();
  const LoadedGraph loaded = read_text(parse_graphml, as_graphml(graph));
  EXPECT_EQ(loaded.graph.name, "a \"net\" & <more> than a line");
  EXPECT_EQ(loaded.graph.worker_names, graph.worker_names);
  EXPECT_EQ(loaded.graph.coordinates, graph.coordinates);
  EXPECT_EQ(tuples(loaded.graph), tuples(graph));
  EXPECT_TRUE(loaded.graph.weights_are_rates);
}

TEST(Write, EdgeListsKeepNamesAndRatesToTheLastBit) {
  const Graph graph = awkward();
  const LoadedGraph loaded = read_text(parse_edge_list, as_edge_list(graph));
  EXPECT_EQ(loaded.graph.worker_names, graph.worker_names);
  EXPECT_EQ(tuples(loaded.graph), tuples(graph));
  EXPECT_TRUE(loaded.graph.weights_are_rates);
  EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("the rates go from 1e-300 to 1e+300")));
}

// A file of rates 1 stays a file of rates.
TEST(Write, RatesOfOneKeepTheirColumn) {
  const Graph graph = read_text(parse_edge_list, "1 2 1\n").graph;
  EXPECT_THAT(as_edge_list(graph), EndsWith("\n1 2 1\n"));
  EXPECT_TRUE(read_text(parse_graphml, as_graphml(graph)).graph.weights_are_rates);
}

TEST(Write, FurtherValuesAreAttributesOfTheEdges) {
  const std::vector<double> rates = {0.5, 0.25}, resistances = {1.0 / 3, 2};
  const std::vector<EdgeValues> values = {{"rate", rates}, {"R & more", resistances}};
  Graph graph = path(3);
  const std::string text = as_graphml(graph, values);
  EXPECT_THAT(text, AllOf(HasSubstr("attr.name=\"R &amp; more\""), HasSubstr(">0.3333333333333333</data>")));
  EXPECT_EQ(tuples(read_text(parse_graphml, text).graph), (EdgeTuples{{0, 1, 0.5}, {1, 2, 0.25}}));
  // A column of values named as the graph's own stands in its place.
  graph.weights_are_rates = true;
  EXPECT_EQ(tuples(read_text(parse_graphml, as_graphml(graph, values)).graph),
            (EdgeTuples{{0, 1, 0.5}, {1, 2, 0.25}}));
}

// The first edge of a list is never taken for a header or for sizes.
TEST(Write, TheFirstEdgeStaysAnEdge) {
  Graph graph = path(3);
  graph.worker_names = {"source", "target", "x"};
  EXPECT_EQ(read_text(parse_edge_list, as_edge_list(graph)).graph.workers, 3u);
  graph.worker_names = {"9", "1", "2"};  // 9 1, then one more line
  const LoadedGraph loaded = read_text(parse_edge_list, as_edge_list(graph));
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("1", "2", "9"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {0, 2, 1.0}}));
}

TEST(Write, ControlCharactersStayOutOfXml) {
  Graph graph = path(2);
  graph.worker_names = {std::string("a\x01") + "b", "c"};
  EXPECT_THAT(as_graphml(graph), Not(HasSubstr("\x01")));
  EXPECT_EQ(read_text(parse_graphml, as_graphml(graph)).graph.worker_names[0], "a b");
}

}  // namespace write_test
}  // namespace acidsim
