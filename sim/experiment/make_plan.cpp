// How an experiment becomes a plan: its algorithm is resolved, and all is checked.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/core/error.hpp"
#include "sim/experiment/chi_choice.hpp"
#include "sim/experiment/compression_needs.hpp"
#include "sim/experiment/counting.hpp"
#include "sim/experiment/epochs.hpp"
#include "sim/experiment/method_needs.hpp"
#include "sim/experiment/mixings.hpp"
#include "sim/experiment/pace.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/servers.hpp"
#include "sim/experiment/stop_epochs.hpp"
#include "sim/metrics/metric.hpp"
#include "sim/torch/torch_plugin.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace {

// The first repeat's objective, made once, when it is first asked for; null for pure gossip.
class FirstObjective {
 public:
  FirstObjective(const Plan& plan, Resources& resources) : plan_(plan), resources_(resources) {}

  template <class Scalar>
  const Objective<Scalar>* get() {
    auto& made = std::get<std::optional<std::unique_ptr<Objective<Scalar>>>>(made_);
    if (!made) made = plan_.make_objective<Scalar>(resources_, plan_.experiment.seed);
    return made->get();
  }
  std::optional<ObjectiveConstants> constants() {
    const auto of = [](const auto* objective) {
      return objective ? std::optional(objective->constants()) : std::nullopt;
    };
    return plan_.single_precision() ? of(get<float>()) : of(get<double>());
  }

 private:
  const Plan& plan_;
  Resources& resources_;
  std::tuple<std::optional<std::unique_ptr<Objective<float>>>,
             std::optional<std::unique_ptr<Objective<double>>>>
      made_;
};

template <class Scalar>
void check_metrics(const Plan& plan, const Objective<Scalar>* objective) {
  const auto require = [&](const std::string& path, const std::string& name) {
    std::vector<std::string> known;
    for (const Metric<Scalar>& metric : all_metrics<Scalar>()) known.push_back(metric.name);
    const auto refuse = [&](const std::string& why, const std::string& hint) {
      throw InputError(path, why, fmt::format("\"{}\"", name), hint);
    };
    if (std::find(known.begin(), known.end(), name) == known.end())
      refuse("unknown metric", unknown_name_hint(name, known));
    for (const Metric<Scalar>& metric : all_metrics<Scalar>()) {
      if (metric.name != name) continue;
      if (metric.needs.objective && !objective) refuse("needs an objective", "objective.name is \"none\"");
      const auto& vectors = plan.dynamics.vectors;
      if (!metric.needs.vector.empty() &&
          std::find(vectors.begin(), vectors.end(), metric.needs.vector) == vectors.end())
        refuse("needs an algorithm with x̃", "for example a2cid2");
      if (metric.needs.weights && !(plan.dynamics.weighted() && plan.dynamics.sends()))
        refuse("needs single messages that carry weights", "for example push_sum");
      const double at_start = plan.dynamics.dual ? 0 : plan.dynamics.point.dot(plan.dynamics.initial);
      if (metric.needs.start && std::abs(at_start - 1) > 1e-12)
        refuse("needs models that start at the initial points", "another algorithm, or leave the metric out");
      if (metric.needs.test_set && !objective->has_test_set())
        refuse("needs test data, and there is none", plan.experiment.objective.data
                                                         ? "give objective.data.test_fraction or a test set"
                                                         : "this objective has no data");
      if (metric.needs.minibatch_loss &&
          !(objective->reports_minibatch_loss() && !plan.dynamics.dual && !plan.dynamics.dual_gradients))
        refuse("needs gradients of minibatches that tell their loss", "for example softmax_regression");
      if (metric.needs.minimiser && metric.work.mean_loss && plan.experiment.record.evaluated_train)
        refuse("needs the loss of all training rows", "leave out record.train_rows, or record \"loss\"");
      if (metric.needs.classifier && !objective->is_classifier())
        refuse("needs a classifier", "for example softmax_regression");
      if (metric.needs.minimiser && !objective->no_minimiser_reason().empty())
        refuse("needs the minimiser x*, but the objective " + objective->no_minimiser_reason(),
               "leave the metric out");
    }
  };
  const std::vector<std::string>& names = plan.experiment.record.metrics;
  for (std::size_t k = 0; k < names.size(); ++k) require(fmt::format("/record/metrics/{}", k), names[k]);
  if (plan.experiment.stop.target) require("/stop/target/metric", plan.experiment.stop.target->metric);
}

double memory_of_machine() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// Refuses states that the machine cannot hold, before anything of their size is made.
template <class Scalar>
void check_memory(const Plan& plan, const std::string& place, Index dimension, double local_share) {
  const double needed = local_share * plan.kept_numbers(dimension) * sizeof(Scalar);
  const double there = memory_of_machine();
  if (needed > there)
    throw InputError(place,
                     fmt::format("the states of {} workers need {:.3g} GB, and this machine has {:.3g} GB",
                                 plan.workers(), needed / 1e9, there / 1e9),
                     fmt::format("dimension {}", dimension),
                     "fewer workers, a smaller dimension, or precision \"single\"");
}

// One thread's share of what gradients need beside the states.
template <class Scalar>
void check_scratch(const Objective<Scalar>& objective) {
  const double needed = objective.scratch_bytes(), there = memory_of_machine();
  if (needed > there)
    throw InputError(
        "/objective/batch_size",
        fmt::format("the layers between keep {:.3g} GB of a batch, and this machine has {:.3g} GB",
                    needed / 1e9, there / 1e9),
        "", "a smaller batch, or a network without batch_norm, which takes a batch in pieces");
}

// Statistics that workers keep are for the models of workers.
template <class Scalar>
void check_statistics(const Plan& plan, const Objective<Scalar>& objective) {
  if (objective.running_statistics().size == 0 || !plan.dynamics.has_server()) return;
  throw InputError("/objective/normalisation",
                   plan.algorithm().name + " evaluates the model of a server, which trains nothing itself",
                   "", "\"recomputed\"");
}

// Where the workers start, where the experiment says so point by point.
void take_initial_points(Plan& plan) {
  const InitialSettings& initial = plan.experiment.initial;
  if (initial.kind != InitialKind::points) return;
  plan.initial_points = std::make_shared<const Matrix<double>>(
      with_error_path(initial.field, [&] { return initial.points(); }));
  const Index rows = plan.initial_points->rows(), columns = plan.initial_points->cols();
  if (rows != plan.expected.dimension)
    throw InputError(initial.field,
                     fmt::format("has {} numbers for dimension {}", rows, plan.expected.dimension), "",
                     "one number per coordinate");
  if (columns != 1 && columns != static_cast<Index>(plan.workers()))
    throw InputError(initial.field, fmt::format("has {} points for {} workers", columns, plan.workers()), "",
                     "one point per worker, or one for all");
}

// Where the algorithm cannot do with this experiment.
void check_algorithm(const Plan& plan) {
  const LearningRate& schedule = plan.experiment.optimizer.learning_rate();
  const auto& needs_constant = plan.algorithm().needs_constant_learning_rate;
  if (needs_constant && needs_constant(plan.constants) && plan.experiment.objective.has_gradients() &&
      !schedule.is_constant())
    throw InputError("/optimizer/schedule", "the sums that this algorithm tracks hold the learning rate",
                     fmt::format("\"{}\"", name_of(schedule.kind)),
                     "\"constant\" without warm-up, or another algorithm than " + plan.algorithm().name);
  check_compression(plan);
  if (plan.algorithm().own_steps) check_plain_steps(plan.algorithm(), plan.experiment.optimizer.rule);
}

// That the workers start together, where the algorithm counts on it.
void check_start(const Plan& plan) {
  const auto require_one_point = [&](const char* reason) {
    check_common_start(plan.algorithm().name + reason, plan.experiment.initial, plan.initial_points.get());
  };
  if (plan.algorithm().needs_tree) require_one_point(" counts sums from one point");
  if (tells_changes(plan)) require_one_point(" with compression tells of changes from one point");
}

// Gradients per unit time: of gradient events, and two at each communication of a dual method.
double gradients_per_time(const Plan& plan, const Schedule& schedule) {
  return schedule.gradient_rate() + (plan.dynamics.dual ? 2 * schedule.communication_rate() : 0);
}

// A run that only gradients would end must have some. (A trace ends by itself.)
void check_stops(const Plan& plan, const Schedule& schedule) {
  const StopRules& stop = plan.experiment.stop.rules;
  if (!std::isfinite(stop.time) && !stop.gradients && !stop.communications && !stop.rounds && !stop.bytes &&
      !stop.wall_seconds)
    throw InputError("/stop", "nothing would surely end this run", "no rule",
                     "give time, epochs, gradients, communications, rounds, bytes or wall_seconds");
  if (stop.communications && schedule.communication_rate() == 0)
    throw InputError("/stop/communications", "would never be reached: nobody communicates here",
                     fmt::format("{}", *stop.communications),
                     "leave it out, or give stop.time or stop.gradients");
  Sending(plan.experiment, plan.dynamics, plan.workers(), 1).check_stops(schedule);
  if (stop.gradients && !std::isfinite(stop.time) && !stop.wall_seconds &&
      gradients_per_time(plan, schedule) == 0)
    throw InputError("/stop/gradients", "would never be reached: every gradient rate is 0",
                     fmt::format("{}", *stop.gradients), "give stop.time or a positive timing.gradient_rate");
}

// Rows to write down there must be.
void check_rows(const Experiment& experiment) {
  const RecordSettings& record = experiment.record;
  const bool of_train = record.train_rows || record.evaluated_train;
  if ((of_train || record.test_rows || record.evaluated_test) && !experiment.objective.data)
    throw InputError(of_train ? "/record/train_rows" : "/record/test_rows", "the objective has no table",
                     experiment.objective.name, "leave it out");
}

// The scale of a learning rate that follows from the batch size.
void check_scale(const Experiment& experiment) {
  if (experiment.optimizer.automatic_scale && experiment.objective.batch_size == 0)
    throw InputError("/optimizer/schedule/scale", "has no automatic value for gradients of all rows",
                     "\"auto\"", "a number, or a positive objective.batch_size");
}

std::vector<MetricWork> recorded(const Plan& plan) {
  std::vector<MetricWork> works;
  for (const Metric<double>& metric : all_metrics<double>())
    for (const std::string& name : plan.experiment.record.metrics)
      if (metric.name == name) works.push_back(metric.work);
  return works;
}

// Weight decay leaves out pieces of the model that the objective has to tell apart.
template <class Scalar>
void check_excludes(const Plan& plan, const Objective<Scalar>* objective) {
  const std::vector<BlockRole>& excluded = decay_excludes_of(plan.experiment.optimizer.rule);
  if (excluded.empty() || (objective && !objective->blocks().empty())) return;
  throw InputError("/optimizer/decay_excludes",
                   "nothing tells biases and normalisation layers apart in the parameters of this objective",
                   plan.experiment.objective.name, "[], or an objective of named pieces");
}

// Epochs there are where there are training rows.
void check_units(const Plan& plan) {
  if (plan.experiment.optimizer.learning_rate().unit != ProgressUnit::epochs || plan.epoch_gradients) return;
  throw InputError("/optimizer/schedule/milestones_in", "there are no training rows to count epochs of",
                   "\"epochs\"", "\"gradients\", \"time\" or \"fraction\"");
}

// How often and how long, from the rates and the stop rules.
void estimate_events(const Plan& plan, const Schedule& schedule, Estimate& expected, WorkloadFacts& facts) {
  const StopRules& stop = plan.experiment.stop.rules;
  expected.time = stop.time;
  const double gradient_rate = gradients_per_time(plan, schedule);
  if (stop.gradients && gradient_rate > 0)
    expected.time = std::min(expected.time, static_cast<double>(*stop.gradients) / gradient_rate);
  if (stop.communications && schedule.communication_rate() > 0)
    expected.time =
        std::min(expected.time, static_cast<double>(*stop.communications) / schedule.communication_rate());
  const Sending sending(plan.experiment, plan.dynamics, plan.workers(), expected.dimension);
  expected.time = std::min(expected.time, sending.expected_end(schedule, schedule.communication_rate()));
  expected.gradients = expected.time * gradient_rate;
  expected.communications = expected.time * schedule.communication_rate();
  facts.gradients_per_time = gradient_rate;
  facts.communications_per_time = schedule.communication_rate();
}

// A table in memory. Training and test set of a text share its characters, which are few.
template <class Scalar>
double bytes_of(const Dataset<Scalar>& data) {
  if (!data.bytes) return static_cast<double>(data.features.size()) * sizeof(Scalar);
  return static_cast<double>(data.bytes.bytes->size() + data.bytes.starts.size() * sizeof(std::uint64_t));
}

// What the objective's data add.
template <class Scalar>
void estimate_data(Plan& plan, const DatasetPair<Scalar>& data, Estimate& expected, WorkloadFacts& facts) {
  const RecordSettings& record = plan.experiment.record;
  const auto evaluated = [](double rows, const std::optional<std::uint64_t>& wanted) {
    return wanted ? std::min(rows, static_cast<double>(*wanted)) : rows;
  };
  facts.samples = static_cast<double>(data.train->samples());
  facts.evaluated = evaluated(facts.samples, record.evaluated_train);
  if (data.test) facts.tests = evaluated(static_cast<double>(data.test->samples()), record.evaluated_test);
  facts.features = static_cast<double>(data.train->sample_size());
  for (const auto& part : {data.train, data.test})
    if (part) expected.data_bytes += bytes_of(*part);
  facts.batch = plan.experiment.objective.batch_size;
  const bool shared = plan.experiment.objective.shared_rows;
  plan.epoch_gradients = gradients_per_epoch(facts.samples, facts.batch);
  if (facts.batch == 0) facts.batch = shared ? facts.samples : facts.samples / facts.workers;
  plan.notices.insert(plan.notices.end(), data.notices.begin(), data.notices.end());
  if (!shared) expected.own_bytes += facts.samples * (sizeof(std::uint32_t) + sizeof(double));
}

// That a network has as many starts as the workers ask for, and that its library is quick.
template <class Scalar>
void check_torch(Plan& plan, const Objective<Scalar>& objective) {
  Vector<Scalar> another;
  const InitialSettings& initial = plan.experiment.initial;
  if (initial.kind == InitialKind::network && !initial.common)
    objective.start(plan.experiment.seed, 1, another);
  if (const std::string warning = torch_warning(); !warning.empty()) plan.notices.push_back(warning);
}

// What the objective adds, with its checks.
template <class Scalar>
void estimate_objective(Plan& plan, FirstObjective& first, Resources& resources, double local_share,
                        Estimate& expected, WorkloadFacts& facts) {
  const ObjectiveSource& source = plan.experiment.objective;
  if (source.dimension) check_memory<Scalar>(plan, "/objective/dimension", *source.dimension, local_share);
  const Objective<Scalar>* objective = first.get<Scalar>();
  if (objective) {
    check_memory<Scalar>(plan, "/objective", objective->dimension(), local_share);
    check_scratch(*objective);
    check_statistics(plan, *objective);
    expected.own_bytes += objective->scratch_bytes();
    facts.statistics_rows = objective->rows_per_evaluation();
  }
  if (plan.experiment.initial.kind == InitialKind::network && (!objective || !objective->has_start()))
    throw InputError("/initial/kind", "needs an objective with random starting points of its own",
                     "\"network\"", "a neural network, or \"auto\"");
  if (uses_torch(source.name)) check_torch(plan, *objective);
  check_metrics<Scalar>(plan, objective);
  if (plan.dynamics.dual || plan.dynamics.dual_gradients)
    check_conjugates<Scalar>(plan.algorithm(), source.name, objective);
  expected.dimension = objective ? objective->dimension() : source.dimension.value();
  facts.dimension = static_cast<double>(expected.dimension);
  facts.row_products = objective ? objective->products_per_sample() : facts.dimension;
  facts.noise = source.noise;
  check_excludes(plan, objective);
  const int buffers = memory_vectors(plan.experiment.optimizer.rule);
  expected.state_bytes =
      (plan.kept_numbers(expected.dimension) + facts.workers * facts.dimension * buffers) * sizeof(Scalar);
  if (source.own_centres) expected.own_bytes += facts.workers * facts.dimension * sizeof(Scalar);
  if (source.data)
    estimate_data<Scalar>(plan, resources.data<Scalar>(*source.data, source.needs), expected, facts);
}

// What the objective and the method make of the run's size.
WorkloadFacts estimate_size(Plan& plan, FirstObjective& objective, Resources& resources, double local_share) {
  Estimate& expected = plan.expected;
  WorkloadFacts facts;
  facts.workers = plan.nodes();
  facts.vectors = plan.dynamics.size();
  facts.records = recorded(plan);
  facts.records_states = plan.experiment.record.states == RecordedStates::all;
  if (plan.single_precision())
    estimate_objective<float>(plan, objective, resources, local_share, expected, facts);
  else
    estimate_objective<double>(plan, objective, resources, local_share, expected, facts);
  return facts;
}

// Fills in what is expected, and the cadence where it is automatic.
void estimate(Plan& plan, const Schedule& schedule, WorkloadFacts facts) {
  Estimate& expected = plan.expected;
  estimate_events(plan, schedule, expected, facts);
  // Clocks with their rates, pairs and counts; the time of each worker's last event.
  const double clocks = facts.workers + static_cast<double>(plan.network->edges.size());
  expected.own_bytes += expected.state_bytes + 32 * clocks;
  expected.work = workload(facts);
  const RecordSettings& record = plan.experiment.record;
  expected.record_every = record.every             ? *record.every
                          : record.automatic_every ? *record.automatic_every
                                                   : automatic_cadence(expected.work, expected.time);
}

// The network, with the spectrum where the theory's constants need it, and the algorithm with its constants.
void resolve_algorithm(Plan& plan, FirstObjective& first, Resources& resources) {
  const AlgorithmRow& row = plan.algorithm();
  plan.constants = with_error_path(
      "/algorithm", [&] { return checked(row.parameters, plan.experiment.algorithm.parameters); });
  const bool needs_spectrum = row.needs_spectrum && row.needs_spectrum(plan.constants);
  const double slowdown = row.slowdown ? row.slowdown(plan.constants) : 1.0;
  plan.communication_rate = plan.experiment.timing.communication_rate / slowdown;
  plan.network = resources.network(plan.experiment.topology, plan.communication_rate,
                                   needs_spectrum ? SpectrumNeed::needed : SpectrumNeed::if_cheap);
  const std::optional<GraphConstants> known =
      needs_spectrum ? constants_at_start(plan) : plan.network->constants();
  if (needs_spectrum && !known)
    throw InputError("/algorithm",
                     "the theory's constants need χ1 and χ2 of the graph, which are not known here", "",
                     "give the algorithm's constants as numbers");
  const bool needs_objective = row.needs_objective && row.needs_objective(plan.constants);
  const auto objective = needs_objective ? first.constants() : std::nullopt;
  if (needs_objective) check_constants(plan.experiment.objective.name, objective);
  std::optional<MixingConstants> mixing;
  take_mixing_matrix(plan);
  if (row.needs_mixing && row.needs_mixing(plan.constants)) mixing = mixing_constants(round_group(plan));
  const MethodFacts facts{.graph = known ? &*known : nullptr,
                          .objective = objective ? &*objective : nullptr,
                          .mixing = mixing ? &*mixing : nullptr,
                          .workers = plan.workers(),
                          .compressed = plan.experiment.algorithm.compression != nullptr};
  if (row.resolve) with_error_path("/timing", [&] { row.resolve(plan.constants, facts); });
  plan.dynamics = declared_dynamics(plan);
}

}  // namespace

Plan make_plan(const Experiment& experiment, Resources& resources, double local_share) {
  Plan plan{experiment, nullptr, {}, {}, {}, nullptr, {}, 0};
  FirstObjective objective(plan, resources);
  try {
    check_scale(experiment);
    check_rows(experiment);
    resolve_algorithm(plan, objective, resources);
    take_epochs(plan, resources);
    plan.notices = plan.network->notices;
    remark_on_mixing(plan);
    remark_on_limit(plan);
    note_unused_start(plan.algorithm(), plan.dynamics, experiment, plan.notices);
    check_algorithm(plan);
    check_directions(plan);
    check_pace(plan);
    check_messages(plan);
    check_chi(plan);
    check_barrier(plan.algorithm(), plan.dynamics, experiment.timing, plan.network->changes());
    check_averaged_end(plan.algorithm(), plan.dynamics, plan.experiment.stop);
    check_averaged_buffers(plan.algorithm(), plan.dynamics, experiment);
    check_backups(plan.algorithm(), plan.dynamics, experiment, plan.workers());
    if (plan.dynamics.has_server()) check_server(plan);
    if (plan.algorithm().needs_tree) check_tree(plan.algorithm(), *plan.network);
    const WorkloadFacts facts = estimate_size(plan, objective, resources, local_share);
    check_units(plan);
    remark_on_load(plan);
    const auto schedule = plan.schedule(experiment.seed);
    check_stops(plan, *schedule);
    estimate(plan, *schedule, facts);
    take_initial_points(plan);
    check_start(plan);
    remark_on_contraction(plan);
  } catch (const InputError& error) {
    throw error.within(plan.place());
  }
  return plan;
}

}  // namespace acidsim
