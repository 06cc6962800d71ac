#include "sim/algorithms/local_only.hpp"

#include "sim/algorithms/async_gossip.hpp"

namespace acidsim {

Dynamics local_only_dynamics() {
  Dynamics dynamics = async_gossip_dynamics({.alpha = 0.0});
  dynamics.communicates = false;
  return dynamics;
}

// Gossip with α = 0, so that even a stray communication event would move nothing.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_local_only_kernel(Worker workers, Index dimension) {
  return make_async_gossip_kernel<Scalar>({.alpha = 0.0}, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_local_only_kernel<float>(Worker, Index);
template std::unique_ptr<Kernel<double>> make_local_only_kernel<double>(Worker, Index);

}  // namespace acidsim
