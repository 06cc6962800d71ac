#include "sim/engine/event_application.hpp"
#include "sim/engine/run_loop.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class SerialMachine final : public Machine<Scalar> {
 public:
  explicit SerialMachine(const Simulation<Scalar>& simulation)
      : Machine<Scalar>(simulation), gradients_(simulation) {}
  void apply(std::span<const Event> piece, Counts& counts) override {
    if (this->simulation_.on_state) return apply_and_hash(piece, counts);
    apply_in_order(this->simulation_, piece, counts, gradients_);
  }

 private:
  void apply_and_hash(std::span<const Event> piece, Counts& counts) {
    const Simulation<Scalar>& simulation = this->simulation_;
    for (const Event& event : piece) {
      const std::uint64_t position = position_++;
      const bool is_gradient = event.verb == Verb::gradient;
      if (is_gradient && simulation.objective == nullptr) continue;
      apply_in_order(simulation, {&event, 1}, counts, gradients_);
      const auto show = [&](Worker worker) {
        simulation.on_state({position, worker, hasher_(simulation.kernel, simulation.optimizer, worker)});
      };
      show(std::min(event.i, event.j));
      if (!is_gradient) show(std::max(event.i, event.j));
    }
  }

  EventGradients<Scalar> gradients_;
  StateHasher<Scalar> hasher_;
  std::uint64_t position_ = 0;  // in the schedule, from the start of the run
};

}  // namespace

template <class Scalar>
Outcome run_serial(const Simulation<Scalar>& simulation) {
  SerialMachine<Scalar> machine(simulation);
  return RunLoop<Scalar>(simulation, 1, machine).run();
}
template Outcome run_serial<float>(const Simulation<float>&);
template Outcome run_serial<double>(const Simulation<double>&);

}  // namespace acidsim
