// How a backend moves worker states: an algorithm at work on its own memory.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "sim/core/event.hpp"
#include "sim/core/states.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Whom a kernel asks, at a gradient event, what the worker makes of its model. One for each thread.
template <class Scalar>
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  // Makes `direction` (d numbers), the local optimizer's direction at `model` (d numbers, the worker's vector
  // 0 at the time of the event), and returns the learning rate γ. Asked once for each gradient event, in
  // order.
  virtual double evaluate(const Event& event) = 0;

  Vector<Scalar> model, direction;
};

// Shares out the coordinates 0 … dimension − 1: calls visit(first, last) for ranges that cover them once
// each, one after another or at the same time.
using ShareRanges = std::function<void(Index dimension, const std::function<void(Index, Index)>& visit)>;

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
  // Events in order: reads, evaluates and steps at gradient events, which are skipped without a source.
  virtual void apply(std::span<const Event> events, GradientSource<Scalar>* gradients) = 0;
  void communicate(std::span<const Event> events) { apply(events, nullptr); }
  // Communication events alone, in order, their coordinates shared out.
  virtual void communicate(std::span<const Event> events, const ShareRanges&) { communicate(events); }

  // A communication in two halves, for workers that do not share a memory. What the worker tells its peer at
  // `time`: k'ᵀS, d numbers. The state does not change.
  virtual void tell(Worker worker, double time, std::span<Scalar> out) const = 0;
  // The worker's half, which lands at `time`: `own` is what it told, `peer` what it was told, d numbers each;
  // gradient steps may have landed in between. tell() and hear() on both sides, at the time of the event,
  // give the bits of apply().
  virtual void hear(Worker worker, double time, std::span<const Scalar> own,
                    std::span<const Scalar> peer) = 0;

  // The worker's state as it is stored, m·d numbers, and the time it stands at: for checkpoints. What
  // restore() was given, save() gives back bit for bit.
  virtual double save(Worker worker, std::span<Scalar> out) const = 0;
  virtual void restore(Worker worker, double time, std::span<const Scalar> stored) = 0;

  // No |coordinate| of any vector, read at any time before the next event, is larger; NaN or infinity where a
  // coordinate may not be finite. Much cheaper than reading; infinity where a kernel knows no bound.
  virtual double bound() const { return infinity; }
  virtual std::size_t bytes() const = 0;
};

}  // namespace acidsim
