#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>

#include "sim/core/error.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/family_support.hpp"

namespace acidsim {
namespace {

inline constexpr std::size_t most_sides = 64;

// rows × cols workers without edges, at the places of a lattice, row 0 on top.
Graph lattice(const char* name, Worker rows, Worker cols) {
  if (rows < 1) throw InputError("rows", "too few", "0", "at least 1");
  if (cols < 1) throw InputError("cols", "too few", "0", "at least 1");
  const std::uint64_t workers = std::uint64_t{rows} * cols;
  check_size(workers, 2.0 * static_cast<double>(workers));
  Graph graph = make_graph(fmt::format("{}_{}x{}", name, rows, cols), static_cast<Worker>(workers));
  graph.coordinates.reserve(graph.workers);
  for (Worker r = 0; r < rows; ++r) {
    for (Worker c = 0; c < cols; ++c) {
      graph.coordinates.push_back({static_cast<double>(c), -static_cast<double>(r)});
    }
  }
  return graph;
}

// The number of workers and of edges, for check_size: real numbers, so that no product overflows.
struct TorusSize {
  double workers = 1, edges = 0;
};

TorusSize size_of(std::span<const Worker> sides) {
  TorusSize size;
  for (const Worker side : sides) size.workers *= side;
  for (const Worker side : sides) {
    if (side > 1) size.edges += side == 2 ? 0.5 * size.workers : size.workers;
  }
  return size;
}

// Edges along one direction: `stride` workers apart, `side` places before the direction closes. A step along
// a side of length 1 is a loop, and there are none; the two along one of length 2 are one edge of weight 2.
void close_direction(Graph& graph, Worker stride, Worker side) {
  for (Worker i = 0; i < graph.workers; ++i) {
    const Worker at = i / stride % side;
    if (at + 1 < side) {
      graph.edges.push_back({i, i + stride, side == 2 ? 2.0 : 1.0});
    } else if (side > 2) {
      graph.edges.push_back({i - (side - 1) * stride, i});
    }
  }
}

// Directions lie along x and y in turns, the last one along x; a copy beyond two directions is moved by one
// more than the extent of what it copies.
std::vector<Point> torus_layout(std::span<const Worker> sides, Worker workers) {
  std::vector<Point> points(workers, Point{0.0, 0.0});
  std::array<double, 2> pitch = {1.0, -1.0};
  Worker stride = 1;
  for (std::size_t k = sides.size(), axis = 0; k-- > 0; axis = 1 - axis) {
    for (Worker i = 0; i < workers; ++i) points[i][axis] += pitch[axis] * (i / stride % sides[k]);
    pitch[axis] *= sides[k] + (sides[k] > 1 ? 1.0 : 0.0);
    stride *= sides[k];
  }
  return points;
}

}  // namespace

Graph grid2d(Worker rows, Worker cols) {
  Graph graph = lattice("grid2d", rows, cols);
  for (Worker i = 0; i < graph.workers; ++i) {
    if ((i + 1) % cols != 0) graph.edges.push_back({i, i + 1});
    if (i + cols < graph.workers) graph.edges.push_back({i, i + cols});
  }
  normalise(graph);
  return graph;
}

Graph torus2d(Worker rows, Worker cols) {
  Graph graph = lattice("torus2d", rows, cols);
  close_direction(graph, 1, cols);
  close_direction(graph, cols, rows);
  normalise(graph);
  return graph;
}

Graph torus(std::span<const Worker> sides) {
  for (const Worker side : sides) {
    if (side < 1) {
      throw InputError("sides", "too few workers on a side", fmt::format("[{}]", fmt::join(sides, ", ")),
                       "at least 1");
    }
  }
  if (sides.size() > most_sides) {
    throw InputError("sides", "too many", fmt::format("{}", sides.size()),
                     fmt::format("at most {}", most_sides));
  }
  const TorusSize size = size_of(sides);
  check_size(static_cast<std::uint64_t>(std::min(size.workers, 1e18)), size.edges);
  const auto workers = static_cast<Worker>(size.workers);
  Graph graph = make_graph(fmt::format("torus_{}", fmt::join(sides, "x")), workers);
  graph.edges.reserve(static_cast<std::size_t>(size.edges));
  Worker stride = 1;
  for (std::size_t k = sides.size(); k-- > 0;) {
    close_direction(graph, stride, sides[k]);
    stride *= sides[k];
  }
  normalise(graph);
  graph.coordinates = torus_layout(sides, workers);
  return graph;
}

std::vector<Worker> nearly_equal_sides(Worker n, int dimensions) {
  std::vector<Worker> sides;
  for (int left = dimensions; left > 1; --left) {
    // The root is rounded up a little: that of an exact power may come out just below it.
    auto side = static_cast<Worker>(std::pow(static_cast<double>(n), 1.0 / left) + 1e-6);
    while (n % side != 0) --side;
    sides.push_back(side);
    n /= side;
  }
  sides.push_back(n);
  return sides;
}

}  // namespace acidsim
