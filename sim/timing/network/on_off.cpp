#include "sim/timing/network/on_off.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr double resets_per_window = 2;  // on average; 1 to 4 cost the same within a third
// Addresses set aside for each window: the first tells how many resets (and, for window 0, the state at time
// 0), and each reset takes one more.
constexpr std::uint64_t draws_per_window = 128;
constexpr std::uint64_t window_limit = std::uint64_t{1} << 57;

double checked_mean(const OnOffStates::Mean& mean) {
  constexpr double smallest = 1e-6, largest = 1e100;
  if (mean.time >= smallest && mean.time <= largest) return mean.time;
  throw InputError(mean.name, "not a mean time", fmt::format("{}", mean.time),
                   fmt::format("a number from {} to {}, in units of time", smallest, largest));
}

}  // namespace

OnOffStates::OnOffStates(std::uint64_t seed, Purpose purpose, const Mean& on, const Mean& off)
    : seed_(seed),
      purpose_(purpose),
      on_fraction_(on.time / (on.time + off.time)),
      length_(resets_per_window / (1 / checked_mean(on) + 1 / checked_mean(off))),
      resets_(resets_per_window) {
  ACIDSIM_CHECK(resets_.largest() < draws_per_window);
}

std::uint64_t OnOffStates::window_of(double time) const {
  const double windows = time / length_;
  if (!(windows < static_cast<double>(window_limit))) return window_limit - 1;
  const auto window = static_cast<std::uint64_t>(windows);
  if (start_of(window) > time) return window - 1;  // the quotient was rounded up, or down
  return start_of(window + 1) <= time ? window + 1 : window;
}

OnOffStates::Stretch OnOffStates::at(std::uint32_t entity, double time) const {
  ACIDSIM_CHECK(time >= 0);
  const Stream stream(seed_, purpose_, entity);
  const auto on = [&](std::uint64_t bits) { return open_uniform(bits) < on_fraction_; };
  std::uint64_t window = window_of(time);
  double until = window + 1 < window_limit ? start_of(window + 1) : infinity;
  for (;; --window) {
    const std::uint64_t first = window * draws_per_window;
    const Bits head = stream.bits(first);
    const std::uint32_t resets = resets_(open_uniform(head.first));
    double last = -1;
    bool state = false;
    for (std::uint32_t k = 1; k <= resets; ++k) {
      const Bits reset = stream.bits(first + k);
      const double place = (static_cast<double>(window) + open_uniform(reset.first)) * length_;
      if (place > time) {
        until = std::min(until, place);
      } else if (place > last) {
        last = place;
        state = on(reset.second);
      }
    }
    if (last >= 0) return {state, until};
    if (window == 0) return {on(head.second), until};
  }
}

}  // namespace acidsim
