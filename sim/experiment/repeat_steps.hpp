// One repeat in steps, for those who look at its states or change their mind in between.
#pragma once

#include <memory>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Carried out on the calling thread. However it is cut into steps, states and records are those of run_repeat().
class RepeatSteps {
 public:
  virtual ~RepeatSteps() = default;
  // Carries out the events of time ≤ `until`, which lies ahead; whether the run can go on.
  virtual bool advance(double until) = 0;
  // Records, counts and time so far. The last record is of this moment.
  virtual const RepeatResult& so_far() const = 0;
  // Vector a of a worker into `out`, dimension numbers of the run's precision.
  virtual void read(Worker worker, int vector, void* out) const = 0;
  // SHA-256 of the states, as run.json has it of those at the end.
  virtual std::string digest() const = 0;
  // A checkpoint of this moment. Throws std::runtime_error where the disk is full.
  virtual void save(const CheckpointPlace& place) = 0;
};

// At time 0. All that is given must outlive it. `control`: interrupt and on_notice. Throws InputError.
std::unique_ptr<RepeatSteps> repeat_in_steps(const Plan& plan, int repeat, Resources& resources,
                                             const RunControl& control);

}  // namespace acidsim
