#include "sim/experiment/method_needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

const char* name_of(Barrier barrier) {
  switch (barrier) {
    case Barrier::global:
      return "\"global\"";
    case Barrier::local:
      return "\"local\"";
    case Barrier::none:
      return "\"none\"";
    default:
      return "null";
  }
}

}  // namespace

void check_plain_steps(const AlgorithmRow& method, const OptimizerParameters& optimizer) {
  const auto require = [&](bool holds, const char* field, const std::string& value, const char* right) {
    if (!holds)
      throw InputError(std::string("/optimizer/") + field,
                       method.name + " has step sizes of its own: its theory holds for these alone", value,
                       right);
  };
  const auto* plain = std::get_if<SgdParameters>(&optimizer);
  require(plain != nullptr, "name", fmt::format("\"{}\"", name_of(optimizer)), "\"sgd\"");
  const SgdParameters& sgd = *plain;
  require(sgd.learning_rate.is_constant(), "schedule", fmt::format("\"{}\"", name_of(sgd.learning_rate.kind)),
          "\"constant\", without warm-up");
  require(sgd.learning_rate.base == 1, "learning_rate", fmt::format("{:g}", sgd.learning_rate.base),
          "1; scale the algorithm's own constants instead");
  require(sgd.momentum == 0, "momentum", fmt::format("{:g}", sgd.momentum), "0");
  require(sgd.weight_decay == 0, "weight_decay", fmt::format("{:g}", sgd.weight_decay),
          "0; l2 of the objective is a part of f");
  require(!sgd.clip_norm, "clip_norm", fmt::format("{:g}", sgd.clip_norm.value_or(0)), "null");
}

void check_constants(const std::string& objective_name, const std::optional<ObjectiveConstants>& constants) {
  if (constants && constants->smoothness && constants->strong_convexity.value_or(0) > 0) return;
  throw InputError(
      "/algorithm", "the theory's constants need L and μ > 0 of the objective, which are not known here",
      objective_name,
      "a strongly convex objective (for example quadratic, or l2 > 0), or the algorithm's constants "
      "as numbers");
}

void check_barrier(const AlgorithmRow& method, const Dynamics& dynamics, const Timing& timing,
                   bool graph_changes) {
  const Barrier barrier = timing.barrier;
  if (barrier == Barrier::fitting) return;
  const auto refuse = [](const std::string& problem, const char* value, const std::string& hint) {
    throw InputError("/timing/barrier", problem, value, hint);
  };
  if (timing.model == TimingModel::trace || timing.model == TimingModel::live_trace)
    refuse("a trace says itself when everything happens", name_of(barrier), "leave it out");
  if (!dynamics.mixes_in_rounds()) {
    if (barrier != Barrier::none)
      refuse(method.name + " works without rounds: nobody waits", name_of(barrier),
             "\"none\", or leave it out");
    return;
  }
  if (barrier == Barrier::none)
    refuse(method.name + " works in rounds, which wait for somebody", name_of(barrier),
           "\"global\", \"local\", or an algorithm that is asynchronous");
  if (barrier != Barrier::local) return;
  const bool among_neighbours =
      std::all_of(dynamics.rounds.begin(), dynamics.rounds.end(), [](const Dynamics::Mixing& round) {
        return round.company == Company::neighbours || is_along_directions(round.company);
      });
  if (!among_neighbours)
    refuse(method.name + " does not mix with neighbours alone", name_of(barrier), "\"global\"");
  if (graph_changes) refuse("needs a graph that does not change", name_of(barrier), "\"global\"");
}

void check_averaged_end(const AlgorithmRow& method, const Dynamics& dynamics, const StopSettings& stop) {
  if (!stop.average || (dynamics.holds_models() && !dynamics.has_server())) return;
  throw InputError("/stop/average",
                   method.name + " keeps more than models, which have no average of a meaning", "true",
                   "leave it out");
}

void check_averaged_buffers(const AlgorithmRow& method, const Dynamics& dynamics,
                            const Experiment& experiment) {
  if (!experiment.optimizer.average_buffers) return;
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    throw InputError("/optimizer/average_buffers", problem, "true", hint);
  };
  if (memory_vectors(experiment.optimizer.rule) == 0)
    refuse("this optimizer remembers nothing that could be averaged", "false, or an optimizer with momentum");
  if (!dynamics.communicates() || dynamics.mixes_in_rounds() || dynamics.has_server() || dynamics.sends())
    refuse(method.name + " does not exchange in pairs", "false, or for example a2cid2 or async_gossip");
  if (experiment.algorithm.compression)
    refuse("messages are compressed, and compression is defined for models", "false, or no compression");
}

void check_backups(const AlgorithmRow& method, const Dynamics& dynamics, const Experiment& experiment,
                   Worker workers) {
  const Timing& timing = experiment.timing;
  if (timing.backup_workers == 0) return;
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    throw InputError("/timing/backup_workers", problem, fmt::format("{}", timing.backup_workers), hint);
  };
  const bool fits = dynamics.program == std::vector{Verb::gradient, Verb::round} &&
                    dynamics.opening.empty() && dynamics.rounds.front().company == Company::everyone &&
                    dynamics.flow.size() == 0 && dynamics.gradient.point.size() == 0 &&
                    dynamics.gradient.at_start.size() == 0;
  if (memory_vectors(experiment.optimizer.rule) > 0)
    refuse("the momenta of workers that are not waited for would be of other ages",
           "0, or sgd without momentum");
  if (experiment.algorithm.compression)
    refuse("the errors of compressed messages count on every worker's gradient", "0, or no compression");
  if (!fits)
    refuse(method.name + " is no method of one gradient per round and a mean over all workers",
           "0, or all_reduce_sgd");
  if (timing.model == TimingModel::trace || timing.model == TimingModel::live_trace)
    refuse("a trace says itself when everything happens", "0");
  if (!experiment.objective.has_gradients())
    refuse("there are no gradients to wait for", "0, or an objective");
  if (timing.backup_workers >= workers)
    refuse("leaves no gradient in a round", fmt::format("below {}, the number of workers", workers));
}

void check_tree(const AlgorithmRow& method, const Network& network) {
  const std::string needed = method.name + " needs a tree: ";
  const char* const instead = "a spanning tree, for example family path, star or binary_tree";
  if (network.changes())
    throw InputError("/topology", needed + "the graph changes over time, and sums get lost on their way", "",
                     "a tree without failures");
  std::vector<Worker> above(network.graph.workers);  // a forest of the workers joined so far
  std::iota(above.begin(), above.end(), Worker{0});
  const auto root = [&](Worker i) {
    while (above[i] != i) i = above[i] = above[above[i]];
    return i;
  };
  Worker parts = network.graph.workers;
  for (const Edge& edge : network.edges) {
    if (edge.rate == 0) continue;
    const Worker a = root(edge.i), b = root(edge.j);
    if (a == b)
      throw InputError(
          "/topology",
          fmt::format("{}the graph has a cycle through workers {} and {}", needed, edge.i, edge.j),
          network.graph.name, instead);
    above[a] = b;
    --parts;
  }
  if (parts > 1)
    throw InputError("/topology", needed + "the edges of positive rate do not join all workers",
                     network.graph.name, instead);
}

void check_common_start(const std::string& reason, const InitialSettings& initial,
                        const Matrix<double>* points) {
  const bool common = points == nullptr ? initial.kind != InitialKind::normal &&
                                              (initial.kind != InitialKind::network || initial.common)
                                        : (points->colwise() - points->col(0)).cwiseAbs().maxCoeff() == 0.0;
  if (common || initial.average) return;
  throw InputError(initial.field, reason + ", and the workers start at different ones", "",
                   "\"zero\", \"common_normal\", or one point for all");
}

void note_unused_start(const AlgorithmRow& method, const Dynamics& dynamics, const Experiment& experiment,
                       std::vector<std::string>& notices) {
  if (!dynamics.initial.isZero(0.0) || experiment.initial.kind == InitialKind::zero ||
      experiment.initial.kind == InitialKind::automatic)
    return;
  notices.push_back(
      fmt::format("{}/initial: {} starts with all its vectors 0; the initial points are not used",
                  experiment.place, method.name));
}

template <class Scalar>
void check_conjugates(const AlgorithmRow& method, const std::string& objective_name,
                      const Objective<Scalar>* objective) {
  const std::string reason =
      objective != nullptr ? objective->no_conjugate_reason() : "computes no gradients at all";
  if (reason.empty()) return;
  throw InputError("/objective",
                   method.name + " needs ∇f_i*, the gradient of the conjugate, but the objective " + reason,
                   objective_name,
                   "quadratic without noise, linear_regression with batch_size 0, or an algorithm that takes "
                   "gradients (dadao and gossip_tracking are exact too)");
}
template void check_conjugates<float>(const AlgorithmRow&, const std::string&, const Objective<float>*);
template void check_conjugates<double>(const AlgorithmRow&, const std::string&, const Objective<double>*);

}  // namespace acidsim
