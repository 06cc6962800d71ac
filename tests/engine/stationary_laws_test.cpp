// SGD on quadratics over the cycles of 16 and 64, against exact stationary values.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/metrics/metric.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace stationary_laws_test {

constexpr double step = 0.05;
constexpr double burn_in = 400;  // the slowest mode forgets as e^{−0.05 t}: 2e-9 of it is left

struct Estimate {
  double mean, deviation;
};

// Mean over `batches` stretches of time, and its standard deviation from their spread. A stretch of `length`
// is many times the correlation time 1/0.05, so that stretches count as independent.
template <class Observe>
Estimate time_average(Kernel<double>& kernel, const Matrix<double>& centres, double noise, int batches,
                      double length, Observe observe) {
  const Index dimension = centres.rows();
  const Worker workers = kernel.workers();
  const auto objective = make_quadratic<double>({.dimension = dimension, .noise = noise}, centres, 8);
  Sgd<double> optimizer({.learning_rate = {.base = step}}, workers, dimension);
  for (Worker i = 0; i < workers; ++i) kernel.initialise(i, Vector<double>::Zero(dimension));
  const PoissonSchedule schedule(31, ones(workers), ring_edges(workers));
  std::vector<double> sums(static_cast<std::size_t>(batches), 0.0);
  std::vector<int> counts(sums.size(), 0);
  Simulation<double> simulation{.schedule = schedule,
                                .kernel = kernel,
                                .objective = objective.get(),
                                .optimizer = &optimizer,
                                .stop = until(burn_in + batches * length),
                                .observe = {.every = 2.0}};
  simulation.observe.on_record = [&](const Record<double>& record) {
    const auto batch = static_cast<std::size_t>((record.time - burn_in) / length);
    if (record.time < burn_in || batch >= sums.size()) return false;
    sums[batch] += observe(record.states);
    ++counts[batch];
    return false;
  };
  run_serial(simulation);
  double sum = 0, squares = 0;
  for (std::size_t b = 0; b < sums.size(); ++b) {
    const double mean = sums[b] / counts[b];
    sum += mean;
    squares += mean * mean;
  }
  const double mean = sum / batches;
  return {mean, std::sqrt((squares / batches - mean * mean) / (batches - 1))};
}

void expect_value(const Estimate& found, double exact) {
  EXPECT_LT(3 * found.deviation, 0.02 * exact) << "too few samples to mean anything";
  EXPECT_NEAR(found.mean, exact, 3 * found.deviation);
}

nlohmann::json stationary_row(Worker workers, double sigma, double tau) {
  std::ifstream file(ACIDSIM_TEST_DATA "/cycle_stationary_exact.json");
  const auto exact = nlohmann::json::parse(file);
  for (const auto& row : exact["rows"]) {
    if (row["n"] == workers && row["h"] == 1.0 && row["sigma"] == sigma && row["tau"] == tau) return row;
  }
  return {};
}

A2cid2Parameters constants_of(const nlohmann::json& row) {
  return {.eta = row["eta"], .alpha = 0.5, .alpha_tilde = row["alpha_tilde"]};
}

double consensus_per_coordinate(const StateView<double>& states) {
  Snapshot<double> snapshot(states, nullptr);
  for (const Metric<double>& metric : all_metrics<double>())
    if (metric.name == "consensus_distance")
      return metric.evaluate(snapshot) / static_cast<double>(states.dimension());
  throw std::logic_error("no such metric");
}

// b_i = τ√n e_i, repeated to 64 coordinates: (1/d) Σ_k b_ik b_jk = τ² δ_ij exactly, as independent b_i of
// variance τ² have it on average. The moments that the reference computes depend on nothing else, so no
// average over drawn centres is needed.
Matrix<double> orthogonal_centres(Worker workers, double tau) {
  return tau * std::sqrt(workers) * Matrix<double>::Identity(workers, workers).replicate(64 / workers, 1);
}

struct StationaryCase {
  Worker workers;
  double sigma, tau;
};

class StationaryConsensusTest : public ::testing::TestWithParam<StationaryCase> {
 protected:
  Estimate consensus(Kernel<double>& kernel) const {
    const auto [workers, sigma, tau] = GetParam();
    return time_average(kernel, orthogonal_centres(workers, tau), sigma, 40, 500, consensus_per_coordinate);
  }
  nlohmann::json row() const { return stationary_row(GetParam().workers, GetParam().sigma, GetParam().tau); }
};

TEST_P(StationaryConsensusTest, Baseline) {
  expect_value(consensus(*make_async_gossip_kernel<double>({}, GetParam().workers, 64)),
               row()["consensus_baseline"]);
}

TEST_P(StationaryConsensusTest, A2cid2) {
  expect_value(consensus(*make_a2cid2_kernel<double>(constants_of(row()), GetParam().workers, 64)),
               row()["consensus_acid"]);
}

INSTANTIATE_TEST_SUITE_P(NoiseAndHeterogeneity, StationaryConsensusTest,
                         ::testing::Values(StationaryCase{16, 1, 0}, StationaryCase{16, 0, 1},
                                           StationaryCase{16, 1, 1}, StationaryCase{64, 1, 0},
                                           StationaryCase{64, 0, 1}, StationaryCase{64, 1, 1}));

// f_i = ½‖x − b_i‖², πb an eigenvector of Λ with eigenvalue λ: the stationary mean of πx is γ/(γ + cλ/2) πb,
// with c = 1 for gossip and c = ½ + α̃ for A²CiD². Here b = the slowest mode of the cycle, λ = 1 − cos(2π/16).
constexpr Worker ring = 16;

double heterogeneity_bias(double c) {
  const double eigenvalue = 1 - std::cos(2 * std::acos(-1.0) / ring);
  return step / (step + c * eigenvalue / 2);
}

Estimate measured_bias(Kernel<double>& kernel) {
  Matrix<double> modes(2, ring);
  for (Worker i = 0; i < ring; ++i) {
    const double angle = 2 * std::acos(-1.0) * i / ring;
    modes.col(i) << std::cos(angle), std::sin(angle);
  }
  const auto projection = [&](const StateView<double>& states) {
    Vector<double> x(2);
    double inner = 0;
    for (Worker i = 0; i < ring; ++i) {
      states.read(i, 0, {x.data(), 2});
      inner += modes.col(i).dot(x);
    }
    return inner / modes.squaredNorm();
  };
  return time_average(kernel, modes, 0.0, 40, 500, projection);
}

TEST(HeterogeneityBiasTest, Baseline) {
  expect_value(measured_bias(*make_async_gossip_kernel<double>({}, ring, 2)), heterogeneity_bias(1.0));
}

TEST(HeterogeneityBiasTest, A2cid2) {
  const A2cid2Parameters constants = constants_of(stationary_row(ring, 0.0, 1.0));
  auto kernel = make_a2cid2_kernel<double>(constants, ring, 2);
  expect_value(measured_bias(*kernel), heterogeneity_bias(0.5 + constants.alpha_tilde));
}

}  // namespace stationary_laws_test
}  // namespace acidsim
