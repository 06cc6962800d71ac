// What all families share.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "topologies/families/redraws.hpp"
#include "topologies/graph.hpp"

namespace acidsim {

using Point = std::array<double, 2>;

// Throws InputError("workers", …) unless 2 ≤ workers and neither workers nor edges (as a real number, so that
// a product cannot overflow) exceed `largest_graph`.
void check_size(std::uint64_t workers, double edges);

// Throws InputError(parameter, …) where the graph is not connected: for draws, which are never repaired.
void check_connected(const Graph& graph, const char* parameter, const std::string& value,
                     const std::string& hint);

// Calls draw(stream) for the draws that the seed gives one after another, once, or until the graph is connected where
// redraws are wanted, which it counts.
template <class Draw>
void draw_connected(const Graph& graph, std::uint64_t seed, Redraws* redraws, Draw draw) {
  for (std::uint32_t attempt = 0;; ++attempt) {
    draw(Stream(seed, Purpose::topology, attempt));
    if (redraws == nullptr) return;
    redraws->made = attempt;
    if (attempt == redraws->most || component_sizes(graph).size() == 1) return;
  }
}

// A graph without edges.
Graph make_graph(std::string name, Worker workers);

// The unit vector at this fraction of a full turn.
Point on_circle(double turns);

// n places, evenly on the unit circle.
std::vector<Point> circle(Worker n);

// n places drawn in the unit square.
std::vector<Point> uniform_places(Worker n, const Stream& stream);

}  // namespace acidsim
