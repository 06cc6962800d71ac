#include "topologies/spectrum/top_eigenvector.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>

namespace acidsim {
namespace {

// As Spectra wants it.
class Operator {
 public:
  using Scalar = double;
  Operator(Index rows, const SymmetricOperator& apply) : rows_(rows), apply_(apply) {}
  Index rows() const { return rows_; }
  Index cols() const { return rows_; }
  void perform_op(const double* x, double* y) const { apply_(x, y); }

 private:
  Index rows_;
  const SymmetricOperator& apply_;
};

}  // namespace

Vector<double> top_eigenvector(Index rows, const SymmetricOperator& apply, Index basis, Index restarts,
                               double tolerance) {
  Operator op(rows, apply);
  Spectra::SymEigsSolver<Operator> solver(op, 1, std::min(basis, rows));
  solver.init();
  solver.compute(Spectra::SortRule::LargestAlge, restarts, tolerance);
  if (solver.info() != Spectra::CompInfo::Successful) return {};
  return solver.eigenvectors(1).col(0);
}

}  // namespace acidsim
