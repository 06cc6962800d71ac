#include "sim/engine/kernel_states.hpp"

namespace acidsim {

// Stored are the vectors, the weights, and pairs of sums of message_size() numbers, whose last is the weight's.
template <class Scalar>
double weight_of(const Kernel<Scalar>& kernel, std::span<const Scalar> stored) {
  std::span<const Scalar> rest =
      stored.subspan(static_cast<std::size_t>(kernel.vectors() * kernel.dimension()));
  const std::size_t weights = kernel.weights(0).size(), message = kernel.message_size();
  double sum = 0;
  for (const Scalar weight : rest.first(weights)) sum += static_cast<double>(weight);
  for (rest = rest.subspan(weights); !rest.empty(); rest = rest.subspan(2 * message))
    sum += static_cast<double>(rest[message - 1]) - static_cast<double>(rest[2 * message - 1]);
  return sum;
}
template double weight_of<float>(const Kernel<float>&, std::span<const float>);
template double weight_of<double>(const Kernel<double>&, std::span<const double>);

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
