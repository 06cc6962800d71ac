// Messages that get lost, or come twice.
#pragma once

#include <bit>
#include <cstdint>

#include "sim/core/event.hpp"
#include "sim/core/random.hpp"

namespace acidsim {

struct MessageFaults {
  double lost = 0;      // probability that a message never arrives
  double repeated = 0;  // that one which arrives comes a second time

  bool any() const { return lost > 0 || repeated > 0; }
};

// Draws are addressed by the clock and the time of a message, so that they need no count of earlier ones.
class MessageFates {
 public:
  MessageFates(std::uint64_t seed, const MessageFaults& faults) : seed_(seed), faults_(faults) {}

  const MessageFaults& faults() const { return faults_; }
  Fate of(std::uint32_t clock, double time) const {
    if (!faults_.any()) return Fate::arrives;
    const Bits bits = Stream(seed_, Purpose::message_fates, clock).bits(std::bit_cast<std::uint64_t>(time));
    if (open_uniform(bits.first) < faults_.lost) return Fate::lost;
    return open_uniform(bits.second) < faults_.repeated ? Fate::repeated : Fate::arrives;
  }

 private:
  std::uint64_t seed_;
  MessageFaults faults_;
};

}  // namespace acidsim
