#include "sim/engine/local_run.hpp"
#include "sim/engine/run_loop.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class SerialExecutor final : public Executor<Scalar> {
 public:
  explicit SerialExecutor(const Simulation<Scalar>& simulation)
      : Executor<Scalar>(simulation), local_(simulation) {}

  bool start() override { return local_.start(); }

  void apply(std::span<const Event> piece, Counts& counts) override {
    if (this->simulation_.observe.on_state) return apply_and_hash(piece, counts);
    apply_in_order(piece, counts);
  }

 protected:
  std::vector<Parcel<Scalar>> mail() override { return local_.in_flight().mail.save(); }

 private:
  void apply_in_order(std::span<const Event> piece, Counts& counts) {
    local_.apply(piece, counts, [](std::size_t count, const auto& work) {
      for (std::size_t k = 0; k < count; ++k) work(k);
    });
  }

  void apply_and_hash(std::span<const Event> piece, Counts& counts) {
    const Simulation<Scalar>& simulation = this->simulation_;
    for (const Event& event : piece) {
      const std::uint64_t position = position_++;
      if (simulation.objective == nullptr && is_of_gradients(event.verb)) continue;
      apply_in_order({&event, 1}, counts);
      for_each_participant(event, simulation.schedule.groups(), [&](Worker worker) {
        simulation.observe.on_state(
            {position, worker, hasher_(simulation.kernel, simulation.optimizer, worker)});
      });
    }
  }

  LocalRun<Scalar> local_;
  StateHasher<Scalar> hasher_;
  std::uint64_t position_ = 0;  // in the schedule, from the start of the run
};

}  // namespace

template <class Scalar>
Outcome run_serial(const Simulation<Scalar>& simulation) {
  SerialExecutor<Scalar> executor(simulation);
  return RunLoop<Scalar>(simulation, 1, executor).run();
}
template Outcome run_serial<float>(const Simulation<float>&);
template Outcome run_serial<double>(const Simulation<double>&);

}  // namespace acidsim
