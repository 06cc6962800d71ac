#include "topologies/families.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <numbers>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/family_support.hpp"

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

Graph make_graph(std::string name, Worker workers) {
  Graph graph;
  graph.name = std::move(name);
  graph.workers = workers;
  return graph;
}

namespace {

using Point = std::array<double, 2>;

Point on_circle(double turns) {
  const double angle = 2.0 * std::numbers::pi * turns;
  return {std::cos(angle), std::sin(angle)};
}

std::vector<Point> circle(Worker n) {
  std::vector<Point> points;
  for (Worker i = 0; i < n; ++i) points.push_back(on_circle(static_cast<double>(i) / n));
  return points;
}

// rows × cols workers without edges, at the places of a lattice, row 0 on top.
Graph lattice(const char* name, Worker rows, Worker cols) {
  if (rows < 1) throw InputError("rows", "too few", "0", "at least 1");
  if (cols < 1) throw InputError("cols", "too few", "0", "at least 1");
  const std::uint64_t workers = std::uint64_t{rows} * cols;
  check_size(workers, 2.0 * static_cast<double>(workers));
  Graph graph = make_graph(fmt::format("{}_{}x{}", name, rows, cols), static_cast<Worker>(workers));
  for (Worker r = 0; r < rows; ++r) {
    for (Worker c = 0; c < cols; ++c) {
      graph.coordinates.push_back({static_cast<double>(c), -static_cast<double>(r)});
    }
  }
  return graph;
}

}  // namespace

Graph complete(Worker n) {
  check_size(n, 0.5 * n * (n - 1.0));
  Graph graph = make_graph(fmt::format("complete_{}", n), n);
  graph.edges.reserve(std::size_t{n} * (n - 1) / 2);
  for (Worker i = 0; i < n; ++i) {
    for (Worker j = i + 1; j < n; ++j) graph.edges.push_back({i, j});
  }
  graph.coordinates = circle(n);
  return graph;
}

Graph cycle(Worker n) {
  check_size(n, n);
  Graph graph = make_graph(fmt::format("cycle_{}", n), n);
  for (Worker i = 0; i + 1 < n; ++i) graph.edges.push_back({i, i + 1});
  if (n > 2) graph.edges.push_back({0, n - 1});
  normalise(graph);
  graph.coordinates = circle(n);
  return graph;
}

Graph path(Worker n) {
  check_size(n, n - 1.0);
  Graph graph = make_graph(fmt::format("path_{}", n), n);
  for (Worker i = 0; i + 1 < n; ++i) graph.edges.push_back({i, i + 1});
  for (Worker i = 0; i < n; ++i) graph.coordinates.push_back({static_cast<double>(i), 0.0});
  return graph;
}

Graph star(Worker n) {
  check_size(n, n - 1.0);
  Graph graph = make_graph(fmt::format("star_{}", n), n);
  for (Worker j = 1; j < n; ++j) graph.edges.push_back({0, j});
  graph.coordinates = circle(n - 1);
  graph.coordinates.insert(graph.coordinates.begin(), Point{0.0, 0.0});
  return graph;
}

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
  for (Worker r = 0; r < rows; ++r) {
    for (Worker c = 0; c < cols; ++c) {
      const Worker i = r * cols + c;
      // A step along a side of length 1 is a loop, which normalise drops; along one of length 2 it adds up.
      graph.edges.push_back({i, r * cols + (c + 1) % cols});
      graph.edges.push_back({i, (r + 1) % rows * cols + c});
    }
  }
  normalise(graph);
  return graph;
}

Graph hypercube(Worker n) {
  if (n >= 2 && !std::has_single_bit(n)) {
    const std::uint64_t below = std::bit_floor(n);
    throw InputError("workers", "not a power of two", fmt::format("{}", n),
                     fmt::format("nearest: {} and {}", below, 2 * below));
  }
  const int bits = std::bit_width(n) - 1;
  check_size(n, 0.5 * n * bits);
  Graph graph = make_graph(fmt::format("hypercube_{}", n), n);
  for (Worker i = 0; i < n; ++i) {
    Point at = {0.0, 0.0};
    for (int b = 0; b < bits; ++b) {
      const Worker mask = Worker{1} << b;
      if ((i & mask) == 0) {
        graph.edges.push_back({i, i | mask});
      } else {
        const Point step = on_circle(0.5 * b / bits);
        at = {at[0] + step[0], at[1] + step[1]};
      }
    }
    graph.coordinates.push_back(at);
  }
  normalise(graph);
  return graph;
}

Graph exponential(Worker n) {
  const int hops = n < 2 ? 0 : std::bit_width(n) - 1;  // L = ⌊log2 n⌋
  check_size(n, 1.0 * n * hops);
  Graph graph = make_graph(fmt::format("exponential_{}", n), n);
  for (Worker i = 0; i < n; ++i) {
    // The choice −2^k of the other end is the choice +2^k of this one; both ends make +n/2, so that edge adds
    // up to 2.
    for (int k = 0; k < hops; ++k) {
      const std::uint64_t j = (i + (std::uint64_t{1} << k)) % n;
      graph.edges.push_back({i, static_cast<Worker>(j)});
    }
  }
  normalise(graph);
  graph.coordinates = circle(n);
  return graph;
}

}  // namespace acidsim
