// Exponentials of small matrices against those of matrices of any size.
#include "sim/algorithms/exponential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "sim/core/random.hpp"

namespace acidsim {
namespace exponential_test {

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
    }
  }
}

}  // namespace exponential_test
}  // namespace acidsim
