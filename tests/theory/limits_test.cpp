// Limits and rates: against reference values of rings, against time itself, and against eigenvalues of the full operator.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "tests/reference/mean_square_rate.hpp"
#include "tests/theory/cases.hpp"

namespace acidsim::theory_test {
namespace {

nlohmann::json reference_values(const std::string& name) {
  std::ifstream in(std::string(ACIDSIM_TEST_DATA) + "/" + name);
  return nlohmann::json::parse(in);
}

// SGD on f_i(x) = (h/2)(x − b_i)², b_i independent of variance τ², from 0, on a ring where each worker takes part in one
// averaging per unit time.
struct RingCase {
  Worker workers = 16;
  Dynamics dynamics = async_gossip_dynamics({.alpha = 0.5});
  double gamma = 0.05, curvature = 1, noise = 0, heterogeneity = 0, momentum = 0;
  bool by_difference = true;

  ExactMoments moments() const {
    const std::vector<Edge> edges = ring(workers, 0.5);
    const Index centres = heterogeneity > 0 ? 1 : 0;
    const LinearGradient gradient{Matrix<double>::Constant(1, 1, curvature),
                                  Matrix<double>::Constant(1, centres, curvature), noise};
    const std::vector<LinearGradient> gradients(gamma > 0 ? 1 : 0, gradient);
    const MomentEquations equations = moment_equations(
        dynamics, {.learning_rate = gamma, .momentum = momentum}, gradients, {1}, 1, centres);
    const std::shared_ptr<const Pairs> pairs =
        by_difference ? pairs_by_difference(workers, edges) : all_pairs(workers, edges);
    StartMoments start(1 + centres, *pairs);
    Matrix<double> own = Matrix<double>::Zero(1 + centres, 1 + centres);
    own(0, 0) = gamma > 0 ? 0 : 1;
    own(centres, centres) += centres * heterogeneity * heterogeneity;
    start.add(own, Matrix<double>::Zero(1 + centres, 1 + centres));
    return {equations, pairs, start, Matrix<double>::Constant(1, 1, curvature)};
  }
};

TEST(ExactRates, OfGossipOnRingsAreTheKnownOnes) {
  const auto known = reference_values("cycle_exact.json");
  for (const auto& row : known["rows"])
    for (const bool by_difference : {true, false}) {
      const Worker n = row["n"];
      if (!by_difference && n > 16) continue;
      const Dynamics acid = a2cid2_dynamics({.eta = row["eta"], .alpha = 0.5, .alpha_tilde = row["alpha_t"]});
      RingCase gossip{.workers = n, .gamma = 0, .by_difference = by_difference};
      RingCase accelerated{.workers = n, .dynamics = acid, .gamma = 0, .by_difference = by_difference};
      const double base = row["ms_base"], faster = row["ms_acid"];
      EXPECT_NEAR(gossip.moments().rates().consensus, base, 1e-8 * base) << n;
      EXPECT_NEAR(accelerated.moments().rates().consensus, faster, 1e-8 * faster) << n;
    }
}

TEST(ExactLimits, OfConsensusOnRingsAreTheKnownOnes) {
  const auto known = reference_values("cycle_stationary_exact.json");
  for (const auto& row : known["rows"]) {
    RingCase made{.workers = row["n"],
                  .gamma = row["gamma"],
                  .curvature = row["h"],
                  .noise = row["sigma"],
                  .heterogeneity = row["tau"]};
    const double gossip = row["consensus_baseline"], acid = row["consensus_acid"];
    EXPECT_NEAR(made.moments().limit().consensus, gossip, 1e-8 * gossip) << row;
    made.dynamics = a2cid2_dynamics({.eta = row["eta"], .alpha = 0.5, .alpha_tilde = row["alpha_tilde"]});
    EXPECT_NEAR(made.moments().limit().consensus, acid, 1e-8 * acid) << row;
  }
}

TEST(ExactLimits, AreWhereTimeLeads) {
  for (const Dynamics& dynamics : {a2cid2_dynamics({.eta = 0.3, .alpha = 0.5, .alpha_tilde = 1.2}),
                                   gossip_tracking_dynamics(), ad_psgd_dynamics(ReadTime::after_step)}) {
    ExactMoments moments = random_case(dynamics, {.learning_rate = 0.1}, 5, 2, 21).moments();
    const Expected limit = moments.limit(), rates = moments.rates();
    const double slowest = std::min(rates.consensus, rates.distance);
    const std::vector<double> times = {30 / slowest};  // e⁻³⁰ = 1e-13 is left
    const Expected late = moments.at(times)[0];
    EXPECT_NEAR(late.consensus, limit.consensus, 1e-9 * limit.consensus);
    EXPECT_NEAR(late.distance, limit.distance, 1e-9 * limit.distance);
    EXPECT_NEAR(late.suboptimality, limit.suboptimality, 1e-9 * limit.suboptimality);
  }
}

// Gossip alone keeps the mean where it is: the limit depends on the start.
TEST(ExactLimits, KeepWhatIsConserved) {
  ExactMoments moments = RingCase{.workers = 6, .gamma = 0}.moments();
  EXPECT_NEAR(moments.limit().distance, 1.0 / 6, 1e-12);
  EXPECT_EQ(moments.limit().consensus, 0);
  EXPECT_EQ(moments.rates().distance, infinity);
}

TEST(ExactLimits, OfTheMeanAreThoseOfUnequalSpeeds) {
  const auto known = reference_values("rivals/bias.json");
  Case made{
      {}, {}, {.learning_rate = known["gamma"]}, ring(4, known["edge_rate"]), Matrix<double>::Zero(1, 4)};
  for (std::size_t i = 0; i < 4; ++i)
    made.quadratics.push_back({Matrix<double>::Constant(1, 1, known["h"][i]),
                               Vector<double>::Constant(1, known["b"][i]), 0.3, known["gradient_rates"][i]});
  for (const auto& [name, dynamics] : std::vector<std::pair<std::string, Dynamics>>{
           {"async_gossip", async_gossip_dynamics({.alpha = 0.5})},
           {"ad_psgd_after", ad_psgd_dynamics(ReadTime::after_step)},
           {"a2cid2",
            a2cid2_dynamics({.eta = known["eta"], .alpha = 0.5, .alpha_tilde = known["alpha~"]})}}) {
    made.dynamics = dynamics;
    const auto expected = known[name]["exact"].get<std::vector<double>>();
    const Vector<double> means = made.moments().limiting_means(0);
    for (Index i = 0; i < 4; ++i) EXPECT_NEAR(means[i], expected[static_cast<std::size_t>(i)], 1e-9) << name;
  }
}

// What a ring's consensus sees of centres seen from their mean does not decay with the mean.
TEST(ExactRates, LeaveOutWhatCentredNumbersHide) {
  for (const bool by_difference : {true, false}) {
    const std::vector<Edge> edges = ring(8, 0.5);
    const Matrix<double> one = Matrix<double>::Ones(1, 1);
    const MomentEquations equations = moment_equations(async_gossip_dynamics({.alpha = 0.5}),
                                                       {.learning_rate = 0.05}, {{one, one, 0}}, {1}, 1, 1);
    const std::shared_ptr<const Pairs> pairs =
        by_difference ? pairs_by_difference(8, edges) : all_pairs(8, edges);
    StartMoments start(2, *pairs);
    start.add(Eigen::Matrix2d{{0, 0}, {0, 1}}, Eigen::Matrix2d{{0, 0}, {0, -1.0 / 8}});
    // E πx: −γ − λ_2/2 with λ_2 = 1 − cos 2π/8; the mean: −γ for E x̄, half of what its square has.
    EXPECT_NEAR(ExactMoments(equations, pairs, start, one).rates().distance, 0.05, 1e-10);
    const double centred = ExactMoments(equations, pairs, start, one, 1).rates().distance;
    EXPECT_GT(centred, 0.095);
    EXPECT_LT(centred, 0.1);
  }
}

// Without centres and noise all moments of the states decay, and the slowest of them is seen.
TEST(ExactRates, AreEigenvaluesOfTheFullOperator) {
  for (const auto& dynamics : {async_gossip_dynamics({.alpha = 0.5}),
                               a2cid2_dynamics({.eta = 0.3, .alpha = 0.5, .alpha_tilde = 1.2})})
    for (unsigned seed = 1; seed < 4; ++seed) {
      Case made = random_case(dynamics, {.learning_rate = 0.2}, 4, 1, seed);
      std::vector<double> curvatures;
      for (NoisyQuadratic& f : made.quadratics) {
        curvatures.push_back(f.a(0, 0));
        f.b.setZero();
        f.rate = 1;
      }
      const reference::MeanSquare full(dynamics, curvatures, made.edges, 0.2);
      const Index m = dynamics.size();
      const double rate = full.rate(Matrix<double>::Zero(1, 4 * m));
      EXPECT_NEAR(made.moments().mean_distance_rate(), rate, 1e-8 * rate) << seed;
    }
}

TEST(ExactRates, AreNegativeWhereStepsAreTooLarge) {
  // Averagings in between let steps be somewhat longer than 2/h, where a worker alone diverges, but not ten times.
  RingCase stable{.gamma = 1.99}, unstable{.gamma = 20};
  EXPECT_GT(stable.moments().mean_distance_rate(), 0);
  EXPECT_LT(unstable.moments().mean_distance_rate(), 0);
  EXPECT_EQ(unstable.moments().limit().consensus, infinity);
}

TEST(PairsByDifference, GiveWhatAllPairsGive) {
  const std::vector<double> times = {0, 1, 7, 20};
  for (Worker n = 8; n <= 32; n += 8) {
    const Dynamics acid = a2cid2_dynamics({.eta = 0.1, .alpha = 0.5, .alpha_tilde = 2});
    RingCase made{.workers = n, .dynamics = acid, .noise = 1, .heterogeneity = 2, .momentum = 0.5};
    ExactMoments few = made.moments();
    made.by_difference = false;
    ExactMoments all = made.moments();
    const auto a = few.at(times), b = all.at(times);
    for (std::size_t k = 0; k < times.size(); ++k) {
      EXPECT_NEAR(a[k].consensus, b[k].consensus, 1e-11 * (1 + b[k].consensus));
      EXPECT_NEAR(a[k].distance, b[k].distance, 1e-11 * (1 + b[k].distance));
    }
    EXPECT_NEAR(few.limit().consensus, all.limit().consensus, 1e-9 * all.limit().consensus);
    EXPECT_NEAR(few.rates().consensus, all.rates().consensus, 1e-7 * all.rates().consensus);
    EXPECT_NEAR(few.rates().distance, all.rates().distance, 1e-7 * all.rates().distance);
  }
}

std::vector<Edge> torus(Worker side) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < side; ++i)
    for (Worker j = 0; j < side; ++j) {
      const Worker right = i * side + (j + 1) % side, down = (i + 1) % side * side + j;
      edges.push_back({std::min(i * side + j, right), std::max(i * side + j, right), 0.25});
      edges.push_back({std::min(i * side + j, down), std::max(i * side + j, down), 0.5});
    }
  return edges;
}

TEST(PairsByDifference, AreFoundForRingsTorusesHypercubesAndNoOthers) {
  EXPECT_EQ(pairs_by_difference(9, ring(9, 1))->neighbours().size(), 2);
  EXPECT_EQ(pairs_by_difference(16, torus(4))->neighbours().size(), 4);
  std::vector<Edge> cube;
  for (Worker i = 0; i < 8; ++i)
    for (Worker bit = 1; bit < 8; bit *= 2)
      if ((i & bit) == 0) cube.push_back({i, i | bit, 1.0 / bit});
  EXPECT_EQ(pairs_by_difference(8, cube)->neighbours().size(), 3);
  EXPECT_EQ(pairs_by_difference(5, {})->neighbours().size(), 0);
  std::vector<Edge> unequal = ring(9, 1);
  unequal[3].rate = 2;
  EXPECT_EQ(pairs_by_difference(9, unequal), nullptr);
  unequal.resize(8);
  unequal[3].rate = 1;
  EXPECT_EQ(pairs_by_difference(9, unequal), nullptr);
}

}  // namespace
}  // namespace acidsim::theory_test
