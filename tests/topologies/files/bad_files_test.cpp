// Every reader on files that are broken in every place: a graph or an InputError, soon, and nothing else.
#include <algorithm>

#include "sim/core/random.hpp"
#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace bad_files_test {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

struct Reader {
  std::string folder;  // of fixtures
  Parse parse;
};

const std::vector<Reader>& readers() {
  static const std::vector<Reader> all = {{"edge_list", parse_edge_list},
                                          {"graphml", parse_graphml},
                                          {"gml", parse_gml},
                                          {"dot", parse_dot},
                                          {"matrix_market", parse_matrix_market},
                                          {"metis", parse_metis},
                                          {"gexf", parse_gexf},
                                          {"pajek", parse_pajek},
                                          {"dimacs", parse_dimacs}};
  return all;
}

std::vector<std::string> fixtures(const Reader& reader) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(fixture(reader.folder))) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    std::ifstream in(file, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return texts;
}

// 1 where the text is a graph, which comes back from GraphML with its names; 0 where it is refused, with a
// message that begins with the file.
int is_graph(const Reader& reader, const std::string& text) {
  try {
    const Graph graph = read_text(reader.parse, text, {true}).graph;
    EXPECT_GE(graph.workers, 2u);
    EXPECT_EQ(component_sizes(graph).size(), 1u);
    for (const Edge& e : graph.edges)
      EXPECT_TRUE(e.i < e.j && e.j < graph.workers && e.rate >= 0 && e.rate < infinity);
    std::ostringstream out;
    write_graphml(graph, {}, out);
    EXPECT_EQ(read_text(parse_graphml, out.str()).graph.worker_names, graph.worker_names);
    return 1;
  } catch (const InputError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("graph:")) << reader.folder << ": " << error.what();
    return 0;
  }
}

// Findings of the fuzzers are among them (found_*).
TEST(BadFiles, EveryFixtureIsReadOrRefused) {
  for (const Reader& reader : readers()) {
    int graphs = 0;
    for (const std::string& text : fixtures(reader)) graphs += is_graph(reader, text);
    EXPECT_GE(graphs, 2) << reader.folder;
  }
}

TEST(BadFiles, CutShortAnywhere) {
  for (const Reader& reader : readers()) {
    int refused = 0;
    for (const std::string& text : fixtures(reader))
      for (std::size_t size = 0; size < text.size(); ++size)
        refused += 1 - is_graph(reader, text.substr(0, size));
    EXPECT_GE(refused, 10) << reader.folder;
  }
}

// One byte of the file becomes another one.
TEST(BadFiles, OneByteWrong) {
  for (const Reader& reader : readers()) {
    const std::vector<std::string> texts = fixtures(reader);
    int refused = 0;
    for (std::size_t file = 0; file < texts.size(); ++file) {
      const Stream stream(1, Purpose::topology, file);
      for (std::uint64_t k = 0; k < 500; ++k) {
        std::string text = texts[file];
        Draws draws(stream, k);
        text[draws.below(text.size())] = static_cast<char>(draws.below(256));
        refused += 1 - is_graph(reader, text);
      }
    }
    EXPECT_GE(refused, 100) << reader.folder;
  }
}

TEST(BadFiles, Noise) {
  for (const Reader& reader : readers()) {
    for (std::uint64_t k = 0; k < 200; ++k) {
      Draws draws(Stream(2, Purpose::topology, 0), k);
      std::string text(1000, '\0');
      for (char& c : text) c = static_cast<char>(draws.below(256));
      EXPECT_EQ(is_graph(reader, text), 0) << reader.folder;
    }
  }
}

// A file of another format, under a name that promises this one. (Edge lists and METIS are both lines of
// numbers.)
TEST(BadFiles, TheWrongFormat) {
  for (const Reader& reader : readers()) {
    for (const Reader& other : readers()) {
      if (reader.folder == other.folder || (reader.folder == "edge_list" && other.folder == "metis"))
        continue;
      for (const std::string& text : fixtures(other))
        EXPECT_EQ(is_graph(reader, text), 0) << other.folder << " as " << reader.folder << ":\n" << text;
    }
  }
}

// A stream of 100 MB: a beginning, and then one piece again and again. Counts what is taken of it.
class Endless : public std::streambuf {
 public:
  static constexpr std::size_t size = 100'000'000;

  Endless(std::string start, const std::string& piece) : start_(std::move(start)) {
    while (block_.size() < 100'000) block_ += piece;
    setg(start_.data(), start_.data(), start_.data() + start_.size());
  }
  std::size_t taken() const { return taken_; }

 private:
  int_type underflow() override {
    if (taken_ >= size) return traits_type::eof();
    taken_ += block_.size();
    setg(block_.data(), block_.data(), block_.data() + block_.size());
    return traits_type::to_int_type(block_[0]);
  }

  std::string start_, block_;
  std::size_t taken_ = 0;
};

struct EndlessCase {
  Parse parse;
  std::string start, piece, problem;
};

TEST(BadFiles, ALineOfAHundredMegabytesIsRefusedAtItsBeginning) {
  const std::string market = "%%MatrixMarket matrix coordinate real general\n";
  const std::vector<EndlessCase> cases = {
      {parse_edge_list, "1 2\n", "x", "graph:2: line too long"},
      {parse_edge_list, "", std::string(1, '\0'), "graph:1: line too long"},
      {parse_edge_list, "# ", "comment ", "graph:1: line too long"},
      {parse_matrix_market, "", "x", "graph:1: line too long"},
      {parse_matrix_market, market, "1 ", "graph:2: line too long"},
      {parse_metis, "3 2\n", "1", "graph:2: not a number"},
      {parse_metis, "3 2\n", "2 ", "graph:2: more neighbours"},
      {parse_gml, "graph [\n", "x", "graph:2: a word is too long"},
      {parse_gml, "graph [\nlabel \"", "x\n", "graph:2: a string is too long"},
      {parse_gml, "", "[", "graph:1: a key is missing"},
      {parse_dot, "graph {\n", "x", "graph:2: a word or string is too long"},
      {parse_dot, "graph {\n\"", "x", "graph:2: a word or string is too long"},
      {parse_dot, "graph {\na [label=<", "x", "graph:2: a word or string is too long"},
      {parse_dot, "graph {\n", "{", "graph:2: nested too deeply"},
      {parse_dot, "graph {\n a -- ", "{", "graph:2: nested too deeply"},
      {parse_graphml, "<graphml>\n<", "x", "graph:2: a tag or comment is too long"},
      {parse_graphml, "<graphml>\n<node id='", "x", "graph:2: a tag or comment is too long"},
      {parse_graphml, "<graphml>\n<!-- ", "x", "graph:2: a tag or comment is too long"},
      {parse_graphml, "<graphml><key id='w' for='edge' attr.name='rate'>\n<default>", "1",
       "graph:2: a value is too long"},
      {parse_graphml, "<graphml>\n", "<x>", "graph:2: nested too deeply"},
  };
  for (const EndlessCase& item : cases) {
    Endless bytes(item.start, item.piece);
    std::istream in(&bytes);
    EXPECT_THAT(input_error_of([&] { item.parse(in, "graph"); }), HasSubstr(item.problem)) << item.start;
    EXPECT_LE(bytes.taken(), 3'000'000u) << item.start;
  }
}

}  // namespace bad_files_test
}  // namespace acidsim
