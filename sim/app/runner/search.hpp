// The search for the best value of one number, by values that are tried.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// Of a value: runs that failed (diverged, or missed their target), then the mean of the others, less is better.
struct Score {
  std::size_t failed = 0;
  double mean = 0;
  auto operator<=>(const Score&) const = default;
};

// Tries the values of a range, which grows where the best is at its end, then refines around the best: halfway to its
// neighbours, or by golden section [Kiefer 1953]. The largest stable value is enclosed by halving. Asks for values in
// rounds; what it asks for depends on the scores alone.
class Search {
 public:
  // `settings`: an entry of `tune` of a resolved configuration. `allowed`: whether the field takes a value. `whole`:
  // the field takes integers alone.
  Search(const Json& settings, std::function<bool(double)> allowed, bool whole);

  // Those that are to be tried now; none where the search is over.
  const std::vector<double>& wanted() const { return wanted_; }
  // The scores of all that were wanted.
  void learn(const std::map<double, Score>& scores);

  // Nothing where no value is any good.
  std::optional<double> winner() const;
  // The winner is the smallest or the largest value of all that were tried: a better one may lie beyond.
  bool at_edge() const;
  const std::map<double, Score>& tried() const { return tried_; }

 private:
  double place_of(double value) const;  // on the scale
  double value_at_place(double place) const;
  void ask(std::vector<double> values);
  void widen_or_refine();
  bool widen(bool upwards);
  void refine();
  void refine_by_golden_section();
  void close_bracket(double value);

  bool logarithmic_, golden_, largest_stable_, whole_;
  std::size_t widenings_, refinements_, more_;  // left, left, values that a widening adds
  double step_ = 0;                             // between the first values, on the scale
  std::function<bool(double)> allowed_;
  std::vector<double> wanted_;
  std::map<double, Score> tried_;
  bool refining_ = false;
  double low_ = 0, high_ = 0, inner_ = 0;  // the bracket of a golden section; inner_ is the best so far
};

}  // namespace acidsim
