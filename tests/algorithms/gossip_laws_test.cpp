// Exact laws of gossip alone: the Lyapunov function, the mean, and the mean-square decay rate on the cycle.
#include <fstream>

#include <Eigen/Eigenvalues>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/events/poisson_schedule.hpp"
#include "tests/algorithms/random_events.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;

// Each worker takes part in one communication per unit time on average: λ_ij = ½ (1/deg_i + 1/deg_j).
std::vector<Edge> with_rates(Worker workers, std::vector<Edge> edges) {
  std::vector<double> degree(workers, 0.0);
  for (const Edge& edge : edges) {
    ++degree[edge.i];
    ++degree[edge.j];
  }
  for (Edge& edge : edges) edge.rate = 0.5 * (1 / degree[edge.i] + 1 / degree[edge.j]);
  return edges;
}

std::vector<Edge> path(Worker workers) {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < workers; ++i) edges.push_back({i, i + 1});
  return with_rates(workers, edges);
}

std::vector<Edge> cycle(Worker workers) {
  std::vector<Edge> edges = path(workers);
  edges.push_back({0, workers - 1});
  return with_rates(workers, edges);
}

std::vector<Edge> star(Worker workers) {
  std::vector<Edge> edges;
  for (Worker i = 1; i < workers; ++i) edges.push_back({0, i});
  return with_rates(workers, edges);
}

Dense laplacian(Worker workers, const std::vector<Edge>& edges) {
  Dense matrix = Dense::Zero(workers, workers);
  for (const Edge& edge : edges) {
    Vector<double> difference = Vector<double>::Zero(workers);
    difference[edge.i] = 1;
    difference[edge.j] = -1;
    matrix += edge.rate * difference * difference.transpose();
  }
  return matrix;
}

// x and x̃ of all workers at `time`: workers × dimension each.
struct States {
  Dense x, y;
};

States states_of(const Kernel<double>& kernel, double time) {
  States states{Dense(kernel.workers(), kernel.dimension()), Dense(kernel.workers(), kernel.dimension())};
  Vector<double> row(kernel.dimension());
  for (Worker i = 0; i < kernel.workers(); ++i) {
    for (const int a : {0, 1}) {
      kernel.read(i, std::min(a, kernel.vectors() - 1), time, {row.data(), static_cast<std::size_t>(row.size())});
      (a == 0 ? states.x : states.y).row(i) = row;
    }
  }
  return states;
}

// Φ = ‖πx̃‖²_{Λ⁺} + χ1‖πx‖², and dE Φ/dt = (derivative along the flow) + Σ_ij λ_ij (Φ after a communication of ij − Φ).
// Both are computed for states that a random past has led to; the communications are the kernel's own.
void expect_lyapunov_bound(Worker workers, const std::vector<Edge>& edges) {
  const Eigen::SelfAdjointEigenSolver<Dense> spectrum(laplacian(workers, edges));
  const Vector<double> values = spectrum.eigenvalues();
  const double chi_1 = 1 / values[1];
  Vector<double> inverse = values.cwiseInverse();
  inverse[0] = 0;
  const Dense pseudoinverse = spectrum.eigenvectors() * inverse.asDiagonal() * spectrum.eigenvectors().transpose();
  double chi_2 = 0;
  for (const Edge& edge : edges) {
    const Dense& p = pseudoinverse;
    chi_2 = std::max(chi_2, 0.5 * (p(edge.i, edge.i) + p(edge.j, edge.j) - 2 * p(edge.i, edge.j)));
  }
  const Dense centre = Dense::Identity(workers, workers) - Dense::Constant(workers, workers, 1.0 / workers);
  const auto phi = [&](const States& s) {
    return (s.y.transpose() * pseudoinverse * s.y).trace() + chi_1 * (s.x.transpose() * centre * s.x).trace();
  };

  const A2cid2Parameters constants = a2cid2_parameters({chi_1, chi_2});
  constexpr Index dimension = 2;
  for (std::uint64_t past = 0; past < 150; ++past) {
    Draws draws(Stream(past, Purpose::problem));
    std::vector<Event> events;
    double time = 0;
    for (std::uint64_t k = 0; k < past; ++k) {
      const Edge& edge = edges[draws.below(edges.size())];
      events.push_back({time += draws.exponential() / workers, edge.i, edge.j, workers, EventKind::communication});
    }
    const auto replayed = [&] {
      auto kernel = make_a2cid2_kernel<double>(constants, workers, dimension);
      for (Worker i = 0; i < workers; ++i) kernel->initialise(i, random_vector<double>(past, i, dimension));
      kernel->communicate(events);
      return kernel;
    };
    const States now = states_of(*replayed(), time);
    const double flow = 2 * constants.eta * (now.y.transpose() * pseudoinverse * (now.x - now.y)).trace() +
                        2 * chi_1 * constants.eta * (now.x.transpose() * centre * (now.y - now.x)).trace();
    double jumps = 0;
    for (const Edge& edge : edges) {
      auto kernel = replayed();
      const Event event{time, edge.i, edge.j, workers, EventKind::communication};
      kernel->communicate({&event, 1});
      jumps += edge.rate * (phi(states_of(*kernel, time)) - phi(now));
    }
    EXPECT_LE(flow + jumps, -constants.eta * phi(now) + 1e-12 * phi(now)) << "past of " << past << " events";
  }
}

TEST(LyapunovTest, FallsAtRateEtaOnTheCycle) { expect_lyapunov_bound(8, cycle(8)); }
TEST(LyapunovTest, FallsAtRateEtaOnTheStar) { expect_lyapunov_bound(8, star(8)); }
TEST(LyapunovTest, FallsAtRateEtaOnThePath) { expect_lyapunov_bound(8, path(8)); }

// Independent realisations of gossip: consecutive windows of one Poisson schedule, each moved to start at time 0.
class Realisations {
 public:
  Realisations(std::uint64_t seed, Worker workers, const std::vector<Edge>& edges, double duration)
      : schedule_(seed, std::vector<double>(workers, 0.0), edges), duration_(duration) {}

  std::vector<Event> events(std::uint64_t run) const {
    const double start = static_cast<double>(run) * duration_;
    std::vector<Event> window = events_between(schedule_, start, start + duration_);
    for (Event& event : window) event.time -= start;
    return window;
  }

 private:
  PoissonSchedule schedule_;
  double duration_;
};

// E[x(t)] = e^{−Λt/2} x(0) for averaging (α = ½), entry by entry: x(0) = the n×n identity.
TEST(GossipLawTest, MeanFollowsTheHeatEquation) {
  constexpr Worker workers = 6;
  constexpr std::uint64_t runs = 20000;
  constexpr double duration = 1.5;
  const std::vector<Edge> edges = star(workers);
  const Realisations realisations(17, workers, edges, duration);
  auto kernel = make_async_gossip_kernel<double>({}, workers, workers);
  Dense sum = Dense::Zero(workers, workers), squares = sum;
  for (std::uint64_t run = 0; run < runs; ++run) {
    for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Unit(workers, i));
    kernel->communicate(realisations.events(run));
    Vector<double> row(workers);
    for (Worker i = 0; i < workers; ++i) {
      kernel->read(i, 0, duration, {row.data(), workers});
      sum.row(i) += row;
      squares.row(i) += row.cwiseAbs2();
    }
  }
  const Eigen::SelfAdjointEigenSolver<Dense> spectrum(laplacian(workers, edges));
  const Dense exact = spectrum.eigenvectors() * (-spectrum.eigenvalues() * duration / 2).array().exp().matrix().asDiagonal() *
                      spectrum.eigenvectors().transpose();
  const Dense mean = sum / runs;
  const Dense deviation = ((squares / runs - mean.cwiseAbs2()) / runs).cwiseMax(0).cwiseSqrt();
  // 36 entries at 4.5σ: false alarm below 3e-4 under the normal law; the band is under 0.01 everywhere.
  EXPECT_LT(4.5 * deviation.maxCoeff(), 0.01);
  for (Index i = 0; i < workers; ++i) {
    for (Index j = 0; j < workers; ++j) EXPECT_NEAR(mean(i, j), exact(i, j), 4.5 * deviation(i, j)) << i << ", " << j;
  }
}

nlohmann::json exact_cycle(int workers) {
  std::ifstream file(ACIDSIM_TEST_DATA "/cycle_exact.json");
  const auto exact = nlohmann::json::parse(file);
  for (const auto& row : exact["rows"]) {
    if (row["n"] == workers) return row;
  }
  return {};
}

struct Estimate {
  double value, deviation;
};

// The decay rate of E‖πx‖² between two times, −log(m₂/m₁)/(t₂ − t₁), with its standard deviation over runs (delta method).
// Starting from the slowest Fourier mode (cosine and sine) leaves little of the faster ones to die out before t₁.
Estimate decay_rate(Kernel<double>& kernel, std::uint64_t runs, double first, double second) {
  const Worker workers = kernel.workers();
  const Realisations realisations(23, workers, cycle(workers), second);
  const auto energy = [&](double time) {
    const States states = states_of(kernel, time);
    return (states.x.rowwise() - states.x.colwise().mean()).squaredNorm();
  };
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  for (std::uint64_t run = 0; run < runs; ++run) {
    for (Worker i = 0; i < workers; ++i) {
      const double angle = 2 * std::acos(-1.0) * i / workers;
      kernel.initialise(i, Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
    const std::vector<Event> events = realisations.events(run);
    const auto middle = std::partition_point(events.begin(), events.end(),
                                             [&](const Event& event) { return event.time <= first; });
    kernel.communicate({events.begin(), middle});
    const double at_first = energy(first);
    kernel.communicate({middle, events.end()});
    const double at_second = energy(second);
    a += at_first;
    b += at_second;
    aa += at_first * at_first;
    bb += at_second * at_second;
    ab += at_first * at_second;
  }
  const auto n = static_cast<double>(runs);
  const double relative_variance = aa * n / (a * a) - 1 + bb * n / (b * b) - 1 - 2 * (ab * n / (a * b) - 1);
  return {-std::log(b / a) / (second - first), std::sqrt(relative_variance / n) / (second - first)};
}

TEST(GossipLawTest, DecayRateOfTheBaselineOnTheCycle) {
  auto kernel = make_async_gossip_kernel<double>({}, 16, 2);
  const Estimate rate = decay_rate(*kernel, 4000, 20, 50);
  const double exact = exact_cycle(16)["ms_base"];
  EXPECT_LT(3 * rate.deviation, 0.02 * exact);
  EXPECT_NEAR(rate.value, exact, 3 * rate.deviation);
  std::printf("%g %g %g\n", rate.value, exact, rate.deviation);
}

TEST(GossipLawTest, DecayRateOfA2cid2OnTheCycle) {
  const auto row = exact_cycle(16);
  auto kernel = make_a2cid2_kernel<double>(a2cid2_parameters({row["chi1"], row["chi2"]}), 16, 2);
  const Estimate rate = decay_rate(*kernel, 40000, 15, 35);
  const double exact = row["ms_acid"];
  EXPECT_LT(3 * rate.deviation, 0.02 * exact);
  EXPECT_NEAR(rate.value, exact, 3 * rate.deviation);
  std::printf("%g %g %g\n", rate.value, exact, rate.deviation);
}

}  // namespace
}  // namespace acidsim
