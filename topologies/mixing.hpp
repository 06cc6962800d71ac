// Mixing matrices of synchronous rounds.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/core/event.hpp"
#include "sim/core/types.hpp"
#include "topologies/graph.hpp"

namespace acidsim {

// How much of a neighbour's message a worker takes in a round, W_ij; d = number of neighbours. All of them
// give symmetric, doubly stochastic matrices.
//     metropolis         1/(1 + max(d_i, d_j))         [Xiao, Boyd, Kim 2007]
//     lazy_metropolis    1/(2 max(d_i, d_j))           [Olshevsky 2014]
//     max_degree         1/(1 + max_k d_k)
//     uniform_neighbor   1/(1 + d), on regular graphs alone
//     automatic          metropolis; what a sequence prescribes is in its place (prescribed_group)
enum class MixingRule { automatic, metropolis, lazy_metropolis, max_degree, uniform_neighbor };

struct MixingRow {
  std::string name, summary, source;
  MixingRule rule;
};
const std::vector<MixingRow>& mixing_rules();
// Throws InputError("mixing", …) for another name.
MixingRule mixing_rule_named(const std::string& name);

// All workers, with the weights of their neighbours. Edges of rate 0 do not mix. Throws InputError where the
// graph is not regular and the rule needs it to be.
Group mixing_group(Worker workers, std::span<const Edge> edges, MixingRule rule);

// All workers, with a matrix that is given. Throws InputError where it is not that of a mixing on this graph:
// n × n, finite, doubly stochastic to 1e-12·n, 0 where no edge of positive rate is, and symmetric if asked.
Group mixing_group(const Matrix<double>& matrix, std::span<const Edge> edges, Worker workers, bool symmetric);

// All workers, each hearing the sum of what its neighbours tell: weights 1, own weights 0.
Group summing_group(Worker workers, std::span<const Edge> edges);

// All workers, with the weight of each edge: W_ij for j → i along its directions (none: both ways). Edges of rate 0 do
// not mix. Own weights are what is left of 1.
Group prescribed_group(Worker workers, std::span<const Edge> edges, std::span<const Direction> directions,
                       std::span<const double> weights);

// All workers, with equal shares along the directed edges of positive rate: W_ij = 1/(1 + d) for j → i, where d is
// the number of workers that j tells (columns sum to 1) or that i hears (rows sum to 1). No directions: both ways.
enum class SumsToOne { columns, rows };
Group directed_group(Worker workers, std::span<const Edge> edges, std::span<const Direction> directions,
                     SumsToOne sums);

}  // namespace acidsim
