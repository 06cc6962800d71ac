#include "sim/engine/kernel_states.hpp"

namespace acidsim {

template <class Scalar>
void for_each_state_vector(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer,
                           const ReadTimes& times, const StateVisit& visit) {
  std::vector<Scalar> state(static_cast<std::size_t>(kernel.dimension()));
  for (Worker worker = 0; worker < kernel.workers(); ++worker) {
    for (int a = 0; a < kernel.vectors(); ++a) {
      kernel.read(worker, a, times.of(worker), state);
      visit(std::as_bytes(std::span(state)));
    }
    if (kernel.weighted()) visit(std::as_bytes(kernel.weights(worker)));
    if (optimizer != nullptr && !optimizer->memory().empty()) visit(optimizer->memory().bytes(worker));
  }
}
template void for_each_state_vector<float>(const Kernel<float>&, const Optimizer<float>*, const ReadTimes&,
                                           const StateVisit&);
template void for_each_state_vector<double>(const Kernel<double>&, const Optimizer<double>*, const ReadTimes&,
                                            const StateVisit&);

}  // namespace acidsim
