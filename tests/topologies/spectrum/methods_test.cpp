// Every method on the same graphs, and what holds of their results in any case.
#include <algorithm>
#include <numbers>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/spectrum/spectrum_cases.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace methods_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Rounding × condition number, which is at most 1e5 here (the dense method's; the others keep more).
constexpr double rounding = 1e-11;
constexpr double certified = 1e-6;  // relative width that branch and bound reaches

struct Case {
  std::string name;
  Worker workers;
  std::vector<Edge> edges;
};

std::vector<Case> cases() {
  Draws draws(Stream(1, Purpose::problem));
  std::vector<Case> list;
  for (const Graph& g :
       {path(2), path(60), cycle(3), cycle(61), star(40), complete(30), barbell(24), binary_tree(63),
        grid2d(7, 9), torus2d(8, 8), hypercube(64), exponential(48), erdos_renyi(150, 0.05, 1),
        random_regular(200, 4, 1), watts_strogatz(100, 4, 0.1, 1), barabasi_albert(120, 2, 1),
        random_geometric(150, 0.2, 1), tree_with_chords(120, 12, draws)}) {
    list.push_back({g.name + ", equal rates", g.workers, g.edges});
    list.push_back({g.name + ", random rates", g.workers, random_rates(g, draws, 2.0)});
    std::vector<Edge> some_silent = random_rates(g, draws, 1.0, 0.1);
    if (connected(g.workers, some_silent)) list.push_back({g.name + ", rates of 0", g.workers, some_silent});
  }
  return list;
}

void expect_near(double value, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected)) << what;
}

TEST(SpectrumMethods, DenseAndSparseAgree) {
  int with_silent_edges = 0;
  for (const auto& [name, n, edges] : cases()) {
    const Spectrum dense = dense_spectrum(n, edges), sparse = by_sparse(n, edges);
    EXPECT_TRUE(sparse.exact);
    expect_near(sparse.chi_1, dense.chi_1, rounding, name);
    expect_near(sparse.chi_2, dense.chi_2, rounding, name);
    EXPECT_EQ(sparse.chi_1_bounds.low, sparse.chi_1) << name;
    EXPECT_EQ(sparse.chi_2_bounds.high, sparse.chi_2) << name;
    // Foster: rounding of the sum of n terms. The eigenvector is right to the square root of the rounding of
    // its value.
    EXPECT_LT(sparse.foster_residual.value_or(infinity), 1e-12) << name;
    EXPECT_LT(sparse.eigen_residual.value_or(infinity), 1e-8) << name;
    ASSERT_EQ(sparse.resistances.size(), edges.size());
    for (std::size_t k = 0; k < edges.size(); ++k) {
      expect_near(sparse.resistances[k], dense.resistances[k], rounding, name);
      if (edges[k].rate == 0) ++with_silent_edges;
    }
    expect_near(dense.resistances[sparse.chi_2_edge], 2 * dense.chi_2, rounding, name);
    EXPECT_GT(edges[sparse.chi_2_edge].rate, 0) << name;
  }
  EXPECT_GT(with_silent_edges, 50);
}

// The truth lies inside the bounds, and the value and edge reported belong to them.
void expect_valid(const Spectrum& found, const Spectrum& truth, const std::vector<Edge>& edges,
                  const std::string& name) {
  EXPECT_LE(found.chi_1_bounds.low, truth.chi_1 * (1 + rounding)) << name;
  EXPECT_GE(found.chi_1_bounds.high, truth.chi_1 * (1 - rounding)) << name;
  EXPECT_LE(found.chi_2_bounds.low, truth.chi_2 * (1 + rounding)) << name;
  EXPECT_GE(found.chi_2_bounds.high, truth.chi_2 * (1 - rounding)) << name;
  for (const auto& [value, bounds] :
       {std::pair{found.chi_1, found.chi_1_bounds}, std::pair{found.chi_2, found.chi_2_bounds}}) {
    EXPECT_GE(value, bounds.low) << name;
    EXPECT_LE(value, bounds.high) << name;
  }
  ASSERT_LT(found.chi_2_edge, edges.size()) << name;
  EXPECT_GT(edges[found.chi_2_edge].rate, 0) << name;
  EXPECT_LE(0.5 * truth.resistances[found.chi_2_edge], found.chi_2_bounds.high * (1 + rounding)) << name;
  EXPECT_FALSE(found.exact) << name;
  EXPECT_TRUE(found.resistances.empty()) << name;
  EXPECT_FALSE(found.foster_residual) << name;
}

TEST(SpectrumMethods, IterationIsCertified) {
  for (const auto& [name, n, edges] : cases()) {
    const Spectrum truth = dense_spectrum(n, edges), found = by_iteration(n, edges);
    expect_valid(found, truth, edges, name);
    // 1e-9: iterative_spectrum.cpp ends at a residual of 2e-10, on either side of χ1.
    EXPECT_LE(found.chi_1_bounds.high, found.chi_1_bounds.low * (1 + 1e-9)) << name;
    EXPECT_LE(found.chi_2_bounds.high, found.chi_2_bounds.low * (1 + certified)) << name;
    expect_near(found.chi_1, truth.chi_1, 1e-9, name);
    expect_near(0.5 * truth.resistances[found.chi_2_edge], truth.chi_2, certified, name);
  }
}

TEST(SpectrumMethods, WideBoundsHoldTheTruthWithinOnePercent) {
  for (const auto& [name, n, edges] : cases()) {
    const Spectrum truth = dense_spectrum(n, edges), found = by_iteration(n, edges, 1e10, wide_bounds);
    expect_valid(found, truth, edges, name);
    EXPECT_LE(found.chi_1_bounds.high, found.chi_1_bounds.low * 1.01) << name;
    EXPECT_LE(found.chi_2_bounds.high, found.chi_2_bounds.low * 1.01) << name;
  }
}

TEST(SpectrumMethods, LargeGraphsGetWideBoundsUnlessNarrowOnesAreWanted) {
  const Graph graph = random_regular(400, 4, 1);
  SpectrumOptions options;
  options.most_flops = 0;
  options.most_workers_narrow = 400;
  EXPECT_THAT(spectrum(400, graph.edges, options).method, HasSubstr("certified to 1e-6"));
  options.most_workers_narrow = 399;
  EXPECT_THAT(spectrum(400, graph.edges, options).method, HasSubstr("certified within 1 %"));
}

TEST(SpectrumMethods, BoundsAreValidWheneverTheWorkEnds) {
  Draws draws(Stream(2, Purpose::problem));
  int wide = 0, narrow = 0;
  for (int trial = 0; trial < 200; ++trial) {
    const auto n = static_cast<Worker>(10 + draws.below(50));
    const Graph graph = tree_with_chords(n, draws.below(3 * n), draws);
    const std::vector<Edge> edges = random_rates(graph, draws, 3.0 * draws.uniform());
    const Spectrum truth = dense_spectrum(n, edges);
    for (const double visits : {0.0, 1e3, 1e4, 3e4, 1e5}) {
      const Spectrum found = by_iteration(n, edges, visits);
      expect_valid(found, truth, edges, std::to_string(trial) + " " + found.method);
      const bool settled = found.chi_2_bounds.high <= found.chi_2_bounds.low * (1 + certified);
      (settled ? narrow : wide) += 1;
      EXPECT_EQ(found.method.find("stopped early") == std::string::npos, settled) << found.method;
    }
  }
  EXPECT_GT(wide, 100);
  EXPECT_GT(narrow, 100);
}

// Multiplying all rates by a power of two rounds nothing, so no digit of a result may change.
TEST(SpectrumMethods, PowersOfTwoScaleExactly) {
  Draws draws(Stream(3, Purpose::problem));
  SpectrumOptions no_factor;
  no_factor.most_flops = 0;
  for (const auto& [n, options] :
       {std::pair{60u, SpectrumOptions{}}, std::pair{400u, SpectrumOptions{}}, std::pair{400u, no_factor}}) {
    const std::vector<Edge> edges = random_rates(random_regular(n, 4, 1), draws, 1.0);
    const Spectrum s = spectrum(n, edges, options);
    for (const int exponent : {-900, -250, -3, 1, 250, 900}) {
      std::vector<Edge> scaled = edges;
      for (Edge& e : scaled) e.rate = std::ldexp(e.rate, exponent);
      const Spectrum t = spectrum(n, scaled, options);
      EXPECT_EQ(std::ldexp(t.chi_1, exponent), s.chi_1) << s.method;
      EXPECT_EQ(std::ldexp(t.chi_2, exponent), s.chi_2) << s.method;
      EXPECT_EQ(std::ldexp(t.chi_1_bounds.high, exponent), s.chi_1_bounds.high) << s.method;
      EXPECT_EQ(std::ldexp(t.chi_2_bounds.high, exponent), s.chi_2_bounds.high) << s.method;
      EXPECT_EQ(t.chi_2_edge, s.chi_2_edge) << s.method;
      EXPECT_EQ(t.method, s.method);
    }
  }
}

TEST(SpectrumMethods, AreChosenByCost) {
  const auto method = [](const Graph& graph, const SpectrumOptions& options) {
    return spectrum(graph.workers, graph.edges, options).method;
  };
  EXPECT_THAT(method(torus2d(10, 10), {}), StartsWith("dense"));  // small
  EXPECT_THAT(method(complete(300), {}), StartsWith("dense"));    // its factor is full
  EXPECT_THAT(method(torus2d(20, 20), {}), StartsWith("sparse"));
  SpectrumOptions few_flops, few_bytes;
  few_flops.most_flops = 1e3;
  few_bytes.most_bytes = 1e3;
  for (const SpectrumOptions& options : {few_flops, few_bytes}) {
    EXPECT_THAT(method(torus2d(20, 20), options),
                AllOf(StartsWith("Lanczos"), HasSubstr("branch and bound")));
    EXPECT_THAT(method(barbell(300), options), AllOf(StartsWith("Lanczos"), HasSubstr("exact by a bridge")));
  }
  few_flops.all_resistances = true;
  EXPECT_THAT(input_error_of([&] { method(torus2d(20, 20), few_flops); }),
              AllOf(StartsWith("topology: "), HasSubstr("resistances"), HasSubstr("400 workers")));
}

// Two complete graphs of k workers joined by a link of rate ε. Antisymmetric vectors, one value at the ends
// of the link and one elsewhere: μ² − (k + 2ε)μ + 2ε = 0.
TEST(SpectrumMethods, SparseResolvesWeakLinksOverFifteenOrdersOfMagnitude) {
  constexpr Worker k = 5;
  for (int digits = 0; digits <= 15; ++digits) {
    const double weak = std::pow(10.0, -digits), sum = k + 2 * weak;
    std::vector<Edge> edges = barbell(2 * k).edges;
    for (Edge& e : edges) e.rate = e.i < k && e.j >= k ? weak : 1.0;
    const Spectrum s = by_sparse(2 * k, edges);
    // By tens of roundings without cancellation (front_kernels.hpp), and one division.
    expect_near(s.chi_1, (sum + std::sqrt(sum * sum - 8 * weak)) / (4 * weak), 1e-13, "chi_1");
    expect_near(s.chi_2, 1 / (2 * weak), 1e-15, "chi_2");
  }
}

// The same where Λ is only multiplied with: χ1 is lost in its rounding, and the interval says so.
TEST(SpectrumMethods, IterationAdmitsWhatRoundingHides) {
  constexpr Worker k = 5;
  for (const double weak : {1e-3, 1e-9, 1e-14, 1e-17}) {
    const double sum = k + 2 * weak;
    std::vector<Edge> edges = barbell(2 * k).edges;
    for (Edge& e : edges) e.rate = e.i < k && e.j >= k ? weak : 1.0;
    const Spectrum s = by_iteration(2 * k, edges);
    const double chi_1 = (sum + std::sqrt(sum * sum - 8 * weak)) / (4 * weak);
    EXPECT_LE(s.chi_1_bounds.low, chi_1) << weak;
    EXPECT_GE(s.chi_1_bounds.high, chi_1) << weak;
    EXPECT_GE(s.chi_1, s.chi_1_bounds.low) << weak;
    EXPECT_LE(s.chi_1, s.chi_1_bounds.high) << weak;
    EXPECT_EQ(s.chi_1_bounds.high <= s.chi_1_bounds.low * (1 + 1e-9), weak > 1e-6) << weak;
    EXPECT_EQ(s.chi_2, 0.5 / weak);
  }
}

// A star whose leaves have rates crowding above 1: an eigenvalue between any two of them, too near to each
// other for Lanczos on the inverse. λ2 solves 1 + Σ w/(w − μ) = 0 between the two smallest rates.
TEST(SpectrumMethods, CrowdedEigenvaluesGiveAnIntervalNotAHang) {
  constexpr Worker n = 6001;
  std::vector<Edge> edges;
  for (Worker k = 1; k < n; ++k) edges.push_back({0, k, 1.0 + 0.1 * k / n});
  double low = edges[0].rate, high = edges[1].rate;
  for (int halving = 0; halving < 60; ++halving) {
    const double mu = 0.5 * (low + high);
    double sum = 1.0;
    for (const Edge& e : edges) sum += e.rate / (e.rate - mu);
    (sum < 0 ? low : high) = mu;
  }
  for (const double visits : {1e7, 1e9}) {
    const Spectrum s = by_sparse(n, edges, visits);
    EXPECT_FALSE(s.exact);
    EXPECT_LE(s.chi_1_bounds.low, 1 / low);
    EXPECT_GE(s.chi_1_bounds.high, 1 / low);
    EXPECT_THAT(s.method, HasSubstr(visits < 1e8 ? "only between bounds" : "within its residual"));
    EXPECT_EQ(s.chi_2, 0.5 / edges[0].rate);  // all edges are bridges
    EXPECT_EQ(s.chi_2_edge, 0u);
  }
}

}  // namespace methods_test
}  // namespace acidsim
