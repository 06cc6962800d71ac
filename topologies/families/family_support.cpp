#include "topologies/families/family_support.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {

void check_size(std::uint64_t workers, double edges) {
  if (workers < 2) throw InputError("workers", "too few", fmt::format("{}", workers), "at least 2");
  if (workers > largest_graph || edges > static_cast<double>(largest_graph)) {
    throw InputError(
        "workers", "the graph is too large", fmt::format("{} workers, {:.3g} edges", workers, edges),
        fmt::format("at most {} workers and as many edges; a sparser family has room for more workers",
                    largest_graph));
  }
}

void check_connected(const Graph& graph, const char* parameter, const std::string& value,
                     const std::string& hint) {
  const std::vector<Worker> sizes = component_sizes(graph);
  if (sizes.size() == 1) return;
  throw InputError(parameter, fmt::format("the graph drawn is not connected: {}", describe_components(sizes)),
                   value, hint);
}

Graph make_graph(std::string name, Worker workers) {
  Graph graph;
  graph.name = std::move(name);
  graph.workers = workers;
  return graph;
}

Point on_circle(double turns) {
  const double angle = 2.0 * std::numbers::pi * turns;
  return {std::cos(angle), std::sin(angle)};
}

std::vector<Point> circle(Worker n) {
  std::vector<Point> points;
  points.reserve(n);
  for (Worker i = 0; i < n; ++i) points.push_back(on_circle(static_cast<double>(i) / n));
  return points;
}

std::vector<Point> uniform_places(Worker n, const Stream& stream) {
  std::vector<std::uint64_t> x(n), y(n);
  stream.bits(0, x, y);
  std::vector<Point> places(n);
  for (Worker i = 0; i < n; ++i) places[i] = {open_uniform(x[i]), open_uniform(y[i])};
  return places;
}

}  // namespace acidsim
