#include "sim/engine/simulation.hpp"

namespace acidsim {

std::string name_of(StopReason reason) {
  switch (reason) {
    case StopReason::time:
      return "time";
    case StopReason::gradients:
      return "gradients";
    case StopReason::communications:
      return "communications";
    case StopReason::rounds:
      return "rounds";
    case StopReason::bytes:
      return "bytes";
    case StopReason::target:
      return "target";
    case StopReason::wall_seconds:
      return "wall_seconds";
    case StopReason::diverged:
      return "diverged";
    case StopReason::interrupted:
      return "interrupted";
    case StopReason::schedule_end:
      return "schedule_end";
  }
  return {};
}

std::optional<StopReason> stop_reason_named(const std::string& name) {
  for (const StopReason reason :
       {StopReason::time, StopReason::gradients, StopReason::communications, StopReason::rounds,
        StopReason::bytes, StopReason::target, StopReason::wall_seconds, StopReason::diverged,
        StopReason::interrupted, StopReason::schedule_end})
    if (name_of(reason) == name) return reason;
  return std::nullopt;
}

}  // namespace acidsim
