// How a backend moves worker states: an algorithm at work on its own memory.
#pragma once

#include <memory>
#include <span>

#include "sim/core/event.hpp"
#include "sim/core/states.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Holds the states of all workers and applies events to them. Calls that name disjoint workers may run at the
// same time. Events of one worker must come in order of time.
template <class Scalar>
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Worker workers() const = 0;
  virtual Index dimension() const = 0;
  virtual int vectors() const = 0;  // m

  // All m vectors of the worker become x, at time 0.
  virtual void initialise(Worker worker, const Vector<Scalar>& x) = 0;
  // out ← vector a of the worker, flowed to `time`; the stored state does not change.
  virtual void read(Worker worker, int a, double time, std::span<Scalar> out) const = 0;
  // A gradient event: the step γ·direction lands (the minus sign is the algorithm's).
  virtual void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) = 0;
  // Communication events, in order.
  virtual void communicate(std::span<const Event> events) = 0;

  virtual std::size_t bytes() const = 0;
};

}  // namespace acidsim
