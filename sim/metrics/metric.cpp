#include "sim/metrics/metric.hpp"

#include <algorithm>

#include "sim/metrics/sums.hpp"

namespace acidsim {
namespace {

template <class Scalar>
std::span<Scalar> span_of(Vector<Scalar>& vector) {
  return {vector.data(), static_cast<std::size_t>(vector.size())};
}

constexpr std::optional<Worker> the_mean = {};  // instead of a worker: the model is x̄

// Evaluations of the model of a worker, or of x̄.
template <class Scalar>
std::span<const double> statistics_for(Snapshot<Scalar>& at, std::optional<Worker> whose) {
  return whose ? at.statistics_of(*whose) : at.statistics_of_mean();
}
template <class Scalar>
bool has_statistics(const Snapshot<Scalar>& at) {
  return at.objective().running_statistics().size > 0;
}
template <class Scalar>
double loss_of(Snapshot<Scalar>& at, const Vector<Scalar>& x, std::optional<Worker> whose) {
  return has_statistics(at) ? at.objective().loss_with(statistics_for(at, whose), x) : at.objective().loss(x);
}
template <class Scalar>
double test_loss_of(Snapshot<Scalar>& at, const Vector<Scalar>& x, std::optional<Worker> whose) {
  return has_statistics(at) ? at.objective().test_loss_with(statistics_for(at, whose), x)
                            : at.objective().test_loss(x);
}
template <class Scalar>
double test_accuracy_of(Snapshot<Scalar>& at, const Vector<Scalar>& x, std::optional<Worker> whose) {
  return has_statistics(at) ? at.objective().test_accuracy_with(statistics_for(at, whose), x)
                            : at.objective().test_accuracy(x);
}

}  // namespace

template <class Scalar>
void Snapshot<Scalar>::move_to(const StateView<Scalar>& states, const Counters& counters) {
  states_ = &states;
  counters_ = counters;
  spread_known_.assign(spread_known_.size(), false);
  mean_model_known_ = false;
  mean_model_loss_.reset();
  mean_statistics_.clear();
}

template <class Scalar>
const Spread<Scalar>& Snapshot<Scalar>::spread(int a) {
  const auto vector = static_cast<std::size_t>(a - the_model);
  if (vector >= spreads_.size()) {
    spreads_.resize(vector + 1);
    spread_known_.resize(vector + 1, false);
  }
  if (!spread_known_[vector]) spreads_[vector].measure(states(), a);
  spread_known_[vector] = true;
  return spreads_[vector];
}

template <class Scalar>
const Minimiser& Snapshot<Scalar>::minimiser() {
  if (!minimiser_) minimiser_ = shared_minimiser_ ? &shared_minimiser_() : &objective().minimiser();
  return *minimiser_;
}

template <class Scalar>
const Vector<Scalar>& Snapshot<Scalar>::mean_model() {
  if (!mean_model_known_) mean_model_ = mean().template cast<Scalar>();
  mean_model_known_ = true;
  return mean_model_;
}

template <class Scalar>
double Snapshot<Scalar>::first_minibatch_loss() {
  const auto scratch = objective_->scratch();
  scratch->wants_loss = true;
  Vector<Scalar> gradient;
  objective_->gradient(0, 0, mean_model(), gradient, *scratch);
  return scratch->loss;
}

template <class Scalar>
double Snapshot<Scalar>::mean_model_loss() {
  if (!mean_model_loss_) mean_model_loss_ = loss_of(*this, mean_model(), the_mean);
  return *mean_model_loss_;
}

template <class Scalar>
void Snapshot<Scalar>::read_statistics(Worker worker) {
  statistics_.resize(static_cast<std::size_t>(objective().running_statistics().size));
  states().statistics(worker, statistics_);
}

template <class Scalar>
std::span<const double> Snapshot<Scalar>::statistics_of(Worker worker) {
  if (objective().running_statistics().averaged) return statistics_of_mean();
  read_statistics(worker);
  return statistics_;
}

template <class Scalar>
std::span<const double> Snapshot<Scalar>::statistics_of_mean() {
  if (!mean_statistics_.empty()) return mean_statistics_;
  const Worker those = objective().running_statistics().averaged ? states().workers() : 1;
  for (Worker worker = 0; worker < those; ++worker) {
    read_statistics(worker);
    mean_statistics_.resize(statistics_.size(), 0.0);
    for (std::size_t k = 0; k < statistics_.size(); ++k) mean_statistics_[k] += statistics_[k] / those;
  }
  return mean_statistics_;
}

template <class Scalar>
const Vector<double>& Snapshot<Scalar>::start() {
  if (start_.size() == 0) start_ = mean_at_start_();
  return start_;
}

template <class Scalar>
void Snapshot<Scalar>::model(Worker worker, Vector<Scalar>& out) const {
  out.resize(states().dimension());
  states().read(worker, the_model, span_of(out));
}

template class Snapshot<float>;
template class Snapshot<double>;

namespace {

// Σ_i value(x_i), in the order of the workers, with one model in memory at a time.
template <class Scalar, class Value>
double sum_over_models(Snapshot<Scalar>& at, Value&& value) {
  Vector<Scalar>& model = at.scratch();
  double sum = 0;
  for (Worker worker = 0; worker < at.states().workers(); ++worker) {
    at.model(worker, model);
    sum += value(model, worker);
  }
  return sum;
}

template <class Scalar, class Value>
double mean_over_models(Snapshot<Scalar>& at, Value&& value) {
  return sum_over_models(at, value) / static_cast<double>(at.states().workers());
}

template <class Scalar>
double consensus_distance(Snapshot<Scalar>& at) {
  return at.squared_deviations() / static_cast<double>(at.states().workers());
}

template <class Scalar>
double loss(Snapshot<Scalar>& at) {
  return at.mean_model_loss();
}

template <class Scalar>
double suboptimality(Snapshot<Scalar>& at) {
  return at.mean_model_loss() - at.minimiser().value;
}

template <class Scalar>
double distance_to_optimum(Snapshot<Scalar>& at) {
  return squared_distance(at.mean().data(), at.minimiser().point.data(), at.mean().size());
}

template <class Scalar>
double mean_distance_to_optimum(Snapshot<Scalar>& at) {
  // The mean splits the distance in two, with nothing left over: both are sums of squares.
  return consensus_distance(at) + distance_to_optimum(at);
}

template <class Scalar>
double gradient_norm(Snapshot<Scalar>& at) {
  Vector<Scalar>& gradient = at.scratch();
  gradient.resize(at.states().dimension());
  at.objective().full_gradient(at.mean_model(), gradient);
  return gradient.template cast<double>().squaredNorm();
}

template <class Scalar>
double worst_worker_loss(Snapshot<Scalar>& at) {
  double worst = -infinity;
  sum_over_models(
      at, [&](const Vector<Scalar>& x, Worker i) { return worst = std::max(worst, loss_of(at, x, i)); });
  return worst;
}

template <class Scalar>
double test_loss(Snapshot<Scalar>& at) {
  return test_loss_of(at, at.mean_model(), the_mean);
}

template <class Scalar>
double test_accuracy(Snapshot<Scalar>& at) {
  return test_accuracy_of(at, at.mean_model(), the_mean);
}

template <class Scalar>
double mean_worker_accuracy(Snapshot<Scalar>& at) {
  return mean_over_models(at, [&](const Vector<Scalar>& x, Worker i) { return test_accuracy_of(at, x, i); });
}

template <class Scalar>
double mean_worker_test_loss(Snapshot<Scalar>& at) {
  return mean_over_models(at, [&](const Vector<Scalar>& x, Worker i) { return test_loss_of(at, x, i); });
}

template <class Scalar>
double mixing_gap(Snapshot<Scalar>& at) {
  return squared_distance(at.mean(0).data(), at.mean(1).data(), at.mean(0).size());
}

template <class Scalar>
double mean_drift(Snapshot<Scalar>& at) {
  return squared_distance(at.mean().data(), at.start().data(), at.start().size());
}

template <class Scalar>
double lost_mass(Snapshot<Scalar>& at) {
  double held = at.counters().weight_under_way;
  for (Worker worker = 0; worker < at.states().workers(); ++worker) held += at.states().weight(worker);
  return 1 - held / static_cast<double>(at.states().workers());
}

template <class Scalar>
double minibatch_loss(Snapshot<Scalar>& at) {
  const std::optional<double>& counted = at.counters().minibatch_loss;
  return counted ? *counted : at.first_minibatch_loss();
}

template <double Counters::*counter, class Scalar>
double counted(Snapshot<Scalar>& at) {
  return at.counters().*counter;
}

}  // namespace

template <class Scalar>
const std::vector<Metric<Scalar>>& all_metrics() {
  const MetricNeeds states, objective{.objective = true};
  const MetricNeeds minimiser{.objective = true, .minimiser = true};
  const MetricNeeds test_set{.objective = true, .test_set = true};
  const MetricNeeds classifier{.objective = true, .test_set = true, .classifier = true};
  const MetricNeeds weights{.weights = true}, start{.start = true};
  const MetricNeeds companion{.vector = "x_tilde"};
  constexpr MetricWork models, mean_loss{.mean_loss = true}, mean_gradient{.mean_gradients = 1};
  constexpr MetricWork mean_test{.mean_tests = 1}, worker_tests{.worker_tests = 1};
  constexpr MetricWork worker_losses{.worker_losses = 1}, momenta{.further_vectors = 1};
  static const std::vector<Metric<Scalar>> table = {
      {"consensus_distance", "(1/n) Σ_i ‖x_i − x̄‖², summed over coordinates", states, models,
       consensus_distance},
      {"loss", "f(x̄), the training loss of the average model", objective, mean_loss, loss},
      {"suboptimality", "f(x̄) − f*", minimiser, mean_loss, suboptimality},
      {"distance_to_optimum", "‖x̄ − x*‖²", minimiser, models, distance_to_optimum},
      {"mean_distance_to_optimum", "(1/n) Σ_i ‖x_i − x*‖²", minimiser, models, mean_distance_to_optimum},
      {"gradient_norm", "‖∇f(x̄)‖²", objective, mean_gradient, gradient_norm},
      {"worst_worker_loss", "max_i f(x_i), the training loss of the worst worker's model", objective,
       worker_losses, worst_worker_loss},
      {"test_loss", "test loss of x̄", test_set, mean_test, test_loss},
      {"test_accuracy", "test accuracy of x̄, in [0, 1]", classifier, mean_test, test_accuracy},
      {"mean_worker_accuracy", "(1/n) Σ_i test accuracy of x_i, in [0, 1]", classifier, worker_tests,
       mean_worker_accuracy},
      {"mean_worker_test_loss", "(1/n) Σ_i test loss of x_i", test_set, worker_tests, mean_worker_test_loss},
      {"mixing_gap", "‖x̄ − mean of x̃‖², how far the two averages of a momentum algorithm are apart",
       companion, momenta, mixing_gap},
      {"mean_drift",
       "‖x̄ − x̄ at time 0‖²: without gradients what is lost of a mean that gossip conserves, by workers that "
       "begin "
       "anew for example",
       start, models, mean_drift},
      {"lost_mass",
       "1 − (Σ_i w_i + weights under way)/n of push_sum: what lost messages took with them, less what "
       "repeated ones "
       "brought; with running_sums what is still to be seen is under way",
       weights, models, lost_mass},
      {"rounds", "rounds that are over for all workers, of methods that work in rounds", states, models,
       counted<&Counters::rounds>},
      {"vectors_sent", "vectors in the messages that all workers have sent", states, models,
       counted<&Counters::vectors_sent>},
      {"bytes_sent", "bytes of the messages that all workers have sent, see record.bytes_per_number", states,
       models, counted<&Counters::bytes_sent>},
      {"staleness_mean",
       "gradients of other workers that landed between the read of a gradient and its landing, mean so far",
       states, models, counted<&Counters::staleness_mean>},
      {"staleness_max", "the same, largest so far", states, models, counted<&Counters::staleness_max>},
      {"minibatch_loss",
       "mean loss of the minibatches of all gradients since the last record, each at the model that its "
       "gradient was "
       "taken at; costs next to nothing. Where there was no gradient, as at the start: that of the first "
       "minibatch of worker 0 at x̄",
       {.objective = true, .minibatch_loss = true},
       models,
       minibatch_loss},
      {"idle_share",
       "share of all workers' time so far in which no gradient was computed: waiting for a partner, at a "
       "barrier, or "
       "for messages; 0 where nobody waits for anything",
       states, models, counted<&Counters::idle_share>},
      {"messages_in_flight",
       "messages on their way between two workers, where transfers take time; 0 in rounds and with a server, "
       "whose "
       "transfers are part of idle_share",
       states, models, counted<&Counters::messages_in_flight>},
  };
  return table;
}
template const std::vector<Metric<float>>& all_metrics<float>();
template const std::vector<Metric<double>>& all_metrics<double>();

}  // namespace acidsim
