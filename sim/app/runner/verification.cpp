#include "sim/app/runner/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/experiment/repeat.hpp"

namespace acidsim {

std::uint64_t verify(const Plan& plan, int repeat, Resources& resources, const RepeatResult& result,
                     const std::vector<StateHash>& hashes, const std::atomic<bool>& interrupt) {
  if (result.outcome.reason == StopReason::interrupted) return 0;
  std::vector<StateHash> expected;
  RunControl control;
  control.interrupt = &interrupt;
  control.on_state = [&](const StateHash& hash) { expected.push_back(hash); };
  const RepeatResult serial = run_repeat(plan, repeat, resources, control);
  if (serial.outcome.reason == StopReason::interrupted) return 0;
  const auto differ = [&](const std::string& how) {
    return std::runtime_error(fmt::format(
        "{}: repeat {} is not what a serial run gives: {}; nothing was written", plan.place(), repeat, how));
  };
  if (const auto difference = first_difference(hashes, expected))
    throw differ(
        fmt::format("event {} leaves worker {} in another state", difference->event, difference->worker));
  if (result.state_digest != serial.state_digest) throw differ("the final states differ");
  const auto same_row = [](const RecordRow& a, const RecordRow& b) {
    const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
    return same(a.time, b.time) && a.gradients == b.gradients && a.communications == b.communications &&
           std::equal(a.metrics.begin(), a.metrics.end(), b.metrics.begin(), b.metrics.end(), same);
  };
  if (!std::equal(result.records.begin(), result.records.end(), serial.records.begin(), serial.records.end(),
                  same_row))
    throw differ("the records differ");
  return serial.outcome.events;
}

}  // namespace acidsim
