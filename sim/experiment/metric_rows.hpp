// The rows of a run's table: metrics of its states and counts, and whether the target is reached.
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/engine/minibatch_losses.hpp"
#include "sim/experiment/counting.hpp"
#include "sim/experiment/initial_states.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/experiment/run_usage.hpp"
#include "sim/metrics/metric.hpp"

namespace acidsim {

// Of one repeat, with the metrics of the plan, which make_plan has checked.
template <class Scalar>
class MetricRows {
 public:
  // All of them must outlive it. objective: null for pure gossip. seed: of the repeat.
  MetricRows(const Plan& plan, const Objective<Scalar>* objective, Resources& resources, std::uint64_t seed,
             RunUsage& usage, Start<Scalar>& start)
      : plan_(plan), usage_(usage), snapshot_(objective) {
    for (const std::string& name : plan.experiment.record.metrics) metrics_.push_back(metric_named(name));
    if (const auto& target = plan.experiment.stop.target) target_ = metric_named(target->metric);
    records_idle_share_ = asks_for("idle_share");
    records_flights_ = asks_for("messages_in_flight");
    snapshot_.start_at([&start] { return Vector<double>(start.average().template cast<double>()); });
    if (plan.experiment.objective.data)  // it takes long to find: once for all runs that minimise the same f
      snapshot_.share_minimiser([&plan, &resources, objective, seed]() -> const Minimiser& {
        return resources.minimiser(plan.problem(seed), *objective);
      });
  }

  RecordRow row_of(const Record<Scalar>& record) {
    const OneWorker<Scalar> server(record.states, plan_.workers());
    Counters counters = counters_of(record.counts);
    counters.weight_under_way = record.weight_under_way;
    if (losses_ != nullptr) counters.minibatch_loss = losses_->mean();
    if (records_idle_share_) counters.idle_share = usage_.share_idle(record.time);
    if (records_flights_) counters.messages_in_flight = usage_.messages_in_flight(record.time);
    snapshot_.move_to(plan_.dynamics.has_server() ? server : record.states, counters);
    RecordRow row{record.time, record.counts.gradients, record.counts.communications, {}};
    row.metrics.reserve(metrics_.size());
    for (const Metric<Scalar>* metric : metrics_) row.metrics.push_back(metric->evaluate(snapshot_));
    reached_ = target_ != nullptr && target_->evaluate(snapshot_) < plan_.experiment.stop.target->below;
    if (!row.metrics.empty()) headline_ = row.metrics[0];
    return row;
  }

  // Whether a metric asks for the losses of minibatches, which are then to be found here.
  bool asks_for_losses() const { return asks_for("minibatch_loss"); }
  void take_losses_from(const MinibatchLosses& losses) { losses_ = &losses; }
  // Whether a metric asks for the weights of messages under way.
  bool weighs() const { return asks_for("lost_mass"); }
  // At the last row.
  bool target_reached() const { return reached_; }
  double headline() const { return headline_; }  // the first metric; not a number before the first row

 private:
  static const Metric<Scalar>* metric_named(const std::string& name) {
    for (const Metric<Scalar>& metric : all_metrics<Scalar>())
      if (metric.name == name) return &metric;
    throw std::logic_error("no metric " + name);
  }

  bool asks_for(const std::string& name) const {
    const Metric<Scalar>* const metric = metric_named(name);
    return target_ == metric || std::find(metrics_.begin(), metrics_.end(), metric) != metrics_.end();
  }

  const Plan& plan_;
  RunUsage& usage_;
  const MinibatchLosses* losses_ = nullptr;
  Snapshot<Scalar> snapshot_;
  std::vector<const Metric<Scalar>*> metrics_;
  const Metric<Scalar>* target_ = nullptr;
  bool records_idle_share_ = false, records_flights_ = false, reached_ = false;
  double headline_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace acidsim
