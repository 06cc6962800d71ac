#include "topologies/spectrum/supernodes.hpp"

#include <algorithm>
#include <numeric>

namespace acidsim {
namespace {

std::size_t at(Vertex v) { return static_cast<std::size_t>(v); }

// Σ k² over the `columns` values k that end with `rows`.
double sum_of_squares(double columns, double rows) {
  const auto up_to = [](double k) { return k * (k + 1) * (2 * k + 1) / 6; };
  return up_to(rows) - up_to(rows - columns);
}

// Time of a front in factorisation and selected inversion together, in units of one operation inside a dense
// product (about 0.1 ns): the calls; moving each entry to the parent's front and back; the operations.
double front_time(double columns, double rows) {
  constexpr double calls = 1000, per_entry = 20, passes = 3;
  return calls + per_entry * rows * rows + passes * sum_of_squares(columns, rows);
}

// Chains of columns of which each has the pattern of the one before, without that one. The ground stays
// apart.
Supernodes chains(const EliminationTree& tree) {
  Supernodes s;
  const auto ground = static_cast<Vertex>(tree.order.size()) - 1;
  std::vector<Vertex> supernode_of(at(ground));
  for (Vertex k = 0; k < ground; ++k) {
    const bool joins = k > 0 && tree.parent[at(k) - 1] == k && tree.count[at(k) - 1] == tree.count[at(k)] + 1;
    if (!joins) {
      s.first.push_back(k);
      s.size.push_back(tree.count[at(k)]);
    }
    supernode_of[at(k)] = static_cast<Vertex>(s.count()) - 1;
  }
  s.first.push_back(ground);
  for (std::size_t j = 0; j < s.count(); ++j) {
    const Vertex parent = tree.parent[at(s.first[j + 1]) - 1];
    s.parent.push_back(parent == -1 || parent == ground ? -1 : supernode_of[at(parent)]);
  }
  return s;
}

// For each supernode, the one it is merged into (itself where it stays).
std::vector<Vertex> merges(const Supernodes& s) {
  std::vector<Vertex> into(s.count()), columns(s.count()), size = s.size;
  std::iota(into.begin(), into.end(), 0);
  for (std::size_t j = 0; j < s.count(); ++j) columns[j] = s.columns(j);
  const Children children(s);
  for (std::size_t j = 0; j < s.count(); ++j) {
    double time = front_time(columns[j], size[j]);
    for (Vertex c = children.first[j]; c != -1; c = children.next[at(c)]) {
      // The rows of the child beyond its columns are all among the parent's.
      const double merged = front_time(columns[j] + columns[at(c)], size[j] + columns[at(c)]);
      if (merged > time + front_time(columns[at(c)], size[at(c)])) continue;
      into[at(c)] = static_cast<Vertex>(j);
      columns[j] += columns[at(c)];
      size[j] += columns[at(c)];
      time = merged;
    }
  }
  for (std::size_t j = s.count(); j-- > 0;) into[j] = into[at(into[j])];  // parents come later: already final
  return into;
}

// The columns of merged supernodes move up to those of the one they are merged into.
Supernodes amalgamated(const Supernodes& s, const std::vector<Vertex>& order,
                       const std::vector<Vertex>& into) {
  std::vector<Vertex> name(s.count(), -1);
  Supernodes result;
  for (std::size_t j = 0; j < s.count(); ++j) {
    if (at(into[j]) == j) name[j] = static_cast<Vertex>(result.size.size()), result.size.push_back(s.size[j]);
  }
  result.first.assign(result.count() + 1, 0);
  for (std::size_t j = 0; j < s.count(); ++j) {
    const std::size_t to = at(name[at(into[j])]);
    result.first[to + 1] += s.columns(j);
    if (at(into[j]) != j) result.size[to] += s.columns(j);
  }
  std::partial_sum(result.first.begin(), result.first.end(), result.first.begin());
  result.order.resize(order.size());
  result.order.back() = order.back();
  std::vector<Vertex> next(result.first.begin(), result.first.end() - 1);
  result.parent.resize(result.count());
  for (std::size_t j = 0; j < s.count(); ++j) {
    const std::size_t to = at(name[at(into[j])]);
    for (Vertex k = s.first[j]; k < s.first[j + 1]; ++k) result.order[at(next[to]++)] = order[at(k)];
    if (at(into[j]) == j) result.parent[to] = s.parent[j] == -1 ? -1 : name[at(into[at(s.parent[j])])];
  }
  return result;
}

}  // namespace

Supernodes supernodes(const EliminationTree& tree) {
  const Supernodes strict = chains(tree);
  return amalgamated(strict, tree.order, merges(strict));
}

std::vector<std::uint8_t> depth_parity(const Supernodes& s) {
  std::vector<std::uint8_t> parity(s.count(), 0);
  for (std::size_t j = s.count(); j-- > 0;) {
    if (s.parent[j] != -1) parity[j] = parity[at(s.parent[j])] ^ 1;
  }
  return parity;
}

Children::Children(const Supernodes& s) : first(s.count(), -1), next(s.count(), -1) {
  for (std::size_t j = s.count(); j-- > 0;) {
    if (s.parent[j] == -1) continue;
    next[j] = first[at(s.parent[j])];
    first[at(s.parent[j])] = static_cast<Vertex>(j);
  }
}

SupernodeCost cost(const Supernodes& s) {
  SupernodeCost result;
  const auto parity = depth_parity(s);
  const std::vector<Vertex> child = Children(s).first;
  const auto square = [&](std::size_t j) { return std::int64_t{s.size[j]} * s.size[j]; };
  std::array<std::int64_t, 2> up{}, down{};
  const auto push = [&](std::array<std::int64_t, 2>& stack, std::size_t j) {
    stack[parity[j]] += square(j);
    result.stack_entries[parity[j]] = std::max(result.stack_entries[parity[j]], stack[parity[j]]);
  };
  for (std::size_t j = 0; j < s.count(); ++j) {
    result.flops += sum_of_squares(s.columns(j), s.size[j]);
    result.entries += std::int64_t{s.columns(j)} * s.size[j];
    result.rows += s.size[j];
    if (child[j] == -1) push(up, j);
    if (s.parent[j] != -1 && at(child[at(s.parent[j])]) == j) push(up, at(s.parent[j]));
    up[parity[j]] -= square(j);
  }
  for (std::size_t j = s.count(); j-- > 0;) {
    push(down, j);
    const Vertex parent = s.parent[j];
    if (parent != -1 && at(child[at(parent)]) == j) down[parity[at(parent)]] -= square(at(parent));
    if (child[j] == -1) down[parity[j]] -= square(j);
  }
  return result;
}

}  // namespace acidsim
