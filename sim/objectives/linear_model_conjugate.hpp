// The rest of linear_model_inline.hpp: the conjugates of least squares, f_i(x) = ½ xᵀ H_i x − c_iᵀ x + constant with
// H_i = (1/N_i) Σ_s a_s a_sᵀ + l2 I and c_i = (1/N_i) Σ_s y_s a_s.
#pragma once

#include "sim/objectives/linear_model_inline.hpp"

namespace acidsim {

template <class Scalar, class Loss>
std::string LinearModel<Scalar, Loss>::no_conjugate_reason() const {
  if (Loss::classifies) return "has no closed form of it";
  if (parameters_.minibatch.batch_size > 0)
    return "draws minibatches, and a conjugate is of all rows: batch_size must be 0";
  if (!few_features()) return "has too many features for it";
  return constants().strong_convexity ? "" : "is not strongly convex on every worker: it needs l2 > 0";
}

template <class Scalar, class Loss>
void LinearModel<Scalar, Loss>::make_conjugate() const {
  const Vector<double> zero = Vector<double>::Zero(dimension());
  LinearScratch<double> scratch;
  for (Worker i = 0; i < sets(); ++i) {
    Matrix<double> h = second_moment(i);
    h.diagonal().array() += parameters_.l2;
    Vector<double> pull = zero;  // −∇f_i(0)
    scan<double>(train(), local_rows(i), zero, scratch,
                 [&](Index, const auto& block, auto& scores, const auto* targets) {
                   Loss::derivatives(scores, targets);
                   pull -= block * scores.col(0);
                 });
    conjugate_.add(h, pull / static_cast<double>(parameters_.partition.size(i, train().samples())));
  }
}

template <class Scalar, class Loss>
void LinearModel<Scalar, Loss>::conjugate_gradient(Worker worker, const Vector<Scalar>& z,
                                                   Vector<Scalar>& x) const {
  if (const std::string reason = no_conjugate_reason(); !reason.empty())
    throw InputError("objective", reason);
  std::call_once(conjugate_made_, [this] { make_conjugate(); });
  conjugate_(sets() == 1 ? 0 : worker, z, x);
}

}  // namespace acidsim
