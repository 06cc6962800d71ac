// Numbers for ordered pairs of workers, such as E[x_i x_j]: for all pairs, or where translations of the workers change
// nothing, one for each difference.
#pragma once

#include <Eigen/SparseCore>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// An array over pairs (i, j) holds rows() × workers() numbers, the row first: i counts as itself, or as 0 where all
// workers are alike.
class Pairs {
 public:
  // Of worker i with j: where (i, i), (i, j), (j, i) and (j, j) are.
  struct Neighbour {
    Index row, own, pair, back, other;
    double rate;
  };

  virtual ~Pairs() = default;
  Index workers() const { return workers_; }
  Index rows() const { return static_cast<Index>(diagonal_.size()); }
  Index size() const { return rows() * workers_; }
  // For every worker that is told apart: where (i, i) is, and Σ_j λ_ij.
  const std::vector<Index>& diagonal() const { return diagonal_; }
  const Vector<double>& degrees() const { return degrees_; }
  const std::vector<Neighbour>& neighbours() const { return neighbours_; }

  double diagonal_mean(const double* array) const;  // (1/n) Σ_i c_ii
  double mean(const double* array) const;           // (1/n²) Σ_ij c_ij

  // out_ij = Σ_l λ_il (in_ij − in_lj)
  virtual void laplacian(const double* in, double* out) const = 0;
  // out_ij = in_ji
  virtual void transpose(const double* in, double* out) const = 0;
  virtual Index transposed(Index place) const = 0;  // where (j, i) is
  virtual Eigen::SparseMatrix<double> laplacian_matrix() const = 0;
  // array_ij += u_i v_j, or its mean over all translations.
  virtual void add_product(const Vector<double>& u, const Vector<double>& v, double* array) const = 0;

 protected:
  Index workers_ = 0;
  std::vector<Index> diagonal_;
  Vector<double> degrees_;
  std::vector<Neighbour> neighbours_;
};

std::unique_ptr<Pairs> all_pairs(Worker workers, std::span<const Edge> edges);

// The differences of workers, numbered as i = i_1 + r_1 (i_2 + r_2 (…)) with i_k in 0 … r_k − 1, whose translations
// i_k → i_k + 1 mod r_k leave the edges and their rates as they are: cycles and other circulant graphs, tori, hypercubes,
// complete graphs. Null where no such radices r are found.
std::unique_ptr<Pairs> pairs_by_difference(Worker workers, std::span<const Edge> edges);

}  // namespace acidsim
