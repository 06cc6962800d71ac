// Base-(k + 1) graphs.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/families/sequence_support.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace {

using Links = std::vector<Link>;
using Members = std::vector<Worker>;
using Factors = std::vector<Worker>;

// first, first + step, …
struct Progression {
  Worker first, count, step = 1;
  Worker operator[](Worker position) const { return first + step * position; }
};

// The largest divisor of n without a prime factor above `largest`, as factors ≤ largest in ascending order.
Factors factors_within(Worker n, Worker largest) {
  Factors factors;
  for (Worker factor = std::min(n, largest); factor >= 2; --factor)
    for (; n % factor == 0; n /= factor) factors.push_back(factor);
  std::reverse(factors.begin(), factors.end());
  return factors;
}
Worker product(std::span<const Worker> factors) {
  return std::accumulate(factors.begin(), factors.end(), Worker{1}, std::multiplies<>());
}

// All members take the average.
void join_all(std::span<const Worker> members, Links& links) {
  const double share = 1.0 / static_cast<double>(members.size());
  for (std::size_t a = 0; a < members.size(); ++a)
    for (std::size_t b = a + 1; b < members.size(); ++b) links.push_back({members[a], members[b], share});
}

// Averages over one digit of the positions; after as many rounds as there are digits all hold the average of the nodes,
// which is what the product of the factors counts.
void average_over_digit(const Progression& nodes, const Factors& factors, std::size_t round, Links& links) {
  if (factors.empty()) return;
  const std::size_t digit = round % factors.size();
  const Worker values = factors[digit], place = product(std::span(factors).first(digit));
  Members members(values);
  for (Worker position = 0; position < nodes.count; ++position) {
    if (position / place % values != 0) continue;
    for (Worker value = 0; value < values; ++value) members[value] = nodes[position + value * place];
    join_all(members, links);
  }
}

// V_l: workers in blocks of equal size, a power of the base.
struct Part {
  Progression nodes;
  Worker blocks;
  Factors of_all, of_block;

  Worker block_size() const { return nodes.count / blocks; }
  Progression block(Worker b) const { return {nodes[b * block_size()], block_size()}; }
};

// The digits of n in this base, the first one first.
std::vector<Part> parts_of(const Progression& nodes, Worker base) {
  std::uint64_t power = 1;
  while (power * base <= nodes.count) power *= base;
  std::vector<Part> parts;
  Worker first = 0;
  for (; power > 0; power /= base) {
    const auto size = static_cast<Worker>(power);
    const Worker blocks = (nodes.count - first) / size;
    if (blocks == 0) continue;
    parts.push_back({{nodes[first], blocks * size},
                     blocks,
                     factors_within(blocks * size, base),
                     size > 1 ? factors_within(size, base) : factors_within(blocks, base)});
    first += blocks * size;
  }
  return parts;
}

// The workers of later parts hear one worker of each block of part `giver`, whose others average among themselves.
void hand_over(std::span<const Part> parts, std::size_t giver, Worker base, Links& links) {
  const Part& from = parts[giver];
  double workers = 0;
  for (const Part& part : parts.subspan(giver)) workers += part.nodes.count;
  const double weight = from.nodes.count / workers / from.blocks;
  Worker left = from.block_size();  // of each block
  for (std::size_t l = parts.size() - 1; l > giver; --l) {
    for (Worker position = 0; position < parts[l].nodes.count; ++position) {
      --left;
      for (Worker b = 0; b < from.blocks; ++b)
        links.push_back({from.block(b)[left], parts[l].nodes[position], weight});
    }
  }
  Members others;
  for (Worker b = 0; b < from.blocks; ++b)
    for (Worker position = 0; position < left; ++position) others.push_back(from.block(b)[position]);
  for (std::size_t at = 0; at < others.size(); at += base)
    join_all(std::span(others).subspan(at, std::min<std::size_t>(base, others.size() - at)), links);
}

void average_in_blocks(const Part& part, std::size_t round, Links& links) {
  if (part.block_size() == 1) return average_over_digit(part.nodes, part.of_block, round, links);
  for (Worker b = 0; b < part.blocks; ++b) average_over_digit(part.block(b), part.of_block, round, links);
}

// The rounds of the simple graph over nodes.count workers.
std::size_t simple_length(Worker n, Worker base) {
  const Factors factors = factors_within(n, base);
  if (product(factors) == n) return factors.size();
  const Part first = parts_of({0, n}, base).front();
  return first.of_all.size() + 1 + first.of_block.size();
}

void add_simple_rounds(const Progression& nodes, Worker base, std::span<Links> rounds) {
  const Factors factors = factors_within(nodes.count, base);
  if (product(factors) == nodes.count) {
    for (std::size_t k = 0; k < rounds.size(); ++k) average_over_digit(nodes, factors, k, rounds[k]);
    return;
  }
  const std::vector<Part> parts = parts_of(nodes, base);
  const std::size_t opening = parts.front().of_all.size(), last = parts.size() - 1;
  for (std::size_t k = 0; k < opening; ++k)
    for (const Part& part : parts) average_over_digit(part.nodes, part.of_all, k, rounds[k]);
  for (std::size_t k = 0; k < rounds.size() - opening; ++k) {
    Links& links = rounds[opening + k];
    if (k < last) hand_over(parts, k, base, links);
    for (std::size_t l = 0; l <= last; ++l) {
      const std::size_t done = l < last ? l + 1 : last;  // rounds until the part holds its share
      if (k >= done) average_in_blocks(parts[l], k - done, links);
    }
  }
}

// Groups of consecutive workers, as many as n has divisors within the base, then averages over the groups.
struct Grouping {
  Factors over_groups;
  Worker groups, members;

  Grouping(Worker n, Worker base)
      : over_groups(factors_within(n, base)), groups(product(over_groups)), members(n / groups) {}
  std::size_t length(Worker base) const { return simple_length(members, base) + over_groups.size(); }
};

void add_grouped_rounds(const Grouping& grouping, Worker base, std::span<Links> rounds) {
  const auto [over_groups, groups, members] = grouping;
  const std::span<Links> inside = rounds.first(rounds.size() - over_groups.size());
  for (Worker group = 0; group < groups; ++group) add_simple_rounds({group * members, members}, base, inside);
  for (std::size_t k = 0; k < over_groups.size(); ++k)
    for (Worker member = 0; member < members; ++member)
      average_over_digit({member, groups, members}, over_groups, k, rounds[inside.size() + k]);
}

}  // namespace

GraphSequence base_graph(Worker n, Worker peers, BaseGraphVariant variant, double duration) {
  if (peers < 1) throw InputError("peers", "too few", "0", "at least 1");
  check_size(n, n);
  const Worker most = std::min(peers, n - 1), base = most + 1;
  const std::size_t simple = simple_length(n, base);
  const Grouping grouping(n, base);
  const bool grouped = variant == BaseGraphVariant::base && grouping.length(base) <= simple;
  std::vector<Links> rounds(grouped ? grouping.length(base) : simple);
  GraphSequence sequence = make_sequence("base_graph", n, rounds.size(), 0.5 * n * most, duration);
  if (grouped)
    add_grouped_rounds(grouping, base, rounds);
  else
    add_simple_rounds({0, n}, base, rounds);
  for (std::size_t k = 0; k < rounds.size(); ++k) set_links(sequence, k, std::move(rounds[k]));
  lay_out_on_circle(sequence);
  return sequence;
}

}  // namespace acidsim
