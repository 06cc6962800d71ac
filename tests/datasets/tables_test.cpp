// What a table is taken for: headers, index columns, marks, compressed and foreign files, test files.
#include <gmock/gmock.h>

#include "sim/data/readers.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace tables_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr Task regression = Task::regression;

class TablesTest : public FileTest {
 protected:
  DatasetPair<double> read(const std::string& content, const CsvOptions& options = {.task = regression}) {
    return read_csv_tables<double>({{write("t.csv", content)}}, options);
  }
  std::string notice(const std::string& content, const CsvOptions& options = {.task = regression}) {
    return read(content, options).notices.at(0);
  }
  std::string message(const std::string& content, const CsvOptions& options = {.task = regression}) {
    return message_of([&] { read(content, options); });
  }
};

const std::string values = "0.5,-1.25,0.75,2\n0.25,3.5,-0.5,1\n-1.5,0.5,0.25,0\n";

TEST_F(TablesTest, NumbersThatCountFromZeroAreAHeader) {
  const auto data = read("0,1,2,3\n" + values);
  EXPECT_EQ(data.train->features.col(0), Eigen::Vector3d(0.5, -1.25, 0.75));
  EXPECT_EQ(data.train->targets, Eigen::Vector3d(2, 1, 0));
  EXPECT_THAT(data.notices,
              ElementsAre(AllOf(HasSubstr("t.csv: 3 rows of 4 columns, header in line 1 (0, 1, 2, 3:"),
                                HasSubstr("\"header\": false"), HasSubstr("target column 3"),
                                HasSubstr("3 features: 0, 1, 2"))));
  EXPECT_EQ(read("0,1\n0.5,1\n0.25,3\n").train->samples(), 2);
  // Classes as text, and small integers.
  EXPECT_EQ(read("0,1,2\n4,5,cat\n1,2,dog\n", {}).train->samples(), 2);
  EXPECT_EQ(read("0,1,2,3\n5,3,2,0\n1,4,2,1\n", {}).train->samples(), 2);
}

TEST_F(TablesTest, AHeaderCanBeSaidOrDenied) {
  EXPECT_EQ(read("0,1,2,3\n" + values, {.task = regression, .header = Header::absent}).train->samples(), 4);
  const auto named = read("2020,2021,2022,2023\n" + values,
                          {.task = regression, .target = "2021", .header = Header::present});
  EXPECT_EQ(named.train->samples(), 3);
  EXPECT_EQ(named.train->targets[0], -1.25);
  EXPECT_THAT(message("2020,2021,2022,2023\n" + values, {.task = regression, .target = "2021"}),
              HasSubstr("columns are 0 … 3; or give \"header\": true if it is a name"));
  EXPECT_THAT(message("a,b,c\n1,2,3\n", {.task = regression, .header = Header::absent}),
              HasSubstr("t.csv:1: column 0 is not a number (a)"));
}

TEST_F(TablesTest, NumbersUnlikeTheRowsBelowAreRefusedWithAHint) {
  for (const std::string first :
       {"2019,2020,2021,2022\n", "1,2,3,4\n", "2010,2013,2020,2021\n", "400.5,401.5,402.5,403.5\n"})
    EXPECT_THAT(message(first + values), AllOf(HasSubstr("t.csv:1: may be a header or a row of numbers"),
                                               HasSubstr("\"header\": true")))
        << first;
  EXPECT_THAT(message("0,1\n1,0\n0,0\n", {}), HasSubstr("may be a header"));  // or a table of bits
  EXPECT_THAT(message("1,2,0\n3,4,cat\n", {}), HasSubstr("may be a header"));
  EXPECT_THAT(message("NA,1\n2,3\n"), HasSubstr("may be a header"));
  EXPECT_THAT(message("a,a,y\n1,2,3\n"), HasSubstr("may be a header"));
  EXPECT_THAT(message(",2.5,0\n1,3.5,1\n"), HasSubstr("may be a header"));
  EXPECT_THAT(message("1,2,x\n3,4,y\n"), HasSubstr("t.csv:1: the target is not a number (x)"));
}

TEST_F(TablesTest, RowsLikeTheOthersStayRows) {
  EXPECT_EQ(read("1,2,3\n4,5,6\n7,8,9\n").train->samples(), 3);
  EXPECT_EQ(read("5.1,3.5,1.4,0\n4.9,3,1.4,0\n6,2.2,4,1\n", {}).train->samples(), 3);
  EXPECT_EQ(read("100,10,1\n90,8,2\n80,5,1\n").train->samples(), 3);
  EXPECT_THAT(notice("5.1,3.5,0\n4.9,3,0\n", {}), HasSubstr("no header; label column 2; 2 features: 0, 1"));
}

TEST_F(TablesTest, NamesAboveNumbersAreAHeader) {
  EXPECT_EQ(read("id,2019,2020,y\n1,0.5,0.25,3\n2,0.5,0.25,3\n").train->samples(), 2);
  EXPECT_EQ(read("2019,2020,y\n0.5,0.25,3\n2,0.25,3\n").train->samples(), 2);
  EXPECT_THAT(notice("a,b,y\n1,2,3\n"), HasSubstr("header in line 1; target column y; 2 features: a, b"));
}

TEST_F(TablesTest, AnIndexWithoutANameIsLeftOut) {
  for (const std::string first : {",a,b,y\n", "Unnamed: 0,a,b,y\n", ",0,1,2\n"}) {
    const auto data = read(first + "0,5,6,7\n1,8,9,1\n");
    EXPECT_EQ(data.train->features.col(0), Eigen::Vector2d(5, 6)) << first;
    EXPECT_THAT(data.notices[0], HasSubstr("left out as an index: the column at the front"));
  }
  EXPECT_EQ(read(",a,y\nrow one,5,7\nrow two,8,1\n").train->features.row(0), Eigen::RowVector2d(5, 8));
  EXPECT_EQ(read(",a,y\n0,5,7\n", {.task = regression, .header = Header::present, .index_column = false})
                .train->features.rows(),
            2);
  EXPECT_EQ(read("id,a,y\n0,5,7\n", {.task = regression, .index_column = true}).train->features.rows(), 1);
}

TEST_F(TablesTest, AFeatureThatCountsTheRowsIsNamed) {
  EXPECT_THAT(read("id,a,y\n1,5,7\n2,8,1\n3,0,0\n4,1,0\n5,2,0\n").notices,
              ElementsAre(::testing::_, HasSubstr("column \"id\" counts the rows")));
  EXPECT_THAT(read("id,a,y\n1,5,7\n2,8,1\n3,0,0\n4,1,0\n6,2,0\n").notices, SizeIs(1));
}

TEST_F(TablesTest, DecimalCommasAreReadWhereNoCommaSeparates) {
  for (const std::string text : {"a;b;y\n1,5;-2,25;3\n", "1,5;-2,25;3\n", "1,5\t-2,25\t3\n"}) {
    const auto data = read(text);
    EXPECT_EQ(data.train->features.col(0), Eigen::Vector2d(1.5, -2.25)) << text;
    EXPECT_EQ(data.train->targets[0], 3) << text;
    EXPECT_THAT(data.notices[0], HasSubstr("decimal commas"));
  }
  EXPECT_THAT(message("1,5;2;3\n1.5;2;3\n"),
              HasSubstr("t.csv:2: decimal commas and decimal points in one table"));
  EXPECT_THAT(message("a;b;y\n1.234,5;2;3\n"), HasSubstr("t.csv:2: column \"a\" is not a number"));
  EXPECT_THAT(notice("1.5;2;3\n"), Not(HasSubstr("decimal")));
  EXPECT_EQ(read("1,\t2,\t3\n").train->targets[0], 3);
}

TEST_F(TablesTest, CommentsBeforeTheFirstRowAreLeftOut) {
  const auto data = read("# made by hand\n# twice\na,b,y\n1,2,3\n");
  EXPECT_EQ(data.train->samples(), 1);
  EXPECT_THAT(data.notices[0], AllOf(HasSubstr("2 lines with #"), HasSubstr("header in line 3")));
  EXPECT_THAT(message("1,2,3\n# no\n"), HasSubstr("t.csv:2: has another number of columns"));
}

TEST_F(TablesTest, CompressedFilesAreRead) {
  EXPECT_EQ(read_csv<double>(write_gzip("t.csv.gz", "1,2,3\n4,5,6\n")).features.cols(), 2);
  EXPECT_EQ(read_libsvm<double>(write_gzip("t.gz", "1 1:2\n0 2:1\n")).features(0, 0), 2);
  std::string rows;  // over several pieces of the file
  for (int k = 0; k < 50000; ++k) rows += std::to_string(k) + ",2.5,3\n";
  const auto data = read_csv<double>(write_gzip("t.csv.gz", rows), {.task = regression});
  ASSERT_EQ(data.samples(), 50000);
  EXPECT_EQ(data.features(0, 49999), 49999);
}

TEST_F(TablesTest, ForeignTextIsRefusedByName) {
  for (const std::string mark : {"\xff\xfe", "\xfe\xff"}) {
    EXPECT_THAT(message(mark + std::string("1\0,\0", 4)), HasSubstr("t.csv: is UTF-16 text"));
    EXPECT_THAT(message_of([&] { read_libsvm<double>(write("t.svm", mark + "1 1:1\n")); }),
                HasSubstr("UTF-16"));
  }
  EXPECT_THAT(message(std::string("1\0,\0002\0", 6)), HasSubstr("UTF-16"));  // without a mark
  EXPECT_THAT(message(std::string("1,2\n3,\0", 7)), HasSubstr("t.csv:2: holds a zero byte"));
  EXPECT_THAT(message("a,b,y\n1,M\xfc,3\n"), HasSubstr("is not a number (M\\xfc)"));
}

TEST_F(TablesTest, ATestFileHasTheColumnsAndClassesOfTheTrainingFile) {
  const std::string train = write("train.csv", "a,b,kind\n1,2,dog\n3,4,cat\n5,6,emu\n");
  const auto test_message = [&](const std::string& text) {
    return message_of([&] { read_csv_tables<double>({{train}, write("test.csv", text)}); });
  };
  const auto data = read_csv_tables<double>({{train}, write("test.csv", "a,b,kind\n7,8,emu\n")});
  EXPECT_THAT(data.test->labels, ElementsAre(2));
  EXPECT_EQ(data.test->classes, 3);
  EXPECT_EQ(data.test->features.col(0), Eigen::Vector2d(7, 8));
  EXPECT_THAT(
      test_message("a,b,kind\n7,8,owl\n"),
      HasSubstr("test.csv:2: the label is none of the training rows (owl) — they have cat, dog, emu"));
  EXPECT_THAT(test_message("a,c,kind\n7,8,emu\n"), HasSubstr("test.csv:1: has another header"));
  EXPECT_THAT(test_message("7,8,emu\n"), HasSubstr("test.csv:1: has another header"));
  EXPECT_THAT(test_message("a,b,kind\n"), HasSubstr("test.csv: holds no rows"));
}

TEST_F(TablesTest, SeveralFilesAreOneTableAndOwnTheirRows) {
  const std::string one = write("one.csv", "a,y\n1,2\n3,4\n"), two = write("two.csv", "a,y\n5,6\n");
  const auto data = read_csv_tables<double>({{one, two}}, {.task = regression});
  EXPECT_EQ(data.train->features.row(0), Eigen::RowVector3d(1, 3, 5));
  EXPECT_THAT(data.train->origins.owners, ElementsAre(0, 0, 1));
  EXPECT_THAT(data.train->origins.owner_names, ElementsAre("one.csv", "two.csv"));
  EXPECT_THAT(read_csv_tables<double>({{one}}, {.task = regression}).train->origins.owners, SizeIs(0));
  const auto sparse = read_libsvm_tables<double>({{write("a", "1 1:1\n"), write("b", "0 3:1\n1 1:1\n")}});
  EXPECT_EQ(sparse.train->features.rows(), 3);
  EXPECT_THAT(sparse.train->origins.owners, ElementsAre(0, 1, 1));
}

TEST_F(TablesTest, AColumnOfOwnersIsNoFeature) {
  const auto data = read("x,hospital,y\n1,north,3\n2,east,5\n3,north,7\n",
                         {.task = regression, .owner_column = "hospital"});
  EXPECT_EQ(data.train->features, (Eigen::RowVector3d(1, 2, 3)));
  EXPECT_THAT(data.train->origins.owners, ElementsAre(1, 0, 1));
  EXPECT_THAT(data.train->origins.owner_names, ElementsAre("east", "north"));
  EXPECT_THAT(data.notices[0], HasSubstr("column hospital says whose a row is (2 owners)"));
  EXPECT_THAT(message("x,hospital,y\n1,,3\n", {.task = regression, .owner_column = "hospital"}),
              HasSubstr("t.csv:2: column \"hospital\" does not say whose the row is"));
  EXPECT_THAT(message("x,hospital,y\n1,a,3\n", {.task = regression, .owner_column = "hospitals"}),
              HasSubstr("did you mean \"hospital\"?"));
}

TEST_F(TablesTest, LibsvmCountsFromZeroWhereIndexZeroOccurs) {
  const std::string zero = "1 0:1.0 1:2.0\n-1 1:1\n", later = "1 1:5\n";
  const auto data = read_libsvm_tables<double>({{write("a", zero)}, write("b", later)});
  EXPECT_EQ(data.train->features, (Matrix<double>(2, 2) << 1, 0, 2, 1).finished());
  EXPECT_EQ(data.test->features, (Matrix<double>(2, 1) << 0, 5).finished());
  EXPECT_THAT(data.notices, ElementsAre(HasSubstr("a:1: index 0 occurs")));
  EXPECT_EQ(read_libsvm<double>(write("a", later), {.zero_based = true}).features,
            (Matrix<double>(2, 1) << 0, 5).finished());
  EXPECT_THAT(message_of([&] { read_libsvm<double>(write("a", zero), {.dimension = 1}); }),
              HasSubstr("a:1: index is larger than the dimension (1) — 0 … 0"));
}

TEST_F(TablesTest, LibsvmFilesHaveTheFeaturesOfTheWidest) {
  const auto data = read_libsvm_tables<double>({{write("a", "1 2:1\n0 1:1\n")}, write("b", "+1 4:1\n")});
  EXPECT_EQ(data.train->features.rows(), 4);
  EXPECT_EQ(data.test->features(3, 0), 1);
  EXPECT_THAT(data.test->labels, ElementsAre(1));
  EXPECT_THAT(message_of([&] {
                read_libsvm_tables<double>({{path("a")}, write("b", "1 1:1\n3 1:1\n")});
              }),
              HasSubstr("b:2: the label is none of the training rows (3) — they have 0, 1"));
}

TEST_F(TablesTest, AnIndexFarBeyondTheOthersTakesNoMemoryUnasked) {
  const std::string file = write("a", "0 1:1 2:1\n1 3000000:1\n1 2:3\n");
  EXPECT_THAT(
      message_of([&] { read_libsvm<double>(file); }),
      AllOf(HasSubstr(
                "a:2: an index lies far beyond the number of features that occur (3000000, where 3 occur)"),
            HasSubstr("\"features\": 3000000")));
  EXPECT_EQ(read_libsvm<double>(file, {.dimension = 3000000}).features(2999999, 1), 1);
}

}  // namespace tables_test
}  // namespace acidsim
