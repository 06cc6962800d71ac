// Methods of directed graphs through whole runs, against trajectories that were computed independently
// (tests/data/rivals/directed.json): eight quadratics in R³ without noise.
#include <gtest/gtest.h>

#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/push_tracking.hpp"
#include "tests/engine/rivals.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace directed_test {

constexpr Worker workers = rival_workers;

using Dense = Matrix<double>;

Group group_of_arcs(const std::vector<Arc>& arcs, SumsToOne sums) {
  Graph graph;
  graph.workers = workers;
  set_arcs(graph, arcs);
  return directed_group(workers, graph.edges, graph.directions, sums);
}
std::vector<Arc> arcs_of_the_file() {
  std::vector<Arc> arcs;
  const json file = rivals("directed.json");
  for (const json& arc : file["arcs"]) arcs.push_back({arc[0], arc[1]});
  return arcs;
}
std::vector<Arc> shifted(Worker by) {
  std::vector<Arc> arcs;
  for (Worker i = 0; i < workers; ++i) arcs.push_back({i, (i + by) % workers});
  return arcs;
}

Dense matrix_of(const Group& group) {
  Dense matrix = Dense::Zero(workers, workers);
  for (Worker i = 0; i < workers; ++i) {
    matrix(i, i) = group.own[i];
    for (std::uint32_t at = group.first[i]; at < group.first[i + 1]; ++at)
      matrix(i, group.neighbours[at]) = group.weights[at];
  }
  return matrix;
}

Dense gradients_at(const Problem& problem, const Dense& models) {
  const auto scratch = problem.objective->scratch();
  Dense gradients(3, workers);
  Vector<double> gradient(3);
  for (Worker i = 0; i < workers; ++i) {
    problem.objective->gradient(i, 0, models.col(i), gradient, *scratch);
    gradients.col(i) = gradient;
  }
  return gradients;
}

TEST(DirectedGroup, HasTheSharesOfTheFile) {
  const json expected = rivals("directed.json")["P"];
  const Dense found = matrix_of(group_of_arcs(arcs_of_the_file(), SumsToOne::columns));
  for (Worker i = 0; i < workers; ++i)
    for (Worker j = 0; j < workers; ++j) EXPECT_EQ(found(i, j), expected[i][j]) << i << " " << j;
}

enum class Graphs { fixed, one_peer };

struct Pushed {
  const char* name;   // in the file
  const char* field;  // of the models
  Dynamics dynamics;
  Graphs graphs = Graphs::fixed;
  double learning_rate = 0.125;
};
std::vector<Pushed> pushed_methods() {
  return {{"sgp_static", "z", push_sum_in_rounds(0)},
          {"osgp_static", "z", push_sum_in_rounds(1)},
          {"sgp_one_peer", "z", push_sum_in_rounds(0), Graphs::one_peer},
          {"osgp_one_peer", "z", push_sum_in_rounds(1), Graphs::one_peer},
          {"push_diging_static", "x", push_diging_dynamics(), Graphs::fixed, 0.03125},
          {"push_pull", "x", push_pull_dynamics(), Graphs::fixed, 0.03125}};
}
class DirectedRounds : public ::testing::TestWithParam<Pushed> {};
INSTANTIATE_TEST_SUITE_P(Methods, DirectedRounds, ::testing::ValuesIn(pushed_methods()),
                         [](const auto& test) { return std::string(test.param.name); });

// Round k happens at time k = 1, 2, …; groups 0 to 2 push, group 3 pulls.
ListSchedule schedule_of(const Pushed& method, int rounds) {
  std::vector<Event> events;
  for (int k = 1; k <= rounds; ++k) {
    std::uint16_t number = 0;
    for (const Verb verb : method.dynamics.program) {
      for (Worker i = 0; verb != Verb::round && i < workers; ++i)
        events.push_back({double(k), i, i, i, verb});
      if (verb != Verb::round) continue;
      const bool pulls = method.dynamics.rounds[number].company == Company::pulled;
      const int group = pulls ? 3 : method.graphs == Graphs::one_peer ? (k - 1) % 3 : 0;
      events.push_back({double(k), 0, 0, static_cast<std::uint32_t>(group), Verb::round, 0, number++});
    }
  }
  ListSchedule schedule(events);
  std::vector<Group> groups;
  for (const Worker by : {1u, 2u, 4u})
    groups.push_back(
        group_of_arcs(method.graphs == Graphs::fixed ? arcs_of_the_file() : shifted(by), SumsToOne::columns));
  groups.push_back(group_of_arcs(arcs_of_the_file(), SumsToOne::rows));
  schedule.set_groups(groups);
  return schedule;
}

// The models after each round; entry 0 is before the first. At the end Σ_i w_i = n, those under way included.
template <class Run>
std::vector<Dense> models_of(const Pushed& method, int rounds, const Run& run) {
  const ListSchedule schedule = schedule_of(method, rounds);
  Problem problem(method.dynamics, {.learning_rate = {.base = method.learning_rate}});
  const auto models = problem.models_after_rounds(schedule, run);
  double weights = 0;
  for (Worker i = 0; i < workers; ++i)
    for (const double weight : problem.kernel->weights(i)) weights += weight;
  if (method.dynamics.weighted()) {
    EXPECT_NEAR(weights, workers, 1e-13) << "those under way are counted";
  }
  return models;
}

double distance(const Dense& models, const json& expected) {
  double largest = 0;
  for (Worker i = 0; i < workers; ++i)
    largest = std::max(largest, (models.col(i) - vector_of(expected[i])).cwiseAbs().maxCoeff());
  return largest;
}

TEST_P(DirectedRounds, FollowTheTrajectory) {
  const Pushed& method = GetParam();
  const json expected = rivals("directed.json")[method.name][method.field];
  const int rounds = static_cast<int>(expected.size()) - 1;
  const auto models = models_of(method, rounds, serially);
  ASSERT_EQ(models.size(), expected.size());
  for (std::size_t k = 0; k < models.size(); ++k)
    EXPECT_LT(distance(models[k], expected[k]), 1e-12) << "round " << k;
  EXPECT_EQ(models_of(method, rounds, on_three_threads), models);
}

// At rest the gradients at the models sum to 0: on a fixed graph SGP and OSGP end where a linear solve says, and the
// tracking methods at the optimum.
TEST_P(DirectedRounds, EndAtTheirFixedPoint) {
  const Pushed& method = GetParam();
  if (method.graphs == Graphs::one_peer) GTEST_SKIP() << "it ends in a cycle of three points";
  const json file = rivals("directed.json")[method.name];
  const Dense end = models_of(method, 4000, serially).back();
  if (file.contains("fixed_point")) {
    EXPECT_LT(distance(end, file["fixed_point"]), 1e-12);
  } else {
    const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
    EXPECT_LT((end.colwise() - optimum).cwiseAbs().maxCoeff(), 1e-9);
  }
  EXPECT_LT(gradients_at(Problem(method.dynamics), end).rowwise().sum().cwiseAbs().maxCoeff(), 1e-9);
}

// --- OSGP whose messages land several rounds later.

// x_i⁺ = P_ii x_i + Σ_j≠i P_ij x_j(k − τ + 1) − γ g_i and w_i alike, with all that was ever sent kept: the models.
std::vector<Dense> overlapped_models(const Pushed& method, int overlap, int rounds) {
  const ListSchedule schedule = schedule_of(method, rounds);
  std::vector<Dense> shares;
  for (std::size_t g = 0; g < 3; ++g) shares.push_back(matrix_of(schedule.groups()[g]));
  const Problem problem(method.dynamics);
  std::vector<Dense> x, models;  // of x the fourth row is w
  Dense start = Dense::Ones(4, workers);
  start.topRows(3).colwise() = vector_of(rivals("problem.json")["x0"]);
  x.push_back(start);
  for (int k = 0; k <= rounds; ++k) {
    const Dense& now = x.back();
    models.push_back(now.topRows(3) * now.row(3).cwiseInverse().asDiagonal());
    const auto share_of = [&](int round) -> const Dense& {
      return shares[method.graphs == Graphs::one_peer ? static_cast<std::size_t>(round) % 3 : 0];
    };
    Dense next = now * share_of(k).diagonal().asDiagonal();
    if (const int sent = k - overlap + 1; sent >= 0) {
      Dense others = share_of(sent);
      others.diagonal().setZero();
      next += x[static_cast<std::size_t>(sent)] * others.transpose();
    }
    next.topRows(3) -= method.learning_rate * gradients_at(problem, models.back());
    x.push_back(next);
  }
  return models;
}

class OverlappedPushes : public ::testing::TestWithParam<std::tuple<int, Graphs>> {};
INSTANTIATE_TEST_SUITE_P(OverlapsAndGraphs, OverlappedPushes,
                         ::testing::Combine(::testing::Values(1, 2, 3, 7),
                                            ::testing::Values(Graphs::fixed, Graphs::one_peer)));

TEST_P(OverlappedPushes, FollowTheirEquations) {
  const auto [overlap, graphs] = GetParam();
  // The later messages land, the smaller the steps that are stable, and numbers stay below 10.
  const Pushed method{"", "", push_sum_in_rounds(overlap), graphs, 0.03125 / overlap};
  constexpr int rounds = 40;
  const std::vector<Dense> expected = overlapped_models(method, overlap, rounds);
  const auto models = models_of(method, rounds, serially);
  ASSERT_EQ(models.size(), expected.size());
  for (std::size_t k = 0; k < models.size(); ++k)
    EXPECT_LT((models[k] - expected[k]).cwiseAbs().maxCoeff(), 1e-12) << "round " << k;
  EXPECT_LT(models.back().cwiseAbs().maxCoeff(), 10);
  EXPECT_GT((models.back() - models.front()).cwiseAbs().maxCoeff(), 0.1);
  EXPECT_EQ(models_of(method, rounds, on_three_threads), models);
}

// Without steps Σ_i x_i and Σ_i w_i stay, what is under way included, and all models become the mean of the starts. The
// starts are i and the weights 1: no sum has a digit to lose but in its last places.
TEST_P(OverlappedPushes, ConserveTheirSums) {
  const auto [overlap, graphs] = GetParam();
  const Pushed method{"", "", push_sum_in_rounds(overlap), graphs, 0.0};
  const ListSchedule schedule = schedule_of(method, 2400);
  for (const int rounds : {1, 2, 5, 2400}) {
    const auto kernel = make_generic_kernel<double>(method.dynamics, workers, 1);
    for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Constant(1, i));
    Simulation<double> simulation{.schedule = schedule, .kernel = *kernel};
    simulation.stop.time = rounds;
    run_serial(simulation);
    double x = 0, w = 0;
    for (Worker i = 0; i < workers; ++i) {
      for (int a = 0; a < kernel->vectors(); ++a) {
        double part = 0;
        kernel->read(i, a, rounds, {&part, 1});
        x += part;
        w += kernel->weights(i)[static_cast<std::size_t>(a)];
      }
      double model = 0;
      kernel->model(i, rounds, {&model, 1});
      if (rounds == 2400) {
        EXPECT_NEAR(model, 3.5, 1e-12);
      }
    }
    EXPECT_NEAR(x, 28, 1e-12) << rounds;
    EXPECT_NEAR(w, 8, 1e-12) << rounds;
  }
}

// At rest the gradients at the models sum to 0, however late messages land.
TEST(OverlappedPushesAtRest, HaveGradientsOfSumZero) {
  const Pushed method{"", "", push_sum_in_rounds(3), Graphs::fixed, 0.03125};
  const Dense end = models_of(method, 4000, serially).back();
  const Problem problem(method.dynamics);
  const Dense gradients = gradients_at(problem, end);
  EXPECT_LT(gradients.rowwise().sum().cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_GT(gradients.cwiseAbs().maxCoeff(), 0.1);
}

// Three pushes along the distances 1, 2, 4 with shares of a half: every worker holds the mean.
TEST(OnePeerExponential, AveragesExactlyInThreeRounds) {
  const Pushed method{"sgp_one_peer", "z", push_sum_in_rounds(0), Graphs::one_peer};
  const ListSchedule schedule = schedule_of(method, 3);
  const auto kernel = make_generic_kernel<double>(method.dynamics, workers, 1);
  for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Constant(1, 1.0 * i * i));
  run_serial(Simulation<double>{.schedule = schedule, .kernel = *kernel});
  for (Worker i = 0; i < workers; ++i) {
    std::vector<double> x(1);
    kernel->model(i, 3, x);
    EXPECT_EQ(x[0], 140.0 / 8);
  }
}

}  // namespace directed_test
}  // namespace acidsim
