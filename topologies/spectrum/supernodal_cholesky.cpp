#include "topologies/spectrum/supernodal_cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/spectrum/aligned_array.hpp"
#include "topologies/spectrum/elimination_tree.hpp"
#include "topologies/spectrum/fill_ordering.hpp"
#include "topologies/spectrum/front_kernels.hpp"
#include "topologies/spectrum/front_stacks.hpp"
#include "topologies/spectrum/front_structure.hpp"
#include "topologies/spectrum/separator_estimate.hpp"
#include "topologies/spectrum/supernodes.hpp"

namespace acidsim {
namespace {

// Ordering a graph of so few edges takes no time worth saving.
constexpr std::size_t edges_always_ordered = 50000;
// Nested dissection takes about 2 μs for each worker and edge: the time of this many operations.
constexpr double dissection_time = 1e4;

using Column = Eigen::Map<const Vector<double>>;

std::size_t at(Index k) { return static_cast<std::size_t>(k); }

Vertex largest_degree(const Adjacency& graph) {
  Vertex best = 0;
  for (Vertex v = 1; v < graph.vertices(); ++v) {
    if (graph.of(v).size() > graph.of(best).size()) best = v;
  }
  return best;
}

}  // namespace

struct SupernodalCholesky::Parts {
  enum class State { analysed, factorised, inverted } state = State::analysed;
  const char* ordering = "none: given up";
  double flops = 0, bytes = 0;
  Supernodes supernodes;
  std::optional<FrontStructure> structure;  // from the first factorisation on
  std::vector<std::int64_t> offset;         // of each supernode's columns in `values`
  AlignedArray values;                      // first the factor, then the resistances

  Parts(Worker workers, std::span<const Edge> edges, double most_flops);
  EliminationTree find_order(const Adjacency& graph, Vertex ground, const Adjacency& rest);
  void allocate(std::span<const Edge> edges);
  double* columns(std::size_t s) const { return values.get() + offset[s]; }
  bool factorise(std::span<const Edge> edges);
  void add_edges(std::size_t s, double* front, std::span<const Edge> edges) const;
  void add_to_parent(std::size_t s, const double* front, double* target) const;
  void take_from_parent(std::size_t s, const double* source, double* front) const;
  void forward(Vector<double>& y) const;
  void backward(Vector<double>& y) const;
  void invert();
};

SupernodalCholesky::Parts::Parts(Worker workers, std::span<const Edge> edges, double most_flops) {
  const Adjacency graph = adjacency(workers, edges);
  const Vertex ground = largest_degree(graph);
  const Adjacency rest = without_vertex(graph, ground);
  if (std::isfinite(most_flops) && edges.size() > edges_always_ordered) {
    const Vertex separator = estimated_separator(rest);
    flops = least_factor_flops(separator);
    bytes = 8.0 * separator * separator;
    if (flops > most_flops) return;
  }
  supernodes = acidsim::supernodes(find_order(graph, ground, rest));
  const SupernodeCost cost = acidsim::cost(supernodes);
  flops = cost.flops;
  // Values, fronts, row numbers, edge numbers, and what there is per worker.
  bytes =
      8.0 * static_cast<double>(cost.entries + cost.stack_entries[0] + cost.stack_entries[1] + cost.rows) +
      4.0 * static_cast<double>(edges.size()) + 32.0 * workers;
}

// The order by minimum degree, or by nested dissection where that is better and worth its time.
EliminationTree SupernodalCholesky::Parts::find_order(const Adjacency& graph, Vertex ground,
                                                      const Adjacency& rest) {
  const auto tree_of = [&](std::vector<Vertex> order) {
    for (Vertex& v : order) v += v >= ground;
    order.push_back(ground);
    return elimination_tree(graph, order);
  };
  EliminationTree tree = tree_of(minimum_degree_order(rest));
  ordering = "approximate minimum degree";
  const double edges = 0.5 * static_cast<double>(graph.neighbours.size());
  if (elimination_flops(tree) > dissection_time * (graph.vertices() + edges)) {
    EliminationTree dissected = tree_of(nested_dissection_order(rest));
    if (elimination_flops(dissected) < elimination_flops(tree)) {
      ordering = "nested dissection";
      return dissected;
    }
  }
  return tree;
}

void SupernodalCholesky::Parts::allocate(std::span<const Edge> edges) {
  structure.emplace(supernodes, edges);
  offset.assign(1, 0);
  for (std::size_t s = 0; s < supernodes.count(); ++s) {
    offset.push_back(offset.back() + std::int64_t{supernodes.columns(s)} * supernodes.size[s]);
  }
  values = AlignedArray(at(offset.back()));
}

void SupernodalCholesky::Parts::add_edges(std::size_t s, double* front, std::span<const Edge> edges) const {
  for (const std::uint32_t e : structure->edges(s)) {
    const auto place = structure->place(edges[e].i, edges[e].j);
    front[place.row + place.column * supernodes.size[s]] -= edges[e].rate;
  }
}

// The Laplacian that is left beyond the columns goes into the parent's front.
void SupernodalCholesky::Parts::add_to_parent(std::size_t s, const double* front, double* target) const {
  const auto to = structure->in_parent(s);
  const Index size = supernodes.size[s], parent_size = supernodes.size[at(supernodes.parent[s])];
  for (Index j = supernodes.columns(s); j < size; ++j) {
    double* column = target + to[at(j)] * parent_size;
    for (Index i = j + 1; i < size; ++i) column[to[at(i)]] += front[i + j * size];
  }
}

// Resistances between rows beyond the columns come from the parent's front, both triangles.
void SupernodalCholesky::Parts::take_from_parent(std::size_t s, const double* source, double* front) const {
  const auto from = structure->in_parent(s);
  const Index size = supernodes.size[s], parent_size = supernodes.size[at(supernodes.parent[s])];
  for (Index j = supernodes.columns(s); j < size; ++j) {
    const double* column = source + from[at(j)] * parent_size;
    for (Index i = j; i < size; ++i) front[i + j * size] = front[j + i * size] = column[from[at(i)]];
  }
}

// Multifrontal [Duff and Reid, ACM Trans. Math. Softw. 9, 1983], children first. A child adds to its parent's
// front as soon as it is done, so that only the fronts on the way to the root are kept, however many children
// there are.
bool SupernodalCholesky::Parts::factorise(std::span<const Edge> edges) {
  state = State::analysed;
  if (!structure) allocate(edges);
  const std::vector<Vertex> first_child = Children(supernodes).first;
  FrontStacks fronts(supernodes);
  const auto push = [&](std::size_t s) {
    double* front = fronts.push(s);
    std::fill_n(front, at(Index{supernodes.size[s]} * supernodes.size[s]), 0.0);
    return front;
  };
  for (std::size_t s = 0; s < supernodes.count(); ++s) {
    const Index size = supernodes.size[s], width = supernodes.columns(s);
    double* front = first_child[s] == -1 ? push(s) : fronts.top(s);
    add_edges(s, front, edges);
    if (!eliminate(front, size, width)) return false;
    std::copy_n(front, size * width, columns(s));
    if (supernodes.parent[s] != -1) {
      const std::size_t parent = at(supernodes.parent[s]);
      add_to_parent(s, front, at(first_child[parent]) == s ? push(parent) : fronts.top(parent));
    }
    fronts.pop(s);
  }
  state = State::factorised;
  return true;
}

// The same from the root down. Which rows beyond the columns are near each other only the parent knows.
void SupernodalCholesky::Parts::invert() {
  const std::vector<Vertex> first_child = Children(supernodes).first;
  FrontStacks fronts(supernodes);
  for (std::size_t s = supernodes.count(); s-- > 0;) {
    const Index size = supernodes.size[s], width = supernodes.columns(s);
    double* front = fronts.push(s);
    if (supernodes.parent[s] != -1) {
      const std::size_t parent = at(supernodes.parent[s]);
      take_from_parent(s, fronts.top(parent), front);
      if (at(first_child[parent]) == s) fronts.pop(parent);
    } else {
      front[size * size - 1] = 0;  // beyond the columns of a root there is the ground alone
    }
    find_resistances(front, columns(s), size, width);
    if (first_child[s] == -1) fronts.pop(s);
  }
  state = State::inverted;
}

// L y' = y, in place.
void SupernodalCholesky::Parts::forward(Vector<double>& y) const {
  Vector<double> local;  // the entries of one front
  for (std::size_t s = 0; s < supernodes.count(); ++s) {
    const Index width = supernodes.columns(s), size = supernodes.size[s], first = supernodes.first[s];
    const auto rows = structure->rows(s);
    local.setZero(size);
    local.head(width) = y.segment(first, width);
    for (Index k = 0; k < width; ++k) {
      const double* column = columns(s) + k * size;
      local[k] /= column[k];
      local.tail(size - k - 1) -= local[k] * Column(column + k + 1, size - k - 1);
    }
    y.segment(first, width) = local.head(width);
    for (Index i = width; i < size; ++i) y[rows[at(i)]] += local[i];
  }
}

// Lᵀ y' = y, in place.
void SupernodalCholesky::Parts::backward(Vector<double>& y) const {
  Vector<double> local;
  for (std::size_t s = supernodes.count(); s-- > 0;) {
    const Index width = supernodes.columns(s), size = supernodes.size[s];
    const auto rows = structure->rows(s);
    local.resize(size);
    for (Index i = 0; i < size; ++i) local[i] = y[rows[at(i)]];
    for (Index k = width; k-- > 0;) {
      const double* column = columns(s) + k * size;
      local[k] -= local.tail(size - k - 1).dot(Column(column + k + 1, size - k - 1));
      local[k] /= column[k];
    }
    y.segment(supernodes.first[s], width) = local.head(width);
  }
}

SupernodalCholesky::SupernodalCholesky(Worker workers, std::span<const Edge> edges, double most_flops)
    : parts_(std::make_unique<Parts>(workers, edges, most_flops)) {}
SupernodalCholesky::~SupernodalCholesky() = default;
SupernodalCholesky::SupernodalCholesky(SupernodalCholesky&&) noexcept = default;
SupernodalCholesky& SupernodalCholesky::operator=(SupernodalCholesky&&) noexcept = default;

double SupernodalCholesky::factor_flops() const { return parts_->flops; }
double SupernodalCholesky::memory_bytes() const { return parts_->bytes; }
const char* SupernodalCholesky::ordering() const { return parts_->ordering; }

bool SupernodalCholesky::factorise(std::span<const Edge> edges) {
  ACIDSIM_CHECK(!parts_->supernodes.order.empty());
  return parts_->factorise(edges);
}

void SupernodalCholesky::solve(std::span<double> x) const {
  const std::vector<Vertex>& order = parts_->supernodes.order;
  ACIDSIM_CHECK(parts_->state == Parts::State::factorised && x.size() == order.size());
  Vector<double> y(static_cast<Index>(x.size()));
  for (Index k = 0; k < y.size(); ++k) y[k] = x[at(order[at(k)])];
  parts_->forward(y);
  y[y.size() - 1] = 0;  // the ground
  parts_->backward(y);
  y.array() -= y.mean();
  for (Index k = 0; k < y.size(); ++k) x[at(order[at(k)])] = y[k];
}

void SupernodalCholesky::invert() {
  ACIDSIM_CHECK(parts_->state == Parts::State::factorised);
  parts_->invert();
}

double SupernodalCholesky::resistance(Worker i, Worker j) const {
  ACIDSIM_CHECK(parts_->state == Parts::State::inverted);
  if (i == j) return 0;
  const auto place = parts_->structure->place(i, j);
  return parts_->columns(
      place.supernode)[place.row + place.column * parts_->supernodes.size[place.supernode]];
}

}  // namespace acidsim
