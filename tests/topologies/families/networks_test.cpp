// The real networks of topologies/data. The counts are those of the sources that the files name.
#include <gmock/gmock.h>

#include <string>

#include "tests/topologies/families/graph_checks.hpp"
#include "topologies/files/files.hpp"

namespace acidsim {
namespace networks_test {

LoadedGraph shipped(const char* name) {
  return read_graph(std::string(ACIDSIM_SOURCE_DIR "/topologies/data/") + name);
}

std::map<std::string, Worker> degrees_by_name(const Graph& graph) {
  const std::vector<Worker> degree = degrees(graph);
  std::map<std::string, Worker> all;
  for (Worker i = 0; i < graph.workers; ++i) all[graph.worker_names[i]] = degree[i];
  return all;
}

TEST(Networks, Nsfnet) {
  const LoadedGraph loaded = shipped("nsfnet.txt");
  EXPECT_THAT(loaded.notices, ::testing::IsEmpty());
  EXPECT_EQ(loaded.graph.edges.size(), 21u);
  const std::map<std::string, Worker> expected = {
      {"Seattle", 3},   {"Palo_Alto", 3},    {"San_Diego", 3}, {"Salt_Lake_City", 3}, {"Boulder", 3},
      {"Lincoln", 2},   {"Houston", 4},      {"Champaign", 3}, {"Pittsburgh", 4},     {"Atlanta", 2},
      {"Ann_Arbor", 3}, {"College_Park", 3}, {"Ithaca", 3},    {"Princeton", 3}};
  EXPECT_EQ(degrees_by_name(loaded.graph), expected);
}

TEST(Networks, FlorentineFamilies) {
  const LoadedGraph loaded = shipped("florentine_families.txt");
  EXPECT_THAT(loaded.notices, ::testing::IsEmpty());
  EXPECT_EQ(loaded.graph.edges.size(), 20u);
  const std::map<std::string, Worker> expected = {
      {"Medici", 6},     {"Guadagni", 4},   {"Strozzi", 4}, {"Albizzi", 3},      {"Bischeri", 3},
      {"Castellani", 3}, {"Peruzzi", 3},    {"Ridolfi", 3}, {"Tornabuoni", 3},   {"Barbadori", 2},
      {"Salviati", 2},   {"Acciaiuoli", 1}, {"Ginori", 1},  {"Lamberteschi", 1}, {"Pazzi", 1}};
  EXPECT_EQ(degrees_by_name(loaded.graph), expected);
}

}  // namespace networks_test
}  // namespace acidsim
