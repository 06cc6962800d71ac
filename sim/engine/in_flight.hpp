// What is under way between two events of a run: it belongs to the state of the run as the kernel does.
#pragma once

#include "sim/algorithms/kernel.hpp"
#include "sim/engine/mail.hpp"
#include "sim/engine/under_way.hpp"

namespace acidsim {

template <class Scalar>
struct InFlight {
  explicit InFlight(const Kernel<Scalar>& kernel)
      : mail(kernel.message_size()), gradients(kernel.workers()) {}

  Mail<Scalar> mail;           // messages sent and not received by all who need them
  UnderWay<Scalar> gradients;  // read and not stepped, by place in the kernel
};

}  // namespace acidsim
