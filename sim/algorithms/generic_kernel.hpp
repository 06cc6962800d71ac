// The kernel of any declared method: the default of every row, and the reference that tests compare fused
// kernels with.
#pragma once

#include <memory>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// Carries out `dynamics` literally: before an event a worker flows by e^{As} (a dense m × m matrix
// exponential in double, s = time since the worker's last event), then the event lands. Sums are made in
// double. Memory per worker: m·d numbers, one time and, if the method is weighted, its weights.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_generic_kernel(const Dynamics& dynamics, Worker workers,
                                                    Index dimension);

}  // namespace acidsim
