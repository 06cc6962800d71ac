// How many repeats a cell gets: a number, or as many as make the interval of a mean narrow.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// "repeats": {"until": {"metric", "relative_half_width"}, "at_least", "at_most"}.
struct RepeatRule {
  std::string metric;
  double relative_half_width = 0.05;
  std::size_t at_least = 5, at_most = 1000;
};
// Of a resolved configuration; nothing where its repeats are a number.
std::optional<RepeatRule> repeat_rule(const Json& config);

// What the rule says of the final values of repeats 0, 1, …, those of repeats that diverged not a number.
struct RepeatVerdict {
  std::size_t wanted = 0;  // repeats in all: more than there are, where the rule asks for more
  bool reached = false;
  std::size_t looked_at = 0;  // repeats that mean and half_width are of; 0: none yet
  double mean = 0, half_width = 0;
  std::string reason;  // why there will be no more; empty where there will be
};
// The rule looks after `at_least` repeats, then whenever there are a quarter more, rounded up: at fixed numbers, so that it
// stops at the same one however the repeats were come by.
RepeatVerdict judge(const RepeatRule& rule, std::span<const double> finals);
// As run.json has it.
Json facts_of(const RepeatRule& rule, const RepeatVerdict& verdict);

// The (1 + level)/2 quantile of Student's t with so many degrees of freedom, > 0; 0 < level < 1.
double student_quantile(double level, double degrees);

}  // namespace acidsim
