// Who owns which rows of the training set. Every row goes to exactly one worker, and every worker gets at
// least one; more workers than rows is an InputError. Rows of a worker are in increasing order.
#pragma once

#include <cstdint>
#include <span>

#include "sim/core/dataset.hpp"

namespace acidsim {

// Every worker draws from all rows: the paper's setting.
inline Partition shared_partition() { return {}; }

// A random permutation cut into equal pieces (sizes differ by at most one).
Partition iid_split(Index samples, Worker workers, std::uint64_t seed);

// One row each, and the rest in proportion to (i + 1)^(−exponent) for worker i (largest remainders), content
// random.
Partition by_size(Index samples, Worker workers, double exponent, std::uint64_t seed);

// For each class, its rows are divided over the workers in proportions ~ Dirichlet(alpha, …, alpha)
// [Hsu, Qi, Brown 2019, arXiv 1909.06335]. A worker left without rows then takes one (the last) from the
// worker that has most (the first of those).
Partition dirichlet_split(std::span<const std::int32_t> labels, int classes, Worker workers, double alpha,
                          std::uint64_t seed);

// Rows sorted by label (random order within one) are cut into workers × shards_per_worker pieces of equal
// size (± 1), dealt at random [McMahan et al. 2017, arXiv 1602.05629].
Partition shards(std::span<const std::int32_t> labels, Worker workers, Worker shards_per_worker,
                 std::uint64_t seed);

}  // namespace acidsim
