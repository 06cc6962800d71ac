#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/family_support.hpp"

namespace acidsim {
namespace {

// Every pair (i, j), i < j, with probability p < 1: the gaps between joined pairs, in the order (1,0), (2,0),
// (2,1), …, are geometric.
std::vector<Edge> bernoulli_pairs(Worker n, double p, Draws& draws) {
  std::vector<Edge> edges;
  const double log_miss = std::log1p(-p);
  std::uint64_t j = 1, i = 0;
  for (;;) {
    const double gap = std::floor(fast_log(draws.uniform()) / log_miss);
    if (gap >= static_cast<double>(n) * n) return edges;
    i += static_cast<std::uint64_t>(gap);
    while (i >= j && j < n) i -= j++;
    if (j >= n) return edges;
    edges.push_back({static_cast<Worker>(i), static_cast<Worker>(j)});
    ++i;
  }
}

// The ring of a small world. Every worker owns `reach` edges, at first to the workers that follow it; moving
// an edge keeps its owner. So i and j are neighbours if one of them owns an edge to the other.
class SmallWorld {
 public:
  SmallWorld(Worker n, Worker reach) : n_(n), reach_(reach), ends_(std::size_t{n} * reach), degree_(n) {
    for (Worker i = 0; i < n_; ++i) {
      degree_[i] = 2 * reach_;
      for (Worker s = 0; s < reach_; ++s) end(i, s) = static_cast<Worker>((std::uint64_t{i} + s + 1) % n_);
    }
  }

  // Moves edge s of worker i to a worker that it is not joined to, where there is one.
  void move(Worker i, Worker s, Draws& draws) {
    if (degree_[i] == n_ - 1) return;
    Worker j;
    do {
      j = static_cast<Worker>(draws.below(n_));
    } while (j == i || owns(i, j) || owns(j, i));
    --degree_[end(i, s)];
    ++degree_[j];
    end(i, s) = j;
  }

  std::vector<Edge> edges() const {
    std::vector<Edge> edges;
    edges.reserve(ends_.size());
    for (std::size_t k = 0; k < ends_.size(); ++k) {
      edges.push_back({static_cast<Worker>(k / reach_), ends_[k]});
    }
    return edges;
  }

 private:
  Worker& end(Worker i, Worker s) { return ends_[std::size_t{i} * reach_ + s]; }
  bool owns(Worker i, Worker j) const {
    const auto own = ends_.begin() + static_cast<std::ptrdiff_t>(std::size_t{i} * reach_);
    return std::find(own, own + reach_, j) != own + reach_;
  }

  Worker n_, reach_;
  std::vector<Worker> ends_;    // n × reach, row-major
  std::vector<Worker> degree_;  // of every worker, edges owned by others included
};

}  // namespace

Graph erdos_renyi(Worker n, double p, std::uint64_t seed, Redraws* redraws) {
  if (!(p > 0.0 && p <= 1.0)) {
    throw InputError("p", "not a probability that joins anything", fmt::format("{}", p), "0 < p ≤ 1");
  }
  check_size(n, 0.5 * n * (n - 1.0) * p);
  Graph graph = p == 1.0 ? complete(n) : make_graph("", n);
  graph.name = fmt::format("erdos_renyi_{}_p{}", n, p);
  if (p < 1.0) {
    draw_connected(graph, seed, redraws, [&](const Stream& stream) {
      Draws draws(stream);
      graph.edges = bernoulli_pairs(n, p, draws);
      normalise(graph);
    });
  }
  check_connected(
      graph, "p", fmt::format("{}", p),
      fmt::format("a larger p (connected graphs are likely well above ln n / n = {:.3g}) or another seed",
                  std::log(static_cast<double>(n)) / n));
  return graph;
}

Graph watts_strogatz(Worker n, Worker degree, double p, std::uint64_t seed, Redraws* redraws) {
  check_size(n, 0.5 * n * degree);
  if (degree < 2 || degree % 2 == 1 || degree > n / 2) {
    throw InputError("degree", "not the degree of a small world", fmt::format("{} of {} workers", degree, n),
                     n < 4 ? "at least 4 workers" : fmt::format("an even number, 2 to {}", n / 2));
  }
  if (!(p >= 0.0 && p <= 1.0)) throw InputError("p", "not a probability", fmt::format("{}", p), "0 to 1");
  Graph graph = make_graph(fmt::format("watts_strogatz_{}_d{}_p{}", n, degree, p), n);
  draw_connected(graph, seed, redraws, [&](const Stream& stream) {
    SmallWorld world(n, degree / 2);
    Draws draws(stream);
    for (Worker s = 0; s < degree / 2; ++s) {
      for (Worker i = 0; i < n; ++i) {
        if (draws.uniform() < p) world.move(i, s, draws);
      }
    }
    graph.edges = world.edges();
    normalise(graph);
  });
  graph.coordinates = circle(n);
  check_connected(graph, "p", fmt::format("{}", p), "a larger degree, a smaller p or another seed");
  return graph;
}

Graph barabasi_albert(Worker n, Worker links, std::uint64_t seed) {
  check_size(n, (1.0 * n - links) * links);
  if (links < 1 || links >= n) {
    throw InputError("links", "out of range", fmt::format("{} of {} workers", links, n),
                     fmt::format("1 to {}", n - 1));
  }
  Graph graph = make_graph(fmt::format("barabasi_albert_{}_l{}", n, links), n);
  graph.edges.reserve(std::size_t{n - links} * links);
  for (Worker j = 1; j <= links; ++j) graph.edges.push_back({0, j});
  Draws draws(Stream(seed, Purpose::topology));
  std::vector<Worker> joined_by(n, 0);  // the latest worker that drew this one
  for (Worker j = links + 1; j < n; ++j) {
    // Drawing an end of a random edge gives each worker with probability proportional to its degree.
    const std::uint64_t ends = 2 * graph.edges.size();
    for (Worker drawn = 0; drawn < links;) {
      const std::uint64_t end = draws.below(ends);
      const Worker i = end % 2 == 0 ? graph.edges[end / 2].i : graph.edges[end / 2].j;
      if (joined_by[i] == j) continue;
      joined_by[i] = j;
      graph.edges.push_back({i, j});
      ++drawn;
    }
  }
  normalise(graph);
  return graph;
}

}  // namespace acidsim
