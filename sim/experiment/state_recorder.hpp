// What record.states asks for, given to whoever watches the run.
#pragma once

#include <cmath>
#include <vector>

#include "sim/core/states.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Of all repeats together.
inline double recorded_state_bytes(const Plan& plan) {
  const RecordedStates states = plan.experiment.record.states;
  if (states == RecordedStates::none) return 0;
  const Estimate& run = plan.expected;
  const double records = states == RecordedStates::all ? std::floor(run.time / run.record_every) + 1 : 1;
  const double scalar_bytes = plan.single_precision() ? sizeof(float) : sizeof(double);
  return plan.experiment.repeats * records * plan.nodes() * static_cast<double>(run.dimension) *
         plan.dynamics.size() * scalar_bytes;
}

class StateRecorder {
 public:
  // Both must outlive it.
  StateRecorder(const Plan& plan, const RunControl& control)
      : asked_(plan.experiment.record.states), control_(control) {}

  template <class Scalar>
  void at_record(const StateView<Scalar>& states) const {
    if (!gives(RecordedStates::all)) return;
    std::vector<Scalar> vector(static_cast<std::size_t>(states.dimension()));
    for (Worker worker = 0; worker < states.workers(); ++worker)
      for (int a = 0; a < states.vectors(); ++a) {
        states.read(worker, a, vector);
        control_.on_states(std::as_bytes(std::span(vector)));
      }
  }

  // The next part of the final states: of each worker the vectors come first, then `others` parts.
  void at_end(std::span<const std::byte> part, std::size_t vectors, std::size_t others) {
    const bool is_vector = end_parts_++ % (vectors + others) < vectors;
    if (is_vector && gives(RecordedStates::final_states)) control_.on_states(part);
  }

  // That the run goes on from a checkpoint with so many records, or that of its end.
  void take_up(std::size_t records, bool ended) const {
    if (!control_.checkpoints.take_up_states) return;
    const bool all = asked_ == RecordedStates::all, at_end = asked_ == RecordedStates::final_states && ended;
    control_.checkpoints.take_up_states(all ? records : at_end ? 1 : 0);
  }
  // That a checkpoint is about to be written.
  void keep() const {
    if (control_.checkpoints.keep_states) control_.checkpoints.keep_states();
  }

 private:
  bool gives(RecordedStates states) const { return control_.on_states && asked_ == states; }

  RecordedStates asked_;
  const RunControl& control_;
  std::size_t end_parts_ = 0;
};

}  // namespace acidsim
