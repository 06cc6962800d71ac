// Which places lie near each other.
#pragma once

#include <span>
#include <vector>

#include "topologies/families/family_support.hpp"

namespace acidsim {

enum class Surface { square, torus };  // the unit square; with opposite sides glued

// All pairs i < j of places in [0, 1)² within `radius` > 0 of each other, in order of i. O(n + pairs) for
// places that are spread evenly.
std::vector<Edge> pairs_within(double radius, std::span<const Point> places, Surface surface);

}  // namespace acidsim
