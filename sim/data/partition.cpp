#include "sim/data/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

using Rows = std::vector<std::uint32_t>;

void check(Index samples, Worker workers) {
  if (workers < 1) throw InputError("workers", "is not positive", "0", "at least 1");
  if (samples > Index{0xffffffff}) {
    throw InputError("partition", "has too many rows", fmt::format("{}", samples), "fewer than 2^32");
  }
  if (static_cast<Index>(workers) > samples) {
    throw InputError("workers", "outnumber the rows to divide among them",
                     fmt::format("{} workers, {} rows", workers, samples),
                     "fewer workers, more samples, or a shared partition");
  }
}

Rows shuffled(Index samples, std::uint64_t seed) {
  Rows order(static_cast<std::size_t>(samples));
  std::iota(order.begin(), order.end(), 0u);
  Draws(Stream(seed, Purpose::partition)).shuffle(std::span(order));
  return order;
}

Partition sorted(std::vector<Rows> rows) {
  for (Rows& own : rows) std::sort(own.begin(), own.end());
  return {.shared = false, .rows = std::move(rows)};
}

// `order` cut into pieces of the given sizes.
Partition cut(const Rows& order, const std::vector<std::size_t>& sizes) {
  std::vector<Rows> rows;
  auto at = order.begin();
  for (const std::size_t size : sizes) {
    rows.emplace_back(at, at + static_cast<std::ptrdiff_t>(size));
    at += static_cast<std::ptrdiff_t>(size);
  }
  return sorted(std::move(rows));
}

// Whole numbers ∝ weights that add up to `total`: the largest remainders are rounded up, ties to the lower
// index.
std::vector<std::size_t> apportion(std::size_t total, const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<std::size_t> sizes, by_remainder(weights.size());
  std::vector<double> remainders;
  std::size_t given = 0;
  for (const double w : weights) {
    const double ideal = static_cast<double>(total) * (w / sum);
    sizes.push_back(std::min(static_cast<std::size_t>(ideal), total - given));
    remainders.push_back(ideal - std::floor(ideal));
    given += sizes.back();
  }
  std::iota(by_remainder.begin(), by_remainder.end(), std::size_t{0});
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t k = 0; given < total; ++k, ++given) ++sizes[by_remainder[k % weights.size()]];
  return sizes;
}

// Proportions ~ Dirichlet(alpha, …). Where alpha is so small that every gamma variate underflows, its limit:
// one worker has all.
std::vector<double> dirichlet(Draws& draws, Worker workers, double alpha) {
  std::vector<double> proportions(workers);
  double sum = 0;
  for (double& p : proportions) sum += p = draws.gamma(alpha);
  if (sum == 0) proportions[draws.below(workers)] = sum = 1;
  for (double& p : proportions) p /= sum;
  return proportions;
}

// Every empty worker takes the last row of the worker that has most (the first of those).
void fill_empty(std::vector<Rows>& rows) {
  std::priority_queue<std::pair<std::size_t, std::int64_t>> by_size;  // (size, −worker)
  for (std::size_t i = 0; i < rows.size(); ++i)
    by_size.emplace(rows[i].size(), -static_cast<std::int64_t>(i));
  for (Rows& own : rows) {
    if (!own.empty()) continue;
    const auto [size, negated] = by_size.top();
    by_size.pop();
    Rows& donor = rows[static_cast<std::size_t>(-negated)];
    own.push_back(donor.back());
    donor.pop_back();
    by_size.emplace(size - 1, negated);
  }
}

}  // namespace

Partition iid_split(Index samples, Worker workers, std::uint64_t seed) {
  return by_size(samples, workers, 0.0, seed);
}

Partition by_size(Index samples, Worker workers, double exponent, std::uint64_t seed) {
  check(samples, workers);
  if (!(exponent >= 0 && std::isfinite(exponent))) {
    throw InputError("exponent", "is negative or not finite", fmt::format("{}", exponent), "0 = equal sizes");
  }
  std::vector<double> weights;
  for (Worker i = 0; i < workers; ++i) weights.push_back(fast_exp(-exponent * fast_log(i + 1.0)));
  std::vector<std::size_t> sizes = apportion(static_cast<std::size_t>(samples) - workers, weights);
  for (std::size_t& size : sizes) ++size;
  return cut(shuffled(samples, seed), sizes);
}

Partition dirichlet_split(std::span<const std::int32_t> labels, int classes, Worker workers, double alpha,
                          std::uint64_t seed) {
  check(static_cast<Index>(labels.size()), workers);
  if (!(alpha > 0 && alpha <= 1e9)) {
    throw InputError("alpha", "is not in (0, 1e9]", fmt::format("{}", alpha),
                     "0.1 = very uneven, 100 = nearly iid");
  }
  std::vector<Rows> by_class(static_cast<std::size_t>(classes)), rows(workers);
  for (std::uint32_t row = 0; row < labels.size(); ++row)
    by_class[static_cast<std::size_t>(labels[row])].push_back(row);
  for (std::uint32_t c = 0; c < by_class.size(); ++c) {
    Rows& members = by_class[c];
    Draws draws(Stream(seed, Purpose::partition, c));
    draws.shuffle(std::span(members));
    const std::vector<double> proportions = dirichlet(draws, workers, alpha);
    double cumulative = 0;
    std::size_t begin = 0;
    for (Worker i = 0; i < workers; ++i) {
      cumulative += proportions[i];
      const auto cut_at =
          static_cast<std::size_t>(std::llround(cumulative * static_cast<double>(members.size())));
      const std::size_t end = i + 1 == workers ? members.size() : std::clamp(cut_at, begin, members.size());
      rows[i].insert(rows[i].end(), members.begin() + static_cast<std::ptrdiff_t>(begin),
                     members.begin() + static_cast<std::ptrdiff_t>(end));
      begin = end;
    }
  }
  for (Rows& own : rows) std::sort(own.begin(), own.end());
  fill_empty(rows);
  return sorted(std::move(rows));
}

Partition shards(std::span<const std::int32_t> labels, Worker workers, Worker shards_per_worker,
                 std::uint64_t seed) {
  const auto samples = static_cast<Index>(labels.size());
  check(samples, workers);
  const std::size_t pieces = std::size_t{workers} * shards_per_worker;
  if (shards_per_worker < 1 || pieces > labels.size()) {
    throw InputError("shards_per_worker", "is zero, or gives more shards than rows",
                     fmt::format("{}", shards_per_worker),
                     fmt::format("1 … {}", samples / static_cast<Index>(workers)));
  }
  Rows order = shuffled(samples, seed);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return labels[a] < labels[b]; });
  Rows dealt(pieces);
  std::iota(dealt.begin(), dealt.end(), 0u);
  Draws(Stream(seed, Purpose::partition, 1)).shuffle(std::span(dealt));
  std::vector<Rows> rows(workers);
  for (std::size_t k = 0; k < pieces; ++k) {
    const auto start = [&](std::size_t piece) {  // piece·samples / pieces fits in 64 bits: both are below 2³²
      return order.begin() + static_cast<std::ptrdiff_t>(piece * labels.size() / pieces);
    };
    Rows& own = rows[k / shards_per_worker];
    own.insert(own.end(), start(dealt[k]), start(dealt[k] + 1));
  }
  return sorted(std::move(rows));
}

}  // namespace acidsim
