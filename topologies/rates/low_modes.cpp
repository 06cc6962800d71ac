#include "topologies/rates/low_modes.hpp"

#include <algorithm>

#include "sim/core/random.hpp"
#include "topologies/spectrum/dense_algebra.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;

constexpr Index always_all = 250;  // workers; up to here all eigenpairs take some 10 ms
constexpr Index krylov_depth = 4;  // blocks
constexpr int most_refinements = 20;
// Tolerance of ‖Λ⁺u − u/μ‖ μ_2, where each mode is weighted as in the p-norm.
constexpr double accuracy = 1e-4;
// If a whole block of modes is closer together than this, the graph is taken to be symmetric with one large
// eigenspace, and all modes are computed.
constexpr double equal = 1e-3;

// M P, P the projection off 1.
Dense times_projected(const Dense& inverse, const Dense& vectors) {
  Dense product = inverse * vectors;
  product.rowwise() -= product.colwise().mean().eval();
  return product;
}

void all_modes(const Dense& inverse, LowModes& modes) {
  const Index n = inverse.rows();
  Dense projected = inverse.rowwise() - inverse.colwise().mean();
  projected.colwise() -= projected.rowwise().mean().eval();
  const Eigenpairs pairs = eigenpairs(projected);
  modes.values = pairs.values.tail(n - 1).reverse();
  modes.vectors = pairs.vectors.rightCols(n - 1).rowwise().reverse();
}

// `count` random columns of mean 0: they have a part along every mode.
Dense random_columns(Index n, Index count) {
  Draws draws(Stream(0, Purpose::topology));
  Dense columns(n, count);
  for (double& entry : columns.reshaped()) entry = draws.normal();
  columns.rowwise() -= columns.colwise().mean().eval();
  return columns;
}

// One projection on the space of `modes` and its images under Λ⁺; true where that left them as they were.
bool refine(const Dense& inverse, double p, LowModes& modes) {
  const Index n = inverse.rows(), block = modes.vectors.cols();
  Dense krylov(n, krylov_depth * block);
  const auto block_at = [&](Index depth) { return krylov.middleCols(depth * block, block); };
  block_at(0) = modes.vectors;
  for (Index depth = 1; depth < krylov_depth; ++depth) {
    block_at(depth) = times_projected(inverse, block_at(depth - 1)) / modes.values[0];
    if (depth > 1) continue;
    const Eigen::ArrayXd relative = modes.values.array() / modes.values[0];
    const Dense residual = block_at(1) - block_at(0) * relative.matrix().asDiagonal();
    const Eigen::ArrayXd weights = relative.abs().pow(p);
    if ((residual.colwise().norm().transpose().array() * weights < accuracy).all()) return true;
  }

  const Dense basis = orthonormal(krylov);
  const Eigenpairs pairs = eigenpairs(basis.transpose() * times_projected(inverse, basis));
  modes.values = pairs.values.reverse().head(block);
  modes.vectors = basis * pairs.vectors.rowwise().reverse().leftCols(block);
  return false;
}

}  // namespace

void update_modes(const Matrix<double>& inverse, double p, LowModes& modes) {
  const Index n = inverse.rows();
  if (n <= always_all || modes.values.size() > mode_block) return all_modes(inverse, modes);
  if (modes.values.size() == 0) {
    modes.vectors = orthonormal(random_columns(n, mode_block));
    modes.values = Vector<double>::Ones(mode_block);
  }
  bool done = false;
  for (int k = 0; k < most_refinements && !done; ++k) done = refine(inverse, p, modes);
  if (modes.values[mode_block - 1] > (1.0 - equal) * modes.values[0]) all_modes(inverse, modes);
}

}  // namespace acidsim
