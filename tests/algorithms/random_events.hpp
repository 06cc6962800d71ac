// Random inputs for kernels.
#pragma once

#include <vector>

#include "sim/core/random.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// `count` events at Poisson times of rate n: gradients and communications of random pairs, equally likely.
inline std::vector<Event> random_events(std::uint64_t seed, Worker workers, std::size_t count) {
  Draws draws(Stream(seed, Purpose::problem));
  std::vector<Event> events;
  double time = 0;
  while (events.size() < count) {
    time += draws.exponential() / workers;
    const auto i = static_cast<Worker>(draws.below(workers));
    const auto j = static_cast<Worker>((i + 1 + draws.below(workers - 1)) % workers);
    if (draws.below(2) == 0) {
      events.push_back({time, i, i, i, Verb::gradient});
    } else {
      events.push_back({time, std::min(i, j), std::max(i, j), workers, Verb::exchange});
    }
  }
  return events;
}

template <class Scalar>
Vector<Scalar> random_vector(std::uint64_t seed, std::uint64_t index, Index dimension) {
  Vector<Scalar> vector(dimension);
  Stream(seed, Purpose::initial_state)
      .normals<Scalar>(index, {vector.data(), static_cast<std::size_t>(dimension)});
  return vector;
}

}  // namespace acidsim
