// Gossip on graphs that change over time, against its exact mean.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "sim/timing/changing_schedule.hpp"
#include "tests/engine/runs.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace changing_laws_test {

using Dense = Matrix<double>;

constexpr Worker workers = 6;
constexpr double horizon = 2.5;
constexpr int runs = 20000;

Dense laplacian(std::span<const Edge> edges) {
  Dense matrix = Dense::Zero(workers, workers);
  for (const auto& [i, j, rate] : edges) {
    Vector<double> difference = Vector<double>::Unit(workers, i) - Vector<double>::Unit(workers, j);
    matrix += rate * difference * difference.transpose();
  }
  return matrix;
}

// e^{−Λt/2}
Dense decay(const Dense& rates, double time) {
  const Eigen::SelfAdjointEigenSolver<Dense> solved(rates);
  const Vector<double> factors = (-0.5 * time * solved.eigenvalues()).array().exp();
  return solved.eigenvectors() * factors.asDiagonal() * solved.eigenvectors().transpose();
}

// Four graphs that do not commute, each edge of a rate of its own.
struct Changing {
  GraphSequence sequence;
  GraphUnion all;
  std::vector<std::vector<Edge>> rated;

  explicit Changing(double duration)
      : sequence(random_geometric_walk(workers, 0.35, 0.3, 4, duration, 9)), all(union_of(sequence)) {
    for (const GraphPhase& phase : sequence.phases) {
      rated.push_back(phase.graph.edges);
      for (Edge& edge : rated.back()) edge.rate = 0.3 + 0.1 * edge.i + 0.05 * edge.j;
    }
  }

  ChangingPoissonSchedule schedule(std::uint64_t seed) const {
    std::vector<CommunicationPhase> phases;
    for (std::size_t k = 0; k < rated.size(); ++k) {
      phases.push_back({sequence.phases[k].duration, {}});
      for (std::size_t e = 0; e < rated[k].size(); ++e)
        phases.back().clocks.push_back({all.positions[k][e], rated[k][e].rate});
    }
    return {seed, std::vector<double>(workers, 0.0), all.graph.edges, phases, true, {}};
  }

  // E[x(horizon)] for x(0) = identity: each communication takes x_i and x_j to their mean, which on average
  // is −½ Λ(t) x dt.
  Dense mean_state() const {
    Dense state = Dense::Identity(workers, workers);
    double left = horizon;
    for (std::size_t k = 0; left > 0; k = (k + 1) % rated.size()) {
      const double time = std::min(left, sequence.phases[k].duration);
      state = decay(laplacian(rated[k]), time) * state;
      left -= time;
    }
    return state;
  }
};

Dense final_state(const Schedule& schedule) {
  const auto kernel = make_async_gossip_kernel<double>({}, workers, workers);
  for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Unit(workers, i));
  Simulation<double> simulation{.schedule = schedule, .kernel = *kernel};
  simulation.stop = until(horizon);
  simulation.observe.every = horizon;
  run_serial(simulation);
  Dense state(workers, workers);
  Vector<double> row(workers);
  for (Worker i = 0; i < workers; ++i) {
    kernel->read(i, 0, horizon, {row.data(), workers});
    state.row(i) = row;
  }
  return state;
}

struct Estimate {
  Dense mean, deviation;  // of each entry; the deviation is the mean's
};

Estimate measured(const Changing& changing) {
  Dense sum = Dense::Zero(workers, workers), squares = sum;
  for (int run = 0; run < runs; ++run) {
    const Dense state = final_state(changing.schedule(1000 + static_cast<std::uint64_t>(run)));
    sum += state;
    squares += state.cwiseAbs2();
  }
  const Dense mean = sum / runs;
  return {mean, ((squares / runs - mean.cwiseAbs2()) / (runs - 1)).cwiseSqrt()};
}

// All 36 entries: P(any of 36 |Z| > 4.2) < 10⁻³.
void expect_mean(const Estimate& found, const Dense& exact) {
  for (Index i = 0; i < exact.rows(); ++i)
    for (Index j = 0; j < exact.cols(); ++j)
      EXPECT_NEAR(found.mean(i, j), exact(i, j), 4.2 * found.deviation(i, j)) << i << ' ' << j;
}

TEST(ChangingGossip, MeanIsTheProductOfTheDecaysOfThePhases) {
  const Changing changing(0.7);  // the horizon lies in the fourth phase
  const Estimate found = measured(changing);
  const Dense exact = changing.mean_state();
  expect_mean(found, exact);
  // The samples tell it from the decay of the mean Laplacian, which does not know the order of the phases.
  const Dense mean = laplacian(mean_rates(changing.sequence, changing.all, changing.rated, horizon));
  EXPECT_GT(((decay(mean, horizon) - exact).array() / found.deviation.array()).abs().maxCoeff(), 10);
}

TEST(ChangingGossip, MeanOfFastChangesIsTheDecayOfTheMeanLaplacian) {
  const Changing changing(0.00125);  // 500 periods
  const Dense mean = laplacian(mean_rates(changing.sequence, changing.all, changing.rated));
  const Estimate found = measured(changing);
  const Dense limit = decay(mean, horizon);
  // The limit is off by the commutators, in proportion to the duration: below a tenth of the band.
  EXPECT_LT(((limit - changing.mean_state()).array() / found.deviation.array()).abs().maxCoeff(), 0.42);
  expect_mean(found, limit);
}

}  // namespace changing_laws_test
}  // namespace acidsim
