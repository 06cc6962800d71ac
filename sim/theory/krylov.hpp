// Linear systems and extreme eigenvalues of operators that are only known by what they do to a vector.
#pragma once

#include <functional>
#include <stdexcept>

#include "sim/core/types.hpp"

namespace acidsim {

// A system or an eigenvalue that does not settle within the iterations that it is given.
struct Unsettled : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// out ← operator·in
using LinearMap = std::function<void(const Vector<double>& in, Vector<double>& out)>;

// An orthonormal basis of the span of s, M s, M² s, …, column by column, and the matrix H of M on it: M·(first k columns) =
// (first k + 1 columns)·H. Orthogonalised twice [Giraud, Langou, Rozložník 2005].
class KrylovSpace {
 public:
  KrylovSpace(LinearMap map, const Vector<double>& start, Index most);

  // One more dimension. False where the span is whole: M leads nowhere else.
  bool grow();
  Index dimension() const { return dimension_; }
  Index most() const { return hessenberg_.cols(); }
  auto basis() const { return basis_.leftCols(dimension_); }
  const Matrix<double>& hessenberg() const { return hessenberg_; }  // the first dimension() columns are known

 private:
  LinearMap map_;
  Matrix<double> basis_, hessenberg_;
  Index dimension_ = 0;
  Vector<double> next_;
};

// How many dimensions of this size are kept at most.
Index most_dimensions(Index size);

// x with M x = right, within the span of right, M right, …: where right = M y for some y, the solution is the one
// that has no part in the kernel of M, if M has no Jordan block of eigenvalue 0. GMRES, restarted where it needs many
// dimensions. `precondition`: roughly M⁻¹, or nothing. Throws Unsettled where the residual stays above 1e-9 ‖right‖.
Vector<double> solve_linear(const LinearMap& map, const Vector<double>& right,
                            const LinearMap& precondition = {});

// The largest real part of an eigenvalue of M, among those that belong to the span of s, M s, … and are not 0 to rounding;
// −infinity where there are none. `scale`: what eigenvalues are small against. M is told by flow = exp(duration M), in which
// slow eigenvalues stand apart and fast ones are gone. Throws Unsettled.
double rightmost_eigenvalue_by_flow(const LinearMap& flow, double duration, const Vector<double>& start,
                                    double scale);
// The same, where M = shift + inverse⁻¹ with a shift > 0 that no eigenvalue's real part exceeds.
double rightmost_eigenvalue_by_inverse(const LinearMap& inverse, double shift, const Vector<double>& start,
                                       double scale);

// The largest absolute value of an eigenvalue, within some per cent.
double spectral_radius(const LinearMap& map, const Vector<double>& start);

}  // namespace acidsim
