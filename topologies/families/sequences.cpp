#include "topologies/families/sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "topologies/families/near_pairs.hpp"
#include "topologies/families/sequence_support.hpp"

namespace acidsim {
namespace {

double around_torus(double x) {
  const double wrapped = x - std::floor(x);
  return wrapped < 1 ? wrapped : 0;  // −10⁻¹⁷ wraps to 1
}

void move(std::vector<Point>& places, double speed, const Stream& stream) {
  std::vector<double> steps(2 * places.size());
  stream.normals<double>(0, steps);
  for (std::size_t i = 0; i < places.size(); ++i) {
    for (std::size_t c = 0; c < 2; ++c) places[i][c] = around_torus(places[i][c] + speed * steps[2 * i + c]);
  }
}

void check_within_1(const char* parameter, double value, bool positive) {
  if (value >= 0 && value <= 1 && (!positive || value > 0)) return;
  throw InputError(parameter, "out of range", fmt::format("{}", value),
                   positive ? "above 0, at most 1" : "from 0 to 1");
}

}  // namespace

GraphSequence one_peer_exponential(Worker n, double duration) {
  const auto phases = static_cast<std::size_t>(n > 2 ? std::bit_width(n - 1) : 1);
  GraphSequence sequence = make_sequence("one_peer_exponential", n, phases, n, duration);
  for (std::size_t k = 0; k < phases; ++k) {
    Graph& graph = sequence.phases[k].graph;
    for (Worker i = 0; i < n; ++i)
      graph.edges.push_back({i, static_cast<Worker>((i + (std::uint64_t{1} << k)) % n)});
    normalise(graph);
    for (Edge& edge : graph.edges) edge.rate = 1;  // where 2^k = n/2 both ends name the edge
  }
  lay_out_on_circle(sequence);
  return sequence;
}

GraphSequence one_peer_hypercube(Worker n, double duration) {
  if (n >= 2 && !std::has_single_bit(n))
    throw InputError("workers", "not a power of two", fmt::format("{}", n),
                     fmt::format("{} or {}", std::bit_floor(n), std::uint64_t{std::bit_floor(n)} * 2));
  const auto phases = static_cast<std::size_t>(n > 2 ? std::bit_width(n) - 1 : 1);
  GraphSequence sequence = make_sequence("one_peer_hypercube", n, phases, 0.5 * n, duration);
  for (std::size_t k = 0; k < phases; ++k) {
    const Worker bit = Worker{1} << k;
    for (Worker i = 0; i < n; ++i) {
      if (!(i & bit)) sequence.phases[k].graph.edges.push_back({i, i | bit});
    }
  }
  lay_out_on_circle(sequence);
  return sequence;
}

GraphSequence random_matchings(Worker n, std::size_t phases, double duration, std::uint64_t seed) {
  GraphSequence sequence = make_sequence("random_matchings", n, phases, n / 2, duration);
  std::vector<Worker> order(n);
  for (std::size_t k = 0; k < phases; ++k) {
    std::iota(order.begin(), order.end(), Worker{0});
    Draws draws(phase_stream(seed, k));
    draws.shuffle(std::span<Worker>(order));
    Graph& graph = sequence.phases[k].graph;
    for (Worker pair = 0; pair < n / 2; ++pair) graph.edges.push_back({order[2 * pair], order[2 * pair + 1]});
    normalise(graph);
  }
  lay_out_on_circle(sequence);
  return sequence;
}

GraphSequence random_geometric_walk(Worker n, double radius, double speed, std::size_t phases,
                                    double duration, std::uint64_t seed) {
  check_within_1("radius", radius, true);
  check_within_1("speed", speed, false);
  const double pairs = 0.5 * n * (n - 1.0), joined = std::min(1.0, std::numbers::pi * radius * radius);
  GraphSequence sequence = make_sequence("random_geometric_walk", n, phases, pairs * joined, duration);
  std::vector<Point> places = uniform_places(n, phase_stream(seed, 0));
  for (std::size_t k = 0; k < phases; ++k) {
    if (k > 0) move(places, speed, phase_stream(seed, k));
    Graph& graph = sequence.phases[k].graph;
    graph.coordinates = places;
    graph.edges = pairs_within(radius, places, Surface::torus);
    normalise(graph);
  }
  return sequence;
}

}  // namespace acidsim
