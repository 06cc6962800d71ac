// Graphs, tables, images and traces that are not what they should be: the message names the file, and the
// line where there is one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Runs with x.json in `scratch` and expects a refusal that leaves nothing; the message.
std::string refused(const Scratch& scratch, const Json& source) {
  scratch.write("x.json", source.dump());
  const auto before = scratch.listing();
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  EXPECT_EQ(finished.code, 2) << finished.err;
  EXPECT_EQ(scratch.listing(), before);
  return finished.err;
}

// --- Graphs

struct GraphFile {
  std::string name, text;
  std::vector<std::string> fragments;
};
void PrintTo(const GraphFile& g, std::ostream* out) { *out << g.name; }
class BadGraph : public ::testing::TestWithParam<GraphFile> {};

TEST_P(BadGraph, IsRefused) {
  const Scratch scratch;
  scratch.write("graph.txt", GetParam().text);
  const std::string message =
      refused(scratch, changed(small_experiment(), {{"topology", {{"file", "graph.txt"}}}}));
  EXPECT_THAT(message, HasSubstr("x.json: "));
  for (const std::string& fragment : GetParam().fragments) EXPECT_THAT(message, HasSubstr(fragment));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadGraph,
    ::testing::ValuesIn(std::vector<GraphFile>{
        {"empty", "", {"graph.txt: no edges", "worker worker [rate]"}},
        {"comments_alone", "# nothing\n\n", {"graph.txt: no edges"}},
        {"disconnected",
         "0 1\n2 3\n",
         {"graph.txt: the graph is not connected (2 components of 2, 2 workers)"}},
        {"one_worker", "0 0\n", {"graph.txt: only one worker (0) — at least 2 workers"}},
        {"isolated_by_loop", "0 1\n2 2\n", {"graph.txt: the graph is not connected"}},
        {"one_column", "0 1\n2\n", {"graph.txt:2: too few columns (1)"}},
        {"four_columns", "0 1 2 3\n", {"graph.txt:1: too many columns (4)"}},
        {"negative_rate", "0 1 1\n1 2 -1\n", {"graph.txt:2: the rate must be finite and ≥ 0 (-1)"}},
        {"nan_rate", "0 1 1\n1 2 nan\n", {"graph.txt:2: the rate must be finite and ≥ 0 (nan)"}},
        {"infinite_rate", "0 1 1e999\n", {"graph.txt:1: the rate must be finite and ≥ 0 (1e999)"}},
        {"binary",
         std::string("\x7f"
                     "ELF\0\0",
                     6),
         {"graph.txt:1: not text"}},
        {"cut_gzip", std::string("\x1f\x8b\x08\0\0\0", 6), {"the packed file is damaged or cut short"}},
        {"endless_line", std::string(1000000, '7'), {"graph.txt:1: line too long"}},
    }),
    [](const auto& test) { return test.param.name; });

TEST(GraphFiles, MissingOnesAndFoldersAreNamed) {
  const Scratch scratch;
  scratch.write("folder/kept", "");
  EXPECT_THAT(refused(scratch, changed(small_experiment(), {{"topology", {{"file", "none.txt"}}}})),
              HasSubstr("none.txt: no such file"));
  EXPECT_THAT(refused(scratch, changed(small_experiment(), {{"topology", {{"file", "folder"}}}})),
              HasSubstr("folder: is a directory"));
  EXPECT_THAT(refused(scratch, changed(small_experiment(), {{"topology", {{"file", ""}}}})),
              HasSubstr("is a directory"));
}

TEST(GraphFiles, LoopsAndRepeatedEdgesWorkWithANotice) {
  const Scratch scratch;
  scratch.write("graph.txt", "0 1\n1 2\n2 0\n1 1\n2 1\n0 1\n");
  scratch.write("x.json", changed(small_experiment(), {{"topology", {{"file", "graph.txt"}}}}).dump());
  const auto notices = AllOf(HasSubstr("graph.txt: 1 self-loop dropped (the first on line 4)"),
                             HasSubstr("graph.txt: 2 repeated edges merged (the first on line 5)"));
  const Finished run = run_program(scratch, {"run", "x.json", "--out", "out"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.err, notices);
  EXPECT_EQ(read_results(scratch / "out/run.json")["topology"]["edges"], 3);
  const Finished topology = run_program(scratch, {"topology", "graph.txt", "--json"});
  EXPECT_EQ(topology.code, 0) << topology.err;
  EXPECT_THAT(topology.err, notices);
  EXPECT_EQ(nlohmann::json::parse(topology.out)["edges"], 3);
}

// --- Tables

// A small experiment on this data.
Json learning(const char* objective, const Json& data) {
  return changed(small_experiment(),
                 {{"objective", {{"name", objective}, {"data", data}}}, {"record.metrics", {"loss"}}});
}

struct Csv {
  std::string name, objective, text;
  std::vector<std::string> fragments;
};
void PrintTo(const Csv& c, std::ostream* out) { *out << c.name; }
class BadCsv : public ::testing::TestWithParam<Csv> {};

TEST_P(BadCsv, IsRefused) {
  const Scratch scratch;
  scratch.write("table.csv", GetParam().text);
  const std::string message =
      refused(scratch, learning(GetParam().objective.c_str(),
                                {{"dataset", "csv"}, {"file", "table.csv"}, {"test_fraction", 0}}));
  for (const std::string& fragment : GetParam().fragments) EXPECT_THAT(message, HasSubstr(fragment));
}

INSTANTIATE_TEST_SUITE_P(
    Files, BadCsv,
    ::testing::ValuesIn(std::vector<Csv>{
        {"empty", "linear_regression", "", {"table.csv: holds no rows of data"}},
        {"header_alone", "linear_regression", "a,b,c\n", {"table.csv: holds no rows of data"}},
        {"nan",
         "linear_regression",
         "a,b,c\n1,2,3\n4,NaN,6\n",
         {"table.csv:3: column \"b\" is not finite (NaN) — remove the row"}},
        {"infinity", "linear_regression", "1,2,3\n4,inf,6\n", {"table.csv:2: column 1 is not finite (inf)"}},
        {"nan_target",
         "linear_regression",
         "1,2,3\n4,5,nan\n",
         {"table.csv:2: the target is not finite (nan)"}},
        {"nan_label", "logistic_regression", "1,2,0\n4,5,nan\n", {"table.csv:2: "}},
        {"empty_field", "linear_regression", "1,2,3\n4,,6\n", {"table.csv:2: column 1 is empty"}},
        {"utf16",
         "linear_regression",
         "\xff\xfe"
         "1,2",
         {"table.csv: is UTF-16 text"}},
        {"years_as_names",
         "linear_regression",
         "2019,2020,2021\n0.5,0.25,1.5\n0.25,0.5,3.5\n",
         {"table.csv:1: may be a header or a row of numbers (2019, 2020, 2021)", "\"header\": true"}},
        {"text", "linear_regression", "1,2,3\n4,five,6\n", {"table.csv:2: column 1 is not a number (five)"}},
        {"ragged",
         "linear_regression",
         "1,2,3\n4,5\n",
         {"table.csv:2: has another number of columns than the first line (2) — 3 columns"}},
        {"three_classes",
         "logistic_regression",
         "1,2,0\n3,4,1\n5,6,2\n",
         {"/objective/data: does not have exactly two classes (3)"}},
        {"fractional_class",
         "softmax_regression",
         "1,2,0\n3,4,1.5\n",
         {"table.csv:2: the label is a number but no integer (1.5)"}},
    }),
    [](const auto& test) { return test.param.name; });

TEST(Tables, WrongColumnsAreNamed) {
  const Scratch scratch;
  scratch.write("table.csv", "alpha,beta,gamma\n1,2,3\n4,5,6\n");
  EXPECT_THAT(
      refused(scratch,
              learning("linear_regression", {{"dataset", "csv"}, {"file", "table.csv"}, {"target", "gama"}})),
      HasSubstr("/objective/data/target: is not a column of the file (gama) — did you mean \"gamma\"?"));
  EXPECT_THAT(refused(scratch, learning("linear_regression",
                                        {{"dataset", "csv"}, {"file", "table.csv"}, {"target", 3}})),
              HasSubstr("/objective/data/target: is not a column of the file (3) — columns are 0 … 2"));
}

TEST(Tables, MissingFilesAndFoldersAreNamed) {
  const Scratch scratch;
  scratch.write("folder/kept", "");
  for (const char* dataset : {"csv", "libsvm"}) {
    EXPECT_THAT(refused(scratch, learning("linear_regression", {{"dataset", dataset}, {"file", "none"}})),
                HasSubstr("none: cannot be opened (No such file or directory)"));
    const std::string message =
        refused(scratch, learning("linear_regression", {{"dataset", dataset}, {"file", "folder"}}));
    EXPECT_THAT(message, AllOf(HasSubstr("folder: is a directory"),
                               ::testing::Not(HasSubstr("/objective/data/folder"))))
        << "the file, not a field";
  }
}

TEST(Tables, BadLibsvmLinesAreNamed) {
  const Scratch scratch;
  const auto complaint = [&](const char* text, const Json& more = Json::object()) {
    scratch.write("t.libsvm", text);
    Json data = {{"dataset", "libsvm"}, {"file", "t.libsvm"}};
    data.update(more);
    return refused(scratch, learning("logistic_regression", data));
  };
  EXPECT_THAT(complaint(""), HasSubstr("t.libsvm: holds no rows of data"));
  EXPECT_THAT(complaint("1 1:2\n-1 2-3\n"), HasSubstr("t.libsvm:2: is not index:value (2-3)"));
  EXPECT_THAT(complaint("1 1:2\n-1 2:nan\n"), HasSubstr("t.libsvm:2: a value is not finite (nan)"));
  EXPECT_THAT(complaint("1 1:2\n-1 0:3\n", {{"zero_based", false}}), HasSubstr("t.libsvm:2: holds index 0"));
  EXPECT_THAT(complaint("1 2:2 1:1\n"), HasSubstr("t.libsvm:1: indices do not increase (1 after 2)"));
  EXPECT_THAT(complaint("1 7:2\n-1 1:1\n", {{"features", 5}}),
              HasSubstr("t.libsvm:1: index is larger than the dimension (7)"));
  EXPECT_THAT(complaint("1 4000000000:2\n-1 1:1\n-1 1:1\n"),
              HasSubstr("t.libsvm:1: the table is too large to be stored dense"));
  EXPECT_THAT(complaint("1 1:2\n-1 9000000:1\n-1 1:1\n"),
              HasSubstr("t.libsvm:2: an index lies far beyond the number of features that occur"));
}

// --- Images

// IDX: two zero bytes, type, number of dimensions, sizes, data.
std::string idx(const std::vector<unsigned>& sizes, const std::string& data, char type = 8) {
  std::string text = {0, 0, type, static_cast<char>(sizes.size())};
  for (const unsigned size : sizes)
    for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(size >> shift & 0xff);
  return text + data;
}

std::string pixels(int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += static_cast<char>(k * 37);
  return text;
}

Json images() {
  return learning("softmax_regression", {{"dataset", "idx"}, {"images", "images"}, {"labels", "labels"}});
}

TEST(Idx, GoodFilesAreReadPlainAndGzipped) {
  const Scratch scratch;
  scratch.write("images", idx({12, 2, 2}, pixels(48)));
  scratch.write("labels", idx({12}, std::string("\0\1\2\0\1\2\0\1\2\0\1\2", 12)));
  const RepeatResult plain = Trial(images(), scratch / "x.json").run();
  const std::string text = read_text(scratch / "images");
  gzFile packed = gzopen((scratch / "images").c_str(), "wb");
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose(packed);
  ASSERT_NE(read_text(scratch / "images"), text);
  EXPECT_EQ(Trial(images(), scratch / "x.json").run().state_digest, plain.state_digest);

  const auto size = fs::file_size(scratch / "images");
  for (const auto cut : {size - 1, size - 10, size / 2, std::uintmax_t{12}}) {
    fs::resize_file(scratch / "images", cut);
    EXPECT_THAT(refused(scratch, images()), HasSubstr("images: ")) << cut;
  }
}

TEST(Idx, BadFilesAreNamed) {
  const Scratch scratch;
  const std::string good_labels = idx({12}, std::string("\0\1\2\0\1\2\0\1\2\0\1\2", 12));
  const auto complaint = [&](const std::string& image_text, const std::string& label_text) {
    scratch.write("images", image_text);
    scratch.write("labels", label_text);
    return refused(scratch, images());
  };
  EXPECT_THAT(complaint("", good_labels), HasSubstr("images: is too short for an IDX file"));
  EXPECT_THAT(complaint("<html>not found</html>", good_labels),
              HasSubstr("images: is not an IDX file (first bytes 3c 68 74 6d)"));
  EXPECT_THAT(complaint("\x1f\x8b\x08" + std::string(40, '?'), good_labels), HasSubstr("images: "));
  EXPECT_THAT(complaint(idx({12, 2, 2}, pixels(48)).substr(0, 40), good_labels),
              HasSubstr("images: ends too early (24 of 48 bytes of data)"));
  EXPECT_THAT(complaint(idx({12, 2, 2}, pixels(49)), good_labels),
              HasSubstr("images: goes on after its data"));
  EXPECT_THAT(complaint(idx({12, 2, 2}, pixels(48)).substr(0, 10), good_labels),
              HasSubstr("images: ends within its header"));
  EXPECT_THAT(complaint(idx({12, 2, 2}, pixels(48), 13), good_labels),
              HasSubstr("images: holds an IDX type that is not read (0x0d)"));
  EXPECT_THAT(complaint(idx({0xffffffff, 0xffff, 0xffff}, pixels(48)), good_labels),
              HasSubstr("images: needs more than 8 GiB"));
  EXPECT_THAT(complaint(idx({12, 0, 2}, ""), good_labels), HasSubstr("images: has a dimension of size 0"));
  EXPECT_THAT(complaint(good_labels, good_labels),
              HasSubstr("images: has the wrong number of dimensions (1)"));
  EXPECT_THAT(complaint(idx({12, 2, 2}, pixels(48)), idx({11}, pixels(11))),
              HasSubstr("labels: does not have one label per image (11 labels, 12 images"));
}

TEST(Idx, TestLabelsOutOfRangeAreNamed) {
  const Scratch scratch;
  scratch.write("images", idx({12, 2, 2}, pixels(48)));
  scratch.write("labels", idx({12}, std::string("\0\1\2\0\1\2\0\1\2\0\1\2", 12)));
  scratch.write("test_labels", idx({12}, std::string("\0\1\2\0\1\2\0\7\2\0\1\2", 12)));
  Json source = images();
  source["objective"]["data"]["test_labels"] = "test_labels";
  EXPECT_THAT(refused(scratch, source),
              HasSubstr("/objective/data/test_labels: one test file without the other"));
  source["objective"]["data"]["test_images"] = "images";
  EXPECT_THAT(refused(scratch, source), HasSubstr("test_labels: has a label out of range "
                                                  "(label 7 of sample 7) — labels are 0 … 2"));
  // A stray training label is no new class.
  scratch.write("labels", idx({12}, std::string("\0\1\2\0\1\2\0\1\115\0\1\2", 12)));
  EXPECT_THAT(refused(scratch, source),
              HasSubstr("labels: has a label out of range (label 77 of sample 8, but no label 3)"));
  source["objective"]["data"]["classes"] = 3;
  EXPECT_THAT(refused(scratch, source),
              HasSubstr("labels: has a label out of range (label 77 of sample 8) — labels are 0 … 2"));
}

TEST(FashionMnist, MissingPackageIsNamed) {
  const Scratch scratch;
  scratch.write("empty/kept", "");
  for (const char* directory : {"nowhere", "empty"}) {
    const std::string message = refused(
        scratch, learning("softmax_regression", {{"dataset", "fashion_mnist"}, {"directory", directory}}));
    EXPECT_THAT(message,
                AllOf(HasSubstr(std::string(directory) + "/train-images-idx3-ubyte.gz: does not exist"),
                      HasSubstr("dataset-fashion-mnist")));
  }
}

// --- Traces

TEST(Traces, BadOnesAreNamedByLine) {
  const Scratch scratch;
  const Json source = changed(small_experiment(), {{"timing", {{"model", "trace"}, {"file", "t.csv"}}}});
  const std::string header = "index,time,kind,i,j\n";
  const auto complaint = [&](const std::string& text) {
    scratch.write("t.csv", text);
    return refused(scratch, source);
  };
  EXPECT_THAT(complaint(""), HasSubstr("t.csv:1: the file is empty"));
  EXPECT_THAT(complaint(header), HasSubstr("no events: nothing could ever happen"));
  EXPECT_THAT(complaint("time,kind\n"), HasSubstr("t.csv:1: wrong header (time,kind)"));
  EXPECT_THAT(complaint(header + "0,1,gradient,0,-1\n1,0.5,gradient,0,-1\n"),
              HasSubstr("t.csv:3: time goes down (0.5)"));
  EXPECT_THAT(complaint(header + "0,-1,gradient,0,-1\n"), HasSubstr("t.csv:2: time out of range (-1)"));
  EXPECT_THAT(complaint(header + "0,nan,gradient,0,-1\n"), HasSubstr("t.csv:2: time out of range (nan)"));
  EXPECT_THAT(complaint(header + "0,1,gradiant,0,-1\n"),
              HasSubstr("t.csv:2: unknown kind of event (gradiant) — did you mean \"gradient\"?"));
  EXPECT_THAT(complaint(header + "0,1,gradient,8,-1\n"),
              HasSubstr("t.csv:2: no such worker (8) — there are 8 workers"));
  EXPECT_THAT(complaint(header + "0,1,communication,0,4\n"),
              HasSubstr("t.csv:2: not an edge of the topology (0-4)"));
  EXPECT_THAT(complaint(header + "0,1,communication,3,3\n"),
              HasSubstr("t.csv:2: a worker cannot communicate with itself"));
  EXPECT_THAT(complaint(header + "0,1,gradient\n"), HasSubstr("t.csv:2: 3 columns instead of 5"));
  EXPECT_THAT(complaint(std::string(100000, 'x')), HasSubstr("t.csv:1: the line is too long"));
  fs::remove(scratch / "t.csv");
  EXPECT_THAT(refused(scratch, source), HasSubstr("t.csv: cannot be read"));
  scratch.write("t.csv/kept", "");
  EXPECT_THAT(refused(scratch, source), HasSubstr("t.csv: cannot be read"));
}

TEST(Traces, OfOtherKindsOfEventsMeanNothing) {
  const Scratch scratch;
  scratch.write("t.csv", "index,time,kind,i,j\n0,1,communication,0,1\n");
  EXPECT_THAT(
      refused(scratch, changed(small_experiment(), {{"algorithm.name", "local_only"},
                                                    {"timing", {{"model", "trace"}, {"file", "t.csv"}}}})),
      HasSubstr("/timing/file: no event of this trace means anything here"));
}

}  // namespace
}  // namespace acidsim::testing
