#include "sim/algorithms/chebyshev.hpp"

#include <cmath>

namespace acidsim {

// Where all eigenvalues are the same, as on the complete graph, one exchange averages: I − 𝓦/w. Then c2, which would be
// infinite, only has to cancel.
Chebyshev Chebyshev::of(double lambda_2, double lambda_n) {
  const double least = 1 - lambda_2, most = 1 - lambda_n;
  const double ratio = least / most, root = std::sqrt(ratio);
  if (1 - ratio < 1e-12) return {0, 1, 1 / most, 1};
  return {.c1 = (1 - root) / (1 + root),
          .c2 = (1 + ratio) / (1 - ratio),
          .c3 = 2 / ((1 + ratio) * most),
          .steps = static_cast<int>(1 / root)};
}

double Chebyshev::scale(int count) const {
  double before = 1, now = c2;
  for (int k = 1; k < count; ++k) {
    const double next = 2 * c2 * now - before;
    before = now;
    now = next;
  }
  return now;
}

}  // namespace acidsim
