// Gradients of the conjugates of f_i that are quadratic: affine maps.
#pragma once

#include <Eigen/Cholesky>
#include <mutex>
#include <vector>

#include "sim/core/types.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// ∇f_i*(z) = x_i + H_i⁻¹ z, where H_i is the Hessian of f_i and x_i its minimiser. Thread-safe once made.
template <class Scalar>
class AffineConjugate {
 public:
  // add(h, pull) for f_i(x) = ½ xᵀ h x − pullᵀ x + constant, h positive definite (its lower triangle is read).
  void add(const Matrix<double>& h, const Vector<double>& pull) {
    const Eigen::LLT<Matrix<double>> factor(h);
    inverses_.push_back(factor.solve(Matrix<double>::Identity(h.rows(), h.rows())).template cast<Scalar>());
    minimisers_.push_back(factor.solve(pull).template cast<Scalar>());
  }

  void operator()(std::size_t i, const Vector<Scalar>& z, Vector<Scalar>& x) const {
    x = minimisers_[i];
    Scalar* __restrict out = x.data();
    for (Index l = 0; l < z.size(); ++l) {  // each sum runs over l in order, on every backend
      const Scalar* __restrict column = inverses_[i].col(l).data();
      for (Index k = 0; k < z.size(); ++k) out[k] = multiply_add(column[k], z[l], out[k]);
    }
  }

 private:
  std::vector<Matrix<Scalar>> inverses_;
  std::vector<Vector<Scalar>> minimisers_;
};

}  // namespace acidsim
