#include <gmock/gmock.h>

#include "sim/data/readers.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace text_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvTest : public FileTest {
 protected:
  std::string message(const std::string& content, const CsvOptions& options = {}) {
    return message_of([&] { read_csv<double>(write("t.csv", content), options); });
  }
};

TEST_F(CsvTest, ReadsFeaturesAndIntegerLabelsInNumericOrder) {
  const auto data = read_csv<double>(write("t.csv", "1,2.5,10\n3,-4e-1,9\n\n5,6,+10\r\n7,8,-1\n"));
  Matrix<double> expected(2, 4);
  expected << 1, 3, 5, 7, 2.5, -0.4, 6, 8;
  EXPECT_EQ(data.features, expected);
  EXPECT_THAT(data.labels, ElementsAre(2, 1, 2, 0));
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.targets.size(), 0);
}

TEST_F(CsvTest, FindsHeaderTargetAndDelimiter) {
  const std::string table = "\"sepal; length\";species;width\n1;setosa;2\n3;iris;4\n";
  const auto data = read_csv<float>(write("t.csv", table), {.target = "species"});
  EXPECT_THAT(data.labels, ElementsAre(1, 0));
  EXPECT_EQ(data.features.row(0), (Eigen::RowVector2f(1, 3)));
  EXPECT_EQ(data.features.row(1), (Eigen::RowVector2f(2, 4)));
  EXPECT_EQ(read_csv<float>(write("t.csv", table), {.target = "1"}).labels, data.labels);
  for (const std::string text : {"x\ty\tz\n1\t2\t3\n", "1\t2\t3\n", "1 2 3\n", " 1   2  3 \n", "1, 2, 3\n",
                                 "\xEF\xBB\xBF"
                                 "a,b,c\n1,2,3\n"}) {
    const auto row = read_csv<double>(write("t.csv", text), {.task = Task::regression});
    EXPECT_EQ(row.features, (Matrix<double>(2, 1) << 1, 2).finished()) << text;
    EXPECT_EQ(row.targets[0], 3.0) << text;
    EXPECT_EQ(row.classes, 0);
  }
  EXPECT_EQ(read_csv<double>(write("t.csv", "1,2,3\n"), {.task = Task::regression, .target = "0"}).targets[0],
            1.0);
}

TEST_F(CsvTest, ReadsQuotedFields) {
  const auto data = read_csv<double>(write("t.csv", "a,b,label\n\"1\",2,\"x, \"\"y\"\"\"\n3,4,\"x\"\n"));
  EXPECT_EQ(data.classes, 2);
  EXPECT_EQ(data.features(0, 0), 1.0);
  EXPECT_THAT(message("a,b\n1,\"x\n"), HasSubstr("t.csv:2: a quotation mark is not closed"));
  EXPECT_THAT(message("a,b\n1,\"x\"y\n"), HasSubstr("t.csv:2: text follows"));
}

TEST_F(CsvTest, NamesTheLineOfWhatItRefuses) {
  EXPECT_THAT(message("1,2,0\n1,nan,0\n"), AllOf(HasSubstr("t.csv:2: column 1 is not finite (nan)")));
  EXPECT_THAT(message("1,2,0\n1,-inf,0\n"), HasSubstr("t.csv:2: column 1 is not finite (-inf)"));
  EXPECT_THAT(message("1,2,0\n1,1e999,0\n"), HasSubstr("t.csv:2: column 1 is not finite"));
  EXPECT_THAT(message("a,b,c\n1,two,0\n"), HasSubstr("t.csv:2: column \"b\" is not a number (two)"));
  EXPECT_THAT(message("1,2,0\n\n1,,0\n"), HasSubstr("t.csv:3: column 1 is empty"));
  EXPECT_THAT(message("1,2,0\n1,2\n"),
              HasSubstr("t.csv:2: has another number of columns than the first line (2)"));
  EXPECT_THAT(message("1,2,0\n1,2,3,4\n"), HasSubstr("t.csv:2: has another number of columns"));
  EXPECT_THAT(message("1,2,0.5\n"), HasSubstr("t.csv:1: the label is a number but no integer (0.5)"));
  EXPECT_THAT(message("1,2,\n"), HasSubstr("t.csv:1: the label is empty"));
  EXPECT_THAT(message("1,2,nan\n"), HasSubstr("t.csv:1: the label"));
  EXPECT_THAT(message("1,2,x\n", {.task = Task::regression}),
              HasSubstr("t.csv:1: the target is not a number (x)"));
  EXPECT_THAT(message("1,2,inf\n", {.task = Task::regression}),
              HasSubstr("t.csv:1: the target is not finite"));
}

TEST_F(CsvTest, RefusesFilesWithoutATable) {
  EXPECT_THAT(message(""), HasSubstr("holds no rows"));
  EXPECT_THAT(message("a,b\n"), HasSubstr("holds no rows"));
  EXPECT_THAT(message("1\n2\n"), HasSubstr("fewer than two columns"));
  EXPECT_THAT(message("width,height,kind\n1,2,0\n", {.target = "kinds"}),
              AllOf(HasSubstr("target"), HasSubstr("did you mean \"kind\"?")));
  EXPECT_THAT(message("1,2,3\n", {.target = "3"}), HasSubstr("columns are 0 … 2"));
  EXPECT_THAT(message("1,2,3\n", {.target = "-1"}), HasSubstr("columns are 0 … 2"));
  EXPECT_THAT(message_of([&] { read_csv<double>(path("none.csv")); }), HasSubstr("cannot be opened"));
  EXPECT_THAT(message_of([&] { read_csv<double>(path("")); }), HasSubstr("is a directory"));
}

TEST_F(CsvTest, HoldsToTheRangeOfThePrecision) {
  const std::string file = write("t.csv", "1e300,2,0\n");
  EXPECT_EQ(read_csv<double>(file).features(0, 0), 1e300);
  EXPECT_THAT(message_of([&] { read_csv<float>(file); }), HasSubstr("t.csv:1: column 0 is not finite"));
  EXPECT_EQ(read_csv<double>(write("t.csv", "1e-999,2,0\n")).features(0, 0), 0.0);
}

class LibsvmTest : public FileTest {
 protected:
  std::string message(const std::string& content, const LibsvmOptions& options = {}) {
    return message_of([&] { read_libsvm<double>(write("t.svm", content), options); });
  }
};

TEST_F(LibsvmTest, ReadsSparseRowsAsDenseColumns) {
  const auto data = read_libsvm<double>(write("t.svm", "# a comment\n+1 1:0.5 3:-2 # more\n-1 2:1\n\n-1\n"));
  Matrix<double> expected = Matrix<double>::Zero(3, 3);
  expected(0, 0) = 0.5;
  expected(2, 0) = -2;
  expected(1, 1) = 1;
  EXPECT_EQ(data.features, expected);
  EXPECT_THAT(data.labels, ElementsAre(1, 0, 0));
  EXPECT_EQ(data.classes, 2);
  const auto wide =
      read_libsvm<float>(write("t.svm", "2.5 1:1\n-1 1:2\n"), {.task = Task::regression, .dimension = 7});
  EXPECT_EQ(wide.features.rows(), 7);
  EXPECT_EQ(wide.targets, (Vector<float>(2) << 2.5f, -1).finished());
}

TEST_F(LibsvmTest, NamesTheLineOfWhatItRefuses) {
  EXPECT_THAT(message("1 1:1\n1 2:1 2:3\n"), HasSubstr("t.svm:2: indices do not increase (2 after 2)"));
  EXPECT_THAT(message("1 3:1 2:3\n"), HasSubstr("t.svm:1: indices do not increase (2 after 3)"));
  EXPECT_THAT(message("1 0:1\n", {.zero_based = false}), HasSubstr("t.svm:1: holds index 0"));
  EXPECT_THAT(message("1 x:1\n"), HasSubstr("is not index:value"));
  EXPECT_THAT(message("1 5\n"), HasSubstr("is not index:value (5)"));
  EXPECT_THAT(message("1 1:nan\n"), HasSubstr("t.svm:1: a value is not finite (nan)"));
  EXPECT_THAT(message("1 1:\n"), HasSubstr("t.svm:1: a value is empty"));
  EXPECT_THAT(message("1:2 2:3\n"), HasSubstr("t.svm:1: has no label"));
  EXPECT_THAT(message("1 9:1\n", {.dimension = 8}),
              HasSubstr("t.svm:1: index is larger than the dimension (9)"));
  EXPECT_THAT(message("1 1:1\n", {.dimension = 0}), HasSubstr("dimension: is not positive"));
  EXPECT_THAT(message("1\n2\n"), HasSubstr("holds no features"));
  EXPECT_THAT(message(""), HasSubstr("holds no rows"));
  EXPECT_THAT(
      message("0 1:1\n1 4294967295:1\n"),
      HasSubstr("t.svm:2: the table is too large to be stored dense (2 samples × 4294967295 features)"));
  EXPECT_THAT(message("1 99999999999:1\n"), HasSubstr("is not index:value"));
}

}  // namespace text_test
}  // namespace acidsim
