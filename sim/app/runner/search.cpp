#include "sim/app/runner/search.hpp"

#include <algorithm>
#include <cmath>

#include "sim/app/json/axes.hpp"

namespace acidsim {

Search::Search(const Json& settings, std::function<bool(double)> allowed, bool whole)
    : logarithmic_(!settings["log_range"].is_null()),
      golden_(settings["method"] == "golden"),
      largest_stable_(settings["by"] == "largest_stable"),
      whole_(whole),
      widenings_(settings["widen"].get<std::size_t>()),
      refinements_(settings["refine"].get<std::size_t>()),
      allowed_(std::move(allowed)) {
  std::vector<double> values;
  for (const Json& value :
       range_values(settings[logarithmic_ ? "log_range" : "range"], logarithmic_, "/tune"))
    values.push_back(value.get<double>());
  for (std::size_t k = 1; k + 1 < values.size(); ++k) values[k] = value_at_place(place_of(values[k]));
  more_ = values.size() / 2;
  step_ = (place_of(values.back()) - place_of(values.front())) / static_cast<double>(values.size() - 1);
  ask(std::move(values));
}

double Search::place_of(double value) const { return logarithmic_ ? std::log(value) : value; }

// Six digits, so that values can be read.
double Search::value_at_place(double place) const {
  const double value = logarithmic_ ? std::exp(place) : place;
  return whole_ ? std::nearbyint(value) : rounded(value, 6);
}

void Search::ask(std::vector<double> values) {
  wanted_.clear();
  for (double value : values) {
    if (whole_) value = std::nearbyint(value);
    const bool new_one =
        !tried_.contains(value) && std::find(wanted_.begin(), wanted_.end(), value) == wanted_.end();
    if (new_one && allowed_(value)) wanted_.push_back(value);
  }
}

void Search::learn(const std::map<double, Score>& scores) {
  for (const double value : wanted_) tried_[value] = scores.at(value);
  if (refining_ && golden_ && !largest_stable_) close_bracket(wanted_.at(0));
  wanted_.clear();
  widen_or_refine();
}

// Of a golden section: around the better of the best so far and the value that was tried last.
void Search::close_bracket(double value) {
  const bool above = value > inner_, better = tried_.at(value) < tried_.at(inner_);
  (above == better ? low_ : high_) = better ? inner_ : value;
  if (better) inner_ = value;
}

std::optional<double> Search::winner() const {
  std::optional<double> best;
  for (const auto& [value, score] : tried_) {
    if (largest_stable_) {
      if (score.failed > 0) return best;
      best = value;
    } else if (std::isfinite(score.mean) && (!best || score < tried_.at(*best))) {
      best = value;
    }
  }
  return best;
}

bool Search::at_edge() const {
  const auto best = winner();
  if (!best || tried_.empty()) return true;
  return *best == tried_.rbegin()->first || (!largest_stable_ && *best == tried_.begin()->first);
}

void Search::widen_or_refine() {
  if (!refining_) {
    const auto best = winner();
    const bool below = best ? !largest_stable_ && *best == tried_.begin()->first : largest_stable_;
    const bool above = best && *best == tried_.rbegin()->first;
    if ((below || above) && widen(above)) return;
    refining_ = true;
    if (best) {
      const auto at = tried_.find(*best);
      inner_ = *best;
      low_ = at == tried_.begin() ? inner_ : std::prev(at)->first;
      high_ = std::next(at) == tried_.end() ? inner_ : std::next(at)->first;
    }
  }
  if (refinements_ == 0 || !winner()) return;
  --refinements_;
  if (golden_ && !largest_stable_)
    refine_by_golden_section();
  else
    refine();
}

bool Search::widen(bool upwards) {
  if (widenings_ == 0) return false;
  --widenings_;
  const double end = place_of(upwards ? tried_.rbegin()->first : tried_.begin()->first);
  std::vector<double> values;
  for (std::size_t k = 1; k <= more_; ++k)
    values.push_back(value_at_place(end + (upwards ? step_ : -step_) * static_cast<double>(k)));
  ask(std::move(values));
  return !wanted_.empty();
}

void Search::refine() {
  const auto best = tried_.find(*winner());
  std::vector<double> values;
  const auto halfway_to = [&](double value) {
    values.push_back(value_at_place(0.5 * (place_of(best->first) + place_of(value))));
  };
  if (!largest_stable_ && best != tried_.begin()) halfway_to(std::prev(best)->first);
  if (std::next(best) != tried_.end()) halfway_to(std::next(best)->first);
  ask(std::move(values));
}

void Search::refine_by_golden_section() {
  const double share = 0.5 * (3 - std::sqrt(5.0)), inner = place_of(inner_);
  const double above = place_of(high_) - inner, below = inner - place_of(low_);
  ask({value_at_place(above > below ? inner + share * above : inner - share * below)});
}

}  // namespace acidsim
