// What a member of a round hears, some coordinates at a time.
#pragma once

#include <algorithm>
#include <vector>

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
    Differences differences;
    for (Index r = 0; r < landing.cols(); ++r) add_up_differences(r, differences[r]);
    subtract(landing, differences, state);
  }

  // S ← kept·S + landing·M + (own + degree·own_per_neighbour + w_i·own_share)·(own message).
  void land(const Dynamics::Mixing& how, const SparseRows& kept, const Part<Scalar>& state) const {
    double mixed[most_vectors][tile], moved[most_vectors][tile];
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

  // sum ← Σ_j w_j (own − message of j), of vector r.
  void add_up_differences(Index r, double* sum) const {
    static thread_local std::vector<ScaledDifference<Scalar>> terms;  // kept: rounds allocate nothing
    terms.clear();
    for (const Letter<Scalar>& letter : letters_.others)
      terms.push_back({letter.weight, own(r), at(letter.message, r)});
    sum_terms(std::span<const ScaledDifference<Scalar>>(terms), count_, sum);
  }

  // sum ← Σ_j w_j (message of j), of vector r.
  void add_up_others(Index r, double* sum) const {
    static thread_local std::vector<Scaled<Scalar>> terms;
    terms.clear();
    for (const Letter<Scalar>& letter : letters_.others)
      terms.push_back({letter.weight, at(letter.message, r)});
    sum_terms(std::span<const Scaled<Scalar>>(terms), count_, sum);
  }

  // sum ← the mixed message, of vector r. A neighbour of weight 1, the mean over all for example, is taken as
  // it is.
  void mix(Index r, double* sum) const {
    if (letters_.own_weight) {
      static thread_local std::vector<Scaled<Scalar>> terms;
      terms.assign(1, {*letters_.own_weight, own(r)});
      for (const Letter<Scalar>& letter : letters_.others)
        terms.push_back({letter.weight, at(letter.message, r)});
      sum_terms(std::span<const Scaled<Scalar>>(terms), count_, sum);
    } else if (letters_.others.size() == 1 && letters_.others[0].weight == 1.0) {
      std::copy_n(at(letters_.others[0].message, r), count_, sum);
    } else {
      add_up_differences(r, sum);
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
