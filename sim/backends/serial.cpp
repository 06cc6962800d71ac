#include "sim/backends/event_application.hpp"
#include "sim/backends/run_loop.hpp"

namespace acidsim {

template <class Scalar>
Outcome run_serial(const Simulation<Scalar>& simulation) {
  EventGradients<Scalar> gradients(simulation);
  const auto apply = [&](std::span<const Event> piece, Counts& counts) {
    apply_in_order(simulation, piece, counts, gradients);
  };
  return RunLoop(simulation, 1, apply).run();
}
template Outcome run_serial<float>(const Simulation<float>&);
template Outcome run_serial<double>(const Simulation<double>&);

}  // namespace acidsim
