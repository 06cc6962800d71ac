#include "sim/algorithms/exponential.hpp"

#include <unsupported/Eigen/MatrixFunctions>

namespace acidsim {
namespace {

// In a matrix of columns, as the library's other exponentials: the order of its sums depends on it.
template <int M>
SmallMatrix in_columns(const SmallMatrix& a) {
  constexpr int most = M == Eigen::Dynamic ? most_vectors : M;
  using Columns = Eigen::Matrix<double, M, M, Eigen::ColMajor, most, most>;
  const Columns columns = a;
  return Columns(columns.exp());
}

}  // namespace

SmallMatrix exponential(const SmallMatrix& a) {
  switch (a.rows()) {
    case 2:
      return in_columns<2>(a);
    case 6:
      return in_columns<6>(a);
    default:
      return in_columns<Eigen::Dynamic>(a);
  }
}

}  // namespace acidsim
