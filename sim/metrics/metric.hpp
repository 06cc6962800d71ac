// Observers: pure functions of the workers' states at one time, and of what the run has counted by then.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/states.hpp"
#include "sim/metrics/spread.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// What a run has counted up to a record.
struct Counters {
  double rounds = 0, vectors_sent = 0, bytes_sent = 0;
  double staleness_mean = 0, staleness_max = 0;
  double idle_share = 0;
  double weight_under_way = 0;  // in the messages of a method that sends weights
  double messages_in_flight = 0;
  std::optional<double> minibatch_loss = {};  // mean since the last record; nothing: there was no gradient
};

// What all metrics of one record share: each is computed once, on first use. Made once per run and moved from
// record to record, it allocates nothing after the first.
template <class Scalar>
class Snapshot {
 public:
  // Holds no states yet: call move_to() first.
  explicit Snapshot(const Objective<Scalar>* objective) : objective_(objective) {}
  Snapshot(const StateView<Scalar>& states, const Objective<Scalar>* objective)
      : states_(&states), objective_(objective) {}
  // Evaluates these states from now on, which must have the shape of the earlier ones; memory is reused.
  // `states` must live until the next call or the end of the Snapshot.
  void move_to(const StateView<Scalar>& states, const Counters& counters = {});
  // x̄ at time 0, for how far it has gone since.
  void start_at(std::function<Vector<double>()> mean) { mean_at_start_ = std::move(mean); }
  // The minimiser that several runs share, instead of the objective's own.
  void share_minimiser(std::function<const Minimiser&()> shared) { shared_minimiser_ = std::move(shared); }

  const StateView<Scalar>& states() const { return *states_; }
  const Objective<Scalar>& objective() const {
    return *objective_;
  }  // null objective: metrics that need one are refused earlier
  const Counters& counters() const { return counters_; }
  const Minimiser& minimiser();
  // Average over workers of vector a or of the model, accumulated in double. d entries.
  const Vector<double>& mean(int a = the_model) { return spread(a).mean; }
  // Σ_i ‖x_i − x̄‖², from the same pass over the states as the mean (see spread.hpp).
  double squared_deviations() { return spread(the_model).squares; }
  const Vector<Scalar>& mean_model();  // the mean model in the precision of the run
  double mean_model_loss();            // f(x̄)
  // The running statistics that a worker's model, or x̄, is evaluated with; for objectives that have them.
  std::span<const double> statistics_of(Worker worker);
  std::span<const double> statistics_of_mean();
  double first_minibatch_loss();  // F_0(x̄, ξ) of the first gradient of worker 0, where gradients report it
  const Vector<double>& start();  // x̄ at time 0
  void model(Worker worker, Vector<Scalar>& out) const;  // x_i
  Vector<Scalar>& scratch() { return scratch_; }         // d entries at most, for one metric at a time

 private:
  const Spread<Scalar>& spread(int a);
  void read_statistics(Worker worker);

  const StateView<Scalar>* states_ = nullptr;
  Counters counters_;
  const Objective<Scalar>* objective_;
  std::function<const Minimiser&()> shared_minimiser_;
  const Minimiser* minimiser_ = nullptr;
  std::function<Vector<double>()> mean_at_start_;
  Vector<double> start_;
  std::vector<Spread<Scalar>> spreads_;  // of the model and of each vector that was asked for
  std::vector<bool> spread_known_;
  Vector<Scalar> mean_model_, scratch_;
  bool mean_model_known_ = false;
  std::optional<double> mean_model_loss_;
  std::vector<double> statistics_, mean_statistics_;
};

// What a metric asks of a run; checked before the run starts.
struct MetricNeeds {
  bool objective = false;
  bool minimiser = false;
  bool test_set = false;
  bool classifier = false;
  bool minibatch_loss = false;  // that gradients report
  bool weights = false;         // in single messages
  bool start = false;           // models that start at the initial points
  std::string vector = {};      // of this name, for example "x_tilde"
};

// What a metric looks at, beside the one pass over the models that all share: what a record costs.
struct MetricWork {
  bool mean_loss = false;   // f(x̄), once for all metrics of a record
  int mean_gradients = 0;   // ∇f(x̄)
  int mean_tests = 0;       // the test set with x̄
  int worker_losses = 0;    // f(x_i) of every worker
  int worker_tests = 0;     // the test set with every x_i
  int further_vectors = 0;  // passes over vectors other than the model
};

// One row per metric; the registry in sim/app reads this table.
template <class Scalar>
struct Metric {
  std::string name;
  std::string what;  // one line, with the formula
  MetricNeeds needs;
  MetricWork work;
  double (*evaluate)(Snapshot<Scalar>&);
};

template <class Scalar>
const std::vector<Metric<Scalar>>& all_metrics();

}  // namespace acidsim
