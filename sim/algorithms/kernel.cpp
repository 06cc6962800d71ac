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
void Kernel<Scalar>::use(const MessageCodec<Scalar>&, const EdgeClocks&) {
  refuse("compress exchanges");
}

template <class Scalar>
void Kernel<Scalar>::land_at_start(Worker, double, const Vector<Scalar>&) {
  refuse("take a gradient before the first event");
}

template <class Scalar>
void Kernel<Scalar>::tell_in_round(Worker, int, double, std::span<Scalar>) const {
  refuse("mix in rounds");
}

template <class Scalar>
void Kernel<Scalar>::mix(Worker, int, double, const Letters<Scalar>&) {
  refuse("mix in rounds");
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
void Kernel<Scalar>::apply(std::span<const Event> events, GradientSource<Scalar>* gradients) {
  static thread_local std::vector<Scalar> told_by_i, told_by_j;  // kept: exchanges allocate nothing
  for (const Event& event : events) {
    if (event.verb == Verb::exchange) {
      told_by_i.resize(message_size());
      told_by_j.resize(message_size());
      tell_along(event.clock, event.i, event.time, told_by_i);
      tell_along(event.clock, event.j, event.time, told_by_j);
      hear_along(event.clock, event.i, event.time, told_by_i, told_by_j);
      hear_along(event.clock, event.j, event.time, told_by_j, told_by_i);
    } else if (gradients != nullptr) {
      gradients->model.resize(dimension());
      gradients->direction.resize(dimension());
      begin_gradient(event.i, event.time, {gradients->model.data(), static_cast<std::size_t>(dimension())});
      const double learning_rate = gradients->evaluate(event);
      step(event.i, event.time, learning_rate, gradients->direction);
    }
  }
}

template class Kernel<float>;
template class Kernel<double>;

}  // namespace acidsim
