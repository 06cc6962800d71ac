#include "sim/backends/event_application.hpp"
#include "sim/backends/run_loop.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class SerialMachine final : public Machine<Scalar> {
 public:
  explicit SerialMachine(const Simulation<Scalar>& simulation)
      : Machine<Scalar>(simulation), gradients_(simulation) {}
  void apply(std::span<const Event> piece, Counts& counts) override {
    apply_in_order(this->simulation_, piece, counts, gradients_);
  }

 private:
  EventGradients<Scalar> gradients_;
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
