#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <unordered_set>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"
#include "topologies/families.hpp"
#include "topologies/family_support.hpp"

namespace acidsim {
namespace {

inline constexpr int regular_attempts = 100;

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

// Pairs up the stubs of n workers of `degree` stubs each. Empty where it gets stuck with stubs that leave no
// suitable pair.
class StubPairing {
 public:
  StubPairing(Worker n, Worker degree) : n_(n), degree_(degree) {}

  std::vector<Edge> draw(Draws& draws) {
    edges_.clear();
    joined_.clear();
    joined_.reserve(std::size_t{n_} * degree_ / 2);
    std::vector<Worker> stubs(std::size_t{n_} * degree_);
    for (std::size_t s = 0; s < stubs.size(); ++s) stubs[s] = static_cast<Worker>(s / degree_);
    while (!stubs.empty()) {
      draws.shuffle(std::span<Worker>(stubs));
      const std::size_t before = edges_.size();
      std::size_t left = 0;
      for (std::size_t s = 0; s < stubs.size(); s += 2) {
        const Worker i = stubs[s], j = stubs[s + 1];
        if (suitable(i, j)) {
          joined_.insert(key(i, j));
          edges_.push_back({i, j});
        } else {
          stubs[left++] = i;
          stubs[left++] = j;
        }
      }
      stubs.resize(left);
      if (edges_.size() == before && !any_suitable(stubs)) return {};
    }
    return std::move(edges_);
  }

 private:
  static std::uint64_t key(Worker i, Worker j) {
    return std::uint64_t{std::min(i, j)} << 32 | std::max(i, j);
  }
  bool suitable(Worker i, Worker j) const { return i != j && !joined_.contains(key(i, j)); }

  bool any_suitable(const std::vector<Worker>& stubs) const {
    for (std::size_t s = 0; s < stubs.size(); ++s) {
      for (std::size_t t = s + 1; t < stubs.size(); ++t) {
        if (suitable(stubs[s], stubs[t])) return true;
      }
    }
    return false;
  }

  Worker n_, degree_;
  std::vector<Edge> edges_;
  std::unordered_set<std::uint64_t> joined_;
};

std::vector<Edge> complement(const Graph& graph) {
  std::vector<Edge> edges;
  auto next = graph.edges.begin();
  for (Worker i = 0; i < graph.workers; ++i) {
    for (Worker j = i + 1; j < graph.workers; ++j) {
      if (next != graph.edges.end() && next->i == i && next->j == j) {
        ++next;
      } else {
        edges.push_back({i, j});
      }
    }
  }
  return edges;
}

// A random Hamiltonian cycle: every connected 2-regular graph is one, and each comes from 2n orders of the
// workers.
std::vector<Edge> hamiltonian_cycle(Worker n, Draws& draws) {
  std::vector<Worker> order(n);
  std::iota(order.begin(), order.end(), Worker{0});
  draws.shuffle(std::span<Worker>(order));
  std::vector<Edge> edges;
  for (Worker k = 0; k < n; ++k) edges.push_back({order[k], order[(k + 1) % n]});
  return edges;
}

void check_degree(Worker n, Worker degree) {
  const std::string value = fmt::format("{} of {} workers", degree, n);
  if (degree < 1 || degree >= n) {
    throw InputError("degree", "out of range", value, fmt::format("1 to {}", n - 1));
  }
  if (degree == 1 && n > 2) throw InputError("degree", "cannot be connected", value, "at least 2");
  if (n % 2 == 1 && degree % 2 == 1) {
    throw InputError(
        "degree", "workers × degree must be even", value,
        degree + 1 < n ? fmt::format("{} or {}", degree - 1, degree + 1) : fmt::format("{}", degree - 1));
  }
}

}  // namespace

Graph erdos_renyi(Worker n, double p, std::uint64_t seed) {
  if (!(p > 0.0 && p <= 1.0)) {
    throw InputError("p", "not a probability that joins anything", fmt::format("{}", p), "0 < p ≤ 1");
  }
  check_size(n, 0.5 * n * (n - 1.0) * p);
  Graph graph = p == 1.0 ? complete(n) : make_graph("", n);
  graph.name = fmt::format("erdos_renyi_{}_p{}", n, p);
  if (p < 1.0) {
    Draws draws(Stream(seed, Purpose::topology));
    graph.edges = bernoulli_pairs(n, p, draws);
    normalise(graph);
  }
  if (const auto sizes = component_sizes(graph); sizes.size() > 1) {
    throw InputError(
        "p", fmt::format("the graph drawn is not connected: {}", describe_components(sizes)),
        fmt::format("{}", p),
        fmt::format("a larger p (connected graphs are likely well above ln n / n = {:.3g}) or another seed",
                    std::log(static_cast<double>(n)) / n));
  }
  return graph;
}

Graph random_regular(Worker n, Worker degree, std::uint64_t seed) {
  check_size(n, 0.0);
  check_degree(n, degree);
  check_size(n, 0.5 * n * degree);
  Graph graph = make_graph(fmt::format("random_regular_{}_d{}", n, degree), n);
  if (degree == n - 1) {
    graph.edges = complete(n).edges;
    return graph;
  }
  Draws draws(Stream(seed, Purpose::topology));
  if (degree == 2) {
    graph.edges = hamiltonian_cycle(n, draws);
    normalise(graph);
    return graph;
  }
  const bool dense = degree > (n - 1) / 2;
  StubPairing pairing(n, dense ? n - 1 - degree : degree);
  for (int attempt = 0; attempt < regular_attempts; ++attempt) {
    graph.edges = pairing.draw(draws);
    if (graph.edges.empty()) continue;
    normalise(graph);
    if (dense) graph.edges = complement(graph);
    if (component_sizes(graph).size() == 1) return graph;
  }
  throw InputError("degree", fmt::format("no connected regular graph found in {} draws", regular_attempts),
                   fmt::format("{} of {} workers", degree, n), "another seed or degree");
}

}  // namespace acidsim
