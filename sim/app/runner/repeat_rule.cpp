#include "sim/app/runner/repeat_rule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace acidsim {
namespace {

// P(|T| ≤ t) for Student's t with whole degrees of freedom [Abramowitz and Stegun 26.7.3, 26.7.4].
double student_probability(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(degrees)), cosine = std::cos(angle), sine = std::sin(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1.0, sum = degrees == 1 ? 0.0 : term;
  for (int k = odd ? 3 : 2; k < degrees; k += 2) {
    term *= cosine * cosine * (k - 1) / k;
    sum += term;
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_quantile(double level, double degrees) {
  const int whole = static_cast<int>(degrees);
  double low = 0, high = 1;
  while (student_probability(high, whole) < level) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = 0.5 * (low + high);
    (student_probability(middle, whole) < level ? low : high) = middle;
  }
  return high;
}

std::optional<RepeatRule> repeat_rule(const Json& config) {
  const Json& repeats = config["repeats"];
  if (!repeats.is_object()) return std::nullopt;
  return RepeatRule{repeats["until"]["metric"].get<std::string>(),
                    repeats["until"]["relative_half_width"].get<double>(),
                    repeats["at_least"].get<std::size_t>(), repeats["at_most"].get<std::size_t>()};
}

RepeatVerdict judge(const RepeatRule& rule, std::span<const double> finals) {
  RepeatVerdict verdict;
  for (std::size_t n = rule.at_least;; n = std::min(rule.at_most, (5 * n + 3) / 4)) {
    verdict.wanted = std::max(n, finals.size());
    if (finals.size() < n) return verdict;
    const auto seen = finals.first(n);
    if (std::any_of(seen.begin(), seen.end(), [](double value) { return !std::isfinite(value); })) {
      verdict.reason = "a repeat diverged";
      return verdict;
    }
    const auto count = static_cast<double>(n);
    double sum = 0, squares = 0;
    for (const double value : seen) sum += value;
    verdict.mean = sum / count;
    for (const double value : seen) squares += (value - verdict.mean) * (value - verdict.mean);
    verdict.looked_at = n;
    verdict.half_width = student_quantile(0.95, count - 1) * std::sqrt(squares / (count - 1) / count);
    verdict.reached = verdict.half_width <= rule.relative_half_width * std::abs(verdict.mean);
    if (verdict.reached || n == rule.at_most) {
      verdict.wanted = finals.size();
      verdict.reason = verdict.reached ? "the interval is narrow enough" : "at_most";
      return verdict;
    }
  }
}

Json facts_of(const RepeatRule& rule, const RepeatVerdict& verdict) {
  Json facts = {{"metric", rule.metric},      {"relative_half_width", rule.relative_half_width},
                {"at_least", rule.at_least},  {"at_most", rule.at_most},
                {"reached", verdict.reached}, {"done", !verdict.reason.empty()},
                {"reason", verdict.reason}};
  if (verdict.looked_at > 0) {
    facts["looked_at"] = verdict.looked_at;
    facts["mean"] = verdict.mean;
    facts["half_width"] = verdict.half_width;
  }
  return facts;
}

}  // namespace acidsim
