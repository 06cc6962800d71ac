// The kernel of any declared method: what every row runs on unless it brings a fused kernel, and what every
// fused kernel is held against.
#pragma once

#include <memory>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// Carries out `dynamics` literally: before an event a worker flows by e^{As} (a dense m × m matrix
// exponential in double, s = time since the worker's last event), then the event lands. Sums are made in
// double. Memory: m·d numbers, one time and, where the method has one, a weight per worker.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_generic_kernel(const Dynamics& dynamics, Worker workers,
                                                    Index dimension);

}  // namespace acidsim
