#include "sim/app/json/bind.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

std::optional<double> number_or_nothing(const Node& node, const char* key) {
  return node.has(key) ? std::optional(node.number(key)) : std::nullopt;
}

RecordedStates recorded_states_named(const std::string& name) {
  if (name == "none") return RecordedStates::none;
  if (name == "final") return RecordedStates::final_states;
  if (name == "all") return RecordedStates::all;
  throw std::logic_error("no states " + name);
}

RateObjective objective_named(const std::string& name) {
  if (name == "chi_1") return RateObjective::chi_1;
  if (name == "chi_2") return RateObjective::chi_2;
  if (name == "sqrt_chi1_chi2") return RateObjective::sqrt_chi1_chi2;
  throw std::logic_error("no objective of rates " + name);
}

// `"edges": [[i, j, rate], …]` of the explicit scheme.
std::vector<Edge> listed_rates(const Node& rates) {
  constexpr std::uint64_t last_worker = std::numeric_limits<Worker>::max();
  std::vector<Edge> edges;
  const Json& items = rates.json()["edges"];
  for (std::size_t k = 0; k < items.size(); ++k) {
    const Json& item = items[k];
    const auto refuse = [&](const char* problem, const std::string& hint) {
      throw InputError(fmt::format("{}/edges/{}", rates.path(), k), problem, shown(item), hint);
    };
    if (item.size() != 3 || !is_worker(item[0]) || !is_worker(item[1]) || !item[2].is_number())
      refuse("not an edge with its rate", "[i, j, rate], workers counted from 0");
    const auto i = item[0].get<std::uint64_t>(), j = item[1].get<std::uint64_t>();
    const double rate = item[2].get<double>();
    if (std::max(i, j) > last_worker) refuse("no such worker", "workers counted from 0");
    if (!(rate >= 0) || rate == infinity) refuse("the rate must be finite and ≥ 0", "0 = never");
    edges.push_back({static_cast<Worker>(i), static_cast<Worker>(j), rate});
  }
  return edges;
}

RateSettings bind_rates(const Node& rates) {
  RateSettings settings;
  settings.scheme = row_named(rate_schemes(), rates.text("scheme")).value;
  if (rates.has("edges")) settings.explicit_edges = listed_rates(rates);
  settings.max_worker_rate = number_or_nothing(rates, "max_worker_rate");
  if (rates.has("objective")) settings.objective = objective_named(rates.text("objective"));
  settings.budget = number_or_nothing(rates, "budget");
  if (rates.has("prune")) settings.prune = rates.number("prune");
  if (rates.has("scale_to_budget")) settings.scale_to_budget = rates.flag("scale_to_budget");
  return settings;
}

Churn bind_churn(const Node& node) {
  Churn churn;
  if (node.has("mean_present")) churn.absences = {node.number("mean_present"), node.number("mean_away")};
  if (node.has("join_at")) churn.join_at = node.json()["join_at"].get<std::vector<double>>();
  if (node.has("leave_at"))
    for (const Json& time : node.json()["leave_at"])
      churn.leave_at.push_back(time.is_null() ? infinity : time.get<double>());
  const std::string state = node.text("on_return");
  churn.on_return = state == "kept" ? Return::kept : state == "lost" ? Return::lost : Return::copied;
  return churn;
}

Timing bind_timing(const Node& node, const Node& topology) {
  Timing timing;
  timing.model = row_named(timing_models(), node.text("model")).value;
  const Json& rate = node.json()["gradient_rate"];
  if (rate.is_number()) {
    timing.gradient_rate = rate.get<double>();
  } else if (rate.is_array()) {
    timing.gradient_rate = rate.get<std::vector<double>>();
  } else {
    const Node distribution = node.child("gradient_rate");
    timing.gradient_rate =
        row_chosen_by(distribution, rate_distributions(), "distribution").value(distribution);
  }
  timing.communication_rate = node.number("communication_rate");
  if (node.has("barrier")) {
    const std::string barrier = node.text("barrier");
    timing.barrier = barrier == "global"  ? Barrier::global
                     : barrier == "local" ? Barrier::local
                                          : Barrier::none;
  }
  timing.backup_workers = node.natural("backup_workers");
  if (node.child("gradient").text("read") == "at_start") timing.read = GradientRead::at_start;
  if (node.has("churn")) timing.churn = bind_churn(node.child("churn"));
  if (node.has("messages")) {
    const Node messages = node.child("messages");
    timing.messages = {messages.number("lost"), messages.number("repeated")};
  }
  if (timing.model == TimingModel::availability) timing.availability = bind_availability(node, topology);
  if (timing.model == TimingModel::poisson_per_gradient && node.text("averagings") == "deterministic")
    timing.availability.averagings = AveragingCount::deterministic;
  if (timing.model == TimingModel::own) {
    timing.own = bind_own_timing(node);
    return timing;
  }
  if (node.has("file")) timing.trace = node.file("file");
  if (node.has("horizon")) timing.horizon = node.number("horizon");
  return timing;
}

// The topology, whose files are to give the rates of workers where `gradient_rate` names an attribute of their nodes.
Json with_worker_rates(Json topology, const Json& gradient_rate) {
  if (!gradient_rate.is_object() || !gradient_rate.contains("attribute")) return topology;
  const Json& attribute = gradient_rate["attribute"];
  const auto refuse = [&](const char* problem, const char* hint) {
    throw InputError("/timing/gradient_rate/attribute", problem, shown(attribute), hint);
  };
  if (attribute.get_ref<const std::string&>().empty()) refuse("is empty", "the name of an attribute");
  bool asked = false;
  const auto ask = [&](Json& graph) {
    if (!graph.contains("file")) return;
    graph[worker_rate_attribute] = attribute;
    asked = true;
  };
  ask(topology);
  if (topology.contains("graphs"))
    for (Json& graph : topology["graphs"]) ask(graph);
  if (!asked)
    refuse("the topology has no file whose nodes could have the attribute",
           "{\"topology\": {\"file\": \"net.graphml\"}}, or give the rates themselves");
  return topology;
}

AlgorithmSettings bind_algorithm(const Node& node) {
  AlgorithmSettings settings{node.text("name"), {}};
  settings.parameters = values_of(row_named(all_algorithms(), settings.name).parameters, node);
  if (node.has("compression")) {
    const Node compression = node.child("compression");
    const CodecRow& codec = row_named(all_codecs(), compression.text("name"));
    settings.compression = codec.make(values_of(codec.parameters, compression));
  }
  settings.mixing = given_mixing(node);
  return settings;
}

ObjectiveSource bind_objective(const Node& node) {
  const ObjectiveRow& row = row_named(objectives(), node.text("name"));
  ObjectiveSource source = row.bind(node);
  source.name = row.name;
  source.summary = row.summary;
  Json problem = node.json();  // f does not depend on how its gradients are sampled
  for (const char* sampling : {"batch_size", "sampling"}) problem.erase(sampling);
  source.identity = problem.dump() + node.directory().string();
  return source;
}

OptimizerSettings bind_optimizer(const Node& node) {
  OptimizerSettings settings;
  const Node schedule = node.child("schedule");
  settings.rule = row_named(optimizers(), node.text("name")).value(node);
  LearningRate& rate = learning_rate_of(settings.rule);
  rate = row_named(schedules(), schedule.text("name")).value(schedule);
  rate.base = node.number("learning_rate");
  settings.automatic_scale = schedule.has("scale") && schedule.json()["scale"] == "auto";
  settings.average_buffers = node.flag("average_buffers");
  settings.clock = schedule.text("clock") == "local_steps" ? ProgressClock::local_steps : ProgressClock::time;
  return settings;
}

StopSettings bind_stop(const Node& node) {
  StopSettings settings;
  settings.rules.time = number_or_nothing(node, "time").value_or(infinity);
  settings.epochs = number_or_nothing(node, "epochs");
  if (node.has("gradients")) settings.rules.gradients = node.natural("gradients");
  if (node.has("communications")) settings.rules.communications = node.natural("communications");
  if (node.has("rounds")) settings.rules.rounds = node.natural("rounds");
  if (node.has("bytes")) settings.rules.bytes = node.natural("bytes");
  settings.rules.wall_seconds = number_or_nothing(node, "wall_seconds");
  settings.rules.diverged_above = node.number("diverged_above");
  settings.average = node.flag("average");
  if (node.has("target"))
    settings.target = Target{node.child("target").text("metric"), node.child("target").number("below")};
  return settings;
}

RecordSettings bind_record(const Node& node) {
  RecordSettings settings;
  if (node.json()["every"].is_number()) settings.every = node.number("every");
  settings.metrics = node.json()["metrics"].get<std::vector<std::string>>();
  if (node.has("bytes_per_number"))
    settings.bytes_per_number = static_cast<int>(node.natural("bytes_per_number"));
  settings.events = node.flag("events");
  settings.timeline = number_or_nothing(node, "timeline");
  settings.staleness = node.flag("staleness");
  settings.communication_counts = node.flag("communication_counts");
  settings.states = recorded_states_named(node.text("states"));
  const auto flag_or_count = [&](const char* key, bool& flag, std::optional<std::uint64_t>& count) {
    if (node.json()[key].is_boolean())
      flag = node.flag(key);
    else
      count = node.natural(key);
  };
  flag_or_count("train_rows", settings.train_rows, settings.evaluated_train);
  flag_or_count("test_rows", settings.test_rows, settings.evaluated_test);
  return settings;
}

LiveSettings bind_live(const Node& node) {
  LiveSettings settings;
  settings.deterministic_neighbor = node.flag("deterministic_neighbor");
  settings.deterministic_averagings = node.flag("deterministic_averagings");
  const Json& seconds = node.json()["gradient_seconds"];
  if (seconds.is_array())
    settings.gradient_seconds = seconds.get<std::vector<double>>();
  else
    settings.gradient_seconds = seconds.get<double>();
  return settings;
}

// Says where a graph brings rates that the scheme does not look at.
void remark_on_unused_rates(const Graph& graph, const Node& topology, std::vector<std::string>& notices) {
  const std::string scheme = topology.child("rates").text("scheme");
  if (!graph.weights_are_rates || scheme == "explicit") return;
  std::string notice = fmt::format(
      "{}: the rates of its edges are not used, the scheme \"{}\" gives them others; \"rates\": \"explicit\" "
      "uses "
      "them",
      graph.name, scheme);
  if (std::find(notices.begin(), notices.end(), notice) == notices.end())
    notices.push_back(std::move(notice));
}

}  // namespace

TopologySource bind_topology(const Node& topology) {
  const FamilyRow& family = family_of(topology);
  TopologySource source;
  source.identity = topology.json().dump() + topology.directory().string();
  if (!family.selected_by.empty()) source.field = topology.path() + "/" + family.selected_by;
  const KeptNode kept(topology);
  if (family.make_sequence)
    source.sequence = [make = family.make_sequence, kept](std::vector<std::string>& notices) {
      GraphSequence sequence = make(kept.node(), notices);
      for (const GraphPhase& phase : sequence.phases)
        remark_on_unused_rates(phase.graph, kept.node(), notices);
      return sequence;
    };
  else
    source.graph = [make = family.make, kept](std::vector<std::string>& notices) {
      Graph graph = make(kept.node(), notices);
      remark_on_unused_rates(graph, kept.node(), notices);
      return graph;
    };
  source.rates = bind_rates(topology.child("rates"));
  source.window = number_or_nothing(topology, "window");
  source.narrow_bounds = topology.text("chi_precision") == "high";
  if (topology.has("failures")) {
    const Node failures = topology.child("failures");
    source.failures = EdgeFailures{failures.number("mean_up"), failures.number("mean_down")};
  }
  return source;
}

Experiment bind(const Configuration& configuration, const Cell& cell) {
  const Json& config = cell.config;
  const auto node = [&](const char* section) {
    return Node(config.at(section), fmt::format("/{}", section), configuration.directory);
  };
  Experiment experiment;
  experiment.name = config["name"].get<std::string>();
  experiment.place = configuration.place(cell);
  try {
    experiment.seed = config["seed"].get<std::uint64_t>();
    const Json& repeats = config["repeats"];  // of a rule: those before its first look
    experiment.repeats = (repeats.is_object() ? repeats["at_least"] : repeats).get<int>();
    experiment.precision =
        config["precision"] == "single" ? Precision::single_precision : Precision::double_precision;
    const Json topology = with_worker_rates(config.at("topology"), config.at("timing").at("gradient_rate"));
    const Node graph(topology, "/topology", configuration.directory);
    experiment.topology = bind_topology(graph);
    experiment.timing = bind_timing(node("timing"), graph);
    experiment.algorithm = bind_algorithm(node("algorithm"));
    experiment.objective = bind_objective(node("objective"));
    const Node initial = node("initial");
    experiment.initial = row_named(initial_kinds(), initial.text("kind")).value(initial);
    experiment.initial.average |= initial.flag("average");
    experiment.optimizer = bind_optimizer(node("optimizer"));
    experiment.stop = bind_stop(node("stop"));
    experiment.record = bind_record(node("record"));
    const Node checkpoint = node("checkpoint");
    experiment.checkpoint = {number_or_nothing(checkpoint, "every"),
                             number_or_nothing(checkpoint, "every_seconds")};
    experiment.rank_partition =
        node("mpi").text("partition") == "metis" ? RankPartition::metis : RankPartition::blocks;
    experiment.live = bind_live(node("live"));
  } catch (const InputError& error) {
    throw error.within(experiment.place);
  }
  return experiment;
}

}  // namespace acidsim
