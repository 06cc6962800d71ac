// Definitions of linear_model.hpp, for the sources that instantiate it.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <type_traits>

#include "sim/core/error.hpp"
#include "sim/core/product_blocking.hpp"
#include "sim/objectives/block_products.hpp"
#include "sim/objectives/linear_model.hpp"
#include "sim/objectives/second_moment.hpp"
#include "sim/objectives/solvers.hpp"
#include "sim/objectives/training_checks.hpp"

namespace acidsim {

template <class Scalar, class Loss>
LinearModel<Scalar, Loss>::LinearModel(RegressionParameters<Scalar> parameters, Index outputs)
    : parameters_(std::move(parameters)), outputs_(outputs) {
  check_training(parameters_, Loss::classifies);
  fix_product_blocking();
  constexpr Index block_entries = Index{1} << 20;
  block_ = std::clamp<Index>(block_entries / std::max<Index>(1, features()), 16, most_samples);
  uniform_weight_ = 1.0 / static_cast<double>(train().samples());
  weights_ = row_weights(parameters_);
}

template <class Scalar, class Loss>
auto LinearModel<Scalar, Loss>::local_rows(Worker worker) const -> Rows {
  return parameters_.partition.shared ? Rows{} : Rows{parameters_.partition.rows[worker]};
}

template <class Scalar, class Loss>
template <class T>
auto LinearModel<Scalar, Loss>::targets_of(const Dataset<Scalar>& data, Rows rows, Index first, Index count,
                                           LinearScratch<T>& scratch) -> const Target<T>* {
  const auto row = [&](Index k) { return rows.empty() ? k : Index{rows[static_cast<std::size_t>(k)]}; };
  if constexpr (Loss::classifies) {
    if (rows.empty()) return data.labels.data() + first;
    scratch.labels.resize(static_cast<std::size_t>(count));
    for (Index k = 0; k < count; ++k)
      scratch.labels[static_cast<std::size_t>(k)] = data.labels[static_cast<std::size_t>(row(first + k))];
    return scratch.labels.data();
  } else {
    if (scratch.targets.size() < count) scratch.targets.resize(count);
    for (Index k = 0; k < count; ++k) scratch.targets[k] = static_cast<T>(data.targets[row(first + k)]);
    return scratch.targets.data();
  }
}

template <class Scalar, class Loss>
template <class T, class Visit>
void LinearModel<Scalar, Loss>::scan(const Dataset<Scalar>& data, Rows rows, const Vector<T>& x,
                                     LinearScratch<T>& scratch, Visit visit) const {
  const Index d = features(), total = rows.empty() ? data.samples() : static_cast<Index>(rows.size());
  const Eigen::Map<const Matrix<T>> w(x.data(), d, outputs_);
  const Index largest = std::min(block_, total);
  reserve(scratch.scores, largest, outputs_);
  const bool copies = !rows.empty() || !std::is_same_v<T, Scalar>;
  if (copies) reserve(scratch.batch, d, largest);
  for (Index first = 0; first < total; first += block_) {
    const Index count = std::min(block_, total - first);
    const T* block_data = scratch.batch.data();
    if (!copies) {
      if constexpr (std::is_same_v<T, Scalar>) block_data = data.features.col(first).data();
    } else {
      Eigen::Map<Matrix<T>> gathered(scratch.batch.data(), d, count);
      for (Index k = 0; k < count; ++k) {
        const Index row =
            rows.empty() ? first + k : static_cast<Index>(rows[static_cast<std::size_t>(first + k)]);
        gathered.col(k) = data.features.col(row).template cast<T>();
      }
    }
    const Eigen::Map<const Matrix<T>> block(block_data, d, count);
    Scores<T> scores(scratch.scores.data(), count, outputs_);
    block_scores<T>(block, w, scores);
    visit(first, block, scores, targets_of<T>(data, rows, first, count, scratch));
  }
}

template <class Scalar, class Loss>
void LinearModel<Scalar, Loss>::gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x,
                                         Vector<Scalar>& g, GradientScratch& own) const {
  auto& scratch = static_cast<LinearScratch<Scalar>&>(own);
  parameters_.minibatch.rows(worker, index, parameters_.partition, train().samples(), scratch.rows);
  const Rows rows = scratch.rows;
  const auto scale = static_cast<Scalar>(1.0 / static_cast<double>(rows.size()));
  MinibatchProducts<Scalar> products(train().features, x.data(), outputs_, scratch);
  g.resize(x.size());
  double losses = 0;
  const auto block = static_cast<std::size_t>(products.block());
  for (std::size_t first = 0; first < rows.size(); first += block) {
    const Rows some = rows.subspan(first, std::min(block, rows.size() - first));
    Scores<Scalar> scores(products.scores(some), static_cast<Index>(some.size()), outputs_);
    const auto* const targets = targets_of<Scalar>(train(), some, 0, scores.rows(), scratch);
    if (scratch.wants_loss) losses += sum_of_losses(scores, targets);
    Loss::derivatives(scores, targets);
    scores *= scale;
    if (first == 0) {
      products.gradient(scores.data(), static_cast<Scalar>(parameters_.l2), x.data(), g.data());
    } else {
      products.gradient(scores.data(), Scalar{1}, g.data(), g.data());
    }
  }
  if (scratch.wants_loss) scratch.loss = losses / static_cast<double>(rows.size()) + regulariser(x);
}

template <class Scalar, class Loss>
template <class T>
double LinearModel<Scalar, Loss>::sum_of_losses(const Scores<T>& scores, const Target<T>* targets) {
  std::array<double, most_samples> losses;
  Loss::losses(scores, targets, losses.data());
  double sum = 0;
  for (Index k = 0; k < scores.rows(); ++k) sum += losses[static_cast<std::size_t>(k)];
  return sum;
}

template <class Scalar, class Loss>
template <class T>
double LinearModel<Scalar, Loss>::mean_loss(const Dataset<Scalar>& data, Rows rows,
                                            const Vector<T>& x) const {
  LinearScratch<T> scratch;
  std::array<double, most_samples> losses;
  double sum = 0;
  Index samples = 0;
  scan<T>(data, rows, x, scratch, [&](Index, const auto&, const auto& scores, const auto* targets) {
    Loss::losses(scores, targets, losses.data());
    for (Index k = 0; k < scores.rows(); ++k) sum += losses[static_cast<std::size_t>(k)];
    samples += scores.rows();
  });
  return sum / static_cast<double>(samples);
}

template <class Scalar, class Loss>
double LinearModel<Scalar, Loss>::loss(const Vector<Scalar>& x) const {
  LinearScratch<Scalar> scratch;
  std::array<double, most_samples> losses;
  double sum = 0, weights = 0;
  const Rows rows = parameters_.data.evaluated_train;
  scan<Scalar>(
      train(), rows, x, scratch, [&](Index first, const auto&, const auto& scores, const auto* targets) {
        Loss::losses(scores, targets, losses.data());
        for (Index k = 0; k < scores.rows(); ++k) {
          const double share = weight(rows.empty() ? first + k : rows[static_cast<std::size_t>(first + k)]);
          sum += share * losses[static_cast<std::size_t>(k)];
          weights += share;
        }
      });
  return (rows.empty() ? sum : sum / weights) + regulariser(x);
}

template <class Scalar, class Loss>
double LinearModel<Scalar, Loss>::worker_loss(Worker worker, const Vector<Scalar>& x) const {
  return mean_loss(train(), local_rows(worker), x) + regulariser(x);
}

template <class Scalar, class Loss>
double LinearModel<Scalar, Loss>::test_loss(const Vector<Scalar>& x) const {
  return has_test_set() ? mean_loss(*parameters_.data.test, parameters_.data.evaluated_test, x) : 0.0;
}

template <class Scalar, class Loss>
double LinearModel<Scalar, Loss>::test_accuracy(const Vector<Scalar>& x) const {
  if constexpr (Loss::classifies) {
    if (!has_test_set()) return 0;
    const Dataset<Scalar>& test = *parameters_.data.test;
    LinearScratch<Scalar> scratch;
    Index correct = 0, samples = 0;
    scan<Scalar>(test, parameters_.data.evaluated_test, x, scratch,
                 [&](Index, const auto&, const auto& scores, const auto* labels) {
                   for (Index k = 0; k < scores.rows(); ++k)
                     correct += Loss::predicted(scores, k) == labels[k] ? 1 : 0;
                   samples += scores.rows();
                 });
    return static_cast<double>(correct) / static_cast<double>(samples);
  } else {
    static_cast<void>(x);
    return 0;
  }
}

template <class Scalar, class Loss>
template <class T>
double LinearModel<Scalar, Loss>::value_and_gradient(const Vector<T>& x, Vector<double>& g) const {
  LinearScratch<T> scratch;
  std::array<double, most_samples> losses;
  Matrix<T> part(features(), outputs_);
  g = parameters_.l2 * x.template cast<double>();
  Eigen::Map<Matrix<double>> total(g.data(), features(), outputs_);
  double sum = 0;
  scan<T>(train(), {}, x, scratch, [&](Index first, const auto& block, auto& scores, const auto* targets) {
    Loss::losses(scores, targets, losses.data());
    Loss::derivatives(scores, targets);
    for (Index k = 0; k < scores.rows(); ++k) {
      sum += weight(first + k) * losses[static_cast<std::size_t>(k)];
      scores.row(k) *= static_cast<T>(weight(first + k));
    }
    block_gradient<T>(block, scores, part);
    total += part.template cast<double>();
  });
  return sum + regulariser(x);
}

template <class Scalar, class Loss>
void LinearModel<Scalar, Loss>::full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const {
  Vector<double> precise;
  value_and_gradient(x, precise);
  g = precise.template cast<Scalar>();
}

template <class Scalar, class Loss>
Matrix<double> LinearModel<Scalar, Loss>::second_moment(std::optional<Worker> worker) const {
  Matrix<double> moment = Matrix<double>::Zero(features(), features());
  const Rows rows = worker ? local_rows(*worker) : Rows{};
  LinearScratch<double> scratch;
  const Vector<double> no_scores = Vector<double>::Zero(dimension());
  Matrix<double> scaled;
  scan<double>(train(), rows, no_scores, scratch, [&](Index first, const auto& block, auto&, const auto*) {
    scaled = block;
    for (Index k = 0; k < block.cols(); ++k) {
      const double w = worker
                           ? 1.0 / static_cast<double>(parameters_.partition.size(*worker, train().samples()))
                           : weight(first + k);
      scaled.col(k) *= std::sqrt(w);
    }
    add_products(scaled, moment);
  });
  return moment;
}

template <class Scalar, class Loss>
ObjectiveConstants LinearModel<Scalar, Loss>::constants() const {
  std::call_once(constants_known_, [&] {
    double largest = 0, smallest = infinity, squares = 0;
    for (Worker i = 0; i < sets(); ++i) {
      Extremes extremes;
      if (few_features()) {
        extremes = dense_extremes(second_moment(i));
      } else {
        LinearScratch<Scalar> scratch;
        const double samples = static_cast<double>(parameters_.partition.size(i, train().samples()));
        extremes.largest = largest_eigenvalue(features(), [&](const Vector<double>& v) {
          Vector<double> image = Vector<double>::Zero(v.size());
          const Vector<Scalar> narrow = v.template cast<Scalar>();
          scan<Scalar>(train(), local_rows(i), narrow.replicate(outputs_, 1), scratch,
                       [&](Index, const auto& block, const auto& scores, const auto*) {
                         image += (block * scores.col(0)).template cast<double>();
                       });
          return Vector<double>(image / samples);
        });
      }
      largest = std::max(largest, extremes.largest);
      const double smoothness = Loss::curvature * extremes.largest + parameters_.l2;
      squares += smoothness * smoothness;
      smallest = std::min(smallest, extremes.smallest);
    }
    constants_.smoothness = Loss::curvature * largest + parameters_.l2;
    constants_.rms_smoothness = std::sqrt(squares / sets());
    const double convexity = parameters_.l2 + (Loss::classifies ? 0.0 : smallest);
    if (convexity > 0) constants_.strong_convexity = convexity;
  });
  return constants_;
}

template <class Scalar, class Loss>
Minimiser LinearModel<Scalar, Loss>::closed_form() const {
  Matrix<double> h = second_moment(std::nullopt);
  h.diagonal().array() += parameters_.l2;
  Minimiser result;
  result.point = Vector<double>::Zero(dimension());
  Vector<double> g;
  // Newton's method is exact in one step on a quadratic; the second removes the rounding of the first.
  for (int step = 0; step < 2; ++step) {
    value_and_gradient(result.point, g);
    const auto correction = solve_positive_definite(h, g);
    if (!correction) {
      reason_ =
          "the least-squares problem has no unique solution (its normal equations are singular); needs l2 > "
          "0";
      return {};
    }
    result.point -= *correction;
  }
  result.value = value_and_gradient(result.point, g);
  result.gradient_norm = g.norm();
  return result;
}

template <class Scalar, class Loss>
Minimiser LinearModel<Scalar, Loss>::by_descent() const {
  // The solver's metric: a stand-in for every diagonal block of the Hessian at the minimiser, where most
  // samples are fitted well and the curvature of their loss lies far below its bound. (Fashion-MNIST: half
  // the steps of the bound itself.)
  constexpr Index most_features = 1024;
  constexpr double typical = 0.01;
  Matrix<double> factor;
  if (features() <= most_features) {
    factor = typical * Loss::curvature * second_moment(std::nullopt);
    factor.diagonal().array() += parameters_.l2;
    factor = cholesky_factor(factor);
  }
  return minimise([&](const Vector<double>& x, Vector<double>& g) { return value_and_gradient(x, g); },
                  dimension(), factor);
}

template <class Scalar, class Loss>
void LinearModel<Scalar, Loss>::solve() const {
  std::call_once(solved_, [&] {
    if constexpr (Loss::classifies) {
      if (parameters_.l2 == 0) {
        reason_ = "has no unique minimiser; needs l2 > 0";
      } else {
        minimiser_ = by_descent();
      }
    } else {
      constexpr Index most_features = 8192;
      if (features() > most_features) {
        reason_ = fmt::format("the closed form is for at most {} features", most_features);
      } else {
        minimiser_ = closed_form();
      }
    }
  });
}

template <class Scalar, class Loss>
std::string LinearModel<Scalar, Loss>::no_minimiser_reason() const {
  if (Loss::classifies && parameters_.l2 > 0) return {};  // known without solving
  solve();
  return reason_;
}

template <class Scalar, class Loss>
const Minimiser& LinearModel<Scalar, Loss>::minimiser() const {
  solve();
  if (!reason_.empty()) throw InputError("objective", reason_);
  return minimiser_;
}

}  // namespace acidsim
