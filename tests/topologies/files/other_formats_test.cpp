// Formats that must be named, by `format` or by an extension, and where bytes come from.
#include <sys/stat.h>
#include <zlib.h>

#include <thread>

#include "tests/topologies/files/graph_files.hpp"
#include "topologies/files/node_link.hpp"

namespace acidsim {
namespace other_formats_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ReadOptions as(const std::string& format) {
  ReadOptions options;
  options.format = format;
  return options;
}

LoadedGraph read_as(const std::string& name, const std::string& format) {
  return read_graph(fixture(name), as(format));
}

const EdgeTuples ring = {{0, 1, 1.0}, {0, 5, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}, {3, 4, 1.0}, {4, 5, 1.0}};

TEST(OtherFormats, AdjacencyLists) {
  EXPECT_EQ(tuples(read_graph(fixture("adjacency_list/ring.adjlist")).graph), ring);
  const LoadedGraph names = read_graph(fixture("adjacency_list/names.adjlist"));
  EXPECT_THAT(names.graph.worker_names, ElementsAre("rack_1", "rack_2", "rack_3"));
  EXPECT_EQ(names.graph.edges.size(), 3u);
  EXPECT_THAT(error_of(parse_adjacency_list, "0 1\n2\n1\n"), HasSubstr("2 components of 2, 1 workers"))
      << "a worker alone on its line is one";
  EXPECT_THAT(error_of(parse_adjacency_list, "0 1\n1 {}\n"),
              HasSubstr("graph:2: a dictionary in an adjacency list"));
}

TEST(OtherFormats, NeighboursLineByLine) {
  EXPECT_EQ(tuples(read_as("neighbours/ring.txt", "neighbours").graph), ring);
  EXPECT_EQ(tuples(read_as("neighbours/star.txt", "neighbours").graph),
            (EdgeTuples{{0, 1, 1.0}, {0, 2, 1.0}, {0, 3, 1.0}}));
  EXPECT_THAT(error_of(parse_neighbours, "2\n1\n2\n"), HasSubstr("graph:3: no such worker (2)"));
  EXPECT_THAT(error_of(parse_neighbours, "3\n1\n0\n"), HasSubstr("graph: fewer lines than workers (2 of 3)"));
  EXPECT_THAT(error_of(parse_neighbours, "2\n1\n0\n1\n"), HasSubstr("graph:4: more lines than workers"));
  EXPECT_THAT(error_of(parse_neighbours, "0 1\n"), HasSubstr("graph:1: not the number of workers"));
}

TEST(OtherFormats, Lgl) {
  EXPECT_EQ(read_graph(fixture("lgl/plain.lgl")).graph.edges.size(), 3u);
  EXPECT_THAT(error_of(parse_lgl, "1 2\n"), HasSubstr("graph:1: a neighbour of nobody"));
  EXPECT_THAT(error_of(parse_lgl, "# 1\n2 3\n3\n"), HasSubstr("graph:3: a rate for some edges only"));
  EXPECT_THAT(error_of(parse_lgl, "# 1\n2\n# 3\n"), HasSubstr("2 components of 2, 1 workers"));
}

TEST(OtherFormats, Sif) {
  EXPECT_EQ(read_graph(fixture("sif/triangle.sif")).graph.edges.size(), 3u);
  EXPECT_THAT(read_graph(fixture("sif/names.sif")).graph.worker_names,
              ElementsAre("Köln", "Sankt Augustin", "Bonn", "Oslo"));
  EXPECT_THAT(error_of(parse_sif, "a pp\n"), HasSubstr("graph:1: not an interaction"));
}

TEST(OtherFormats, Dimacs) {
  EXPECT_EQ(tuples(read_graph(fixture("dimacs/plain.col")).graph),
            (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}}));
  const auto error = [](const std::string& text) { return error_of(parse_dimacs, text); };
  EXPECT_THAT(error("e 1 2\n"), HasSubstr("graph:1: an edge before the line p"));
  EXPECT_THAT(error("p edge 2 1\ne 1 3\n"), HasSubstr("graph:2: no such worker (3)"));
  EXPECT_THAT(error("p edge 2 2\ne 1 2\n"), HasSubstr("the line p promises another number of edges (2)"));
  EXPECT_THAT(error("p edge 3 1\ne 1 2\n"), HasSubstr("2 components of 2, 1 workers"));
  EXPECT_THAT(error("p edge 2 1\n1 2\n"), HasSubstr("graph:2: not a line of a DIMACS file"));
  EXPECT_THAT(error("p edge 33554432 1\ne 1 2\n"), HasSubstr("not connected (33554432 workers, 1 edges)"));
}

TEST(OtherFormats, DenseMatrices) {
  const EdgeTuples five = {{0, 1, 0.5}, {0, 2, 1.0}, {1, 2, 2.0}, {2, 3, 0.25}, {3, 4, 1.5}};
  EXPECT_EQ(tuples(read_as("matrix/five.txt", "matrix").graph), five);
  const LoadedGraph named = read_as("matrix/named.csv", "matrix");
  EXPECT_THAT(named.graph.worker_names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(named.graph.edges.size(), 3u);
  EXPECT_FALSE(named.graph.weights_are_rates) << "entries 0 and 1";
  EXPECT_THAT(named.notices, IsEmpty());
  EXPECT_EQ(tuples(read_text(parse_matrix, "0,1,0\n0,0,1\n0,0,0\n").graph),
            (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_THAT(read_text(parse_matrix, "1 1\n1 1\n").notices,
              ElementsAre(HasSubstr("2 entries on the diagonal dropped")));
  EXPECT_THAT(error_of(parse_matrix, "a; \n0;1\n1;0\n"), HasSubstr("a column has no name"));
  EXPECT_THAT(error_of(parse_matrix, "0 1\n2 0\n"),
              HasSubstr("the two directions of an edge have different rates"));
  EXPECT_THAT(error_of(parse_matrix, "0 1 1\n1 0 1\n"),
              HasSubstr("graph: an adjacency matrix is square (2 × 3)"));
  EXPECT_THAT(error_of(parse_matrix, "0 1\n1\n"),
              HasSubstr("graph:2: not as many columns as in the rows before (1)"));
  EXPECT_THAT(error_of(parse_matrix, "1 -1\n-1 1\n"),
              AllOf(HasSubstr("graph:1: the rate must be"), HasSubstr("Laplacian")));
  EXPECT_THAT(error_of(parse_matrix, ",a,b\na,0,1\nc,1,0\n"),
              HasSubstr("graph:3: the rows are not named as the columns (c)"));
}

TEST(OtherFormats, GexfAndPajek) {
  EXPECT_EQ(tuples(read_graph(fixture("gexf/directed.gexf")).graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_EQ(tuples(read_graph(fixture("pajek/lists.net")).graph),
            (EdgeTuples{{0, 1, 1.0}, {0, 2, 1.0}, {1, 3, 1.0}}));
  EXPECT_THAT(error_of(parse_gexf, "<graphml/>"), HasSubstr("graph:1: not GEXF (graphml)"));
  EXPECT_THAT(error_of(parse_gexf, "<gexf><graph mode='dynamic'/></gexf>"), HasSubstr("changes over time"));
  EXPECT_THAT(error_of(parse_pajek, "1 2\n"), HasSubstr("graph:1: not Pajek"));
  EXPECT_THAT(error_of(parse_pajek, "*Vertices 2\n*Edges\n1 3\n"), HasSubstr("graph:3: no such vertex (3)"));
  EXPECT_THAT(error_of(parse_pajek, "*Vertices 3\n*Edges\n1 2\n"), HasSubstr("2 components of 2, 1 workers"));
  EXPECT_THAT(error_of(parse_pajek, "*Vertices 2\n*Matrix\n0 1\n1 0\n"),
              HasSubstr("a section that is not read here (*Matrix)"));
}

TEST(OtherFormats, DirectedParallelEdgesWithoutRatesAreOneEdge) {
  const char* gml =
      "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 ] edge [ source 0 target 1 ] "
      "edge [ source 1 target 0 ] ]";
  EXPECT_EQ(tuples(read_text(parse_gml, gml).graph), (EdgeTuples{{0, 1, 1.0}}));
  EXPECT_EQ(tuples(read_text(parse_dot, "digraph { a -> b; a -> b; b -> a; b -> c }").graph),
            (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_THAT(error_of(parse_dot, "digraph { a -> b [weight=1]; a -> b [weight=1]; b -> a [weight=1] }"),
              HasSubstr("different rates (1 and 2)"));
}

TEST(OtherFormats, WeightInOtherLettersIsAnotherAttribute) {
  const auto graphml = [](const char* data) {
    return std::string(
               "<graphml><key id='t' for='edge' attr.name='Weight'/><key id='w' for='edge' "
               "attr.name='weight'/>"
               "<graph><node id='a'/><node id='b'/><edge source='a' target='b'>") +
           data + "</edge></graph></graphml>";
  };
  const std::string heavy = "<data key='t'>heavy</data>";
  EXPECT_EQ(tuples(read_text(parse_graphml, graphml((heavy + "<data key='w'>2</data>").c_str())).graph),
            (EdgeTuples{{0, 1, 2.0}}));
  EXPECT_EQ(tuples(read_text(parse_dot, "graph { a -- b [Weight=heavy, weight=2] }").graph),
            (EdgeTuples{{0, 1, 2.0}}));
  EXPECT_EQ(tuples(read_text(parse_dot, "graph { a -- b [weight=2, Weight=heavy] }").graph),
            (EdgeTuples{{0, 1, 2.0}}));
  EXPECT_EQ(tuples(read_text(parse_dot, "graph { a -- b [Weight=3] }").graph), (EdgeTuples{{0, 1, 3.0}}));
  EXPECT_THAT(error_of(parse_dot, "graph { a -- b [Weight=heavy] }"),
              HasSubstr("the rate is not a number (heavy)"));
  EXPECT_THAT(error_of(parse_dot, "graph { a -- b [Weight=3]; b -- c [weight=2] }"),
              HasSubstr("some edges have a rate in small letters"));
}

TEST(OtherFormats, TheAttributeThatIsTheRateCanBeNamed) {
  ReadOptions options;
  options.rate_attribute = "LinkSpeed";
  const auto read = [&](const std::string& text) {
    std::istringstream in(text);
    return assemble(parse_dot(in, "graph", options), "graph", options).graph;
  };
  EXPECT_EQ(tuples(read("graph { a -- b [weight=2, LinkSpeed=10] }")), (EdgeTuples{{0, 1, 10.0}}));
  EXPECT_THAT(input_error_of([&] { read("graph { a -- b [weight=2, linkspeed=10] }"); }),
              HasSubstr("graph: no edge has an attribute of that name (LinkSpeed)"));
}

TEST(OtherFormats, HexadecimalNumbersOfGraphToolAreRead) {
  EXPECT_EQ(tuples(read_text(parse_dot, "graph { a -- b [weight=\"0x1.8p+0\"] }").graph),
            (EdgeTuples{{0, 1, 1.5}}));
}

using Bytes = GraphFolder;

TEST_F(Bytes, OptionsMustFitTheFormat) {
  const auto file = put("a.gml", "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]");
  ReadOptions options;
  options.columns = {"a", "b"};
  EXPECT_THAT(input_error_of([&] { read_graph(file, options); }), HasSubstr("columns: only tables of edges"));
  EXPECT_THAT(input_error_of([&] { read_graph(file, as("gnl")); }),
              HasSubstr("format: unknown name (gnl) — did you mean \"gml\"?"));
}

TEST_F(Bytes, PackedFilesAreUnpacked) {
  const std::string file = (folder_ / "net.csv.gz").string();
  gzFile packed = gzopen(file.c_str(), "wb");
  gzputs(packed, "source,target\na,b\nb,c\n");
  gzclose(packed);
  const LoadedGraph loaded = read_graph(file);
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(loaded.graph.name, "net");
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 6);
  EXPECT_THAT(input_error_of([&] { read_graph(file); }),
              HasSubstr("net.csv.gz: the packed file is damaged or cut short"));
}

TEST_F(Bytes, PipesAreReadWholeAndMoreThanOnce) {
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(pipe) << "graph { a -- b; b -- c }\n"; });
  EXPECT_EQ(read_graph(pipe).graph.workers, 3u) << "DOT, by its first bytes";
  writer.join();
  EXPECT_EQ(read_graph(pipe).graph.workers, 3u);
}

TEST_F(Bytes, Utf16IsRecognised) {
  for (const std::string& text : {std::string("\xff\xfe"
                                              "1\0 \0"
                                              "2\0\n\0",
                                              10),
                                  std::string("\xfe\xff\0"
                                              "1\0 \0"
                                              "2\0\n",
                                              10),
                                  std::string("1\0 \0"
                                              "2\0\n\0",
                                              8)}) {
    for (const char* name : {"a.txt", "a.gml", "a.json", "a.mtx"})
      EXPECT_THAT(input_error_of([&] { read_graph(put(name, text)); }), HasSubstr("UTF-16")) << name;
  }
}

TEST_F(Bytes, NamesThatAreNoUtf8AreShownInMessages) {
  EXPECT_THAT(input_error_of([&] { read_graph(folder_ / "caf\xe9.csv"); }),
              HasSubstr("caf\\xe9.csv: no such file"));
}

}  // namespace other_formats_test
}  // namespace acidsim
