#include "sim/algorithms/kernel.hpp"

#include <stdexcept>
#include <vector>

namespace acidsim {
namespace {

[[noreturn]] void refuse(const char* verb) {
  throw std::logic_error(std::string("kernel: this method does not ") + verb);
}

}  // namespace

template <class Scalar>
void Kernel<Scalar>::use(const DualOracle<Scalar>&) {
  refuse("ask an oracle");
}

template <class Scalar>
void Kernel<Scalar>::use(const MessageCodec<Scalar>&) {
  refuse("compress messages");
}

template <class Scalar>
void Kernel<Scalar>::step_in_part(Worker, double, double, const Vector<Scalar>&, double) {
  refuse("average gradients");
}

template <class Scalar>
void Kernel<Scalar>::use(const MessageCodec<Scalar>&, const EdgeClocks&) {
  refuse("compress exchanges");
}

template <class Scalar>
void Kernel<Scalar>::land_at_start(Worker, double, const Vector<Scalar>&) {
  refuse("take a gradient before the first event");
}

template <class Scalar>
void Kernel<Scalar>::tell_in_round(Worker, int, double, Range, std::span<Scalar>) const {
  refuse("mix in rounds");
}

template <class Scalar>
void Kernel<Scalar>::mix(Worker, int, double, Range, const Letters<Scalar>&) {
  refuse("mix in rounds");
}

template <class Scalar>
void Kernel<Scalar>::serve(Worker) {
  refuse("have a server");
}

template <class Scalar>
void Kernel<Scalar>::tell_half(const Event& exchange, Worker worker, std::span<Scalar> out) const {
  if (has_server()) return tell_in_round(worker, exchange.number, exchange.time, out);
  tell_along(exchange.clock, worker, exchange.time, out);
}

template <class Scalar>
void Kernel<Scalar>::hear_half(const Event& exchange, Worker worker, std::span<const Scalar> own,
                               std::span<const Scalar> peer) {
  if (!has_server()) return hear_along(exchange.clock, worker, exchange.time, own, peer);
  const Letter<Scalar> letter{1.0, peer};
  mix(worker, exchange.number, exchange.time, {own, {&letter, 1}});
}

template <class Scalar>
void Kernel<Scalar>::send(Worker, double, std::span<Scalar>) {
  refuse("send");
}

template <class Scalar>
void Kernel<Scalar>::receive(Worker, double, std::span<const Scalar>) {
  refuse("receive");
}

template <class Scalar>
void Kernel<Scalar>::keep_sums(const EdgeClocks&) {
  refuse("send running sums");
}

template <class Scalar>
void Kernel<Scalar>::apply(std::span<const Event> events, GradientSource<Scalar>* gradients) {
  static thread_local std::vector<Scalar> told_by_i, told_by_j;  // kept: exchanges allocate nothing
  for (const Event& event : events) {
    if (event.verb == Verb::exchange) {
      told_by_i.resize(message_size());
      told_by_j.resize(message_size());
      tell_half(event, event.i, told_by_i);
      tell_half(event, event.j, told_by_j);
      hear_half(event, event.i, told_by_i, told_by_j);
      hear_half(event, event.j, told_by_j, told_by_i);
    } else if (gradients != nullptr) {
      gradients->model.resize(dimension());
      gradients->direction.resize(dimension());
      begin_gradient(event.i, event.time, {gradients->model.data(), static_cast<std::size_t>(dimension())});
      const double learning_rate = gradients->evaluate(event);
      if (gradients->part == 1)
        step(event.i, event.time, learning_rate, gradients->direction);
      else
        step_in_part(event.i, event.time, learning_rate, gradients->direction, gradients->part);
    }
  }
}

template <class Scalar>
void Kernel<Scalar>::apply_part(const Event&, Range, const GradientSource<Scalar>&, const BegunGradient&) {
  refuse("act on some coordinates alone");
}

template class Kernel<float>;
template class Kernel<double>;

}  // namespace acidsim
