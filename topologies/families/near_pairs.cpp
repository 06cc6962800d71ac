#include "topologies/families/near_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace acidsim {
namespace {

// Squares in rows and columns that are no narrower than the radius: what is near a place lies in its cell or
// in one of the eight around.
class CellGrid {
 public:
  CellGrid(double radius, std::span<const Point> places, Surface surface)
      : radius_(radius),
        places_(places),
        torus_(surface == Surface::torus),
        side_(cells_on_a_side()),
        first_(side_ * side_ + 1, 0),
        members_(places.size()) {
    for (const Point& place : places_) ++first_[cell(place) + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
    std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
    for (std::size_t i = 0; i < places_.size(); ++i)
      members_[next[cell(places_[i])]++] = static_cast<Worker>(i);
  }

  // Appends the pairs of i with later places.
  void append_pairs(Worker i, std::vector<Edge>& pairs) const {
    const Range rows = around(places_[i][1]), columns = around(places_[i][0]);
    for (std::size_t row = rows.first; row <= rows.last; ++row) {
      for (std::size_t column = columns.first; column <= columns.last; ++column) {
        const std::size_t at = (row % side_) * side_ + column % side_;
        for (std::size_t m = first_[at]; m < first_[at + 1]; ++m) {
          const Worker j = members_[m];
          if (j > i && near(places_[i], places_[j])) pairs.push_back({i, j});
        }
      }
    }
  }

 private:
  struct Range {
    std::size_t first, last;  // from side_ on they wrap
  };

  std::size_t cells_on_a_side() const {
    // Not many more cells than places.
    const double most = std::ceil(std::sqrt(static_cast<double>(places_.size())));
    const double side = std::clamp(std::floor(1 / radius_), 1.0, most);
    // On a torus of fewer than 3 the cells around a cell are not distinct: one cell for all.
    return torus_ && side < 3 ? 1 : static_cast<std::size_t>(side);
  }

  std::size_t along(double x) const {
    return std::min(static_cast<std::size_t>(x * static_cast<double>(side_)), side_ - 1);
  }
  std::size_t cell(const Point& place) const { return along(place[1]) * side_ + along(place[0]); }

  Range around(double x) const {
    const std::size_t at = along(x);
    if (torus_ && side_ > 1) return {at + side_ - 1, at + side_ + 1};
    return {at - (at > 0), std::min(at + 1, side_ - 1)};
  }

  bool near(const Point& a, const Point& b) const {
    double dx = std::abs(a[0] - b[0]), dy = std::abs(a[1] - b[1]);
    if (torus_) {
      dx = std::min(dx, 1 - dx);
      dy = std::min(dy, 1 - dy);
    }
    return dx * dx + dy * dy <= radius_ * radius_;
  }

  double radius_;
  std::span<const Point> places_;
  bool torus_;
  std::size_t side_;
  std::vector<std::size_t> first_;  // of each cell, in members_
  std::vector<Worker> members_;
};

}  // namespace

std::vector<Edge> pairs_within(double radius, std::span<const Point> places, Surface surface) {
  const CellGrid grid(radius, places, surface);
  std::vector<Edge> pairs;
  for (std::size_t i = 0; i < places.size(); ++i) grid.append_pairs(static_cast<Worker>(i), pairs);
  return pairs;
}

}  // namespace acidsim
