// How a backend moves worker states: a method at work on its own memory.
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
  // Makes `direction` (d numbers), the local optimizer's direction at `model` (d numbers, the worker's model
  // at the time of the event), and returns the learning rate γ. Asked once for each gradient event, in order.
  virtual double evaluate(const Event& event) = 0;

  Vector<Scalar> model, direction;
};

// What a member of a round hears of one neighbour.
template <class Scalar>
struct Letter {
  double weight;
  std::span<const Scalar> message;
};

// Shares out the coordinates 0 … dimension − 1: calls visit(first, last) for ranges that cover them once
// each, one after another or at the same time.
using ShareRanges = std::function<void(Index dimension, const std::function<void(Index, Index)>& visit)>;

// Holds the states of all workers and applies events to them. Calls that name disjoint workers may run at the
// same time. Events of one worker must come in order of time. dynamics.hpp says what each verb does.
template <class Scalar>
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Worker workers() const = 0;
  virtual Index dimension() const = 0;
  virtual int vectors() const = 0;                 // m
  virtual bool weighted() const { return false; }  // a weight beside the vectors
  // Numbers in a message: r·d, and the weight where there is one.
  virtual std::size_t message_size() const { return static_cast<std::size_t>(dimension()); }

  // The state before the first event, from x_0 of d numbers.
  virtual void initialise(Worker worker, const Vector<Scalar>& x) = 0;

  // --- Reading: nothing that is stored changes.
  // out ← vector a of the worker, flowed to `time`; d numbers.
  virtual void read(Worker worker, int a, double time, std::span<Scalar> out) const = 0;
  // out ← the model, which gradients and metrics see; d numbers.
  virtual void model(Worker worker, double time, std::span<Scalar> out) const { read(worker, 0, time, out); }
  virtual Scalar weight(Worker) const { return Scalar{1}; }

  // --- The verbs, one worker at a time.
  // A gradient begins: out ← the model at which it is computed; d numbers.
  virtual void begin_gradient(Worker worker, double time, std::span<Scalar> out) { model(worker, time, out); }
  // It lands: the step is γ·direction (the minus sign is the method's).
  virtual void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) = 0;
  // Where the method takes a gradient before the first event: that it does, and how it lands.
  virtual bool has_gradient_at_start() const { return false; }
  virtual void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction);

  // A communication in halves, for workers that do not share a memory or do not meet at one time. What the
  // worker tells at `time`: message_size() numbers. The state does not change.
  virtual void tell(Worker worker, double time, std::span<Scalar> out) const = 0;
  // The worker's half of an exchange lands at `time`: `own` is what it told, `peer` what it was told;
  // gradient steps may have landed in between. tell() and hear() on both sides, at the time of the event,
  // give the bits of apply().
  virtual void hear(Worker worker, double time, std::span<const Scalar> own,
                    std::span<const Scalar> peer) = 0;
  // The worker's part in a round: the letters of its neighbours, in ascending order of neighbour.
  virtual void mix(Worker worker, double time, std::span<const Scalar> own,
                   std::span<const Letter<Scalar>> letters);
  // A directed message leaves, and lands.
  virtual void send(Worker worker, double time, std::span<Scalar> out);
  virtual void receive(Worker worker, double time, std::span<const Scalar> message);

  // --- Gradients and exchanges, the fused pairs, in order: reads, evaluates and steps at gradient events,
  // which are skipped without a source.
  virtual void apply(std::span<const Event> events, GradientSource<Scalar>* gradients);
  void communicate(std::span<const Event> events) { apply(events, nullptr); }
  // Exchanges alone, in order, their coordinates shared out.
  virtual void communicate(std::span<const Event> events, const ShareRanges&) { communicate(events); }

  // --- The worker's state as it is stored, stored_size() numbers, and the time it stands at: for
  // checkpoints. What restore() was given, save() gives back bit for bit.
  virtual std::size_t stored_size() const {
    return static_cast<std::size_t>(vectors()) * static_cast<std::size_t>(dimension());
  }
  virtual double save(Worker worker, std::span<Scalar> out) const = 0;
  virtual void restore(Worker worker, double time, std::span<const Scalar> stored) = 0;

  // No |coordinate| of any vector, read at any time before the next event, is larger; NaN or infinity where a
  // coordinate may not be finite. Much cheaper than reading; infinity where a kernel knows no bound.
  virtual double bound() const { return infinity; }
  virtual std::size_t bytes() const = 0;
};

}  // namespace acidsim
