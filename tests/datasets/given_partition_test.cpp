// Partitions and rates that stand in tables.
#include "sim/data/given_partition.hpp"

#include <gmock/gmock.h>

#include "sim/data/transform.hpp"
#include "sim/data/worker_table.hpp"
#include "tests/datasets/files.hpp"

namespace acidsim {
namespace given_partition_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> towns = {"oslo", "bergen"};

class GivenPartition : public FileTest {
 protected:
  // Five rows of north, east, north, east, north.
  const RowOrigins by_side{{}, {1, 0, 1, 0, 1}, {"east", "north"}};
};

TEST_F(GivenPartition, OwnersInOrderAreTheWorkersOfAGraphWithoutNames) {
  EXPECT_THAT(partition_by_owner({5, by_side, 2, {}}).rows,
              ElementsAre(ElementsAre(1, 3), ElementsAre(0, 2, 4)));
  EXPECT_THAT(message_of([&] {
                partition_by_owner({5, by_side, 3, {}});
              }),
              HasSubstr("workers: are not as many as the values of the column (3 workers, 2 values"));
}

TEST_F(GivenPartition, OwnersAreFoundByNameOrNumber) {
  const std::vector<std::string> sides = {"north", "east"};
  EXPECT_THAT(partition_by_owner({5, by_side, 2, sides}).rows,
              ElementsAre(ElementsAre(0, 2, 4), ElementsAre(1, 3)));
  EXPECT_THAT(
      message_of([&] {
        partition_by_owner({5, by_side, 2, towns});
      }),
      HasSubstr("column: holds a value that is no worker (east) — workers are 0 … 1, or oslo, bergen"));
  const RowOrigins numbers{{}, {1, 0, 1}, {"0", "1"}};
  EXPECT_THAT(partition_by_owner({3, numbers, 2, towns}).rows,
              ElementsAre(ElementsAre(1), ElementsAre(0, 2)));
  const RowOrigins mixed{{}, {1, 0, 1}, {"1", "oslo"}};
  EXPECT_THAT(message_of([&] { partition_by_owner({3, mixed, 2, towns}); }), HasSubstr("no worker (1)"));
}

TEST_F(GivenPartition, AWorkerWhoseRowsAreAllTestRowsIsRefused) {
  const RowOrigins left{{0, 2}, {1, 1}, {"east", "north"}, 5};
  EXPECT_THAT(message_of([&] {
                partition_by_owner({2, left, 2, {}});
              }),
              HasSubstr("gives no training row to a worker (worker 0)"));
}

TEST_F(GivenPartition, FilesBelongToWorkersInOrder) {
  const RowOrigins files{{}, {0, 0, 1}, {"a.csv", "b.csv"}};
  EXPECT_THAT(partition_by_file({3, files, 2, {}}).rows, ElementsAre(ElementsAre(0, 1), ElementsAre(2)));
  EXPECT_THAT(message_of([&] {
                partition_by_file({3, files, 4, {}});
              }),
              HasSubstr("are not as many as the files of the table (4 workers, 2 files"));
  EXPECT_THAT(message_of([&] { partition_by_file({3, {}, 2, {}}); }), HasSubstr("2 workers, 1 files"));
}

TEST_F(GivenPartition, IsReadFromATable) {
  const RowOrigins training{{0, 2, 3}, {}, {}, 4};  // row 1 is a test row
  const auto read = [&](const std::string& text) {
    return read_partition(write("p.csv", text), {3, training, 2, towns});
  };
  const auto refused = [&](const std::string& text) { return message_of([&] { read(text); }); };
  EXPECT_THAT(read("row,worker\n3,oslo\n0,bergen\n1,oslo\n2,1\n").rows,
              ElementsAre(ElementsAre(2), ElementsAre(0, 1)));
  EXPECT_THAT(read("repeat,worker,row,name\n0,0,3,oslo\n0,1,0,bergen\n0,0,2,oslo\n").rows,
              ElementsAre(ElementsAre(1, 2), ElementsAre(0)));
  EXPECT_THAT(refused("row,worker\n0,oslo\n2,bergen\n"),
              HasSubstr("p.csv: gives nobody a training row (row 3)"));
  EXPECT_THAT(refused("row,worker\n0,oslo\n0,bergen\n"), HasSubstr("p.csv:3: gives a row a second time (0)"));
  EXPECT_THAT(refused("row,worker\n0,oslo\n4,oslo\n"),
              HasSubstr("p.csv:3: is no row of the table (4) — rows are 0 … 3"));
  EXPECT_THAT(refused("row,worker\n0,paris\n"), HasSubstr("p.csv:2: names no worker (paris)"));
  EXPECT_THAT(refused("row,worker\n0,all\n"), HasSubstr("p.csv:2: names no worker (all)"));
  EXPECT_THAT(refused("row,worker\n0,oslo\n2,oslo\n3,oslo\n"),
              HasSubstr("p.csv: gives no training row to a worker (worker 1, \"bergen\")"));
  EXPECT_THAT(refused("0,oslo\n2,oslo\n"), HasSubstr("p.csv:1: has no column \"row\""));
  EXPECT_THAT(refused("repeat,worker,row\n0,0,0\n1,0,2\n"), HasSubstr("p.csv:3: is of another repeat"));
  EXPECT_THAT(refused(""), HasSubstr("p.csv: is empty"));
}

TEST_F(GivenPartition, SplittingKeepsWhereRowsComeFrom) {
  Dataset<double> data;
  data.features = Matrix<double>::Random(1, 5);
  data.targets = Vector<double>::Zero(5);
  data.origins = by_side;
  const std::vector<std::uint32_t> some = {1, 3, 4}, fewer = {0, 2};
  const Dataset<double> part = subset<double>(subset<double>(data, some), fewer);
  EXPECT_THAT(part.origins.rows, ElementsAre(1, 4));
  EXPECT_THAT(part.origins.owners, ElementsAre(0, 1));
  EXPECT_EQ(part.origins.total, 5);
}

TEST_F(GivenPartition, RatesOfWorkersAreReadByNameOrNumber) {
  const auto read = [&](const std::string& text) {
    return read_worker_rates(write("r.csv", text), 2, towns);
  };
  const auto refused = [&](const std::string& text) { return message_of([&] { read(text); }); };
  EXPECT_THAT(read("bergen,0.5\noslo,2\n"), ElementsAre(2, 0.5));
  EXPECT_THAT(read("host;rate;worker\nx;0,5;1\ny;2;0\n"), ElementsAre(2, 0.5));
  EXPECT_THAT(refused("oslo,2\n"), HasSubstr("r.csv: gives no rate to a worker (worker 1, \"bergen\")"));
  EXPECT_THAT(refused("oslo,2\n0,1\n"), HasSubstr("r.csv:2: gives a second rate to a worker"));
  EXPECT_THAT(refused("oslo,2\nbergen,-1\n"), HasSubstr("r.csv:2: the rate is negative (-1)"));
  EXPECT_THAT(refused("oslo,2\nbergen,fast\n"), HasSubstr("r.csv:2: the rate is not a number (fast)"));
  EXPECT_THAT(refused("oslo,2\nparis,1\n"), HasSubstr("r.csv:2: names no worker (paris)"));
  EXPECT_THAT(refused("name,speed\noslo,2\n"), HasSubstr("r.csv:1: is neither a header nor a worker"));
}

}  // namespace given_partition_test
}  // namespace acidsim
