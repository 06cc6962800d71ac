#include "topologies/families/families.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "sim/core/error.hpp"
#include "topologies/families/family_support.hpp"

namespace acidsim {

Graph single_worker() {
  Graph graph = make_graph("single_worker", 1);
  graph.coordinates = {{0.0, 0.0}};
  return graph;
}

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

Graph complete_bipartite(Worker a, Worker b) {
  if (a < 1 || b < 1) {
    throw InputError("parts", "an empty part", fmt::format("{} and {}", a, b), "at least 1 worker in each");
  }
  check_size(std::uint64_t{a} + b, 1.0 * a * b);
  Graph graph = make_graph(fmt::format("complete_bipartite_{}_{}", a, b), a + b);
  graph.edges.reserve(std::size_t{a} * b);
  for (Worker i = 0; i < a; ++i) {
    for (Worker j = 0; j < b; ++j) graph.edges.push_back({i, a + j});
  }
  const auto column = [&graph](double x, Worker size) {
    for (Worker k = 0; k < size; ++k) graph.coordinates.push_back({x, 0.5 * (size - 1.0) - k});
  };
  column(0.0, a);
  column(0.5 * std::max(a, b), b);
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

namespace {

void check_offsets(Worker n, std::span<const Worker> offsets) {
  const std::string given = fmt::format("[{}]", fmt::join(offsets, ", "));
  std::vector<Worker> sorted(offsets.begin(), offsets.end());
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty() || sorted.front() < 1 || sorted.back() > n / 2) {
    throw InputError("offsets", "out of range", given,
                     fmt::format("1 to {} for {} workers; s and workers − s name the same edges", n / 2, n));
  }
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw InputError("offsets", "an offset twice", given, "each once");
  }
  const Worker common = std::accumulate(sorted.begin(), sorted.end(), n, std::gcd<Worker, Worker>);
  if (common != 1) {
    throw InputError("offsets", fmt::format("not connected: all steps are multiples of {}", common), given,
                     fmt::format("add one that shares no divisor with {}", n));
  }
}

}  // namespace

Graph circulant(Worker n, std::span<const Worker> offsets) {
  check_size(n, 1.0 * n * static_cast<double>(offsets.size()));
  check_offsets(n, offsets);
  Graph graph = make_graph(fmt::format("circulant_{}_{}", n, fmt::join(offsets, "_")), n);
  for (const Worker s : offsets) {
    const Worker starts = 2 * s == n ? n / 2 : n;
    for (Worker i = 0; i < starts; ++i) graph.edges.push_back({i, (i + s) % n});
  }
  normalise(graph);
  graph.coordinates = circle(n);
  return graph;
}

Graph exponential(Worker n) {
  const int hops = n < 2 ? 0 : std::bit_width(n) - 1;  // L = ⌊log2 n⌋
  check_size(n, 1.0 * n * hops);
  Graph graph = make_graph(fmt::format("exponential_{}", n), n);
  for (Worker i = 0; i < n; ++i) {
    // The choice −2^k of one end is the choice +2^k of the other, so only +2^k is listed. Both ends choose
    // +n/2, so that edge gets weight 2.
    for (int k = 0; k < hops; ++k) {
      const std::uint64_t j = (i + (std::uint64_t{1} << k)) % n;
      graph.edges.push_back({i, static_cast<Worker>(j)});
    }
  }
  normalise(graph);
  graph.coordinates = circle(n);
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

Graph barbell(Worker n) {
  const Worker half = n / 2;
  check_size(n, 1.0 * half * (half - 1.0) + 1.0);
  if (n % 2 == 1) {
    throw InputError("workers", "a barbell has two equal halves", fmt::format("{}", n),
                     fmt::format("an even number: {} or {}", n - 1, n + 1));
  }
  Graph graph = make_graph(fmt::format("barbell_{}", n), n);
  for (const Worker first : {Worker{0}, half}) {
    for (Worker i = first; i < first + half; ++i) {
      for (Worker j = i + 1; j < first + half; ++j) graph.edges.push_back({i, j});
    }
    if (first == 0) graph.edges.push_back({half - 1, half});
  }
  // The two joined workers face each other.
  for (Worker i = 0; i < half; ++i) {
    const Point at = on_circle((i + 1.0) / half);
    graph.coordinates.push_back({at[0] - 1.5, at[1]});
  }
  for (Worker i = 0; i < half; ++i) {
    const Point at = on_circle(0.5 + static_cast<double>(i) / half);
    graph.coordinates.push_back({at[0] + 1.5, at[1]});
  }
  return graph;
}

Graph binary_tree(Worker n) {
  check_size(n, n - 1.0);
  Graph graph = make_graph(fmt::format("binary_tree_{}", n), n);
  for (Worker child = 1; child < n; ++child) graph.edges.push_back({(child - 1) / 2, child});
  for (Worker i = 0; i < n; ++i) {
    const int level = std::bit_width(i + 1) - 1;
    const Worker width = Worker{1} << level;
    graph.coordinates.push_back({(i + 1 - width + 0.5) / width, -0.2 * level});
  }
  return graph;
}

}  // namespace acidsim
