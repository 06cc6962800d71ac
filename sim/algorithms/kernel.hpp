// The kernel of a method: it holds the states of the workers and applies events to them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/algorithms/dual_oracle.hpp"
#include "sim/algorithms/public_copies.hpp"
#include "sim/core/event.hpp"
#include "sim/core/states.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// A gradient that is computed in parts.
struct BegunGradient {
  GradientAddress address;
  double learning_rate;
};

// Computes, for a kernel, the direction and the learning rate of gradient events. One for each thread.
template <class Scalar>
class GradientSource {
 public:
  virtual ~GradientSource() = default;
  // `model` (d numbers) is the worker's model at the time of the event. Sets `direction` (d numbers) to the
  // local optimizer's direction there and returns the learning rate γ. Called once per gradient event, in
  // order.
  virtual double evaluate(const Event& event) = 0;
  // Where each coordinate of the direction depends on that coordinate of the model alone: begin() takes the place of
  // evaluate(), and then evaluate_part() gives any coordinates, from those of the model; threads may share it.
  virtual bool is_separable() const { return false; }
  virtual BegunGradient begin(const Event&) { throw std::logic_error("gradients: not in parts"); }
  virtual void evaluate_part(const BegunGradient&, Range, const Scalar* /*model*/,
                             Scalar* /*direction*/) const {
    throw std::logic_error("gradients: not in parts");
  }

  Vector<Scalar> model, direction;
  double part = 1;  // of the worker's average, see GradientShare
};

// A neighbour's message to a member of a round, and its weight.
template <class Scalar>
struct Letter {
  double weight;
  std::span<const Scalar> message;
};

// Splits the coordinates 0 … dimension − 1 among threads: calls visit(first, last), perhaps concurrently, for
// ranges that cover each coordinate once.
using ShareRanges = std::function<void(Index dimension, const std::function<void(Index, Index)>& visit)>;

// What a member of a round hears: its own message, and its neighbours' in ascending order of neighbour.
template <class Scalar>
struct Letters {
  std::span<const Scalar> own;
  std::span<const Letter<Scalar>> others;
  std::optional<double> own_weight = {};  // nothing: 1 minus the sum of the others'

  double weight_of_own() const {
    if (own_weight) return *own_weight;
    double weight = 1;
    for (const Letter<Scalar>& letter : others) weight -= letter.weight;
    return weight;
  }
};

// Holds the states of all workers and applies events to them. Calls that name disjoint workers may run at the
// same time. Events of one worker must come in order of time. dynamics.hpp says what each verb does.
template <class Scalar>
class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Worker workers() const = 0;
  virtual Index dimension() const = 0;
  virtual int vectors() const = 0;                 // m
  virtual bool weighted() const { return false; }  // has weights beside the vectors
  // Whether models and messages are gradients of conjugates. If so, use() gives it their oracle, which must outlive
  // it, before anything is read.
  virtual bool dual() const { return false; }
  virtual void use(const DualOracle<Scalar>& oracle);
  // Compresses what is told in rounds from now on; the codec must outlive the kernel.
  virtual void use(const MessageCodec<Scalar>& codec);
  // The same of exchanges, with public copies for each edge: what is told is Q(message − own copy), to which both
  // ends add it, and what lands is the difference of the copies.
  virtual void use(const MessageCodec<Scalar>& codec, const EdgeClocks& edges);
  // Whether gradient events compute ∇f_i* instead of ∇f_i.
  virtual bool dual_gradients() const { return false; }
  // Numbers in a message: r·d with the largest r, and one more for the weight of a weighted method.
  virtual std::size_t message_size() const { return static_cast<std::size_t>(dimension()); }

  // The state before the first event, from x_0 of d numbers.
  virtual void initialise(Worker worker, const Vector<Scalar>& x) = 0;

  // --- Reading: nothing that is stored changes.
  // out ← vector a of the worker, flowed to `time`; d numbers.
  virtual void read(Worker worker, int a, double time, std::span<Scalar> out) const = 0;
  // out ← the model, which gradients and metrics see; d numbers.
  virtual void model(Worker worker, double time, std::span<Scalar> out) const { read(worker, 0, time, out); }
  // The weights of a weighted method, see Dynamics::weights; the model is divided by the first of them.
  virtual std::span<const Scalar> weights(Worker) const { return {}; }
  Scalar weight(Worker worker) const { return weighted() ? weights(worker).front() : Scalar{1}; }

  // --- The verbs, one worker at a time.
  // A gradient begins: out ← the model at which it is computed; d numbers.
  virtual void begin_gradient(Worker worker, double time, std::span<Scalar> out) { model(worker, time, out); }
  // The gradient lands; the step is γ·direction, and the minus sign is part of the method.
  virtual void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) = 0;
  // The same of a gradient that is a part of the average that the worker keeps.
  virtual void step_in_part(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction,
                            double part);
  // Whether the method computes a gradient at x_0 before the first event, and how that gradient lands.
  virtual bool has_gradient_at_start() const { return false; }
  virtual void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction);

  // A communication in two halves, for workers in different memories or halves at different times.
  // out ← the worker's message at `time`: message_size() numbers. The state does not change.
  virtual void tell(Worker worker, double time, std::span<Scalar> out) const = 0;
  // The worker's half of an exchange lands at `time`: `own` is the message it told, `peer` the message it
  // received; gradient steps may have landed since. tell() and hear() on both sides, at the time of the
  // event, give the bits of apply().
  virtual void hear(Worker worker, double time, std::span<const Scalar> own,
                    std::span<const Scalar> peer) = 0;
  // tell() and hear() along the edge of this clock, for methods to which it matters.
  virtual void tell_along(std::uint32_t, Worker worker, double time, std::span<Scalar> out) const {
    tell(worker, time, out);
  }
  virtual void hear_along(std::uint32_t, Worker worker, double time, std::span<const Scalar> own,
                          std::span<const Scalar> peer) {
    hear(worker, time, own, peer);
  }
  // The same in a round, of mixing `number` of the method.
  void tell_in_round(Worker worker, int number, double time, std::span<Scalar> out) const {
    tell_in_round(worker, number, time, {0, dimension()}, out);
  }
  void mix(Worker worker, int number, double time, const Letters<Scalar>& letters) {
    mix(worker, number, time, {0, dimension()}, letters);
  }
  // And of some coordinates alone, with messages of count numbers for each vector: where acts_by_coordinate(),
  // each coordinate once, in any order and perhaps at the same time; elsewhere of all of them.
  virtual bool acts_by_coordinate() const { return false; }
  virtual void tell_in_round(Worker worker, int number, double time, Range range,
                             std::span<Scalar> out) const;
  virtual void mix(Worker worker, int number, double time, Range range, const Letters<Scalar>& letters);
  // Of a method with a server, the same of their exchanges, whose letters are one of weight 1; serve() says which
  // worker the server is, where the kernel holds it.
  virtual bool has_server() const { return false; }
  virtual void serve(Worker server);
  // One half of an exchange, whichever of these it goes by.
  void tell_half(const Event& exchange, Worker worker, std::span<Scalar> out) const;
  void hear_half(const Event& exchange, Worker worker, std::span<const Scalar> own,
                 std::span<const Scalar> peer);
  // Directed methods send and receive: a message leaves and changes the sender, and nothing comes back. The others
  // tell and hear.
  virtual bool directed() const { return false; }
  virtual void send(Worker worker, double time, std::span<Scalar> out);
  virtual void receive(Worker worker, double time, std::span<const Scalar> message);
  // send() and receive() along the edge of this clock, for methods to which it matters.
  virtual void send_along(std::uint32_t, Worker worker, double time, std::span<Scalar> out) {
    send(worker, time, out);
  }
  virtual void receive_along(std::uint32_t, Worker worker, double time, std::span<const Scalar> message) {
    receive(worker, time, message);
  }
  // From now on a message is the sum of all that its sender ever put on its edge.
  virtual void keep_sums(const EdgeClocks& edges);

  // --- Gradients and exchanges, the fused pairs, in order: reads, evaluates and steps at gradient events,
  // which are skipped without a source.
  virtual void apply(std::span<const Event> events, GradientSource<Scalar>* gradients);
  void communicate(std::span<const Event> events) { apply(events, nullptr); }
  // The same of some coordinates alone, as a round is mixed: an exchange, or a gradient that has begun.
  virtual void apply_part(const Event& event, Range range, const GradientSource<Scalar>& gradients,
                          const BegunGradient& begun);
  // Exchanges only, in order; the coordinates are split by the second argument.
  virtual void communicate(std::span<const Event> events, const ShareRanges&) { communicate(events); }

  // --- For checkpoints: the state of a worker as it is stored, stored_size() numbers, and the time that it
  // belongs to. save() returns bit for bit what restore() was given.
  virtual std::size_t stored_size() const {
    return static_cast<std::size_t>(vectors()) * static_cast<std::size_t>(dimension());
  }
  virtual double save(Worker worker, std::span<Scalar> out) const = 0;
  virtual void restore(Worker worker, double time, std::span<const Scalar> stored) = 0;

  // An upper bound of |coordinate| over all vectors, read at any time before the next event. NaN or infinity
  // if a coordinate may not be finite, infinity if the kernel knows no bound. Much cheaper than reading.
  virtual double bound() const { return infinity; }
  virtual std::size_t bytes() const = 0;
};

}  // namespace acidsim
