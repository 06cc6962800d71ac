#include "sim/metrics/largest_coordinate.hpp"

#include <cmath>

namespace acidsim {

template <class Scalar>
LargestCoordinate largest_coordinate(const StateView<Scalar>& states) {
  LargestCoordinate found;
  Vector<Scalar> state(states.dimension());
  for (Worker worker = 0; worker < states.workers(); ++worker) {
    for (int a = 0; a < states.vectors(); ++a) {
      states.read(worker, a, {state.data(), static_cast<std::size_t>(state.size())});
      for (const Scalar value : state) {
        const auto size = static_cast<double>(std::abs(value));
        if (size <= found.largest) continue;  // false for NaN
        found.largest = size;
        found.worker = worker;
        if (!std::isfinite(size)) {
          found.finite = false;
          return found;
        }
      }
    }
  }
  return found;
}
template LargestCoordinate largest_coordinate<float>(const StateView<float>&);
template LargestCoordinate largest_coordinate<double>(const StateView<double>&);

}  // namespace acidsim
