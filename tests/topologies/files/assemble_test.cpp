#include "topologies/files/assemble.hpp"

#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace assemble_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RawGraph nodes(std::initializer_list<const char*> ids) {
  RawGraph raw;
  for (const char* id : ids) raw.nodes.push_back({id, {}, {}});
  return raw;
}

TEST(Assemble, DirectionsOfOneRateCountOnce) {
  RawGraph raw = nodes({"a", "b", "c"});
  raw.directed = raw.has_rates = true;
  raw.links = {{1, 0, 0.5, 1}, {0, 1, 0.25, 2}, {0, 1, 0.25, 3}, {1, 2, 1, 4}};
  const LoadedGraph loaded = assemble(std::move(raw), "f", {});
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 0.5}, {1, 2, 1.0}}));
  EXPECT_THAT(loaded.notices,
              ElementsAre("f: 1 repeated edge merged, rates added (the first on line 3)",
                          HasSubstr("directed links read as undirected edges (1 in both directions")));
}

TEST(Assemble, DirectionsOfDifferentRatesAreRefused) {
  RawGraph raw = nodes({"a", "b"});
  raw.directed = raw.has_rates = true;
  raw.links = {{0, 1, 0.5, 7}, {1, 0, 1, 9}};
  EXPECT_THAT(input_error_of([&] { assemble(std::move(raw), "f", {}); }),
              AllOf(HasSubstr("f:9: the two directions of an edge have different rates (0.5 and 1)")));
}

TEST(Assemble, TheFirstOfTheLargestComponentsIsKept) {
  for (const bool integers : {false, true}) {
    RawGraph raw = integers ? RawGraph() : nodes({"z", "a", "b", "c", "d", "e"});
    if (integers) raw.integer_ids = {-5, 10, 20, 30, 40, 50};
    raw.links = {{5, 2, 1, 1}, {4, 3, 1, 2}, {1, 3, 1, 3}, {2, 0, 1, 4}};  // {0, 2, 5} and {1, 3, 4}
    const LoadedGraph loaded = assemble(std::move(raw), "f", {true});
    EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
    if (integers) {
      EXPECT_THAT(loaded.graph.worker_names, ElementsAre("-5", "20", "50"));
    } else {
      EXPECT_THAT(loaded.graph.worker_names, ElementsAre("z", "b", "e"));
    }
    EXPECT_THAT(loaded.notices,
                ElementsAre("f: the largest of 2 components of 3, 3 workers kept: 3 of 6 workers"));
  }
}

TEST(Assemble, OneWorkerIsNoGraph) {
  RawGraph alone = nodes({"a"});
  alone.links = {{0, 0, 1, 1}};
  EXPECT_THAT(input_error_of([&] { assemble(std::move(alone), "f", {}); }),
              HasSubstr("f: only one worker (a)"));
  EXPECT_THAT(input_error_of([&] {
                assemble(nodes({"a", "b"}), "f", {true});
              }),
              HasSubstr("f: only one worker (a)"));
  EXPECT_THAT(input_error_of([&] { assemble(RawGraph(), "f", {}); }), HasSubstr("f: only one worker"));
}

TEST(Assemble, NamesAreUniqueLines) {
  RawGraph raw = nodes({"1", "2", "3", "4"});
  raw.nodes[0].name = "  two\nlines\t";
  raw.nodes[1].name = "same";
  raw.nodes[2].name = "same";
  raw.nodes[3].name = std::string("bad \xff byte") + std::string(2000, 'x');
  raw.links = {{0, 1}, {1, 2}, {2, 3}};
  const Graph graph = assemble(std::move(raw), "f", {}).graph;
  EXPECT_EQ(graph.worker_names[0], "two lines");
  EXPECT_EQ(graph.worker_names[1], "same (2)");
  EXPECT_EQ(graph.worker_names[2], "same (3)");
  EXPECT_EQ(graph.worker_names[3], "bad   byte" + std::string(990, 'x') + "…");
}

TEST(Assemble, NamesThatCannotBeToldApartAreLeftOut) {
  RawGraph raw = nodes({"a", "b", "c"});
  raw.nodes[0].name = raw.nodes[1].name = "x";
  raw.nodes[2].name = "x (a)";
  raw.links = {{0, 1}, {1, 2}};
  const LoadedGraph loaded = assemble(std::move(raw), "f", {});
  EXPECT_THAT(loaded.graph.worker_names, IsEmpty());
  EXPECT_THAT(loaded.notices.back(), HasSubstr("numbered instead"));
}

// On a path from one worker with coordinates all get its place; between two, the order of the search decides.
TEST(Assemble, CoordinatesSpreadToAllWorkers) {
  RawGraph raw = nodes({"a", "b", "c", "d"});
  raw.nodes[1].coordinates = {{2, 4}};
  raw.links = {{0, 1}, {1, 2}, {2, 3}};
  const Graph graph = assemble(std::move(raw), "f", {}).graph;
  EXPECT_THAT(graph.coordinates, ::testing::Each(std::array<double, 2>{2, 4}));
  EXPECT_EQ(graph.coordinates.size(), 4u);
}

TEST(Assemble, ALongPathIsPlacedInLinearTime) {
  constexpr Worker n = 200000;
  RawGraph raw;
  raw.nodes.resize(n);
  for (Worker i = 0; i < n; ++i) raw.nodes[i].id = std::to_string(i);
  for (Worker i = 0; i + 1 < n; ++i) raw.links.push_back({i, i + 1, 1.0, 0});
  raw.nodes[0].coordinates = {{1, 1}};
  EXPECT_EQ(assemble(std::move(raw), "f", {}).graph.coordinates[n - 1], (std::array<double, 2>{1, 1}));
}

}  // namespace assemble_test
}  // namespace acidsim
