// Exponentials of small matrices against the library's, and exactly where they are known.
#include "sim/algorithms/exponential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "sim/algorithms/dadao.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// Some entries are zero; norms cover every degree of the approximant, and squarings.
Matrix<double> random_matrix(Index size, std::uint64_t number, double scale) {
  Matrix<double> matrix(size, size);
  Stream(3, Purpose::problem, static_cast<Worker>(size))
      .normals(number, std::span<double>(matrix.data(), static_cast<std::size_t>(matrix.size())));
  return (matrix.array().abs() < 0.3).select(0.0, scale * matrix.array());
}

TEST(ExponentialTest, IsTheLibrarys) {
  for (const Index size : {1, 2, 3, 6, 7}) {
    for (std::uint64_t number = 0; number < 200; ++number) {
      const Matrix<double> a =
          random_matrix(size, number, std::pow(10.0, -3.0 + 0.02 * static_cast<double>(number)));
      const Matrix<double> expected = a.exp(), found = exponential(a);
      EXPECT_LE((found - expected).cwiseAbs().maxCoeff(), 1e-12 * expected.cwiseAbs().maxCoeff()) << a;
#ifndef __FMA__  // the order of operations is the same; with fused products the compiler chooses which
      EXPECT_EQ(found, expected) << a;
#endif
    }
  }
}

// A pivot of zero on the diagonal of V − U has to be exchanged: e^{2πk J} = 1 for J = [[0, −1], [1, 0]].
TEST(ExponentialTest, TurnsAround) {
  for (const double turns : {0.25, 0.5, 1.0, 3.0}) {
    const double angle = 2 * 3.14159265358979323846 * turns;
    const SmallMatrix found = exponential(Matrix<double>{{0, -angle}, {angle, 0}});
    EXPECT_NEAR(found(0, 0), std::cos(angle), 1e-13 * (1 + angle));
    EXPECT_NEAR(found(1, 0), std::sin(angle), 1e-13 * (1 + angle));
    EXPECT_NEAR(found(0, 1), -std::sin(angle), 1e-13 * (1 + angle));
  }
}

TEST(ExponentialTest, OfNothingIsTheIdentity) {
  for (const Index size : {1, 2, 4, 6})
    EXPECT_EQ(Matrix<double>(exponential(Matrix<double>::Zero(size, size))),
              Matrix<double>::Identity(size, size));
}

// e^{A(s + t)} = e^{As} e^{At}.
TEST(ExponentialTest, OfDadaosFlowIsAGroup) {
  const Matrix<double> flow = dadao_dynamics(dadao_parameters(0.1, 3, 20)).flow;
  for (const double s : {0.01, 0.3, 2.0, 9.0}) {
    const Matrix<double> whole = exponential(1.5 * s * flow),
                         halves = exponential(s * flow) * exponential(0.5 * s * flow);
    EXPECT_LE((whole - halves).cwiseAbs().maxCoeff(), 1e-13);
  }
}

}  // namespace
}  // namespace acidsim
