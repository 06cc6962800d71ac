#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/family_support.hpp"
#include "topologies/families/near_pairs.hpp"

namespace acidsim {
Graph random_geometric(Worker n, double radius, std::uint64_t seed, Redraws* redraws) {
  if (!(radius > 0.0 && radius <= std::sqrt(2.0))) {
    throw InputError("radius", "not a distance in the unit square", fmt::format("{}", radius),
                     "0 < radius ≤ √2 = 1.414");
  }
  check_size(n, 0.5 * n * (n - 1.0) * std::min(1.0, std::numbers::pi * radius * radius));
  Graph graph = make_graph(fmt::format("random_geometric_{}_r{:.6g}", n, radius), n);
  draw_connected(graph, seed, redraws, [&](const Stream& stream) {
    graph.coordinates = uniform_places(n, stream);
    graph.edges = pairs_within(radius, graph.coordinates, Surface::square);
    normalise(graph);
  });
  check_connected(graph, "radius", fmt::format("{}", radius),
                  fmt::format("a larger radius (connected graphs are likely well above √(ln n / (π n)) = "
                              "{:.3g}) or another seed",
                              std::sqrt(std::log(static_cast<double>(n)) / (std::numbers::pi * n))));
  return graph;
}

}  // namespace acidsim
