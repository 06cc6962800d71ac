#include "sim/algorithms/local_only.hpp"

#include "sim/algorithms/async_gossip.hpp"

namespace acidsim {

Dynamics local_only_dynamics() {
  Dynamics dynamics = async_gossip_dynamics({});
  dynamics.exchange = {};
  return dynamics;
}

// Gossip with α = 0, so that even a stray communication event would move nothing.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_local_only_kernel(Worker workers, Index dimension) {
  return make_async_gossip_kernel<Scalar>({.alpha = 0.0}, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_local_only_kernel<float>(Worker, Index);
template std::unique_ptr<Kernel<double>> make_local_only_kernel<double>(Worker, Index);

AlgorithmRow local_only_row() {
  return {
      .name = "local_only",
      .summary = "every worker alone: no communication (a control)",
      .equations = {"dx_i = − γ ∇F_i(x_i, ξ) dN_i"},
      .dynamics = [](const Values&) { return local_only_dynamics(); },
      .fused = ByPrecision<KernelFactory>([]<class Scalar>(const Values&, Worker workers, Index dimension) {
        return make_local_only_kernel<Scalar>(workers, dimension);
      }),
      .fixed_point = "each worker at the minimiser of its own f_i"};
}

}  // namespace acidsim
