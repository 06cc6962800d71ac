#include "topologies/mixing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "sim/core/error.hpp"

namespace acidsim {

const std::vector<MixingRow>& mixing_rules() {
  static const std::vector<MixingRow> table = {
      {"auto",
       "what the graphs of a sequence prescribe (base_graph, od_equidyn, ou_equidyn), else metropolis", "",
       MixingRule::automatic},
      {"metropolis", "W_ij = 1/(1 + max(deg_i, deg_j))", "Xiao, Boyd and Kim 2007", MixingRule::metropolis},
      {"lazy_metropolis", "W_ij = 1/(2 max(deg_i, deg_j))", "Olshevsky 2014", MixingRule::lazy_metropolis},
      {"max_degree", "W_ij = 1/(1 + the largest degree)", "", MixingRule::max_degree},
      {"uniform_neighbor", "W_ij = 1/(1 + deg), on regular graphs alone", "", MixingRule::uniform_neighbor}};
  return table;
}

MixingRule mixing_rule_named(const std::string& name) {
  std::vector<std::string> known;
  for (const MixingRow& row : mixing_rules()) {
    if (row.name == name) return row.rule;
    known.push_back(row.name);
  }
  throw InputError("mixing", "unknown rule", name, unknown_name_hint(name, known));
}

Group mixing_group(Worker workers, std::span<const Edge> edges, MixingRule rule) {
  Group group;
  group.members.resize(workers);
  std::iota(group.members.begin(), group.members.end(), Worker{0});
  std::vector<std::uint32_t> degree(workers, 0);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (edges[e].rate == 0) continue;
    ++degree[edges[e].i];
    ++degree[edges[e].j];
    group.edges.push_back(static_cast<std::uint32_t>(e));
  }
  const auto [least, most] = std::minmax_element(degree.begin(), degree.end());
  if (rule == MixingRule::uniform_neighbor && *least != *most)
    throw InputError("mixing", "needs a graph in which all workers have equally many neighbours",
                     fmt::format("from {} to {}", *least, *most), "metropolis fits every graph");
  const auto weight = [&, largest = *most](const Edge& edge) {
    const double larger = std::max(degree[edge.i], degree[edge.j]);
    switch (rule) {
      case MixingRule::automatic:
      case MixingRule::metropolis:
        return 1 / (1 + larger);
      case MixingRule::lazy_metropolis:
        return 1 / (2 * larger);
      case MixingRule::max_degree:
      case MixingRule::uniform_neighbor:
        return 1 / (1.0 + largest);
    }
    return 0.0;
  };
  group.first.assign(workers + 1, 0);
  for (Worker i = 0; i < workers; ++i) group.first[i + 1] = group.first[i] + degree[i];
  std::vector<std::pair<Worker, double>> entries(group.first.back());
  std::vector<std::uint32_t> next(group.first.begin(), group.first.end() - 1);
  for (const std::uint32_t e : group.edges) {
    const Edge& edge = edges[e];
    entries[next[edge.i]++] = {edge.j, weight(edge)};
    entries[next[edge.j]++] = {edge.i, weight(edge)};
  }
  for (Worker i = 0; i < workers; ++i)
    std::sort(entries.begin() + group.first[i], entries.begin() + group.first[i + 1]);
  for (const auto& [neighbour, w] : entries) {
    group.neighbours.push_back(neighbour);
    group.weights.push_back(w);
  }
  return group;
}

Group summing_group(Worker workers, std::span<const Edge> edges) {
  Group group = mixing_group(workers, edges, MixingRule::metropolis);
  std::fill(group.weights.begin(), group.weights.end(), 1.0);
  group.own.assign(workers, 0.0);
  return group;
}

namespace {

// A message that a worker hears, and the edge along which it comes.
struct Heard {
  Worker from;
  std::size_t edge;
};

// Whom every worker hears along the edges of positive rate, ascending; adds these edges to the group of all workers.
std::vector<std::vector<Heard>> heard_along(Worker workers, std::span<const Edge> edges,
                                            std::span<const Direction> directions, Group& group) {
  group.members.resize(workers);
  std::iota(group.members.begin(), group.members.end(), Worker{0});
  std::vector<std::vector<Heard>> heard(workers);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    if (edges[e].rate == 0) continue;
    const unsigned ways = directions.empty() ? both_ways : directions[e];
    if (ways & forth) heard[edges[e].j].push_back({edges[e].i, e});
    if (ways & back) heard[edges[e].i].push_back({edges[e].j, e});
    group.edges.push_back(static_cast<std::uint32_t>(e));
  }
  for (std::vector<Heard>& messages : heard)
    std::sort(messages.begin(), messages.end(),
              [](const Heard& a, const Heard& b) { return a.from < b.from; });
  return heard;
}

// Adds the neighbours that each member hears, with their weights.
template <class Weight>
void add_neighbours(const std::vector<std::vector<Heard>>& heard, const Weight& weight, Group& group) {
  group.first = {0};
  for (Worker i = 0; i < heard.size(); ++i) {
    for (const Heard& message : heard[i]) {
      group.neighbours.push_back(message.from);
      group.weights.push_back(weight(i, message));
    }
    group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
  }
}

}  // namespace

Group prescribed_group(Worker workers, std::span<const Edge> edges, std::span<const Direction> directions,
                       std::span<const double> weights) {
  Group group;
  add_neighbours(
      heard_along(workers, edges, directions, group),
      [&](Worker, const Heard& message) { return weights[message.edge]; }, group);
  return group;
}

Group directed_group(Worker workers, std::span<const Edge> edges, std::span<const Direction> directions,
                     SumsToOne sums) {
  Group group;
  const std::vector<std::vector<Heard>> heard = heard_along(workers, edges, directions, group);
  std::vector<std::uint32_t> told(workers, 0);
  for (const std::vector<Heard>& messages : heard)
    for (const Heard& message : messages) ++told[message.from];
  const auto share = [&](Worker i, Worker j) {  // of j's message in what i holds
    return 1 / (1.0 + (sums == SumsToOne::columns ? told[j] : static_cast<double>(heard[i].size())));
  };
  add_neighbours(
      heard, [&](Worker i, const Heard& message) { return share(i, message.from); }, group);
  for (Worker i = 0; i < workers; ++i) group.own.push_back(share(i, i));
  return group;
}

namespace {

void check_stochastic(const Matrix<double>& matrix) {
  const double tolerance = 1e-12 * static_cast<double>(matrix.rows());
  for (Index i = 0; i < matrix.rows(); ++i)
    for (const auto& [line, sum] :
         {std::pair("row", matrix.row(i).sum()), std::pair("column", matrix.col(i).sum())})
      if (!(std::abs(sum - 1) <= tolerance))
        throw InputError("mixing", fmt::format("{} {} of the matrix does not sum to 1", line, i),
                         fmt::format("{}", sum), "a doubly stochastic matrix, which keeps the mean");
}

void check_symmetric(const Matrix<double>& matrix) {
  constexpr double tolerance = 1e-12;
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < i; ++j)
      if (!(std::abs(matrix(i, j) - matrix(j, i)) <= tolerance))
        throw InputError(
            "mixing", "the matrix is not symmetric, and this algorithm needs it to be",
            fmt::format("W[{}, {}] = {}, W[{}, {}] = {}", i, j, matrix(i, j), j, i, matrix(j, i)),
            "a symmetric matrix; d_psgd, qg_dsgdm and gradient_tracking take others");
}

}  // namespace

Group mixing_group(const Matrix<double>& matrix, std::span<const Edge> edges, Worker workers,
                   bool symmetric) {
  const auto n = static_cast<Index>(workers);
  if (matrix.rows() != n || matrix.cols() != n)
    throw InputError("mixing", fmt::format("the matrix does not fit the {} workers", n),
                     fmt::format("{} × {}", matrix.rows(), matrix.cols()), "n × n");
  check_stochastic(matrix);
  if (symmetric) check_symmetric(matrix);
  Matrix<double> left = matrix;  // what no edge accounts for
  left.diagonal().setZero();
  Group group;
  group.members.resize(workers);
  std::iota(group.members.begin(), group.members.end(), Worker{0});
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const auto [i, j, rate] = edges[e];
    if (rate == 0 || (left(i, j) == 0 && left(j, i) == 0)) continue;
    left(i, j) = left(j, i) = 0;
    group.edges.push_back(static_cast<std::uint32_t>(e));
  }
  Index row = 0, column = 0;
  if (left.cwiseAbs().maxCoeff(&row, &column) != 0)
    throw InputError("mixing", fmt::format("workers {} and {} mix, and no edge joins them", row, column),
                     fmt::format("W[{}, {}] = {}", row, column, left(row, column)),
                     "0 off the diagonal where the graph has no edge of positive rate");
  group.first = {0};
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      if (i == j || matrix(i, j) == 0) continue;
      group.neighbours.push_back(static_cast<std::uint32_t>(j));
      group.weights.push_back(matrix(i, j));
    }
    group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
  }
  return group;
}

}  // namespace acidsim
