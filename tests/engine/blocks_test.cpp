// Where events act on each coordinate alone, long vectors are worked on in blocks of coordinates, gradients included:
// the bits are those of whole vectors.
#include <gtest/gtest.h>

#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/gradient_tracking.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/round_schedule.hpp"

namespace acidsim {
namespace blocks_test {

constexpr Worker workers = 6;

// A quadratic that computes whole gradients only.
class WholeGradients final : public Objective<double> {
 public:
  explicit WholeGradients(const Objective<double>& objective) : objective_(objective) {}
  Index dimension() const override { return objective_.dimension(); }
  Worker workers() const override { return objective_.workers(); }
  std::unique_ptr<GradientScratch> scratch() const override { return objective_.scratch(); }
  void gradient(Worker worker, std::uint64_t index, const Vector<double>& x, Vector<double>& g,
                GradientScratch& scratch) const override {
    objective_.gradient(worker, index, x, g, scratch);
  }
  double loss(const Vector<double>& x) const override { return objective_.loss(x); }
  double worker_loss(Worker worker, const Vector<double>& x) const override {
    return objective_.worker_loss(worker, x);
  }
  void full_gradient(const Vector<double>& x, Vector<double>& g) const override {
    objective_.full_gradient(x, g);
  }
  const Minimiser& minimiser() const override { return objective_.minimiser(); }

 private:
  const Objective<double>& objective_;
};

Group ring() {
  Group group{.first = {0}};
  for (Worker i = 0; i < workers; ++i) {
    group.members.push_back(i);
    for (const Worker j : {(i + workers - 1) % workers, (i + 1) % workers}) {
      group.neighbours.push_back(j);
      group.weights.push_back(0.3);
    }
    std::sort(group.neighbours.end() - 2, group.neighbours.end());
    group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
    group.edges.push_back(i);
  }
  return group;
}

RoundSchedule rounds(const Dynamics& dynamics) {
  RoundProgram program;
  for (const Verb verb : dynamics.program) program.push_back({verb});
  return {1, std::vector<double>(workers, 1.0), program, {{ring()}}};
}

PoissonSchedule pairs() {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < workers; ++i) edges.push_back({i, i + 1, 0.5});
  return {1, std::vector<double>(workers, 1.0), edges};
}

// The vectors of all workers at time 12.
template <class Run>
Matrix<double> ends(const Dynamics& dynamics, const Schedule& schedule, const Objective<double>& objective,
                    double momentum, const Run& run) {
  const Index d = objective.dimension();
  const auto kernel = make_generic_kernel<double>(dynamics, workers, d);
  for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::LinSpaced(d, -1.0, 0.5 + i));
  Sgd<double> optimizer({.learning_rate = {.base = 0.1}, .momentum = momentum}, workers, d);
  Simulation<double> simulation{schedule, *kernel};
  simulation.objective = &objective;
  simulation.optimizer = &optimizer;
  simulation.edges = workers;
  simulation.stop.time = 12;
  run(simulation);
  Matrix<double> all(kernel->vectors() * d, Index{workers});
  for (Worker i = 0; i < workers; ++i)
    kernel->save(i, {all.col(i).data(), static_cast<std::size_t>(all.rows())});
  return all;
}

void expect_the_bits_of_whole_vectors(const Dynamics& dynamics, const Schedule& schedule) {
  const auto serially = [](const Simulation<double>& simulation) { return run_serial(simulation); };
  const auto on_threads = [](const Simulation<double>& simulation) {
    return run_openmp(simulation, 3, Sharing::always);
  };
  for (const Index d : {5, 1100, 3001}) {
    for (const double momentum : {0.0, 0.5}) {  // with momentum a direction is made as a whole
      const auto objective = make_quadratic<double>(
          {.dimension = d, .curvature_min = 0.5, .curvature_max = 1, .heterogeneity = 1}, workers, 1, 1);
      ASSERT_TRUE(objective->is_separable());
      const Matrix<double> expected =
          ends(dynamics, schedule, WholeGradients(*objective), momentum, serially);
      EXPECT_EQ(ends(dynamics, schedule, *objective, momentum, serially), expected) << d << " " << momentum;
      EXPECT_EQ(ends(dynamics, schedule, *objective, momentum, on_threads), expected) << d << " " << momentum;
    }
  }
}

TEST(BlocksTest, RoundsHaveTheBitsOfWholeVectors) {
  for (const Dynamics& dynamics :
       {d_psgd_dynamics(MixingOrder::adapt_then_combine), d_psgd_dynamics(MixingOrder::combine_then_adapt),
        gradient_tracking_dynamics(TrackingVariant::atc)})
    expect_the_bits_of_whole_vectors(dynamics, rounds(dynamics));
}
TEST(BlocksTest, ExchangesHaveTheBitsOfWholeVectors) {
  expect_the_bits_of_whole_vectors(gossip_tracking_dynamics(), pairs());
}
// What flows is not cut into blocks; its gradients are computed tile by tile.
TEST(BlocksTest, FlowsHaveTheBitsOfWholeVectors) {
  DadaoParameters parameters = dadao_parameters(0.25, 1, 1);
  parameters.beta_tilde = parameters.beta;
  expect_the_bits_of_whole_vectors(dadao_dynamics(parameters), pairs());
}

}  // namespace blocks_test
}  // namespace acidsim
