#include "sim/experiment/mixings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "sim/core/error.hpp"
#include "topologies/mixing.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace {

void check_fixed(const Plan& plan) {
  if (plan.network->changes())
    throw InputError("/topology", "this needs a graph that does not change", plan.algorithm().name,
                     "a fixed graph without failures");
}

MixingRule rule_of(const Plan& plan) {
  return plan.constants.has("mixing") ? mixing_rule_named(plan.constants.text("mixing"))
                                      : MixingRule::automatic;
}

Group mixing_by_rule(const Plan& plan, const std::vector<Edge>& edges) {
  if (plan.algorithm().needs_tree) return summing_group(plan.workers(), edges);
  return with_error_path("/algorithm", [&] { return mixing_group(plan.workers(), edges, rule_of(plan)); });
}

}  // namespace

bool takes_prescribed_mixing(const Plan& plan) {
  return plan.dynamics.mixes_in_rounds() && !plan.network->mixing.empty() &&
         rule_of(plan) == MixingRule::automatic;
}

Group round_group(const Plan& plan) {
  check_fixed(plan);
  if (plan.mixing) return *plan.mixing;
  return mixing_by_rule(plan, plan.network->edges.list());
}

namespace {

bool uses(const Dynamics& dynamics, bool (*wanted)(Company)) {
  return std::any_of(dynamics.rounds.begin(), dynamics.rounds.end(),
                     [&](const Dynamics::Mixing& round) { return wanted(round.company); });
}
bool mixes_along_directions(const Dynamics& dynamics) { return uses(dynamics, is_along_directions); }
bool mixes_both_ways(const Dynamics& dynamics) {
  return dynamics.exchanges() ||
         uses(dynamics, [](Company c) { return c == Company::neighbours || c == Company::partner; });
}

// Of the edges given, whose positions in the network are `positions` (empty: the same). prescribed: their weights, where
// rounds go by them.
RoundGroups::Mixings mixings_of(const Plan& plan, const std::vector<Edge>& edges,
                                std::span<const Direction> directions,
                                std::span<const std::uint32_t> positions = {},
                                std::span<const double> prescribed = {}) {
  const auto placed = [&](Group group) {
    for (std::uint32_t& edge : group.edges) edge = positions.empty() ? edge : positions[edge];
    return group;
  };
  const Worker n = plan.workers();
  if (takes_prescribed_mixing(plan)) {
    const Group group = placed(prescribed_group(n, edges, directions, prescribed));
    return {.neighbours = group, .pushed = group, .pulled = group};
  }
  if (mixes_along_directions(plan.dynamics)) {
    RoundGroups::Mixings mixings{placed(directed_group(n, edges, directions, SumsToOne::columns))};
    mixings.pushed = mixings.neighbours;
    mixings.pulled = placed(directed_group(n, edges, directions, SumsToOne::rows));
    return mixings;
  }
  return {placed(plan.mixing ? *plan.mixing : mixing_by_rule(plan, edges))};
}

// Where the graph changes: the mixings of its phases.
RoundGroups changing_groups(const Plan& plan) {
  const Network& network = *plan.network;
  if (network.failures)
    throw InputError("/topology/failures", "edges of an algorithm of rounds do not fail",
                     plan.algorithm().name, "leave it out");
  if (uses(plan.dynamics, [](Company company) { return company == Company::partner; }))
    throw InputError("/topology", "partners are drawn from a graph that does not change",
                     plan.algorithm().name, "a fixed graph");
  RoundGroups groups;
  groups.periodic = network.periodic;
  for (std::size_t k = 0; k < network.phases.size(); ++k) {
    std::vector<Edge> edges;
    std::vector<std::uint32_t> positions;
    for (const auto& [edge, rate] : network.phases[k].clocks) {
      edges.push_back(network.edges[edge]);
      edges.back().rate = rate;
      positions.push_back(edge);
    }
    RoundGroups::Mixings mixings =
        mixings_of(plan, edges, network.directed() ? network.directions[k] : std::vector<Direction>{},
                   positions, takes_prescribed_mixing(plan) ? network.mixing[k] : std::vector<double>{});
    mixings.duration = network.phases[k].duration;
    if (k == 0)
      groups.first = std::move(mixings);
    else
      groups.later.push_back(std::move(mixings));
  }
  return groups;
}

}  // namespace

RoundGroups round_groups(const Plan& plan) {
  if (plan.network->changes()) return changing_groups(plan);
  const std::vector<Edge> edges = plan.network->edges.list();
  RoundGroups groups{mixings_of(
      plan, edges, plan.network->directed() ? plan.network->directions[0] : std::vector<Direction>{})};
  for (std::uint32_t e = 0; e < edges.size(); ++e)
    if (edges[e].rate > 0) groups.pairs.push_back({edges[e].i, edges[e].j, e});
  return groups;
}

namespace {

constexpr Worker most_dense_mixing = 1000;  // workers whose matrix is looked at for all its eigenvalues

}  // namespace

void take_mixing_matrix(Plan& plan) {
  if (!plan.experiment.algorithm.mixing) return;
  const AlgorithmRow& row = plan.algorithm();
  if (!plan.constants.has("mixing"))
    throw InputError("/algorithm/mixing", "this algorithm has no mixing matrix", row.name, "leave it out");
  if (plan.network->changes())
    throw InputError("/algorithm/mixing", "a mixing matrix needs a graph that does not change", "",
                     "the name of a rule");
  plan.mixing = with_error_path("/algorithm", [&] {
    Group group = mixing_group(plan.experiment.algorithm.mixing(), plan.network->edges.list(), plan.workers(),
                               row.needs_symmetric_mixing);
    if (plan.workers() <= 1 || (!row.needs_symmetric_mixing && plan.workers() > most_dense_mixing))
      return std::make_shared<const Group>(std::move(group));
    double largest = 0;
    if (row.needs_symmetric_mixing) {
      const MixingConstants found = mixing_constants(group);
      largest = std::max(found.lambda_2, -found.lambda_n);
    } else {
      largest = disagreement_factor(group);
    }
    constexpr double rounding = 1e-10;
    if (largest > 1 - rounding)
      throw InputError("mixing",
                       "rounds with this matrix do not average: besides the eigenvalue 1 there is one of "
                       "modulus 1 or more",
                       fmt::format("{:.12g}", largest),
                       "a matrix that joins all workers, with all other eigenvalues in (−1, 1)");
    return std::make_shared<const Group>(std::move(group));
  });
}

void remark_on_mixing(Plan& plan) {
  const AlgorithmRow& row = plan.algorithm();
  if (!row.one_matrix_because.empty() && plan.network->changes())
    plan.notices.push_back(
        fmt::format("{}/topology: the graph changes, and the theory of {} assumes one mixing matrix W: {}; "
                    "what is said of its limit need not hold, and it may diverge",
                    plan.place(), row.name, row.one_matrix_because));
  if (row.least_eigenvalue <= -1 || plan.network->changes() || plan.workers() > most_dense_mixing) return;
  const double found = mixing_constants(round_group(plan)).lambda_n;
  constexpr double rounding = 1e-12;
  if (plan.workers() == 1 || found > row.least_eigenvalue + rounding) return;
  plan.notices.push_back(
      fmt::format("{}: λ_n of the mixing matrix is {:.6g}, and {} needs it above {:.6g} to be stable for "
                  "every small step; "
                  "\"mixing\": \"lazy_metropolis\" has λ_n ≥ 0",
                  plan.place(), found, row.name, row.least_eigenvalue));
}

void check_directions(const Plan& plan) {
  const Network& network = *plan.network;
  if (!network.directed()) return;
  const std::string& name = plan.algorithm().name;
  const bool one_way_will_do = takes_prescribed_mixing(plan) && !plan.algorithm().needs_symmetric_mixing;
  if (mixes_both_ways(plan.dynamics) && !one_way_will_do)
    throw InputError("/topology", "the graph is directed, and messages of this algorithm go both ways", name,
                     "push_sum, push_diging or push_pull, or an undirected graph");
  if (plan.dynamics.sends() && network.changes())
    throw InputError("/topology", "single messages need a directed graph that does not change", name,
                     "\"timing\": \"rounds\"");
  if (network.changes() && network.directions.size() != network.phases.size())
    throw InputError("/topology", "some graphs of the sequence are directed and others are not", name,
                     "graphs of one kind");
}

}  // namespace acidsim
