// RelaySGD through whole runs on trees: the trajectory that was computed independently with messages by edge
// (tests/data/rivals), its closed form, and its fixed point.
#include "sim/algorithms/relay_sgd.hpp"

#include <gtest/gtest.h>

#include "tests/engine/rivals.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace relay_sgd_test {

constexpr Worker workers = rival_workers;

constexpr double learning_rate = 1.0 / 8;

struct Tree {
  std::string name;
  std::vector<Edge> edges;
  Worker (*distance)(Worker i, Worker j);
};

Tree path() {
  Tree tree{"path", {}, [](Worker i, Worker j) { return std::max(i, j) - std::min(i, j); }};
  for (Worker i = 0; i + 1 < workers; ++i) tree.edges.push_back({i, i + 1, 1});
  return tree;
}
Tree star() {
  Tree tree{"star", {}, [](Worker i, Worker j) -> Worker { return i == j ? 0 : i == 0 || j == 0 ? 1 : 2; }};
  for (Worker i = 1; i < workers; ++i) tree.edges.push_back({0, i, 1});
  return tree;
}

// The models after each round; entry 0 is before the first.
template <class Run>
std::vector<Matrix<double>> models_on(const Tree& tree, int rounds, const Vector<double>& start,
                                      const Run& run) {
  std::vector<Event> events;
  for (int k = 1; k <= rounds; ++k) {
    for (Worker i = 0; i < workers; ++i) events.push_back({double(k), i, i, i, Verb::gradient});
    events.push_back({double(k), 0, 0, 0, Verb::round});
  }
  ListSchedule schedule(events);
  schedule.set_groups({summing_group(workers, tree.edges)});
  Problem problem(relay_sgd_dynamics(workers), {.learning_rate = {.base = learning_rate}});
  for (Worker i = 0; i < workers; ++i) problem.kernel->initialise(i, start);
  return problem.models_after_rounds(schedule, run);
}

Vector<double> start_of_the_file() { return vector_of(rivals("problem.json")["x0"]); }

// 1e-12: the two computations of each number differ by at most 1e-14.
TEST(RelaySgd, FollowsTheTrajectory) {
  const json expected = rivals("rounds.json")["relay_sgd"]["x"];
  const int rounds = static_cast<int>(expected.size()) - 1;
  const auto models = models_on(path(), rounds, start_of_the_file(), serially);
  ASSERT_EQ(models.size(), expected.size());
  for (std::size_t k = 0; k < models.size(); ++k)
    for (Worker i = 0; i < workers; ++i)
      EXPECT_LT((models[k].col(i) - vector_of(expected[k][i])).cwiseAbs().maxCoeff(), 1e-12)
          << "round " << k << " worker " << i;
  EXPECT_EQ(models_on(path(), rounds, start_of_the_file(), on_three_threads), models);
}

// x_i = (1/n) Σ_j of what j had after its step, as old as edges lie between them, less one.
TEST(RelaySgd, AveragesWhatIsAsOldAsItIsFar) {
  const Problem problem(relay_sgd_dynamics(workers));
  const auto scratch = problem.objective->scratch();
  for (const Tree& tree : {path(), star()}) {
    SCOPED_TRACE(tree.name);
    const auto models = models_on(tree, 20, start_of_the_file(), serially);
    const auto after_step = [&](int round, Worker j) -> Vector<double> {
      if (round < 1) return start_of_the_file();
      const Vector<double> x = models[static_cast<std::size_t>(round - 1)].col(j);
      Vector<double> gradient;
      problem.objective->gradient(j, 0, x, gradient, *scratch);
      return x - learning_rate * gradient;
    };
    for (int round = 1; round <= 20; ++round)
      for (Worker i = 0; i < workers; ++i) {
        Vector<double> mean = Vector<double>::Zero(3);
        for (Worker j = 0; j < workers; ++j)
          mean += after_step(round - std::max(static_cast<int>(tree.distance(i, j)) - 1, 0), j) / workers;
        EXPECT_LT((models[static_cast<std::size_t>(round)].col(i) - mean).cwiseAbs().maxCoeff(), 1e-12)
            << "round " << round << " worker " << i;
      }
  }
}

// All workers end at x*, though their data differ, from wherever they start.
TEST(RelaySgd, EndsAtTheMinimiser) {
  const Vector<double> optimum = vector_of(rivals("problem.json")["x_star"]);
  for (const Tree& tree : {path(), star()})
    for (const Vector<double>& start :
         {start_of_the_file(), Vector<double>(Vector<double>::Constant(3, -2.0))}) {
      const Matrix<double> last = models_on(tree, 600, start, serially).back();
      EXPECT_LT((last.colwise() - optimum).cwiseAbs().maxCoeff(), 1e-10) << tree.name;
    }
}

}  // namespace relay_sgd_test
}  // namespace acidsim
