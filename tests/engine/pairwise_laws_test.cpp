// Pairwise methods on quadratics under Poisson clocks, against exact laws that were computed independently
// (tests/data/rivals): how fast E‖x − x*‖² decays where a method is exact, and the stationary mean of AD-PSGD.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/continuized.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/objectives/explicit_quadratic.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/runs.hpp"
#include "tests/reference/mean_square_rate.hpp"

namespace acidsim {
namespace pairwise_laws_test {

using nlohmann::json;

json rivals(const std::string& file) {
  std::ifstream in(ACIDSIM_TEST_DATA "/rivals/" + file);
  return json::parse(in);
}

// f_i(x) = (h_i/2) (x − b_i)².
ExplicitQuadratic<double> scalar_quadratics(const std::vector<double>& h, const std::vector<double>& b) {
  std::vector<Matrix<double>> matrices;
  Matrix<double> centres(1, static_cast<Index>(b.size()));
  for (std::size_t i = 0; i < h.size(); ++i) {
    matrices.push_back(Matrix<double>::Constant(1, 1, h[i]));
    centres(0, static_cast<Index>(i)) = b[i];
  }
  return {matrices, centres, 0, 0};
}

class Oracle final : public DualOracle<double> {
 public:
  explicit Oracle(const Objective<double>& objective) : objective_(objective) {}
  void conjugate_gradient(Worker place, const Vector<double>& z, Vector<double>& x) const override {
    objective_.conjugate_gradient(place, z, x);
  }

 private:
  const Objective<double>& objective_;
};

// A method on a ring of workers with the curvatures 1 and κ by turns.
struct Ring {
  Dynamics dynamics;
  double learning_rate;
  std::vector<double> curvatures;
  std::vector<Edge> edges;
  Matrix<double> constraints = {};  // see MeanSquare

  Ring(Worker workers, double kappa, double communication_rate) : edges(ring_edges(workers)) {
    for (Worker i = 0; i < workers; ++i) curvatures.push_back(i % 2 == 1 ? 1.0 : kappa);
    for (Edge& edge : edges) edge.rate = communication_rate / static_cast<double>(edges.size());
  }
  Worker workers() const { return static_cast<Worker>(curvatures.size()); }
  // χ's of a ring with edges of rate λ: λ_2 = 2λ(1 − cos 2π/n) and R = (n − 1)/(nλ).
  GraphConstants graph() const {
    const double n = workers(), rate = edges[0].rate;
    return {1 / (2 * rate * (1 - std::cos(2 * std::numbers::pi / n))), (n - 1) / (2 * n * rate)};
  }
  // Adds the row Σ_i coefficientsᵀ S_i = 0.
  void conserve(const Vector<double>& coefficients) {
    constraints.conservativeResize(constraints.rows() + 1, coefficients.size() * workers());
    constraints.bottomRows(1) = coefficients.transpose().replicate(1, workers());
  }

  double exact_rate() const { return moments().rate(constraints); }
  reference::MeanSquare moments() const { return {dynamics, curvatures, edges, learning_rate}; }

  // ±1 by turns, so that sums are 0.
  static double start(Worker i) { return i % 2 == 1 ? -1.0 : 1.0; }

  // E Σ_i x_i² at a time: all b_i are 0, so that all vectors go to 0.
  double exact_square(double time) const {
    const Index m = dynamics.size();
    Vector<double> state(m * workers());
    for (Worker i = 0; i < workers(); ++i) {
      state.segment(m * i, m) = dynamics.initial * start(i);
      if (dynamics.gradient.at_start.size() > 0)
        state.segment(m * i, m) += dynamics.gradient.at_start * learning_rate * curvatures[i] * start(i);
    }
    const Matrix<double> c = moments().moments(state, time);
    double sum = 0;
    for (Worker i = 0; i < workers(); ++i) {
      const double scale = dynamics.dual ? curvatures[i] : 1.0;  // ∇f_i*(z) = z/h_i
      sum += dynamics.point.dot(c.block(m * i, m * i, m, m) * dynamics.point) / (scale * scale);
    }
    return sum;
  }

  // Sums of Σ_i x_i² over `repeats` runs, at the times every, 2·every, … `records` of them.
  std::vector<double> measured_squares(int repeats, int records, double every) const {
    const ExplicitQuadratic<double> objective =
        scalar_quadratics(curvatures, std::vector<double>(workers(), 0.0));
    const Oracle oracle(objective);
    std::vector<double> sums(static_cast<std::size_t>(records), 0.0);
    const auto kernel = make_generic_kernel<double>(dynamics, workers(), 1);
    if (dynamics.dual) kernel->use(oracle);
    for (int repeat = 0; repeat < repeats; ++repeat) {
      for (Worker i = 0; i < workers(); ++i) kernel->initialise(i, Vector<double>::Constant(1, start(i)));
      Sgd<double> optimizer({.learning_rate = {.base = learning_rate}}, workers(), 1);
      const PoissonSchedule schedule(static_cast<std::uint64_t>(1000 + repeat),
                                     dynamics.dual ? std::vector<double>(workers(), 0.0) : ones(workers()),
                                     edges);
      Simulation<double> simulation{.schedule = schedule,
                                    .kernel = *kernel,
                                    .objective = &objective,
                                    .optimizer = &optimizer,
                                    .stop = until(records * every),
                                    .observe = {.every = every}};
      simulation.observe.on_record = [&](const Record<double>& record) {
        const auto k = std::lround(record.time / every) - 1;
        for (Worker i = 0; i < workers() && k >= 0; ++i) {
          double x = 0;
          record.states.read(i, the_model, {&x, 1});
          sums[static_cast<std::size_t>(k)] += x * x;
        }
        return false;
      };
      EXPECT_EQ(run_serial(simulation).reason, StopReason::time);
    }
    return sums;
  }

  // The decay of E Σ_i x_i² between the first and the last record is the exact one within 5 %.
  void expect_decay(int repeats, int records, double every) const {
    const double exact = std::log(exact_square(every) / exact_square(records * every));
    const std::vector<double> sums = measured_squares(repeats, records, every);
    EXPECT_NEAR(std::log(sums.front() / sums.back()), exact, 0.05 * exact);
    EXPECT_GT(exact, 3) << "too short to say anything about a rate";
  }
};

json row_of(const char* method, Worker workers, double kappa) {
  const json file = rivals("mean_square.json");
  for (const json& row : file[method])
    if (row["graph"] == "ring" && row["n"] == workers && row["kappa"] == kappa) return row;
  return {};
}

Ring dadao_ring(Worker workers, double kappa) {
  Ring ring(workers, kappa, row_of("dadao", workers, kappa)["communications_per_unit_time"]);
  ring.dynamics = dadao_dynamics(dadao_parameters(0.5, kappa, ring.graph().chi_1));  // ν = μ/2, μ = 1
  ring.learning_rate = 1;
  ring.conserve(Vector<double>::Unit(6, 4));
  ring.conserve(Vector<double>::Unit(6, 5));
  return ring;
}

Ring continuized_ring(Worker workers, double kappa, double eta_factor = 1) {
  Ring ring(workers, kappa, 1.0);
  ContinuizedParameters parameters = continuized_parameters(ring.graph(), kappa, 1.0);
  parameters.eta *= eta_factor;
  ring.dynamics = continuized_dynamics(parameters);
  ring.learning_rate = 1;
  ring.conserve(Eigen::Vector2d(1, 0));
  ring.conserve(Eigen::Vector2d(0, 1));
  return ring;
}

Ring tracking_ring(double gamma) {
  Ring ring(6, 10, 3.0);  // one averaging per worker and unit time
  ring.dynamics = gossip_tracking_dynamics();
  ring.learning_rate = gamma;
  ring.conserve(Eigen::Vector3d(0, 1, -1));
  return ring;
}

// Both are eigenvalues of matrices of at most some hundred rows, found by different programs.
constexpr double agreement = 1e-8;

TEST(MeanSquareRate, OfTheDeclarationsIsTheExactOne) {
  for (const double kappa : {2.0, 10.0, 100.0}) {
    SCOPED_TRACE(kappa);
    EXPECT_NEAR(dadao_ring(4, kappa).exact_rate(), row_of("dadao", 4, kappa)["exact"], agreement);
    const json continuized = row_of("continuized", 6, kappa);
    EXPECT_NEAR(continuized_ring(6, kappa).exact_rate(), continuized["exact_eta_theory"], agreement);
    EXPECT_NEAR(continuized_ring(6, kappa, std::sqrt(2)).exact_rate(), continuized["exact_eta_code"],
                agreement);
  }
  const json file = rivals("mean_square.json");
  for (const json& row : file["tracking"]) {
    if (row["graph"] != "ring") continue;
    EXPECT_NEAR(tracking_ring(row["gamma"]).exact_rate(), row["rate"], agreement);
  }
}

// Runs decay as these second moments do.
TEST(MeanSquareRate, OfDadaoIsMeasured) { dadao_ring(4, 2).expect_decay(2000, 5, 10); }

TEST(MeanSquareRate, OfContinuizedIsMeasured) {
  Ring ring = continuized_ring(4, 10);
  ring.dynamics.initial = Eigen::Vector2d(1, 1);  // not 0, which is the fixed point here
  ring.expect_decay(4000, 6, 5);
}

TEST(MeanSquareRate, OfGossipTrackingIsMeasured) { tracking_ring(0.02).expect_decay(4000, 5, 5); }

// Fast workers pull harder; a stale gradient is a weaker one.
void expect_stationary_mean(const char* name, const Dynamics& dynamics) {
  const json file = rivals("bias.json");
  const auto h = file["h"].get<std::vector<double>>(), b = file["b"].get<std::vector<double>>(),
             exact = file[name]["exact"].get<std::vector<double>>();
  const auto rates = file["gradient_rates"].get<std::vector<double>>();
  std::vector<Edge> edges = ring_edges(4);
  for (Edge& edge : edges) edge.rate = file["edge_rate"];
  const ExplicitQuadratic<double> objective = scalar_quadratics(h, b);
  const auto kernel = make_generic_kernel<double>(dynamics, 4, 1);
  for (Worker i = 0; i < 4; ++i) kernel->initialise(i, Vector<double>::Zero(1));
  Sgd<double> optimizer({.learning_rate = {.base = file["gamma"]}}, 4, 1);
  const PoissonSchedule schedule(7, rates, edges);
  // What came before is forgotten at rates above 0.05: batches of 2000 units of time are independent.
  constexpr int batches = 40;
  constexpr double burn_in = 400, length = 2000;
  std::vector<Vector<double>> sums(batches, Vector<double>::Zero(4));
  std::vector<int> counts(batches, 0);
  Simulation<double> simulation{.schedule = schedule,
                                .kernel = *kernel,
                                .objective = &objective,
                                .optimizer = &optimizer,
                                .stop = until(burn_in + batches * length),
                                .observe = {.every = 1.0}};
  simulation.observe.on_record = [&](const Record<double>& record) {
    const auto batch = static_cast<std::size_t>((record.time - burn_in) / length);
    if (record.time < burn_in || batch >= batches) return false;
    for (Worker i = 0; i < 4; ++i) {
      double x = 0;
      record.states.read(i, the_model, {&x, 1});
      sums[batch][i] += x;
    }
    ++counts[batch];
    return false;
  };
  run_serial(simulation);
  Vector<double> mean = Vector<double>::Zero(4), squares = Vector<double>::Zero(4);
  for (std::size_t k = 0; k < batches; ++k) {
    const Vector<double> own = sums[k] / counts[k];
    mean += own / batches;
    squares += own.cwiseAbs2() / batches;
  }
  for (Index i = 0; i < 4; ++i) {
    const double deviation = std::sqrt((squares[i] - mean[i] * mean[i]) / (batches - 1));
    EXPECT_LT(4 * deviation, 0.02) << "too few samples to tell the laws apart";
    EXPECT_NEAR(mean[i], exact[static_cast<std::size_t>(i)], 4 * deviation) << name << ", worker " << i;
  }
}

TEST(StationaryMean, OfAdPsgdAfterTheStep) {
  expect_stationary_mean("ad_psgd_after", ad_psgd_dynamics(ReadTime::after_step));
}
TEST(StationaryMean, OfAdPsgdBeforeTheStep) {
  expect_stationary_mean("ad_psgd_before", ad_psgd_dynamics(ReadTime::before_step));
}

}  // namespace pairwise_laws_test
}  // namespace acidsim
