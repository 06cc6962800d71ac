#include "sim/algorithms/limit.hpp"

#include <fmt/format.h>

namespace acidsim {

StepLimit stable_below(double value, const std::string& formula) {
  return {value, fmt::format("stable on quadratics, without momentum, for γ < {:.6g} = {}", value, formula)};
}

StepLimit in_theory_up_to(double value, const std::string& premise) {
  return {value, fmt::format("γ ≤ {:.6g} by theory, {}", value, premise)};
}

std::optional<StepLimit> two_over_smoothness(const StepFacts& facts) {
  if (facts.contraction) return std::nullopt;
  return stable_below(2 / facts.smoothness(), "2/L");
}

}  // namespace acidsim
