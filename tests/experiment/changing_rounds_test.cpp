// Rounds on graphs that change: the mixing of each round is that of its phase, prescribed by the family or by a rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/experiment/run.hpp"
#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/prescribed_matrix.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using Dense = Matrix<double>;
constexpr Index dimension = 3;

TopologySource changing(GraphSequence sequence) {
  TopologySource source;
  source.sequence = [sequence = std::move(sequence)](std::vector<std::string>&) { return sequence; };
  return source;
}

std::vector<std::string> notices_of(const std::string& method, const TopologySource& topology) {
  Experiment experiment;
  experiment.topology = topology;
  experiment.algorithm.name = method;
  experiment.objective = quadratic_objective({.dimension = dimension}, 1);
  experiment.record.metrics = {"consensus_distance"};
  experiment.stop.rules.time = 1;
  Resources resources;
  return make_plan(experiment, resources).notices;
}

TEST(OneMixingMatrix, IsAssumedInANoticeWhereTheGraphChanges) {
  const TopologySource phases = changing(one_peer_exponential(8, 1));
  const auto assumed = Contains(HasSubstr("assumes one mixing matrix W"));
  for (const char* method : {"choco_sgd", "extra", "nids", "exact_diffusion", "d2"}) {
    EXPECT_THAT(notices_of(method, phases), assumed) << method;
    EXPECT_THAT(notices_of(method, fixed_graph(cycle(8))), Not(assumed)) << method;
  }
  for (const char* method : {"d_psgd", "gradient_tracking", "local_sgd"})
    EXPECT_THAT(notices_of(method, phases), Not(assumed)) << method;
}

// Rounds without gradients, one at each of the times 1, 2, …; every worker has a start of its own.
Experiment mixing_rounds(const GraphSequence& sequence, const std::string& method = "d_psgd") {
  Experiment experiment;
  experiment.topology = changing(sequence);
  experiment.algorithm.name = method;
  if (method == "push_sum") experiment.algorithm.parameters.set("timing", std::string("rounds"));
  experiment.objective = pure_gossip(dimension);
  experiment.initial.kind = InitialKind::normal;
  experiment.stop.rules.time = static_cast<double>(2 * sequence.phases.size());
  experiment.record.every = 1;
  experiment.record.metrics = {"consensus_distance"};
  experiment.record.states = RecordedStates::all;
  return experiment;
}

// The states of methods with one vector, a row for each worker: at the start, and after each round.
std::vector<Dense> states_of(const Experiment& experiment, Worker workers) {
  std::vector<double> numbers;
  run(experiment, {.on_states = [&](std::span<const std::byte> bytes) {
        const auto* first = reinterpret_cast<const double*>(bytes.data());
        numbers.insert(numbers.end(), first, first + bytes.size() / sizeof(double));
      }});
  const std::size_t size = static_cast<std::size_t>(dimension) * workers;
  std::vector<Dense> states;
  for (std::size_t at = 0; at < numbers.size(); at += size)
    states.push_back(Eigen::Map<const Dense>(numbers.data() + at, dimension, workers).transpose());
  return states;
}

double distance(const Dense& a, const Dense& b) { return (a - b).cwiseAbs().maxCoeff(); }
Dense mean_of(const Dense& states) { return Vector<double>::Ones(states.rows()) * states.colwise().mean(); }

// Values are a few at most, and each of at most twenty rounds adds some roundings: 1e-13.
TEST(PrescribedMixing, IsThatOfThePhaseInEveryRound) {
  const std::vector<GraphSequence> sequences = {base_graph(11, 1, BaseGraphVariant::simple, 1),
                                                base_graph(12, 1, BaseGraphVariant::base, 1),
                                                base_graph(14, 2, BaseGraphVariant::base, 1),
                                                od_equidyn(9, 0.5, 10, 1, 3), ou_equidyn(9, 0.5, 10, 1, 3)};
  for (const GraphSequence& sequence : sequences)
    for (const char* method : {"d_psgd", "push_sum"}) {
      SCOPED_TRACE(sequence.name + " " + method);
      const Worker n = sequence.phases[0].graph.workers;
      const std::vector<Dense> states = states_of(mixing_rounds(sequence, method), n);
      ASSERT_EQ(states.size(), 2 * sequence.phases.size() + 1);
      Dense expected = states[0];
      for (std::size_t k = 0; k + 1 < states.size(); ++k) {
        expected = prescribed_matrix(sequence, k % sequence.phases.size()) * expected;
        EXPECT_LT(distance(states[k + 1], expected), 1e-13) << "round " << k;
      }
    }
}

TEST(PrescribedMixing, OfABaseGraphAveragesExactlyInOnePeriod) {
  for (const Worker n : {2u, 3u, 7u, 12u, 25u})
    for (const Worker peers : {1u, 2u, 4u}) {
      const GraphSequence sequence = base_graph(n, peers, BaseGraphVariant::base, 1);
      const std::vector<Dense> states = states_of(mixing_rounds(sequence), n);
      const std::size_t period = sequence.phases.size();
      const Dense mean = mean_of(states[0]);
      EXPECT_LT(distance(states[period], mean), 1e-13) << n << ' ' << peers;
      EXPECT_GT(distance(states[period - 1], mean), 0.01) << "no sooner";
    }
}

// Gradients of step 0 take their time, and change nothing.
TEST(PrescribedMixing, AveragesExactlyWithStepsOfZero) {
  const GraphSequence sequence = base_graph(13, 2, BaseGraphVariant::simple, 1);
  Experiment experiment = mixing_rounds(sequence);
  experiment.objective = quadratic_objective({.dimension = dimension, .heterogeneity = 1}, 1);
  experiment.optimizer.sgd().learning_rate.base = 0;
  experiment.stop.rules = {.rounds = sequence.phases.size()};
  experiment.record.states = RecordedStates::none;
  experiment.record.metrics = {"consensus_distance", "distance_to_optimum"};
  const RepeatResult serial = run(experiment).repeats.at(0);
  EXPECT_EQ(serial.outcome.counts.rounds, sequence.phases.size());
  const std::vector<double>&first = serial.records.front().metrics, &last = serial.records.back().metrics;
  EXPECT_GT(first[0], 0.1);
  EXPECT_LT(last[0], 1e-26);
  EXPECT_NEAR(last[1], first[1], 1e-12) << "the mean stays";
  const RepeatResult shared = run(experiment, {}, OpenMp{3, Sharing::always}).repeats.at(0);
  EXPECT_EQ(shared.state_digest, serial.state_digest);
}

// A rule that is asked for takes the place of what is prescribed: pairs take halves.
TEST(PrescribedMixing, GivesWayToARule) {
  const GraphSequence sequence = base_graph(5, 1, BaseGraphVariant::simple, 1);
  GraphSequence halves = sequence;
  bool differ = false;
  for (std::vector<double>& weights : halves.mixing)
    for (double& weight : weights) differ |= std::exchange(weight, 0.5) != 0.5;
  ASSERT_TRUE(differ);
  Experiment experiment = mixing_rounds(sequence);
  experiment.algorithm.parameters.set("mixing", std::string("metropolis"));
  const std::vector<Dense> states = states_of(experiment, 5);
  Dense expected = states[0];
  for (std::size_t k = 0; k < sequence.phases.size(); ++k) expected = prescribed_matrix(halves, k) * expected;
  EXPECT_LT(distance(states[sequence.phases.size()], expected), 1e-13);
}

TEST(PrescribedMixing, OfADirectedGraphIsNotForAll) {
  const auto refusal = [](const std::string& method, const char* mixing) {
    Experiment experiment = mixing_rounds(od_equidyn(8, 0.5, 10, 1, 3), method);
    if (mixing != nullptr) experiment.algorithm.parameters.set("mixing", std::string(mixing));
    return input_error_of([&] { run(experiment); });
  };
  const auto message =
      HasSubstr("/topology: the graph is directed, and messages of this algorithm go both ways");
  EXPECT_THAT(refusal("extra", nullptr), message) << "it needs a symmetric matrix";
  EXPECT_THAT(refusal("d_psgd", "metropolis"), message);
  EXPECT_THAT(refusal("async_gossip", nullptr), message);
}

// Two matchings in turn, neither of which joins the workers; together they are a ring.
GraphSequence alternating_matchings(Worker n) {
  GraphSequence sequence;
  sequence.name = "matchings";
  for (const Worker first : {0u, 1u}) {
    Graph graph;
    graph.workers = n;
    for (Worker i = first; i < n; i += 2) graph.edges.push_back({i, (i + 1) % n});
    normalise(graph);
    sequence.phases.push_back({graph, 1});
  }
  return sequence;
}

// One matching after the other halves the Fourier mode m of pairs to cos²(2πm/n) of itself: 1/4 for n = 6.
TEST(ChangingRounds, AverageOverGraphsThatAreConnectedTogether) {
  const GraphSequence sequence = alternating_matchings(6);
  for (const GraphPhase& phase : sequence.phases) EXPECT_EQ(component_sizes(phase.graph).size(), 3u);
  Experiment experiment = mixing_rounds(sequence);
  experiment.stop.rules.time = 42;
  const std::vector<Dense> states = states_of(experiment, 6);
  const Dense mean = mean_of(states[0]);
  const Dense halved = states[1] - mean;
  EXPECT_GT(halved.norm(), 0.1);
  EXPECT_LT(distance(states[41], mean), 1e-11);
  for (std::size_t k = 1; k + 2 < 20; k += 2)
    EXPECT_LT(distance(states[k + 2] - mean, 0.25 * (states[k] - mean)), 1e-13) << "round " << k;
  GraphSequence one = sequence;
  one.phases.pop_back();
  EXPECT_THAT(input_error_of([&] { run(mixing_rounds(one)); }), HasSubstr("do not connect the workers"));
}

TEST(ChangingRounds, PairsAverageOverGraphsThatAreConnectedTogether) {
  Experiment experiment = mixing_rounds(alternating_matchings(6), "async_gossip");
  experiment.stop.rules.time = 100;
  const std::vector<Dense> states = states_of(experiment, 6);
  EXPECT_LT(distance(states.back(), mean_of(states[0])), 1e-9);
}

}  // namespace
}  // namespace acidsim
