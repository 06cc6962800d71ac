// The three losses of linear models: what a sample costs, as a function of its scores Wᵀa and its target.
// scores: samples × outputs; results go to out[sample], derivatives replace the scores. The loops run over
// samples, innermost, so that they vectorise; exponentials and logarithms are those of vector_math.hpp, the
// same on every machine.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "sim/core/types.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

template <class T>
using Scores = Eigen::Map<Matrix<T>>;

inline constexpr Index most_samples = 1024;  // rows of `scores`, at most

// ½ (z − y)²
struct SquaredLoss {
  static constexpr bool classifies = false;
  static constexpr double curvature = 1;  // largest eigenvalue of the Hessian with respect to the scores

  template <class T>
  static void losses(const Scores<T>& scores, const T* targets, double* out) {
    for (Index s = 0; s < scores.rows(); ++s) {
      const double residual = static_cast<double>(scores(s, 0)) - static_cast<double>(targets[s]);
      out[s] = 0.5 * residual * residual;
    }
  }
  template <class T>
  static void derivatives(Scores<T>& scores, const T* targets) {
    for (Index s = 0; s < scores.rows(); ++s) scores(s, 0) -= targets[s];
  }
};

// log(1 + exp(−y z)), y = ±1
struct LogisticLoss {
  static constexpr bool classifies = true;
  static constexpr double curvature = 0.25;

  template <class T>
  static void losses(const Scores<T>& scores, const std::int32_t* labels, double* out) {
    for (Index s = 0; s < scores.rows(); ++s) {
      const double margin = (2 * labels[s] - 1) * static_cast<double>(scores(s, 0));
      const double e = fast_exp(-std::abs(margin));
      // log(1 + e) by its series where 1 + e would lose e.
      const double log_term = e < 1e-5 ? e * (1 - e * (0.5 - e / 3)) : fast_log(1 + e);
      out[s] = log_term + (margin < 0 ? -margin : 0.0);
    }
  }
  template <class T>
  static void derivatives(Scores<T>& scores, const std::int32_t* labels) {
    T* const column = scores.data();
    for (Index s = 0; s < scores.rows(); ++s) {
      const double sign = 2 * labels[s] - 1;
      const double margin = sign * static_cast<double>(column[s]);
      const double e = fast_exp(-std::abs(margin));
      const double numerator = std::max(e, margin < 0 ? 1.0 : 0.0);  // 1 or e, without a branch
      column[s] = static_cast<T>(-sign * numerator / (1 + e));
    }
  }
  template <class T>
  static std::int32_t predicted(const Scores<T>& scores, Index s) {
    return scores(s, 0) > 0 ? 1 : 0;
  }
};

// log Σ_c exp(z_c) − z_label
struct SoftmaxLoss {
  static constexpr bool classifies = true;
  static constexpr double curvature = 0.5;  // of diag(p) − p pᵀ [Böhning 1992]

  template <class T>
  static void losses(const Scores<T>& scores, const std::int32_t* labels, double* out) {
    const Sums sums(scores, [](const T&, double) {});
    for (Index s = 0; s < scores.rows(); ++s) {
      out[s] = fast_log(sums.sum[s]) + (sums.largest[s] - static_cast<double>(scores(s, labels[s])));
    }
  }
  template <class T>
  static void derivatives(Scores<T>& scores, const std::int32_t* labels) {
    Sums sums(scores, [](T& score, double exponential) { score = static_cast<T>(exponential); });
    for (Index s = 0; s < scores.rows(); ++s) sums.sum[s] = 1 / sums.sum[s];
    for (Index c = 0; c < scores.cols(); ++c) {
      T* const column = scores.col(c).data();
      for (Index s = 0; s < scores.rows(); ++s)
        column[s] = static_cast<T>(static_cast<double>(column[s]) * sums.sum[s]);
    }
    for (Index s = 0; s < scores.rows(); ++s) scores(s, labels[s]) -= 1;
  }
  template <class T>
  static std::int32_t predicted(const Scores<T>& scores, Index s) {
    Index best = 0;
    for (Index c = 1; c < scores.cols(); ++c) {
      if (scores(s, c) > scores(s, best)) best = c;
    }
    return static_cast<std::int32_t>(best);
  }

 private:
  // Per sample: the largest score, and Σ_c exp(z_c − largest), which lies in [1, classes]. Calls visit(score,
  // exponential) for each.
  struct Sums {
    template <class M, class Visit>
    Sums(M& scores, Visit visit) {
      const Index samples = scores.rows();
      std::copy_n(scores.data(), samples, largest);
      for (Index c = 1; c < scores.cols(); ++c) {
        auto* const column = scores.col(c).data();
        for (Index s = 0; s < samples; ++s) largest[s] = std::max(largest[s], static_cast<double>(column[s]));
      }
      std::fill_n(sum, samples, 0.0);
      for (Index c = 0; c < scores.cols(); ++c) {
        auto* const column = scores.col(c).data();
        for (Index s = 0; s < samples; ++s) {
          const double exponential = fast_exp(static_cast<double>(column[s]) - largest[s]);
          sum[s] += exponential;
          visit(column[s], exponential);
        }
      }
    }
    double largest[most_samples], sum[most_samples];
  };
};

}  // namespace acidsim
