#include "sim/objectives/network_objective.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "sim/core/error.hpp"
#include "sim/objectives/gather.hpp"
#include "sim/objectives/losses.hpp"
#include "sim/objectives/own_model.hpp"
#include "sim/objectives/training_checks.hpp"

namespace acidsim {
namespace {

constexpr Index largest_block = 256;         // rows of a pass
constexpr double most_activations = 0x1p24;  // numbers between the layers of a pass, where it may be cut
constexpr std::uint64_t statistics_batches = 20;
constexpr Worker of_statistics = 0xffffffff;  // whose batches they are: no worker's

template <class Scalar>
struct NetworkScratch final : GradientScratch {
  explicit NetworkScratch(const NetworkModel<Scalar>& network)
      : own_memory(network.memory()), memory(*own_memory) {}

  std::unique_ptr<ModelMemory> own_memory;
  ModelMemory& memory;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> labels;
  Vector<Scalar> targets, scores, part;
};

template <class Scalar>
class NetworkObjective final : public ModelObjective<Scalar> {
  using Rows = std::span<const std::uint32_t>;
  using Statistics = std::span<const double>;

 public:
  NetworkObjective(std::shared_ptr<const NetworkModel<Scalar>> network, NetworkLoss loss,
                   RegressionParameters<Scalar> parameters, NormStatistics normalisation)
      : parameters_(std::move(parameters)),
        loss_(loss),
        normalisation_(normalisation),
        shared_network_(std::move(network)),
        network_(*shared_network_),
        block_(std::clamp<Index>(
            static_cast<Index>(most_activations / static_cast<double>(network_.activations())), 1,
            largest_block)) {
    check_batches();
    weights_ = row_weights(parameters_);
    plain_statistics_ = network_.plain_statistics();
  }

  Index dimension() const override { return network_.parameters(); }
  Worker workers() const override { return parameters_.workers; }
  std::vector<ParameterBlock> blocks() const override { return network_.blocks(); }
  bool has_start() const override { return true; }
  void start(std::uint64_t seed, std::uint32_t number, Vector<Scalar>& x) const override {
    x.resize(dimension());
    network_.start(seed, number, x.data());
  }
  std::unique_ptr<GradientScratch> scratch() const override {
    return std::make_unique<NetworkScratch<Scalar>>(network_);
  }

  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& own) const override {
    auto& scratch = static_cast<NetworkScratch<Scalar>&>(own);
    parameters_.minibatch.rows(worker, index, parameters_.partition, train().samples(), scratch.rows);
    const GradientAddress address = {worker, index};
    const double share = 1.0 / static_cast<double>(scratch.rows.size());
    scratch.loss = 0;
    add_gradients(scratch.rows, x, g, scratch, {&address, parameters_.minibatch.seed},
                  [share](std::uint32_t) { return share; });
    if (running_statistics().size > 0) report_statistics(scratch);
  }
  bool reports_minibatch_loss() const override { return true; }
  RunningStatistics running_statistics() const override {
    if (normalisation_ == NormStatistics::recomputed) return {};
    return {network_.statistics_size(), normalisation_ == NormStatistics::mean};
  }
  double products_per_sample() const override { return network_.cost(); }
  double rows_per_evaluation() const override {
    if (network_.statistics_size() == 0 || normalisation_ != NormStatistics::recomputed) return 0;
    return static_cast<double>(statistics_batches) * static_cast<double>(statistics_rows());
  }
  double scratch_bytes() const override {
    double rows = static_cast<double>(block_);
    if (network_.statistics_size() > 0) rows = std::max(rows, static_cast<double>(largest_batch()));
    return 2 * rows * static_cast<double>(network_.activations()) * sizeof(Scalar);
  }

  double loss(const Vector<Scalar>& x) const override { return loss_with({}, x); }
  double loss_with(Statistics statistics, const Vector<Scalar>& x) const override {
    const Rows rows = parameters_.data.evaluated_train;
    double sum = 0, weights = 0;
    evaluate(train(), rows, statistics, x, [&](std::uint32_t row, double loss, bool) {
      sum += weight(row) * loss;
      weights += weight(row);
    });
    return rows.empty() ? sum : sum / weights;
  }
  double worker_loss(Worker worker, const Vector<Scalar>& x) const override {
    return mean_loss(train(),
                     parameters_.partition.shared ? Rows{} : Rows{parameters_.partition.rows[worker]}, {}, x);
  }
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    NetworkScratch<Scalar> scratch(network_);
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(train().samples()));
    for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = static_cast<std::uint32_t>(k);
    Vector<double> sum = Vector<double>::Zero(dimension());
    for (std::size_t first = 0; first < rows.size(); first += largest_block) {
      const Rows some = Rows(rows).subspan(first, std::min<std::size_t>(largest_block, rows.size() - first));
      add_gradients(some, x, g, scratch, {}, [&](std::uint32_t row) { return weight(row); });
      sum += g.template cast<double>();
    }
    g = sum.template cast<Scalar>();
  }

  Vector<double> statistics(const Vector<Scalar>& x) const override {
    NetworkScratch<Scalar> scratch(network_);
    return statistics_of(x, scratch);
  }
  const NetworkModel<Scalar>& network() const override { return network_; }

  const Minimiser& minimiser() const override { throw InputError("objective", no_minimiser_reason()); }
  std::string no_minimiser_reason() const override { return "is a network, which has no unique minimiser"; }

  bool has_test_set() const override { return parameters_.data.test != nullptr; }
  bool is_classifier() const override { return train().classes > 0; }
  double test_loss(const Vector<Scalar>& x) const override { return test_loss_with({}, x); }
  double test_loss_with(Statistics statistics, const Vector<Scalar>& x) const override {
    if (!has_test_set()) return 0;
    return mean_loss(*parameters_.data.test, parameters_.data.evaluated_test, statistics, x);
  }
  double test_accuracy(const Vector<Scalar>& x) const override { return test_accuracy_with({}, x); }
  double test_accuracy_with(Statistics statistics, const Vector<Scalar>& x) const override {
    if (!has_test_set() || !is_classifier()) return 0;
    Index correct = 0, samples = 0;
    evaluate(*parameters_.data.test, parameters_.data.evaluated_test, statistics, x,
             [&](std::uint32_t, double, bool is_right) {
               correct += is_right;
               ++samples;
             });
    return static_cast<double>(correct) / static_cast<double>(samples);
  }

 private:
  const Dataset<Scalar>& train() const { return *parameters_.data.train; }
  // Rows of the largest minibatch.
  Index largest_batch() const {
    if (parameters_.minibatch.batch_size > 0) return parameters_.minibatch.batch_size;
    Index largest = 0;
    for (Worker worker = 0; worker < workers(); ++worker)
      largest = std::max(largest, parameters_.partition.size(worker, train().samples()));
    return largest;
  }
  Index statistics_rows() const { return std::min<Index>(largest_block, train().samples()); }
  // As differences from those that a run begins with.
  void report_statistics(NetworkScratch<Scalar>& scratch) const {
    scratch.statistics.resize(static_cast<std::size_t>(network_.statistics_size()));
    std::ranges::fill(scratch.statistics, 0.0);
    network_.add_batch_statistics(scratch.memory, scratch.statistics.data());
    for (std::size_t k = 0; k < scratch.statistics.size(); ++k)
      scratch.statistics[k] -= plain_statistics_[static_cast<Index>(k)];
  }

  // Throws where a batch of one sample would be normalised to nothing.
  void check_batches() const {
    Index smallest = parameters_.minibatch.batch_size;
    for (Worker worker = 0; smallest == 0 && worker < workers(); ++worker)
      if (parameters_.partition.size(worker, train().samples()) == 1) smallest = 1;
    if (smallest == 1 && network_.needs_several_samples())
      throw InputError("batch_size", "leaves batch_norm one number of each channel", "1",
                       "at least 2, or another normalisation");
  }
  double weight(std::uint32_t row) const {
    return weights_.size() > 0 ? weights_[row] : 1.0 / static_cast<double>(train().samples());
  }

  // g ← Σ weight(row) · gradient of the row's loss. Rows pass in blocks where they need not pass as one batch.
  template <class Weight>
  void add_gradients(Rows rows, const Vector<Scalar>& x, Vector<Scalar>& g, NetworkScratch<Scalar>& scratch,
                     const PassMode& mode, Weight weight) const {
    const bool is_one_batch = network_.needs_whole_batch(mode);
    const std::size_t block = is_one_batch ? rows.size() : static_cast<std::size_t>(block_);
    g.resize(x.size());
    for (std::size_t first = 0; first < rows.size(); first += block) {
      const Rows some = rows.subspan(first, std::min(block, rows.size() - first));
      const auto count = static_cast<Index>(some.size());
      take_samples(some, mode, rows.size(), first, network_.input(count, scratch.memory));
      const Scalar* const scores = network_.forward(count, x.data(), mode, After::backward, scratch.memory);
      slopes_of_scores(some, scores, scratch, weight);
      if (first == 0) {
        network_.backward(count, x.data(), mode, g.data(), scratch.memory);
      } else {
        scratch.part.resize(x.size());
        network_.backward(count, x.data(), mode, scratch.part.data(), scratch.memory);
        g += scratch.part;
      }
    }
  }

  // Samples first … of a batch, with the augmentation of their numbers where there are draws.
  void take_samples(Rows rows, const PassMode& mode, std::size_t batch, std::size_t first,
                    Scalar* out) const {
    if (mode.draws == nullptr || !train().augmentation.any()) return gather(train(), rows, out);
    gather_augmented(train(), rows, {mode.seed, mode.draws->worker, mode.draws->index * batch + first}, out);
  }

  // Where the network wants them: weight · ∂loss/∂scores of every row. Adds weight · loss to scratch.loss where that is
  // wanted.
  template <class Weight>
  void slopes_of_scores(Rows rows, const Scalar* scores, NetworkScratch<Scalar>& scratch,
                        Weight weight) const {
    const Index outputs = network_.outputs();
    Scalar* const slopes = network_.score_slopes(scratch.memory);
    for_some_rows(static_cast<Index>(rows.size()), [&](Index first, Index count) {
      const Rows some = rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
      const Eigen::Map<const Matrix<Scalar>> given(scores + first * outputs, outputs, count);
      Eigen::Map<Matrix<Scalar>> wanted(slopes + first * outputs, outputs, count);
      Scores<Scalar> turned = turn(given, scratch);
      if (scratch.wants_loss) {
        std::array<double, most_samples> losses;
        losses_of(train(), some, turned, scratch, losses.data());
        for (std::size_t k = 0; k < some.size(); ++k) scratch.loss += weight(some[k]) * losses[k];
      }
      if (loss_ == NetworkLoss::cross_entropy) {
        take_labels(train(), some, scratch);
        SoftmaxLoss::derivatives(turned, scratch.labels.data());
        wanted = turned.transpose();
      } else {
        wanted = given;
        for (Index k = 0; k < count; ++k) {
          const std::uint32_t row = some[static_cast<std::size_t>(k)];
          if (is_classifier())
            wanted(train().labels[row], k) -= Scalar{1};
          else
            wanted(0, k) -= train().targets[row];
        }
      }
      for (Index k = 0; k < count; ++k)
        wanted.col(k) *= static_cast<Scalar>(weight(some[static_cast<std::size_t>(k)]));
    });
  }

  // The losses of linear models take samples × outputs.
  Scores<Scalar> turn(const Eigen::Map<const Matrix<Scalar>>& scores, NetworkScratch<Scalar>& scratch) const {
    if (scratch.scores.size() < scores.size()) scratch.scores.resize(scores.size());
    Scores<Scalar> turned(scratch.scores.data(), scores.cols(), scores.rows());
    turned = scores.transpose();
    return turned;
  }
  static void take_labels(const Dataset<Scalar>& data, Rows rows, NetworkScratch<Scalar>& scratch) {
    scratch.labels.clear();
    for (const std::uint32_t row : rows) scratch.labels.push_back(data.labels[row]);
  }
  template <class Visit>
  static void for_some_rows(Index rows, Visit visit) {
    for (Index first = 0; first < rows; first += most_samples)
      visit(first, std::min(most_samples, rows - first));
  }

  // Calls visit(row, loss, is_right) for these rows (none: for all) of an evaluation. given: running statistics of
  // normalisation; none: they are computed from x.
  template <class Visit>
  void evaluate(const Dataset<Scalar>& data, Rows rows, Statistics given, const Vector<Scalar>& x,
                Visit visit) const {
    NetworkScratch<Scalar> scratch(network_);
    const Vector<double> statistics =
        given.empty()
            ? statistics_of(x, scratch)
            : Vector<double>(plain_statistics_ + Eigen::Map<const Vector<double>>(
                                                     given.data(), static_cast<Index>(given.size())));
    const Index total = rows.empty() ? data.samples() : static_cast<Index>(rows.size());
    const Index outputs = network_.outputs();
    std::array<double, most_samples> losses;
    for (Index first = 0; first < total; first += block_) {
      const Index count = std::min(block_, total - first);
      scratch.rows.clear();
      for (Index k = first; k < first + count; ++k)
        scratch.rows.push_back(rows.empty() ? static_cast<std::uint32_t>(k)
                                            : rows[static_cast<std::size_t>(k)]);
      gather(data, Rows(scratch.rows), network_.input(count, scratch.memory));
      const Eigen::Map<const Matrix<Scalar>> scores(
          network_.forward(count, x.data(), {.statistics = statistics.data()}, After::nothing,
                           scratch.memory),
          outputs, count);
      const Scores<Scalar> turned = turn(scores, scratch);
      losses_of(data, scratch.rows, turned, scratch, losses.data());
      for (Index k = 0; k < count; ++k) {
        const std::uint32_t row = scratch.rows[static_cast<std::size_t>(k)];
        visit(row, losses[static_cast<std::size_t>(k)],
              data.classes > 0 && SoftmaxLoss::predicted(turned, k) == data.labels[row]);
      }
    }
  }
  // losses ← the loss of each of these rows.
  void losses_of(const Dataset<Scalar>& data, Rows rows, const Scores<Scalar>& scores,
                 NetworkScratch<Scalar>& scratch, double* losses) const {
    if (loss_ == NetworkLoss::cross_entropy) {
      take_labels(data, rows, scratch);
      SoftmaxLoss::losses(scores, scratch.labels.data(), losses);
      return;
    }
    for (Index k = 0; k < scores.rows(); ++k) {
      const std::uint32_t row = rows[static_cast<std::size_t>(k)];
      losses[k] = 0;
      for (Index c = 0; c < scores.cols(); ++c) {
        const Scalar wanted = data.classes == 0       ? data.targets[row]
                              : data.labels[row] == c ? Scalar{1}
                                                      : Scalar{0};
        const double residual = static_cast<double>(scores(k, c)) - static_cast<double>(wanted);
        losses[k] += 0.5 * residual * residual;
      }
    }
  }
  double mean_loss(const Dataset<Scalar>& data, Rows rows, Statistics statistics,
                   const Vector<Scalar>& x) const {
    double sum = 0;
    evaluate(data, rows, statistics, x, [&](std::uint32_t, double loss, bool) { sum += loss; });
    return sum / static_cast<double>(rows.empty() ? data.samples() : static_cast<Index>(rows.size()));
  }

  // Of batch normalisation at x. Kept for the model that was evaluated last: several metrics of a record ask for the same.
  Vector<double> statistics_of(const Vector<Scalar>& x, NetworkScratch<Scalar>& scratch) const {
    if (network_.statistics_size() == 0) return {};
    const std::lock_guard lock(statistics_access_);
    if (known_model_.size() != x.size() || known_model_ != x) {
      known_statistics_ = recomputed_statistics(x, scratch);
      known_model_ = x;
    }
    return known_statistics_;
  }
  Vector<double> recomputed_statistics(const Vector<Scalar>& x, NetworkScratch<Scalar>& scratch) const {
    Vector<double> sum = Vector<double>::Zero(network_.statistics_size());
    Minibatch batches = {statistics_rows(), Sampling::with_replacement, parameters_.minibatch.seed};
    for (std::uint64_t number = 0; number < statistics_batches; ++number) {
      batches.rows(of_statistics, number, Partition{}, train().samples(), scratch.rows);
      const auto count = static_cast<Index>(scratch.rows.size());
      gather(train(), Rows(scratch.rows), network_.input(count, scratch.memory));
      network_.forward(count, x.data(), {}, After::nothing, scratch.memory);
      network_.add_batch_statistics(scratch.memory, sum.data());
    }
    return sum / static_cast<double>(statistics_batches);
  }

  RegressionParameters<Scalar> parameters_;
  NetworkLoss loss_;
  NormStatistics normalisation_;
  std::shared_ptr<const NetworkModel<Scalar>> shared_network_;
  const NetworkModel<Scalar>& network_;
  Index block_;  // rows of a pass, where it may be cut
  Vector<double>
      plain_statistics_;    // see RunningStatistics: those that a run keeps are the differences from these
  Vector<double> weights_;  // of each row in f, where they differ; else empty

  mutable std::mutex statistics_access_;
  mutable Vector<Scalar> known_model_;
  mutable Vector<double> known_statistics_;
};

}  // namespace

template <class Scalar>
void check_network_data(NetworkLoss loss, const RegressionParameters<Scalar>& parameters) {
  const bool classifies = parameters.data.train && parameters.data.train->classes > 0;
  check_training(parameters, classifies);
  if (loss == NetworkLoss::cross_entropy && !classifies)
    throw InputError("loss", "needs classes, and the data have numeric targets", "\"cross_entropy\"",
                     "\"squared\"");
}

template <class Scalar>
std::unique_ptr<ModelObjective<Scalar>> make_model_objective(
    std::shared_ptr<const NetworkModel<Scalar>> network, NetworkLoss loss,
    RegressionParameters<Scalar> parameters, NormStatistics normalisation) {
  check_network_data(loss, parameters);
  return std::make_unique<NetworkObjective<Scalar>>(std::move(network), loss, std::move(parameters),
                                                    normalisation);
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_network_objective(const NetworkSettings& settings,
                                                          RegressionParameters<Scalar> parameters) {
  check_network_data(settings.loss, parameters);
  const Dataset<Scalar>& train = *parameters.data.train;
  const std::vector<Index>& sample = train.shape;
  const Extent input =
      sample.size() == 3 ? Extent{sample[0], sample[1], sample[2]} : Extent{train.sample_size(), 1, 1};
  auto network = std::make_shared<OwnModel<Scalar>>(
      settings.architecture, NetworkShape{input, train.symbols, std::max(train.classes, 1)});
  return make_model_objective<Scalar>(std::move(network), settings.loss, std::move(parameters),
                                      settings.normalisation);
}

template void check_network_data(NetworkLoss, const RegressionParameters<float>&);
template void check_network_data(NetworkLoss, const RegressionParameters<double>&);
template std::unique_ptr<ModelObjective<float>> make_model_objective(
    std::shared_ptr<const NetworkModel<float>>, NetworkLoss, RegressionParameters<float>, NormStatistics);
template std::unique_ptr<ModelObjective<double>> make_model_objective(
    std::shared_ptr<const NetworkModel<double>>, NetworkLoss, RegressionParameters<double>, NormStatistics);
template std::unique_ptr<Objective<float>> make_network_objective(const NetworkSettings&,
                                                                  RegressionParameters<float>);
template std::unique_ptr<Objective<double>> make_network_objective(const NetworkSettings&,
                                                                   RegressionParameters<double>);

}  // namespace acidsim
