// Eigen's decompositions of dense matrices, each compiled in one place: they take long to compile.
#pragma once

#include <optional>

#include "sim/core/types.hpp"

namespace acidsim {

// m becomes its lower Cholesky factor (what is above the diagonal stays); false where m is not positive
// definite.
bool factorise_in_place(Matrix<double>& m);

// LLᵀx = b for every column of b, L as factorise_in_place left it.
void solve_factorised(const Matrix<double>& factor, Matrix<double>& b);

// x with h x = b, h symmetric; h is overwritten. Nothing where it is not positive definite.
std::optional<Vector<double>> solve_in_place(Matrix<double>& h, const Vector<double>& b);

struct Eigenpairs {
  Vector<double> values;   // ascending
  Matrix<double> vectors;  // columns, of unit length
};

// All eigenpairs of a symmetric matrix.
Eigenpairs eigenpairs(const Matrix<double>& symmetric);

// The eigenvalues alone, ascending.
Vector<double> eigenvalues(const Matrix<double>& symmetric);

// The largest modulus of an eigenvalue of a square matrix.
double spectral_radius(const Matrix<double>& matrix);

// An orthonormal basis of the space of the columns, by Householder's QR.
Matrix<double> orthonormal(const Matrix<double>& columns);

}  // namespace acidsim
