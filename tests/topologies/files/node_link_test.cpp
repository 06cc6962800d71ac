#include "topologies/files/node_link.hpp"

#include <streambuf>

#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace node_link_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadedGraph read(const std::string& text) { return read_text(parse_node_link, text); }
std::string error_of(const std::string& text) { return acidsim::error_of(parse_node_link, text); }

std::string with_links(const std::string& links) {
  return R"({"nodes": [{"id": "a"}, {"id": "b"}, {"id": 3}], "links": [{"source": "a", "target": "b"}, )" +
         links + "]}";
}

TEST(NodeLink, IdsNamesCoordinatesAndRates) {
  const LoadedGraph loaded = read_graph(fixture("node_link/five.json"));
  const Graph& graph = loaded.graph;
  EXPECT_EQ(graph.name, "five");
  EXPECT_THAT(graph.worker_names, ElementsAre("Köln", "Sankt Augustin", "Bonn \"Süd\"", "A&B <C>", "Oslo"));
  EXPECT_EQ(tuples(graph), (EdgeTuples{{0, 1, 0.5}, {0, 2, 1.0}, {1, 2, 2.0}, {2, 3, 0.25}, {3, 4, 1.5}}));
  const std::vector<std::array<double, 2>> places = {{0, 0}, {1, 0}, {1, -1.5}, {2, 10}, {3.25, 12}};
  EXPECT_EQ(graph.coordinates, places);
  EXPECT_TRUE(graph.weights_are_rates);
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST(NodeLink, PositionsStandForIdsWhereThereAreNone) {
  const LoadedGraph loaded = read_graph(fixture("node_link/positions.json"));
  EXPECT_THAT(loaded.graph.worker_names, ElementsAre("Myriel", "Napoleon", "Mlle. Baptistine"));
  EXPECT_EQ(tuples(loaded.graph), (EdgeTuples{{0, 1, 1.0}, {1, 2, 1.0}}));
  EXPECT_THAT(loaded.notices, ElementsAre(HasSubstr("1 in both directions")));
}

TEST(NodeLink, RatesOfSomeLinksAreIgnoredWithANotice) {
  const LoadedGraph loaded = read(with_links(R"({"source": "b", "target": 3, "weight": 2})"));
  EXPECT_FALSE(loaded.graph.weights_are_rates);
  EXPECT_THAT(loaded.notices, ElementsAre("graph: only 1 of 2 edges have a weight: ignored"));
}

TEST(NodeLink, BrokenPartsAreNamed) {
  EXPECT_THAT(error_of(with_links(R"({"source": "a"})")), HasSubstr("graph: /links/1: no target"));
  EXPECT_THAT(error_of(with_links(R"({"target": "a"})")), HasSubstr("graph: /links/1: no source"));
  EXPECT_THAT(error_of(with_links(R"({"source": "a", "target": "z"})")),
              HasSubstr("graph: /links/1: a link names a node that there is not (z)"));
  EXPECT_THAT(error_of(with_links(R"({"source": null, "target": "a"})")),
              HasSubstr("graph: /links/1: the source is not"));
  EXPECT_THAT(error_of(with_links(R"({"source": {}, "target": "a"})")),
              HasSubstr("graph: /links/1: the source is not"));
  EXPECT_THAT(error_of(with_links(R"({"source": [[1]], "target": "a"})")),
              HasSubstr("graph: /links/1: a list within"));
  EXPECT_THAT(error_of(with_links(R"({"source": "a", "target": "b", "rate": -1})")),
              HasSubstr("graph: /links/1: the rate must be finite and ≥ 0 (-1)"));
  EXPECT_THAT(error_of(with_links(R"({"source": "a", "target": "b", "rate": "fast"})")),
              HasSubstr("graph: /links/1: the rate is not a number (fast)"));
  EXPECT_THAT(error_of(with_links("5")), HasSubstr("graph: /links/1: not an object (5)"));
  EXPECT_THAT(error_of(with_links("[]")), HasSubstr("graph: /links/1: not an object"));
  EXPECT_THAT(error_of(R"({"nodes": [{"id": 1}, {"id": 1}]})"),
              HasSubstr("graph: /nodes/1: a node is declared twice (1)"));
  EXPECT_THAT(error_of(R"({"nodes": [{"id": "a\nb"}]})"), HasSubstr("graph: /nodes/0: not text (byte 0x0a)"));
  EXPECT_THAT(error_of(R"({"nodes": [{"id": 1}, {"name": "x"}], "links": []})"),
              HasSubstr("graph: /nodes/1: a node without id"));
  EXPECT_THAT(error_of(R"({"nodes": [{}, {"id": 7}]})"),
              HasSubstr("graph: /nodes/1: a node with an id, unlike those before"));
}

TEST(NodeLink, OtherJsonIsRefused) {
  EXPECT_THAT(error_of("{}"), HasSubstr("graph: no nodes"));
  EXPECT_THAT(error_of(R"({"nodes": []})"), HasSubstr("graph: no links"));
  EXPECT_THAT(error_of(R"({"nodes": {"a": 1}})"), HasSubstr("graph: /nodes: not a list"));
  EXPECT_THAT(error_of(R"({"nodes": 5})"), HasSubstr("graph: /nodes: not a list (5)"));
  EXPECT_THAT(error_of(R"({"links": [], "edges": []})"), HasSubstr("graph: /edges: given twice"));
  EXPECT_THAT(error_of("[]"), HasSubstr("graph: not a node-link graph"));
  EXPECT_THAT(error_of("5"), HasSubstr("graph: not a node-link graph (5)"));
}

TEST(NodeLink, BrokenJsonIsNamedWithItsLine) {
  EXPECT_THAT(error_of(""), HasSubstr("graph: not valid JSON"));
  EXPECT_THAT(error_of("{\n\"nodes\": [,"), AllOf(HasSubstr("graph: not valid JSON"), HasSubstr("line 2")));
  EXPECT_THAT(error_of("{\"nodes\": [{\"id\": \"\xff\"}]}"), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of(with_links(R"({"source": "a", "target": "b", "rate": 1e999})")),
              HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of(with_links(R"({"source": "a", "target": "b", "rate": NaN})")),
              HasSubstr("not valid JSON"));
}

TEST(NodeLink, DeepNestingIsRefused) {
  EXPECT_THAT(error_of("{\"nodes\": [{\"more\": " + std::string(100000, '[')),
              HasSubstr("graph: /nodes/0: nested too deeply"));
  EXPECT_THAT(error_of("{\"x\": " + std::string(100000, '[')), HasSubstr("graph: /x: nested too deeply"));
}

TEST(NodeLink, EveryFixtureCutShortAnywhere) {
  int refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(fixture("node_link"))) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    for (std::size_t size = 0; size < text.size(); ++size) {
      try {
        read(text.substr(0, size));
      } catch (const InputError& error) {
        ++refused;
        EXPECT_TRUE(std::string(error.what()).starts_with("graph:")) << error.what();
      }
    }
  }
  EXPECT_GE(refused, 500);
}

// A hundred megabytes of one letter.
class OneLetter : public std::streambuf {
 public:
  explicit OneLetter(std::string start) : start_(std::move(start)), block_(100'000, 'x') {
    setg(start_.data(), start_.data(), start_.data() + start_.size());
  }
  int blocks() const { return blocks_; }

 private:
  int_type underflow() override {
    if (++blocks_ > 1000) return traits_type::eof();
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type('x');
  }

  std::string start_, block_;
  int blocks_ = 0;
};

TEST(NodeLink, AStringOfAHundredMegabytesIsRefusedAtItsBeginning) {
  for (const char* start : {"{\"", "{\"nodes\": [{\"id\": \"", "{ // "}) {
    OneLetter letters(start);
    std::istream in(&letters);
    EXPECT_THAT(input_error_of([&] { parse_node_link(in, "graph"); }),
                HasSubstr("graph: a string or comment is too long"));
    EXPECT_LE(letters.blocks(), 20) << start;
  }
}

using NodeLinkFiles = GraphFolder;

TEST_F(NodeLinkFiles, AreToldFromExperiments) {
  EXPECT_TRUE(is_node_link(fixture("node_link/five.json")));
  EXPECT_TRUE(is_node_link(fixture("node_link/positions.json")));
  EXPECT_TRUE(
      is_node_link(put("a.json", R"({"graph": {"nodes": 1}, "x": [], "nodes": [)")));  // broken, but one
  for (const char* text : {"", "{}", "[]", "[{\"nodes\": []}]", "{\"nodes\": 5}",
                           "{\"topology\": {\"edges\": [[0, 1]]}}", "{\"x\": "})
    EXPECT_FALSE(is_node_link(put("b.json", text))) << text;
  EXPECT_FALSE(is_node_link(put("c.json", std::string(100000, '['))));
  EXPECT_FALSE(is_node_link(folder_));
  EXPECT_FALSE(is_node_link(folder_ / "missing.json"));
  EXPECT_FALSE(is_node_link("/dev/zero"));
}

}  // namespace node_link_test
}  // namespace acidsim
