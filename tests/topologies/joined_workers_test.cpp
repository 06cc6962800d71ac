#include "topologies/joined_workers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/topologies/expect_error.hpp"

namespace acidsim {
namespace joined_workers_test {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;
using Pairs = std::vector<std::pair<Worker, Worker>>;

PhaseGraph named(Names names, std::vector<Edge> edges, const std::string& place = "graph") {
  PhaseGraph phase;
  phase.graph.workers = static_cast<Worker>(names.size());
  phase.graph.worker_names = std::move(names);
  phase.graph.edges = std::move(edges);
  phase.place = place;
  return phase;
}

PhaseGraph unnamed(Worker workers, std::vector<Edge> edges) {
  PhaseGraph phase = named(Names(workers), std::move(edges));
  phase.graph.worker_names = {};
  return phase;
}

Pairs pairs(const Graph& graph) {
  Pairs all;
  for (const Edge& e : graph.edges) all.emplace_back(e.i, e.j);
  return all;
}

struct Joined {
  std::vector<GraphPhase> phases;
  Names notices;
};

Joined join(std::vector<PhaseGraph> graphs, bool largest = false) {
  Joined joined;
  joined.phases = join_workers(std::move(graphs), largest, joined.notices);
  return joined;
}

TEST(JoinedWorkers, AreMatchedByName) {
  // The star with centre a, its workers declared in two orders, and with other rates.
  const Joined joined =
      join({named({"a", "b", "c"}, {{0, 1, 2}, {0, 2, 3}}), named({"c", "b", "a"}, {{0, 2, 5}, {1, 2, 7}})});
  ASSERT_EQ(joined.phases.size(), 2u);
  for (const GraphPhase& phase : joined.phases) {
    EXPECT_THAT(phase.graph.worker_names, ElementsAre("a", "b", "c"));
    EXPECT_EQ(pairs(phase.graph), (Pairs{{0, 1}, {0, 2}}));
  }
  EXPECT_EQ(joined.phases[1].graph.edges[0].rate, 7);
  EXPECT_EQ(joined.phases[1].graph.edges[1].rate, 5);
  EXPECT_THAT(joined.notices, IsEmpty());
}

TEST(JoinedWorkers, ThoseThatAGraphLacksAreThereWithoutEdges) {
  const Joined joined =
      join({named({"a", "b"}, {{0, 1}}, "first"), named({"b", "x", "y"}, {{0, 1}, {1, 2}}, "second")});
  for (const GraphPhase& phase : joined.phases)
    EXPECT_THAT(phase.graph.worker_names, ElementsAre("a", "b", "x", "y"));
  EXPECT_EQ(pairs(joined.phases[0].graph), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(joined.phases[1].graph), (Pairs{{1, 2}, {2, 3}}));
  EXPECT_THAT(joined.notices,
              ElementsAre(HasSubstr("first: 2 of 4 workers are not in this graph"),
                          HasSubstr("second: 1 of 4 workers are not in this graph and have no "
                                    "edges then (\"a\" is one)")));
}

TEST(JoinedWorkers, IntegersStandByValueAndOthersByAppearance) {
  EXPECT_THAT(join({named({"10", "20", "40"}, {{0, 1}, {1, 2}}), named({"10", "30", "7"}, {{0, 1}})})
                  .phases[0]
                  .graph.worker_names,
              ElementsAre("7", "10", "20", "30", "40"));
  EXPECT_THAT(join({named({"z", "10"}, {{0, 1}}), named({"9", "z"}, {{0, 1}})}).phases[1].graph.worker_names,
              ElementsAre("z", "10", "9"));
}

TEST(JoinedWorkers, NumbersInOrderNeedNoNames) {
  // 0 – 1 in a graph without names, 2 – 3 in one whose workers are called so.
  const Joined joined = join({unnamed(2, {{0, 1}}), named({"3", "2"}, {{0, 1}})});
  EXPECT_THAT(joined.phases[0].graph.worker_names, IsEmpty());
  EXPECT_EQ(joined.phases[1].graph.workers, 4u);
  EXPECT_EQ(pairs(joined.phases[1].graph), (Pairs{{2, 3}}));
}

TEST(JoinedWorkers, GraphsWithoutNamesAreMatchedByNumber) {
  const Joined joined = join({unnamed(3, {{0, 1}}), unnamed(4, {{2, 3}})});
  EXPECT_EQ(joined.phases[0].graph.workers, 4u);
  EXPECT_EQ(pairs(joined.phases[1].graph), (Pairs{{2, 3}}));
  EXPECT_THAT(joined.notices, ElementsAre(HasSubstr("1 of 4 workers are not in this graph")));
}

TEST(JoinedWorkers, AFamilyTakesThemInTheirOrder) {
  PhaseGraph path = unnamed(3, {{0, 1}, {1, 2}});
  path.numbered = true;
  path.place = "the path";
  const Joined joined = join({path, named({"c", "a", "b"}, {{0, 1}})});
  EXPECT_EQ(pairs(joined.phases[0].graph), (Pairs{{0, 1}, {1, 2}}));
  EXPECT_EQ(joined.phases[0].graph.worker_names, (Names{"c", "a", "b"}));
  EXPECT_THAT(joined.notices, ElementsAre(AllOf(HasSubstr("the path: has no names"), HasSubstr("0 is \"c\""),
                                                HasSubstr("2 is \"b\""))));
  EXPECT_THAT(input_error_of([&] {
                join({path, named({"c", "a"}, {{0, 1}})});
              }),
              HasSubstr("the path: has another number of workers than the other graphs (3 and 2)"));
}

TEST(JoinedWorkers, TheLargestComponentIsThatOfAllTogether) {
  // 0 – 1 and 0 – 3 hang together, 4 – 5 does not; no graph alone is connected.
  const Joined joined =
      join({named({"0", "1", "4", "5"}, {{0, 1}, {2, 3}}), named({"0", "3"}, {{0, 1}})}, true);
  for (const GraphPhase& phase : joined.phases)
    EXPECT_THAT(phase.graph.worker_names, ElementsAre("0", "1", "3"));
  EXPECT_EQ(pairs(joined.phases[0].graph), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(joined.phases[1].graph), (Pairs{{0, 2}}));
  EXPECT_THAT(joined.notices.back(), HasSubstr("the largest of 2 components of 3, 2 workers kept: 3 of 5"));
}

TEST(JoinedWorkers, PlacesComeFromTheFirstGraphThatHasThem) {
  PhaseGraph one = named({"a", "b"}, {{0, 1}}), two = named({"c", "b"}, {{0, 1}});
  one.graph.coordinates = {{{0, 0}, {1, 1}}};
  EXPECT_THAT(join({one, two}).phases[0].graph.coordinates, IsEmpty()) << "c has no place";
  two.graph.coordinates = {{{2, 2}, {9, 9}}};
  EXPECT_EQ(join({one, two}).phases[1].graph.coordinates,
            (std::vector<std::array<double, 2>>{{0, 0}, {1, 1}, {2, 2}}));
}

}  // namespace joined_workers_test
}  // namespace acidsim
