#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/family_support.hpp"

namespace acidsim {
namespace {

inline constexpr int regular_attempts = 100;
inline constexpr int uniform_attempts =
    1000;  // each makes a simple 2-regular graph with probability near e^{−3/4}

// Who is joined to whom: for each worker a bit per worker, or a list of at most `degree`, whichever is
// smaller.
class Neighbours {
 public:
  Neighbours(Worker n, Worker degree)
      : width_(std::min<std::size_t>(degree, (std::size_t{n} + 31) / 32)), bits_(width_ < degree) {
    words_.resize(n * width_);
    count_.resize(n);
  }

  void clear() {
    std::fill(words_.begin(), words_.end(), 0u);
    std::fill(count_.begin(), count_.end(), Worker{0});
  }
  bool joined(Worker i, Worker j) const {
    const std::uint32_t* row = &words_[i * width_];
    if (bits_) return row[j / 32] >> (j % 32) & 1u;
    return std::find(row, row + count_[i], j) != row + count_[i];
  }
  void join(Worker i, Worker j) {
    add(i, j);
    add(j, i);
  }

 private:
  void add(Worker i, Worker j) {
    if (bits_) {
      words_[i * width_ + j / 32] |= std::uint32_t{1} << (j % 32);
    } else {
      words_[i * width_ + count_[i]++] = j;
    }
  }

  std::size_t width_;  // 32-bit words per worker
  bool bits_;
  std::vector<std::uint32_t> words_;
  std::vector<Worker> count_;  // lengths of the lists
};

// Pairs up the stubs of n workers of `degree` stubs each. Empty where it gets stuck with stubs that leave no
// suitable pair.
class StubPairing {
 public:
  StubPairing(Worker n, Worker degree) : n_(n), degree_(degree), neighbours_(n, degree) {}

  std::vector<Edge> draw(Draws& draws) {
    edges_.clear();
    edges_.reserve(std::size_t{n_} * degree_ / 2);
    neighbours_.clear();
    std::vector<Worker> stubs(std::size_t{n_} * degree_);
    for (std::size_t s = 0; s < stubs.size(); ++s) stubs[s] = static_cast<Worker>(s / degree_);
    while (!stubs.empty()) {
      draws.shuffle(std::span<Worker>(stubs));
      const std::size_t before = edges_.size();
      std::size_t left = 0;
      for (std::size_t s = 0; s < stubs.size(); s += 2) {
        const Worker i = stubs[s], j = stubs[s + 1];
        if (suitable(i, j)) {
          neighbours_.join(i, j);
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
  bool suitable(Worker i, Worker j) const { return i != j && !neighbours_.joined(i, j); }

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
  Neighbours neighbours_;
};

// All stubs paired at once, again until no pair is a loop or comes twice: every regular graph is equally likely
// [Bollobás, Eur. J. Comb. 1, 1980]. Empty where that does not happen.
std::vector<Edge> draw_uniformly(Worker n, Worker degree, Draws& draws) {
  Neighbours neighbours(n, degree);
  std::vector<Worker> stubs(std::size_t{n} * degree);
  for (std::size_t s = 0; s < stubs.size(); ++s) stubs[s] = static_cast<Worker>(s / degree);
  std::vector<Edge> edges;
  for (int attempt = 0; attempt < uniform_attempts; ++attempt) {
    draws.shuffle(std::span<Worker>(stubs));
    edges.clear();
    neighbours.clear();
    for (std::size_t s = 0; s < stubs.size(); s += 2) {
      const Worker i = stubs[s], j = stubs[s + 1];
      if (i == j || neighbours.joined(i, j)) break;
      neighbours.join(i, j);
      edges.push_back({i, j});
    }
    if (2 * edges.size() == stubs.size()) return edges;
  }
  return {};
}

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
  const Worker drawn = dense ? n - 1 - degree : degree;
  const bool uniform = dense && drawn == 2;
  StubPairing pairing(n, drawn);
  for (int attempt = 0; attempt < regular_attempts; ++attempt) {
    graph.edges = uniform ? draw_uniformly(n, drawn, draws) : pairing.draw(draws);
    if (graph.edges.empty()) continue;
    normalise(graph);
    if (dense) graph.edges = complement(graph);
    if (component_sizes(graph).size() == 1) return graph;
  }
  throw InputError("degree", fmt::format("no connected regular graph found in {} draws", regular_attempts),
                   fmt::format("{} of {} workers", degree, n), "another seed or degree");
}

}  // namespace acidsim
