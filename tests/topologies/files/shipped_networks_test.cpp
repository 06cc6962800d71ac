// Two networks of topologies/data, against the counts of their sources (the others:
// ../families/networks_test.cpp).
#include <map>

#include "tests/topologies/files/graph_files.hpp"

namespace acidsim {
namespace shipped_networks_test {

std::map<std::string, Worker> degrees_by_name(const Graph& graph) {
  const std::vector<Worker> degree = degrees(graph);
  std::map<std::string, Worker> all;
  for (Worker i = 0; i < graph.workers; ++i) all[graph.worker_names[i]] = degree[i];
  return all;
}

TEST(ShippedNetworks, KarateClub) {
  const LoadedGraph loaded = read_graph(ACIDSIM_SOURCE_DIR "/topologies/data/zacharys_karate_club.txt");
  EXPECT_EQ(loaded.graph.workers, 34u);
  EXPECT_EQ(loaded.graph.edges.size(), 78u);
  EXPECT_THAT(loaded.notices, ::testing::IsEmpty());
  const auto degree = degrees_by_name(loaded.graph);
  EXPECT_EQ(degree.at("1"), 16u);
  EXPECT_EQ(degree.at("34"), 17u);
  EXPECT_EQ(degree.at("33"), 12u);
  EXPECT_EQ(degree.at("12"), 1u);
}

TEST(ShippedNetworks, Abilene) {
  const LoadedGraph loaded = read_graph(ACIDSIM_SOURCE_DIR "/topologies/data/abilene.txt");
  EXPECT_EQ(loaded.graph.edges.size(), 14u);
  EXPECT_THAT(loaded.notices, ::testing::IsEmpty());
  const std::map<std::string, Worker> expected = {{"Seattle", 2}, {"Sunnyvale", 3},   {"Los_Angeles", 2},
                                                  {"Denver", 3},  {"Kansas_City", 3}, {"Houston", 3},
                                                  {"Atlanta", 3}, {"Washington", 2},  {"Indianapolis", 3},
                                                  {"Chicago", 2}, {"New_York", 2}};
  EXPECT_EQ(degrees_by_name(loaded.graph), expected);
}

}  // namespace shipped_networks_test
}  // namespace acidsim
