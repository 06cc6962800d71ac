#include "topologies/spectrum/dense_algebra.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>

namespace acidsim {

bool factorise_in_place(Matrix<double>& m) {
  const Eigen::LLT<Eigen::Ref<Matrix<double>>> factor(m);
  return factor.info() == Eigen::Success;
}

void solve_factorised(const Matrix<double>& factor, Matrix<double>& b) {
  const auto lower = factor.triangularView<Eigen::Lower>();
  lower.solveInPlace(b);
  lower.transpose().solveInPlace(b);
}

std::optional<Vector<double>> solve_in_place(Matrix<double>& h, const Vector<double>& b) {
  const Eigen::LLT<Eigen::Ref<Matrix<double>>> factor(h);
  if (factor.info() != Eigen::Success) return std::nullopt;
  return factor.solve(b);
}

Eigenpairs eigenpairs(const Matrix<double>& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(symmetric);
  return {solver.eigenvalues(), solver.eigenvectors()};
}

Vector<double> eigenvalues(const Matrix<double>& symmetric) {
  return Eigen::SelfAdjointEigenSolver<Matrix<double>>(symmetric, Eigen::EigenvaluesOnly).eigenvalues();
}

double spectral_radius(const Matrix<double>& matrix) {
  return Eigen::EigenSolver<Matrix<double>>(matrix, false).eigenvalues().cwiseAbs().maxCoeff();
}

Matrix<double> orthonormal(const Matrix<double>& columns) {
  const Eigen::HouseholderQR<Matrix<double>> qr(columns);
  return qr.householderQ() * Matrix<double>::Identity(columns.rows(), columns.cols());
}

}  // namespace acidsim
