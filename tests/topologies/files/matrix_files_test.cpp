// Matrix Market and METIS: graphs as matrices, with sizes in front.
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace matrix_files_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string market_error(const std::string& text) { return error_of(parse_matrix_market, text); }
std::string metis_error(const std::string& text) { return error_of(parse_metis, text); }

const std::string banner = "%%MatrixMarket matrix coordinate real symmetric\n";

TEST(MatrixMarket, GeneralMatricesHaveBothTriangles) {
  const LoadedGraph loaded = read_graph(fixture("matrix_market/pattern.mtx"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_FALSE(loaded.graph.weights_are_rates);
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("1", "2", "3"));
  EXPECT_THAT(market_error("%%MatrixMarket matrix coordinate integer general\n2 2 2\n1 2 3\n2 1 4\n"),
              HasSubstr("graph:4: the two directions of an edge have different rates (3 and 4)"));
}

TEST(MatrixMarket, OtherMatricesAreRefused) {
  EXPECT_THAT(market_error("%%MatrixMarket matrix array pattern general\n2 2\n"),
              HasSubstr("graph:1: an array without values (pattern)"));
  EXPECT_THAT(market_error("%%MatrixMarket matrix coordinate complex general\n"),
              HasSubstr("graph:1: values of a kind"));
  EXPECT_THAT(market_error("%%MatrixMarket matrix coordinate real skew-symmetric\n"),
              HasSubstr("graph:1: a symmetry"));
  EXPECT_THAT(market_error("%%MatrixMarket vector coordinate real general\n"),
              HasSubstr("graph:1: not a matrix (vector)"));
  for (const char* text : {"", "1 2\n", "%%MatrixMarket\n", "%%MatrixMarket matrix coordinate real\n"})
    EXPECT_THAT(market_error(text), HasSubstr("graph:1: not the first line of a Matrix Market file")) << text;
}

TEST(MatrixMarket, DenseMatricesAreRead) {
  const EdgeTuples expected = {{0, 1, 0.5}, {1, 2, 2.0}};
  for (const char* text : {"%%MatrixMarket matrix array real general\n3 3\n0\n0.5\n0\n0.5\n0\n2\n0\n2\n0\n",
                           "%MatrixMarket matrix array real symmetric\n3 3\n0\n0.5\n0\n0\n2\n0\n"}) {
    const LoadedGraph loaded = read_text(parse_matrix_market, text);
    EXPECT_EQ(tuples(loaded.graph), expected) << text;
    EXPECT_THAT(loaded.notices, ::testing::IsEmpty());
  }
  const std::string start = "%%MatrixMarket matrix array real general\n2 2\n0\n1\n";
  EXPECT_THAT(market_error(start), HasSubstr("graph: the file ends too early (2 of 4 entries)"));
  EXPECT_THAT(market_error(start + "2\n0\n"),
              HasSubstr("the two directions of an edge have different rates"));
  EXPECT_THAT(market_error(start + "1\n0\n0\n"), HasSubstr("more entries than the sizes say (4)"));
}

TEST(MatrixMarket, RowsWithoutEntriesAreWorkersWithoutEdges) {
  const std::string text = banner + "4 4 1\n2 1 1\n";
  EXPECT_THAT(market_error(text), HasSubstr("3 components of 2, 1, 1 workers"));
  EXPECT_EQ(read_text(parse_matrix_market, text, {true}).graph.workers, 2u);
}

TEST(MatrixMarket, SizesAreChecked) {
  EXPECT_THAT(market_error(banner), HasSubstr("graph: the file ends before its sizes"));
  EXPECT_THAT(market_error(banner + "2 2\n"), HasSubstr("graph:2: not the sizes of the matrix (2 2)"));
  EXPECT_THAT(market_error(banner + "2 3 1\n"), HasSubstr("graph:2: an adjacency matrix is square (2 × 3)"));
  EXPECT_THAT(market_error(banner + "2 2 -1\n"),
              HasSubstr("graph:2: the number of entries is not a whole number"));
  EXPECT_THAT(market_error(banner + "2 2 0\n"), HasSubstr("graph:2: no edges"));
  EXPECT_THAT(market_error(banner + "1000000000000 1000000000000 5\n"),
              HasSubstr("graph:2: too many workers"));
  EXPECT_THAT(market_error(banner + "9 9 1000000000000\n"), HasSubstr("graph:2: too many edges"));
  EXPECT_THAT(market_error(banner + "99999999999999999999 9 1\n"), HasSubstr("graph:2: the number of rows"));
  EXPECT_THAT(market_error(banner + "33554432 33554432 1\n2 1 1\n"),
              HasSubstr("graph:2: the graph is not connected"));
  EXPECT_THAT(market_error(banner + "2 2 33554432\n2 1 1\n"),
              HasSubstr("graph: the file ends too early (1 of 33554432 entries)"));
}

TEST(MatrixMarket, EntriesAreChecked) {
  const std::string start = banner + "% comment\n\n3 3 2\n2 1 1\n";
  EXPECT_THAT(market_error(start), HasSubstr("graph: the file ends too early (1 of 2 entries)"));
  EXPECT_THAT(market_error(start + "3 2 1\n3 1 1\n"),
              HasSubstr("graph:7: more entries than the sizes say (2)"));
  EXPECT_THAT(market_error(start + "4 2 1\n"), HasSubstr("graph:6: no such row (4)"));
  EXPECT_THAT(market_error(start + "3 0 1\n"), HasSubstr("graph:6: no such column (0)"));
  EXPECT_THAT(market_error(start + "3 2\n"), HasSubstr("graph:6: not an entry of the matrix (3 2)"));
  EXPECT_THAT(market_error(start + "3 2 -1\n"),
              AllOf(HasSubstr("graph:6: the rate must be finite"), HasSubstr("Laplacian")));
  EXPECT_THAT(market_error(start + "3 2 nan\n"), HasSubstr("graph:6: the rate must be finite and ≥ 0 (nan)"));
  EXPECT_THAT(market_error(start + "3 2 x\n"), HasSubstr("graph:6: the rate is not a number (x)"));
}

TEST(Metis, TheExampleOfTheManual) {
  const LoadedGraph loaded = read_graph(fixture("metis/plain.metis"));
  EXPECT_EQ(loaded.graph.workers, 7u);
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1},
                                              {0, 2, 1},
                                              {0, 4, 1},
                                              {1, 2, 1},
                                              {1, 3, 1},
                                              {2, 3, 1},
                                              {2, 4, 1},
                                              {3, 5, 1},
                                              {3, 6, 1},
                                              {4, 5, 1},
                                              {5, 6, 1}}));
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST(Metis, EveryFormatCode) {
  const EdgeTuples plain = {{0, 1, 1}, {1, 2, 1}}, weighted = {{0, 1, 4}, {1, 2, 5}};
  const auto read = [](const char* text) { return tuples(read_text(parse_metis, text).graph); };
  EXPECT_EQ(read("3 2\n2\n1 3\n2\n"), plain);
  EXPECT_EQ(read("3 2 0\n2\n1 3\n2"), plain);
  EXPECT_EQ(read("3 2 1\n2 4\n1 4 3 5\n2 5\n"), weighted);
  EXPECT_EQ(read("3 2 10\n7 2\n7 1 3\n7 2\n"), plain);
  EXPECT_EQ(read("3 2 11\n7 2 4\n7 1 4 3 5\n7 2 5\n"), weighted);
  EXPECT_EQ(read("3 2 010 2\n7 8 2\n7 8 1 3\n7 8 2\n"), plain);
  EXPECT_EQ(read("3 2 100\r\n9 2\r\n9 1 3\r\n9 2\r\n"), plain);
  EXPECT_EQ(read("%c\n3 2 111 2\n%c\n9 7 8 2 4\n9 7 8 1 4 3 5\n9 7 8 2 5\n%c\n\n"), weighted);
}

TEST(Metis, TheHeaderIsChecked) {
  EXPECT_THAT(metis_error(""), HasSubstr("graph:1: the number of vertices is not a whole number"));
  EXPECT_THAT(metis_error("3\n"), HasSubstr("graph:1: the number of edges is not a whole number"));
  EXPECT_THAT(metis_error("3 -2\n"),
              HasSubstr("graph:1: the number of edges is not a whole number ≥ 0 (-2)"));
  EXPECT_THAT(metis_error("3 2 2\n"), HasSubstr("graph:1: not a code of the METIS format (2)"));
  EXPECT_THAT(metis_error("3 2 0111\n"), HasSubstr("not a code"));
  EXPECT_THAT(metis_error("3 2 10 0\n"), HasSubstr("graph:1: not a number of vertex weights (0)"));
  EXPECT_THAT(metis_error("3 2 1 1 1\n"), HasSubstr("graph:1: more than a header (1)"));
  EXPECT_EQ(read_text(parse_metis, "2 1 0 1\n2\n1\n").graph.workers, 2u) << "a number of weights, and none";
  EXPECT_THAT(metis_error("3 0\n\n\n\n"), HasSubstr("graph:1: no edges"));
  EXPECT_THAT(metis_error("1000000000000 5\n"), HasSubstr("graph:1: too many workers (1000000000000)"));
  EXPECT_THAT(metis_error("9 1000000000000\n"), HasSubstr("graph:1: too many edges"));
  EXPECT_THAT(metis_error("33554432 33554432\n2\n1\n"),
              HasSubstr("graph: the file ends too early (2 of 33554432 vertices)"));
}

TEST(Metis, VerticesAreChecked) {
  EXPECT_THAT(metis_error("3 2\n2\n1 3\n"), HasSubstr("graph: the file ends too early (2 of 3 vertices)"));
  EXPECT_THAT(metis_error("3 2\n2\n1 3\n2\n1\n"), HasSubstr("graph:5: more lines than vertices (3)"));
  EXPECT_THAT(metis_error("3 2\n2\n1 4\n2\n"), HasSubstr("graph:3: no such vertex (4)"));
  EXPECT_THAT(metis_error("3 2\n2\n1 0\n2\n"), HasSubstr("graph:3: no such vertex (0)"));
  EXPECT_THAT(metis_error("3 2\n2\n2 3\n2\n"), HasSubstr("graph:3: a vertex is its own neighbour (2)"));
  EXPECT_THAT(metis_error("3 2\n2\n1 3\n1\n"),
              HasSubstr("graph:4: an edge is not listed alike at its other end (1 – 3)"));
  EXPECT_THAT(metis_error("3 2\n2\n1\n2\n"),
              HasSubstr("graph:4: an edge is not listed alike at its other end (2 – 3)"));
  EXPECT_THAT(metis_error("3 2 1\n2 4\n1 4 3 5\n2 6\n"),
              HasSubstr("an edge is not listed alike at its other end (2 – 3, weight 5)"));
  EXPECT_THAT(metis_error("3 3\n2\n1 3\n2\n"),
              AllOf(HasSubstr("graph: the header promises another number of edges (3)"),
                    HasSubstr("the file has 2")));
  EXPECT_THAT(metis_error("3 1\n2\n1 3\n2\n"),
              HasSubstr("graph:3: more neighbours than the header's number of edges"));
  EXPECT_THAT(metis_error("3 2 1\n2 -4\n"), HasSubstr("graph:2: the rate must be finite and ≥ 0 (-4)"));
  EXPECT_THAT(metis_error("3 2 1\n2\n1 4 3 5\n2 5\n"), HasSubstr("graph:2: the rate is not a number"));
  EXPECT_THAT(metis_error("3 2\n2\n1 \x01 3\n2\n"), HasSubstr("graph:3: not text (byte 0x01)"));
  EXPECT_THAT(metis_error("3 2\nabc\n"), HasSubstr("graph:2: no such vertex (abc)"));
}

// A hub has a long line: no bound on lines here.
TEST(Metis, AStarOfAHundredThousand) {
  constexpr int n = 100000;
  std::string text = std::to_string(n) + ' ' + std::to_string(n - 1) + '\n';
  for (int i = 2; i <= n; ++i) text += std::to_string(i) + ' ';
  for (int i = 2; i <= n; ++i) text += "\n1";
  EXPECT_EQ(read_text(parse_metis, text).graph.edges.size(), n - 1u);
}

}  // namespace matrix_files_test
}  // namespace acidsim
