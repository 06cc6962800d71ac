// What linear, logistic and softmax regression share: scores Wᵀa, W = x seen as features × outputs
// (column-major). `Loss` is one of losses.hpp. Minibatch gradients read their samples where they lie
// (minibatch_products.hpp). Whole sets are taken in blocks of columns, so that all work is matrix products
// and scratch memory stays small; sums over blocks are accumulated in double precision.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <type_traits>

#include "sim/core/dataset.hpp"
#include "sim/objectives/affine_conjugate.hpp"
#include "sim/objectives/losses.hpp"
#include "sim/objectives/minibatch_products.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/objectives/regression.hpp"

namespace acidsim {

template <class Scalar, class Loss>
class LinearModel final : public Objective<Scalar> {
 public:
  explicit LinearModel(RegressionParameters<Scalar> parameters, Index outputs = 1);

  Index dimension() const override { return features() * outputs_; }
  Worker workers() const override { return parameters_.workers; }
  // One weight; where the data have a feature for a bias, a weight and a bias for every output.
  std::vector<ParameterBlock> blocks() const override {
    if (!train().has_bias) return {{"weight", 0, {outputs_, features()}, BlockRole::weight}};
    std::vector<ParameterBlock> pairs;
    for (Index k = 0; k < outputs_; ++k) {
      const std::string name = std::to_string(k);
      pairs.push_back({name + ".weight", k * features(), {features() - 1}, BlockRole::weight});
      pairs.push_back({name + ".bias", (k + 1) * features() - 1, {1}, BlockRole::bias});
    }
    return pairs;
  }
  std::unique_ptr<GradientScratch> scratch() const override {
    return std::make_unique<LinearScratch<Scalar>>();
  }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& scratch) const override;

  bool reports_minibatch_loss() const override { return true; }

  double loss(const Vector<Scalar>& x) const override;
  double worker_loss(Worker worker, const Vector<Scalar>& x) const override;
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override;

  // L and μ of every f_i. L = curvature of the loss × largest eigenvalue of any worker's second moment matrix
  // + l2. μ = l2, and for least squares with few enough features plus the smallest eigenvalue of any
  // worker's.
  ObjectiveConstants constants() const override;
  const Minimiser& minimiser() const override;
  std::string no_minimiser_reason() const override;
  // Of least squares with all rows in a gradient.
  void conjugate_gradient(Worker worker, const Vector<Scalar>& z, Vector<Scalar>& x) const override;
  std::string no_conjugate_reason() const override;

  bool has_test_set() const override { return parameters_.data.test != nullptr; }
  bool is_classifier() const override { return Loss::classifies; }
  double test_loss(const Vector<Scalar>& x) const override;
  double test_accuracy(const Vector<Scalar>& x) const override;

 private:
  using Rows = std::span<const std::uint32_t>;
  template <class T>
  using Target = std::conditional_t<Loss::classifies, std::int32_t, T>;

  const Dataset<Scalar>& train() const { return *parameters_.data.train; }
  Index features() const { return train().features.rows(); }
  double weight(Index sample) const { return weights_.size() == 0 ? uniform_weight_ : weights_[sample]; }
  Rows local_rows(Worker worker) const;  // empty = all
  // (l2/2)‖x‖²; 0 without regularisation even where ‖x‖² overflows.
  template <class T>
  double regulariser(const Vector<T>& x) const {
    return parameters_.l2 == 0 ? 0.0 : 0.5 * parameters_.l2 * x.template cast<double>().squaredNorm();
  }

  // Labels or targets of the samples rows[first …) (of first … where `rows` is empty), in the data or in the
  // scratch.
  template <class T>
  static const Target<T>* targets_of(const Dataset<Scalar>& data, Rows rows, Index first, Index count,
                                     LinearScratch<T>& scratch);
  template <class T>
  static double sum_of_losses(const Scores<T>& scores, const Target<T>* targets);
  // Calls visit(first, block, scores, targets) for consecutive blocks of the samples `rows` (empty: of all).
  // T: precision of the arithmetic. block: features × samples of the block; the visitor may overwrite the
  // scores.
  template <class T, class Visit>
  void scan(const Dataset<Scalar>& data, Rows rows, const Vector<T>& x, LinearScratch<T>& scratch,
            Visit visit) const;
  template <class T>
  double mean_loss(const Dataset<Scalar>& data, Rows rows, const Vector<T>& x) const;
  // f(x); ∇f(x) goes to g.
  template <class T>
  double value_and_gradient(const Vector<T>& x, Vector<double>& g) const;
  // Σ_s w_s a_s a_sᵀ (lower triangle) over all samples with the weights of f, or over a worker's with equal
  // ones.
  Matrix<double> second_moment(std::optional<Worker> worker) const;
  Minimiser closed_form() const;
  Minimiser by_descent() const;
  void solve() const;  // minimiser_ or reason_, once
  void make_conjugate() const;
  // How many sets of rows there are: one where all workers share it.
  Worker sets() const { return parameters_.partition.shared ? 1 : parameters_.workers; }
  // Whether the eigenvalues and inverses of all their second moments take a second or so.
  bool few_features() const {
    const auto d = static_cast<double>(features());
    return d * d * d * sets() <= 2e9;
  }

  RegressionParameters<Scalar> parameters_;
  Index outputs_;
  Index block_;             // samples per block
  double uniform_weight_;   // 1/N
  Vector<double> weights_;  // of each sample in f, where they differ; else empty

  mutable std::once_flag solved_, constants_known_, conjugate_made_;
  mutable AffineConjugate<Scalar> conjugate_;
  mutable Minimiser minimiser_;
  mutable std::string reason_;
  mutable ObjectiveConstants constants_;
};

}  // namespace acidsim
