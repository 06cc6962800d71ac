// What compressed exchanges ask of memory and of graphs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/experiment/message_compression.hpp"
#include "sim/experiment/run.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/directed.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace public_copies_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Experiment compressed(Graph graph) {
  Experiment experiment;
  experiment.topology = fixed_graph(std::move(graph));
  experiment.algorithm.name = "choco_pairwise";
  experiment.algorithm.compression = all_codecs()[0].make({{"k", std::int64_t{1}}});
  experiment.objective = pure_gossip(10);
  experiment.initial.kind = InitialKind::normal;
  experiment.stop.rules.time = 5;
  experiment.record.metrics = {"consensus_distance"};
  return experiment;
}

// 6 models, and on each of the 5 edges two copies at each end; 8 bytes a number, 10 numbers a vector.
TEST(PublicCopies, AreCountedInMemory) {
  Resources resources;
  Experiment experiment = compressed(star(6));
  EXPECT_EQ(make_plan(experiment, resources).expected.state_bytes, (6 + 4 * 5) * 10 * 8);
  experiment.algorithm.compression = nullptr;
  EXPECT_EQ(make_plan(experiment, resources).expected.state_bytes, 6 * 10 * 8);
}

// Clock n + e of edge e. The star's edges: (0, 1), (0, 2), (0, 3).
TEST(PublicCopies, BelongToTheEdgesOfTheWorkersHere) {
  Resources resources;
  const Plan plan = make_plan(compressed(star(4)), resources);
  const EdgeClocks all = edge_clocks(plan, nullptr);
  EXPECT_THAT(all.first, ElementsAre(0, 3, 4, 5, 6));
  EXPECT_THAT(all.clocks, ElementsAre(4, 5, 6, 4, 5, 6));
  EXPECT_EQ(all.most, 3u);
  const std::vector<Worker> own = {2, 3};
  const EdgeClocks some = edge_clocks(plan, &own);
  EXPECT_THAT(some.first, ElementsAre(0, 1, 2));
  EXPECT_THAT(some.clocks, ElementsAre(5, 6));
  EXPECT_EQ(some.most, 3u) << "of any worker of the run: what is stored of a worker fits every rank";
}

TEST(PublicCopies, AreNotForDirectedGraphs) {
  EXPECT_THAT(input_error_of([] { run(compressed(directed_ring(6))); }),
              HasSubstr("/topology: the graph is directed, and messages of this algorithm go both ways"));
}

TEST(PublicCopies, AreNotForMethodsWithoutCompression) {
  Experiment experiment = compressed(star(4));
  experiment.algorithm.name = "async_gossip";
  EXPECT_THAT(input_error_of([&] { run(experiment); }),
              HasSubstr("the messages of async_gossip are not compressed"));
}

}  // namespace public_copies_test
}  // namespace acidsim
