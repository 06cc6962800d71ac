// What a member of a round hears, some coordinates at a time.
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"
#include "sim/algorithms/tiles.hpp"

namespace acidsim {

// Coordinates offset … offset + count − 1 of messages whose vectors follow each other at `stride`.
template <class Scalar>
class LettersTile {
 public:
  LettersTile(const Letters<Scalar>& letters, Index stride, Index offset, Index count)
      : letters_(letters), stride_(stride), offset_(offset), count_(count) {}

  // S ← S − landing·Σ_j w_j (own − message of j).
  void land(const Matrix<double>& landing, const Part<Scalar>& state) const {
    alignas(line) double differences[tile];
    for (Index r = 0; r < landing.cols(); ++r) {
      const bool in_one_go =
          letters_.others.size() <= most_known && (landing.col(r).array() != 0.0).count() == 1;
      if (!in_one_go) add_up_differences(Set{}, r, differences);
      for (int a = 0; a < landing.rows(); ++a) {
        if (landing(a, r) == 0.0) continue;
        if (in_one_go)
          add_up_differences(Land{-landing(a, r)}, r, state.vector(a));
        else
          add_scaled(-landing(a, r), differences, count_, state.vector(a));
      }
    }
  }

  // S ← kept·S + landing·M + (own + degree·own_per_neighbour + w_i·own_share)·(own message).
  void land(const Dynamics::Mixing& how, const SparseRows& kept, const Part<Scalar>& state) const {
    alignas(line) double mixed[most_vectors][tile], moved[most_vectors][tile];
    const bool apart = how.own_share.size() > 0;
    for (Index r = 0; r < how.told.rows(); ++r) apart ? add_up_others(r, mixed[r]) : mix(r, mixed[r]);
    const double own_weight = apart ? letters_.weight_of_own() : 0;
    for (int a = 0; a < kept.size(); ++a) {
      kept.combine(a, state, moved[a]);
      for (Index r = 0; r < how.told.rows(); ++r)
        if (how.landing(a, r) != 0.0) add_scaled(how.landing(a, r), mixed[r], count_, moved[a]);
      add_own(how.own, a, 1.0, moved[a]);
      add_own(how.own_per_neighbour, a, static_cast<double>(letters_.others.size()), moved[a]);
      add_own(how.own_share, a, own_weight, moved[a]);
    }
    for (int a = 0; a < kept.size(); ++a) store(moved[a], count_, state.vector(a));
  }

 private:
  // sum ← sum + times·(row a of the factors)·(own message).
  void add_own(const Matrix<double>& factors, int a, double times, double* sum) const {
    for (Index r = 0; r < factors.cols(); ++r)
      if (factors(a, r) != 0.0) add_scaled(times * factors(a, r), own(r), count_, sum);
  }

  // Vector r of the worker's own message.
  const Scalar* own(Index r) const { return at(letters_.own, r); }

  // The sum of term(0) … term(count − 1), in this order; more than most_known are set in double.
  template <class What, class Term, class Out>
  void add_up(const What& what, std::size_t terms, const Term& term, Out* out) const {
    std::array<decltype(term(0)), most_known> few;
    for (std::size_t first = 0; first == 0 || first < terms; first += most_known) {
      const std::size_t count = std::min(terms - first, most_known);
      for (std::size_t t = 0; t < count; ++t) few[t] = term(first + t);
      const auto known = std::span(std::as_const(few)).first(count);
      first == 0 ? sum_few(what, known, count_, out) : sum_few(Add{}, known, count_, out);
    }
  }

  // Of Σ_j w_j (own − message of j), of vector r.
  template <class What, class Out>
  void add_up_differences(const What& what, Index r, Out* out) const {
    const auto term = [&](std::size_t k) {
      const Letter<Scalar>& letter = letters_.others[k];
      return ScaledDifference<Scalar>{letter.weight, own(r), at(letter.message, r)};
    };
    add_up(what, letters_.others.size(), term, out);
  }

  // sum ← Σ_j w_j (message of j), of vector r.
  void add_up_others(Index r, double* sum) const {
    add_up(
        Set{}, letters_.others.size(), [&](std::size_t k) { return of_letter(k, r); }, sum);
  }
  Scaled<Scalar> of_letter(std::size_t k, Index r) const {
    return {letters_.others[k].weight, at(letters_.others[k].message, r)};
  }

  // sum ← the mixed message, of vector r. A neighbour of weight 1, the mean over all for example, is taken as
  // it is.
  void mix(Index r, double* sum) const {
    if (letters_.own_weight) {
      const auto term = [&](std::size_t k) {
        return k == 0 ? Scaled<Scalar>{*letters_.own_weight, own(r)} : of_letter(k - 1, r);
      };
      add_up(Set{}, letters_.others.size() + 1, term, sum);
    } else if (letters_.others.size() == 1 && letters_.others[0].weight == 1.0) {
      std::copy_n(at(letters_.others[0].message, r), count_, sum);
    } else {
      add_up_differences(Set{}, r, sum);
      for (Index k = 0; k < count_; ++k) sum[k] = static_cast<double>(own(r)[k]) - sum[k];
    }
  }

  const Scalar* at(std::span<const Scalar> message, Index r) const {
    return message.data() + r * stride_ + offset_;
  }

  const Letters<Scalar>& letters_;
  Index stride_, offset_, count_;
};

}  // namespace acidsim
