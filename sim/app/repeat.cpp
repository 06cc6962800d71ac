#include "sim/app/repeat.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "sim/app/digest.hpp"
#include "sim/app/repeat_checkpoints.hpp"
#include "sim/backends/kernel_states.hpp"
#include "sim/core/random.hpp"
#include "sim/metrics/metric.hpp"

namespace acidsim {
namespace {

LearningRate learning_rate_of(const Plan& plan, const Node& optimizer) {
  const Node schedule = optimizer.child("schedule");
  const std::string name = schedule.text("name");
  LearningRate rate;
  rate.base = optimizer.number("learning_rate");
  if (schedule.has("milestones")) rate.milestones = schedule.json()["milestones"].get<std::vector<double>>();
  std::sort(rate.milestones.begin(), rate.milestones.end());
  if (schedule.has("factor")) rate.factor = schedule.number("factor");
  if (name == "inverse_time") {
    rate.kind = LearningRate::Kind::inverse_time;
    rate.decay = schedule.number("decay");
  } else if (name == "step") {
    rate.kind = LearningRate::Kind::step;
  } else if (name == "cosine") {
    rate.kind = LearningRate::Kind::cosine;
    rate.final_fraction = schedule.number("final_fraction");
  } else if (name == "goyal") {
    rate.kind = LearningRate::Kind::goyal;
    rate.warmup = schedule.number("warmup");
    const Json& scale = schedule.json()["scale"];
    const double batch = plan.config()["objective"].value("batch_size", 1.0);
    rate.scale = scale.is_number() ? scale.get<double>() : batch * plan.workers() / 256.0;
  }
  return rate;
}

OptimizerParameters optimizer_of(const Plan& plan) {
  const Node node = plan.node("optimizer");
  OptimizerParameters parameters;
  parameters.learning_rate = learning_rate_of(plan, node);
  parameters.momentum = node.number("momentum");
  parameters.weight_decay = node.number("weight_decay");
  if (node.has("clip_norm")) parameters.clip_norm = node.number("clip_norm");
  return parameters;
}

template <class Scalar>
void initialise(const Plan& plan, std::uint64_t seed, Kernel<Scalar>& kernel) {
  const Node node = plan.node("initial");
  const std::string kind = node.text("kind");
  const auto scale = static_cast<Scalar>(node.number("scale"));
  Vector<Scalar> x = Vector<Scalar>::Zero(kernel.dimension());
  const auto draw = [&](Worker entity, std::uint64_t index) {
    Stream(seed, Purpose::initial_state, entity)
        .normals<Scalar>(index, {x.data(), static_cast<std::size_t>(x.size())});
    x *= scale;
  };
  if (kind == "common_normal") draw(0, 0);
  for (Worker i = 0; i < kernel.workers(); ++i) {
    if (kind == "normal") draw(i, 1);
    kernel.initialise(i, x);
  }
}

StopRules stop_rules(const Plan& plan) {
  const Node node = plan.node("stop");
  StopRules rules;
  if (node.has("time")) rules.time = node.number("time");
  if (node.has("gradients")) rules.gradients = static_cast<std::uint64_t>(node.integer("gradients"));
  if (node.has("wall_seconds")) rules.wall_seconds = node.number("wall_seconds");
  rules.diverged_above = node.number("diverged_above");
  return rules;
}

template <class Scalar>
std::vector<const Metric<Scalar>*> metrics_of(const Plan& plan) {
  std::vector<const Metric<Scalar>*> chosen;
  for (const Json& name : plan.config()["record"]["metrics"])
    for (const Metric<Scalar>& metric : all_metrics<Scalar>())
      if (metric.name == name) chosen.push_back(&metric);
  return chosen;
}

template <class Scalar>
const Metric<Scalar>* metric_named(const Json& name) {
  for (const Metric<Scalar>& metric : all_metrics<Scalar>())
    if (metric.name == name) return &metric;
  return nullptr;
}

double total_gradient_rate(const Plan& plan, std::uint64_t seed) {
  const std::vector<double> rates = plan.gradient_rates(seed);
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

// The events before those that a resumed run applies, from the schedule.
void show_first_events(const Schedule& schedule, std::uint64_t count,
                       const std::function<void(std::span<const Event>)>& show) {
  const auto cursor = schedule.from(0.0);
  while (count > 0) {
    auto events = cursor->next();
    if (events.empty()) return;
    events = events.first(std::min<std::uint64_t>(events.size(), count));
    show(events);
    count -= events.size();
  }
}

template <class Scalar>
RepeatResult run_typed(const Plan& plan, int repeat, Resources& resources, const RunControl& control) {
  RepeatResult result;
  result.seed = replica_seed(plan.seed(), static_cast<std::uint32_t>(repeat));
  const auto schedule = plan.schedule(result.seed);
  const auto objective = plan.make_objective<Scalar>(resources, result.seed);
  result.dimension = objective ? objective->dimension() : plan.node("objective").integer("dimension");
  const auto kernel = plan.make_kernel<Scalar>(plan.workers(), result.dimension);
  initialise(plan, result.seed, *kernel);
  Optimizer<Scalar> optimizer(optimizer_of(plan), plan.workers(), objective ? result.dimension : 0);

  Simulation<Scalar> simulation{*schedule, *kernel};
  simulation.objective = objective.get();
  simulation.optimizer = &optimizer;
  if (plan.config()["record"]["communication_counts"].get<bool>())
    simulation.edges = static_cast<Index>(plan.network->edges.size());
  simulation.stop = stop_rules(plan);
  simulation.record_every = plan.config()["record"]["every"].get<double>();
  simulation.interrupt = control.interrupt;
  simulation.on_events = control.on_events;

  // The learning-rate schedule's horizon: the stop rules as simulated time, or in gradients.
  // By the rates of the configuration, so that a trace of this very experiment gives the identical run.
  double gradient_rate = total_gradient_rate(plan, result.seed);
  if (gradient_rate == 0) gradient_rate = schedule->gradient_rate();
  double horizon = simulation.stop.time;
  if (simulation.stop.gradients && gradient_rate > 0)
    horizon = std::min(horizon, static_cast<double>(*simulation.stop.gradients) / gradient_rate);
  simulation.local_steps = plan.config()["optimizer"]["schedule"]["clock"] == "local_steps";
  simulation.horizon = simulation.local_steps ? horizon * gradient_rate : horizon;

  std::optional<RepeatCheckpoints<Scalar>> checkpoints;
  Position start;
  Counts start_counts;
  if (!control.checkpoints.empty()) {
    checkpoints.emplace(plan, repeat, control, *schedule, *kernel, optimizer, result);
    using Found = typename RepeatCheckpoints<Scalar>::Found;
    const Found found = checkpoints->read(start, start_counts);
    if (control.on_events) show_first_events(*schedule, start.events, control.on_events);
    if (found == Found::end) return result;
    if (found == Found::moment) {
      simulation.start = &start;
      simulation.start_counts = &start_counts;
    }
    const Node cadence = plan.node("checkpoint");
    if (cadence.has("every")) simulation.checkpoint_every = cadence.number("every");
    if (cadence.has("every_seconds")) simulation.checkpoint_every_seconds = cadence.number("every_seconds");
    simulation.on_checkpoint = [&](const Position& at, const Counts& counts) {
      checkpoints->write(at, counts);
    };
  }

  const auto metrics = metrics_of<Scalar>(plan);
  const Json& target = plan.config()["stop"]["target"];
  const Metric<Scalar>* target_metric = target.is_null() ? nullptr : metric_named<Scalar>(target["metric"]);
  double headline = std::numeric_limits<double>::quiet_NaN();
  Snapshot<Scalar> snapshot(objective.get());
  if (plan.objective().needs_data)  // it takes long to find: once for all runs that minimise the same f
    snapshot.share_minimiser(
        [&]() -> const Minimiser& { return resources.minimiser(plan.problem(result.seed), *objective); });
  simulation.on_record = [&](const Record<Scalar>& record) {
    snapshot.move_to(record.states);
    RecordRow row{record.time, record.counts.gradients, record.counts.communications, {}};
    row.metrics.reserve(metrics.size());
    for (const Metric<Scalar>* metric : metrics) row.metrics.push_back(metric->evaluate(snapshot));
    if (!row.metrics.empty()) headline = row.metrics[0];
    result.records.push_back(std::move(row));
    return target_metric && target_metric->evaluate(snapshot) < target["below"].template get<double>();
  };
  if (control.on_progress)
    simulation.on_progress = [&](double time, const Counts& counts) {
      double fraction =
          std::isfinite(simulation.stop.time) && simulation.stop.time > 0 ? time / simulation.stop.time : 0.0;
      if (simulation.stop.gradients)
        fraction = std::max(fraction, static_cast<double>(counts.gradients) /
                                          static_cast<double>(*simulation.stop.gradients));
      control.on_progress({fraction, time, counts.gradients + counts.communications, headline});
    };

  result.outcome = control.openmp ? run_openmp(simulation, control.threads) : run_serial(simulation);
  Digest digest;
  for_each_state_vector<Scalar>(*kernel, &optimizer, result.outcome.time,
                                [&](std::span<const Scalar> v) { digest.add(std::as_bytes(v)); });
  result.state_digest = digest.hexadecimal();
  if (checkpoints) checkpoints->write_end();
  return result;
}

}  // namespace

RepeatResult run_repeat(const Plan& plan, int repeat, Resources& resources, const RunControl& control) {
  try {
    return plan.single_precision() ? run_typed<float>(plan, repeat, resources, control)
                                   : run_typed<double>(plan, repeat, resources, control);
  } catch (const InputError& error) {
    if (error.place().starts_with(plan.place)) throw;
    throw error.within(plan.place);
  }
}

}  // namespace acidsim
