// Any algorithm that is declared as five arrays, at work: the slow but sure kernel that every fused one is
// held against.
#pragma once

#include <memory>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// Applies `dynamics` literally: before an event a worker flows by e^{As} (a dense m×m matrix exponential in
// double, s = time since the worker's last event), then the event lands. Memory: m·d numbers and one time per
// worker.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_generic_kernel(const Dynamics& dynamics, Worker workers,
                                                    Index dimension);

}  // namespace acidsim
