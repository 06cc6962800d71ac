// A²CiD² carried out event by event, with a choice of the order of operations within a communication.
#pragma once

#include <memory>

#include "sim/algorithms/a2cid2_course.hpp"
#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// Stores x, x̃ and the time of each worker's last event; at every event of a worker, gradients included, x
// and x̃ mix over the time since the one before. With `sde` it follows the same equation as the fused kernel,
// which is several times faster. Parameters may change over time: between two events ∫ η counts, and α, α̃ are those of
// the time at which a difference lands.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_a2cid2_stepwise_kernel(const A2cid2Course& course, ExchangeOrder order,
                                                            Worker workers, Index dimension);

}  // namespace acidsim
