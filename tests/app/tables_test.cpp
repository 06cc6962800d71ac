// Tables of users, as a run takes them: what is said of them, whose rows are whose, and what is written down.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Rows = std::vector<std::vector<std::string>>;

// Three workers a – b – c on six rows, of which `changes` says how they are read and shared out.
class UserTables : public ::testing::Test {
 protected:
  UserTables() {
    scratch.write("path.csv", "source,target\na,b\nb,c\n");
    scratch.write("t.csv", "x,town,y\n1,b,2\n2,a,1\n3,c,4\n4,a,3\n5,b,6\n6,c,5\n");
  }
  Json experiment(const Json& changes) const {
    Json source = Json::parse(R"({
      "topology": {"file": "path.csv"},
      "objective": {"name": "linear_regression", "batch_size": 0,
                    "data": {"dataset": "csv", "file": "t.csv", "test_fraction": 0},
                    "partition": {"scheme": "column", "column": "town"}},
      "optimizer": {"learning_rate": 0.001},
      "stop": {"time": 5},
      "record": {"train_rows": true, "test_rows": true, "metrics": ["consensus_distance"]}
    })");
    return changed(source, changes);
  }
  Finished run(const Json& changes) const {
    fs::remove_all(scratch / "out");
    scratch.write("x.json", experiment(changes).dump());
    return run_program(scratch, {"run", "x.json", "--out", "out"});
  }
  std::string refusal(const Json& changes) const {
    const Finished finished = run(changes);
    EXPECT_EQ(finished.code, 2) << finished.err;
    EXPECT_FALSE(fs::exists(scratch / "out"));
    return finished.err;
  }
  Table table(const std::string& name) const { return read_table(scratch / "out" / name); }

  const Scratch scratch;
};

TEST_F(UserTables, ColumnsSayWhoseRowsAre) {
  const Finished finished = run({});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err,
              HasSubstr("t.csv: 6 rows of 3 columns, header in line 1; target column y; 1 features: x; "
                        "column town says whose a row is (3 owners)"));
  EXPECT_THAT(table("train_rows.csv").columns, ElementsAre("repeat", "worker", "row", "name"));
  EXPECT_EQ(table("train_rows.csv").rows, (Rows{{"0", "0", "1", "a"},
                                                {"0", "0", "3", "a"},
                                                {"0", "1", "0", "b"},
                                                {"0", "1", "4", "b"},
                                                {"0", "2", "2", "c"},
                                                {"0", "2", "5", "c"}}));
  EXPECT_THAT(table("test_rows.csv").columns, ElementsAre("row"));
  EXPECT_TRUE(table("test_rows.csv").rows.empty());
  EXPECT_THAT(
      refusal({{"objective.partition.column", "tone"}}),
      HasSubstr("/objective/partition/column: is not a column of the file (tone) — did you mean \"town\"?"));
  EXPECT_THAT(refusal({{"topology", {{"family", "cycle"}, {"workers", 4}}}}),
              HasSubstr("are not as many as the values of the column (4 workers, 3 values of the column)"));
}

TEST_F(UserTables, RowsOfARunAreAPartitionOfAnother) {
  scratch.write("t.csv", "x,y\n1,2\n2,1\n3,4\n4,3\n5,6\n6,5\n");
  ASSERT_EQ(run({{"objective.partition", {{"scheme", "iid"}}}, {"objective.data.test_fraction", 0.34}}).code,
            0);
  const Table given = table("train_rows.csv"), tests = table("test_rows.csv");
  EXPECT_EQ(given.rows.size(), 4u);
  EXPECT_EQ(tests.rows.size(), 2u);
  fs::rename(scratch / "out/train_rows.csv", scratch / "rows.csv");
  ASSERT_EQ(run({{"objective.partition", {{"scheme", "file"}, {"file", "rows.csv"}}},
                 {"objective.data.test_fraction", 0.34}})
                .code,
            0);
  EXPECT_EQ(table("train_rows.csv").rows, given.rows);
  EXPECT_THAT(refusal({{"objective.partition", {{"scheme", "file"}, {"file", "none.csv"}}}}),
              HasSubstr("none.csv: cannot be opened"));
}

TEST_F(UserTables, EachWorkerOwnsItsFile) {
  scratch.write("a.csv", "x,y\n1,2\n");
  scratch.write("b.csv", "x,y\n3,4\n5,6\n");
  scratch.write("c.csv", "x,y\n7,8\n");
  scratch.write("test.csv", "x,y\n9,10\n");
  const Json files = {
      {"objective.data",
       {{"dataset", "csv"}, {"file", {"a.csv", "b.csv", "c.csv"}}, {"test_file", "test.csv"}}},
      {"objective.partition", {{"scheme", "files"}}},
      {"record.metrics", {"test_loss"}}};
  const Finished finished = run(files);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(table("train_rows.csv").rows,
            (Rows{{"0", "0", "0", "a"}, {"0", "1", "1", "b"}, {"0", "1", "2", "b"}, {"0", "2", "3", "c"}}));
  EXPECT_EQ(table("test_rows.csv").rows, (Rows{{"0"}}));
  Json two = files;
  two["objective.data"]["file"] = {"a.csv", "b.csv"};
  EXPECT_THAT(refusal(two),
              HasSubstr("are not as many as the files of the table (3 workers, 2 files of the table)"));
  Json both = files;
  both["objective.data"]["test_fraction"] = 0.5;
  EXPECT_THAT(refusal(both), HasSubstr("/objective/data/test_fraction: cannot stand beside \"test_file\""));
}

TEST_F(UserTables, SharedRowsAreEverybodysAndWithoutATableThereAreNone) {
  ASSERT_EQ(run({{"objective.partition", {{"scheme", "shared"}}},
                 {"objective.data.target", "x"},
                 {"objective.data.file", "numbers.csv"}})
                .code,
            2);
  scratch.write("numbers.csv", "x,z,y\n1,5,2\n2,3,1\n");
  ASSERT_EQ(
      run({{"objective.partition", {{"scheme", "shared"}}}, {"objective.data.file", "numbers.csv"}}).code, 0);
  EXPECT_EQ(table("train_rows.csv").rows, (Rows{{"0", "all", "0", ""}, {"0", "all", "1", ""}}));
  EXPECT_THAT(refusal({{"objective", {{"name", "quadratic"}}}}),
              HasSubstr("/record/train_rows: the objective has no table"));
}

TEST_F(UserTables, CountsNameTheWorkersOfAFile) {
  ASSERT_EQ(run({{"timing", {{"gradient_rate", {{"file", "speeds.csv"}}}}}}).code, 2);
  scratch.write("speeds.csv", "worker,rate\nc,0\na,2\nb,0.5\n");
  ASSERT_EQ(run({{"timing", {{"gradient_rate", {{"file", "speeds.csv"}}}}}}).code, 0);
  const Table edges = table("communication_counts.csv"), workers = table("worker_counts.csv");
  EXPECT_THAT(edges.columns, ElementsAre("repeat", "i", "j", "rate", "count", "i_name", "j_name"));
  EXPECT_EQ(edges.rows[1][5] + edges.rows[1][6], "bc");
  EXPECT_THAT(workers.columns,
              ElementsAre("repeat", "worker", "gradient_rate", "gradients", "communications", "name"));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(workers.rows[i][5], std::string(1, static_cast<char>('a' + i)));
  EXPECT_EQ(workers.number(0, "gradient_rate"), 2);
  EXPECT_EQ(workers.number(1, "gradient_rate"), 0.5);
  EXPECT_EQ(workers.number(2, "gradients"), 0);
  scratch.write("speeds.csv", "worker,rate\na,2\nb,0.5\n");
  EXPECT_THAT(refusal({{"timing", {{"gradient_rate", {{"file", "speeds.csv"}}}}}}),
              HasSubstr("speeds.csv: gives no rate to a worker (worker 2, \"c\")"));
}

// The component of a, b and c is kept, whose speeds are 2, 0 and 0.5.
TEST_F(UserTables, WorkersAreAsFastAsTheNodesOfTheirGraphSay) {
  const Json by_speed = {{"topology", {{"file", "net.gml"}, {"component", "largest"}}},
                         {"timing", {{"gradient_rate", {{"attribute", "speed"}}}}}};
  scratch.write("net.gml",
                "graph [ node [ id 1 label \"far\" speed 9 ] node [ id 2 label \"a\" speed 2 ] "
                "node [ id 3 label \"b\" speed 0 ] node [ id 4 label \"c\" speed 0.5 ] "
                "edge [ source 2 target 3 ] edge [ source 3 target 4 ] ]");
  const Finished finished = run(by_speed);
  ASSERT_EQ(finished.code, 0) << finished.err;
  const Table workers = table("worker_counts.csv");
  for (const auto& [i, name, speed] :
       {std::tuple(0u, "a", 2.0), std::tuple(1u, "b", 0.0), std::tuple(2u, "c", 0.5)}) {
    EXPECT_EQ(workers.rows[i][5], name);
    EXPECT_EQ(workers.number(i, "gradient_rate"), speed);
  }
  EXPECT_EQ(workers.number(1, "gradients"), 0);

  // A list of graphs, in which c comes first.
  scratch.write("later.dot", "graph { c [speed=0.5]; a [speed=2]; c -- a }");
  Json list = by_speed;
  list["topology"] =
      Json::parse(R"({"graphs": [{"file": "later.dot"}, {"file": "net.gml", "component": "largest"}]})");
  ASSERT_EQ(run(list).code, 0);
  const Table later = table("worker_counts.csv");
  EXPECT_EQ(later.rows[0][5] + later.rows[1][5] + later.rows[2][5], "cab");
  EXPECT_EQ(later.number(0, "gradient_rate"), 0.5);
  EXPECT_EQ(later.number(2, "gradient_rate"), 0);
  scratch.write("later.dot", "graph { c [speed=0.25]; a [speed=2]; c -- a }");
  EXPECT_THAT(refusal(list),
              HasSubstr("/topology/graphs/1: worker c has another rate than in a graph before"));

  Json misspelt = by_speed;
  misspelt["timing"]["gradient_rate"]["attribute"] = "sped";
  EXPECT_THAT(refusal(misspelt),
              HasSubstr("net.gml: no node has an attribute of that name (sped) — did you mean \"speed\"?"));
  Json nowhere = by_speed;
  nowhere["topology"] = {{"family", "path"}, {"workers", 3}};
  EXPECT_THAT(refusal(nowhere),
              HasSubstr("/timing/gradient_rate/attribute: the topology has no file whose nodes "
                        "could have the attribute (\"speed\")"));
  Json nameless = by_speed;
  nameless["timing"]["gradient_rate"]["attribute"] = "";
  EXPECT_THAT(refusal(nameless), HasSubstr("/timing/gradient_rate/attribute: is empty"));
  Json table_of_edges = by_speed;
  table_of_edges["topology"] = {{"file", "path.csv"}};
  EXPECT_THAT(refusal(table_of_edges), HasSubstr("path.csv: nodes of this format have no attributes"));
}

TEST(ForeignText, IsRefusedByNameInConfigurations) {
  const Scratch scratch;
  const auto refusal = [&](const std::string& text) {
    scratch.write("x.json", text);
    const Finished finished = run_program(scratch, {"run", "x.json"});
    EXPECT_EQ(finished.code, 2);
    return finished.err;
  };
  EXPECT_THAT(refusal(std::string("\xff\xfe{\0}\0", 6)), HasSubstr("x.json: is UTF-16 text"));
  EXPECT_THAT(refusal(std::string("\xfe\xff\0{\0}", 6)), HasSubstr("x.json: is UTF-16 text"));
  EXPECT_THAT(refusal(std::string("{\0}\0", 4)), HasSubstr("x.json: is UTF-16 text"));
  EXPECT_THAT(refusal("{\"name\": \"M\xfc\"}"), HasSubstr("M\\xfc"));
  const Finished finished = run_program(scratch, {"topology", "gr\xe4ph.txt"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("the file's name is not text in UTF-8 (gr\\xe4ph.txt)"));
}

}  // namespace
}  // namespace acidsim::testing
