// Observers: pure functions of the workers' states at one time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/states.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// What all metrics of one record share; the means are computed once, on first use.
template <class Scalar>
class Snapshot {
 public:
  Snapshot(const StateView<Scalar>& states, const Objective<Scalar>* objective);

  const StateView<Scalar>& states() const { return states_; }
  const Objective<Scalar>& objective() const {
    return *objective_;
  }  // null objective: metrics that need one are refused earlier
  // Average over workers of vector a, accumulated in double. d entries.
  const Vector<double>& mean(int a = 0);
  const Vector<Scalar>& mean_model();                    // mean(0) in the precision of the run
  double mean_model_loss();                              // f(x̄)
  void model(Worker worker, Vector<Scalar>& out) const;  // x_i

 private:
  const StateView<Scalar>& states_;
  const Objective<Scalar>* objective_;
  std::vector<Vector<double>> means_;
  Vector<Scalar> mean_model_;
  std::optional<double> mean_model_loss_;
};

// What a metric asks of a run; checked before the run starts.
struct MetricNeeds {
  bool objective = false;
  bool minimiser = false;
  bool test_set = false;
  bool classifier = false;
  int vectors = 1;
};

// One row per metric; the registry in sim/app reads this table.
template <class Scalar>
struct Metric {
  std::string name;
  std::string what;  // one line, with the formula
  MetricNeeds needs;
  double (*evaluate)(Snapshot<Scalar>&);
};

template <class Scalar>
const std::vector<Metric<Scalar>>& all_metrics();

}  // namespace acidsim
