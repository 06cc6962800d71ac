#include "topologies/spectrum/spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "sim/core/random.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"
#include "topologies/rates/rates.hpp"

namespace acidsim {
namespace spectrum_test {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr double reference_tolerance = 1e-11;  // relative; stated by the reference files
// Rounding × condition number (up to 1e5 here), with room.
constexpr double rounding = 1e-11;

json read_json(const std::string& name) {
  std::ifstream in(std::string(ACIDSIM_TEST_DATA) + "/" + name);
  return json::parse(in);
}

void expect_close(double value, double expected, double tolerance, const std::string& what) {
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected)) << what;
}

void expect_laws(const Spectrum& s, const std::string& name) {
  // Foster: rounding × condition number, below 1e4 here. χ2 ≤ χ1 up to the rounding of both. The eigenvector
  // is right to the square root of the rounding of its value.
  EXPECT_LT(s.foster_residual.value_or(infinity), 1e-11) << name;
  EXPECT_LE(s.chi_2, s.chi_1 * (1 + 1e-12)) << name;
  EXPECT_LT(s.eigen_residual.value_or(infinity), 1e-8) << name;
  EXPECT_TRUE(s.exact) << name;
  EXPECT_EQ(s.chi_1_bounds.low, s.chi_1) << name;
  EXPECT_EQ(s.chi_1_bounds.high, s.chi_1) << name;
  EXPECT_EQ(s.chi_2_bounds.low, s.chi_2) << name;
  EXPECT_EQ(s.chi_2_bounds.high, s.chi_2) << name;
  EXPECT_FALSE(s.method.empty());
}

Spectrum spectrum_of(const Graph& graph, RateScheme scheme, double rate = 1.0) {
  RateSettings settings;
  settings.scheme = scheme;
  settings.rate = rate;
  const Spectrum s = spectrum(graph.workers, rated_edges(graph, settings).edges);
  expect_laws(s, graph.name);
  return s;
}

Graph graph_from(const json& row) {
  const std::string name = row["graph"];
  if (name == "complete_16") return complete(16);
  if (name == "star_16") return star(16);
  if (name == "path_16") return path(16);
  if (name == "grid_4x4") return grid2d(4, 4);
  if (name == "grid_4x8") return grid2d(4, 8);
  if (name == "torus_4x4") return torus2d(4, 4);
  if (name == "torus_4x8") return torus2d(4, 8);
  if (name == "hypercube_4") return hypercube(16);
  Graph graph;
  graph.name = name;
  graph.workers = row["workers"];
  for (const json& e : row.at("edge_list")) graph.edges.push_back({e[0], e[1]});
  normalise(graph);
  return graph;
}

TEST(Spectrum, ReferenceImplementation) {
  const json rows = read_json("acid_constants.json")["rows"];
  ASSERT_EQ(rows.size(), 10u);
  for (const json& row : rows) {
    const Worker n = row["n"];
    const std::string what = row["topology"].get<std::string>() + " " + std::to_string(n);
    const Graph graph = row["topology"] == "cycle" ? cycle(n) : exponential(n);
    const Spectrum s = spectrum_of(graph, RateScheme::uniform_neighbor, row["rate_com"]);
    expect_close(s.chi_1, row["chi_1"], reference_tolerance, what);
    expect_close(s.chi_2, row["chi_2"], reference_tolerance, what);
    expect_close(0.5 / std::sqrt(s.chi_1 * s.chi_2), row["eta"], reference_tolerance, what);
    expect_close(0.5 * std::sqrt(s.chi_1 / s.chi_2), row["beta_tilde"], reference_tolerance, what);
  }
}

TEST(Spectrum, ReferenceGraphsUnderBothConventions) {
  const json file = read_json("graph_chis.json");
  ASSERT_EQ(file["rows"].size(), 9u);
  for (const json& row : file["rows"]) {
    const Graph graph = graph_from(row);
    ASSERT_EQ(graph.workers, row["workers"].get<Worker>());
    ASSERT_EQ(graph.edges.size(), row["edges"].get<std::size_t>());
    for (const auto& [convention, key] : {std::pair{RateScheme::uniform_edge, "uniform_edge"},
                                          std::pair{RateScheme::uniform_neighbor, "uniform_neighbor"}}) {
      const std::string what = graph.name + " " + key;
      const Spectrum s = spectrum_of(graph, convention, file["rate"]);
      expect_close(s.chi_1, row[key]["chi_1"], reference_tolerance, what);
      expect_close(s.chi_2, row[key]["chi_2"], reference_tolerance, what);
      expect_close(0.5 / std::sqrt(s.chi_1 * s.chi_2), row[key]["eta"], reference_tolerance, what);
      expect_close(0.5 * std::sqrt(s.chi_1 / s.chi_2), row[key]["alpha_tilde"], reference_tolerance, what);
    }
  }
}

void expect_chis(const Graph& graph, double rate, double chi_1, double chi_2) {
  const Spectrum s = spectrum_of(graph, RateScheme::uniform_edge, rate);
  expect_close(s.chi_1, chi_1, rounding, graph.name + " chi_1");
  expect_close(s.chi_2, chi_2, rounding, graph.name + " chi_2");
}

double sine_squared(double x) { return std::sin(x) * std::sin(x); }

// Small n takes all eigenvalues, n > 256 Lanczos and, but for complete(n), the sparse method; the formulas
// hold for all.
TEST(Spectrum, ClosedForms) {
  constexpr double pi = std::numbers::pi;
  for (const Worker n : {2u, 3u, 5u, 16u, 100u, 256u, 257u, 600u}) {
    const double r = 1.7, least = (n - 1.0) / (n * r);
    expect_chis(complete(n), r, least, least);
    expect_chis(path(n), r, (n - 1) / (2.0 * n * r * sine_squared(pi / (2.0 * n))), least);
    if (n < 3) continue;
    expect_chis(cycle(n), r, 1 / (2 * r * sine_squared(pi / n)), least);
    expect_chis(star(n), r, 2 * least, least);
  }
  for (const Worker s : {3u, 8u, 16u, 20u}) {
    const double n = s * s, r = 0.6;
    expect_chis(torus2d(s, s), r, 1 / (r * sine_squared(pi / s)), (n - 1) / (n * r));
  }
  for (const int k : {1, 2, 5, 9}) {
    const double n = std::ldexp(1.0, k), r = 2.5;
    expect_chis(hypercube(static_cast<Worker>(n)), r, k / (2 * r), (n - 1) / (n * r));
  }
}

// χ1 of exponential(2^L) is L/(2r); χ2 = ½ max_s (1/n) Σ_j (2 − 2cos 2πjs/n)/μ_j, with μ_j = Σ_s c_s w_s (1 −
// cos …) over the hops s = 1, 2, 4, …: each has edge rate r/(2L) and c_s = 2, but n/2 has rate r/L and c_s =
// 1: the same.
TEST(Spectrum, ExponentialAsACirculant) {
  constexpr double pi = std::numbers::pi;
  for (const Worker n : {8u, 24u, 64u, 100u, 512u}) {
    const double r = 1.3;
    const int hops = static_cast<int>(std::log2(n));
    std::vector<double> mu(n, 0.0);
    double least = infinity, largest = 0.0;
    for (Worker j = 1; j < n; ++j) {
      for (int k = 0; k < hops; ++k) mu[j] += r / hops * (1 - std::cos(2 * pi * j * std::ldexp(1.0, k) / n));
      least = std::min(least, mu[j]);
    }
    for (int k = 0; k < hops; ++k) {
      double sum = 0.0;
      for (Worker j = 1; j < n; ++j) sum += (2 - 2 * std::cos(2 * pi * j * std::ldexp(1.0, k) / n)) / mu[j];
      largest = std::max(largest, sum / n);
    }
    const Spectrum s = spectrum_of(exponential(n), RateScheme::uniform_neighbor, r);
    expect_close(s.chi_1, 1 / least, rounding, "chi_1");
    expect_close(s.chi_2, largest / 2, rounding, "chi_2");
    if ((n & (n - 1)) == 0) expect_close(s.chi_1, hops / (2 * r), rounding, "L/(2r)");
  }
}

TEST(Spectrum, BarbellHasItsBridgeAsTheWorstEdge) {
  for (const Worker k : {3u, 10u, 150u}) {
    Graph graph;
    graph.name = "barbell";
    graph.workers = 2 * k;
    for (Worker side = 0; side < 2; ++side) {
      for (Worker i = 0; i < k; ++i) {
        for (Worker j = i + 1; j < k; ++j) graph.edges.push_back({side * k + i, side * k + j});
      }
    }
    graph.edges.push_back({k - 1, k});
    normalise(graph);
    const double m = k * (k - 1.0) + 1, n = 2.0 * k, w = n / (2 * m);
    // μ = ((k+2) − √((k+2)² − 8))/2, written without its cancellation.
    const double mu = 4.0 / ((k + 2.0) + std::sqrt((k + 2.0) * (k + 2.0) - 8.0));
    expect_chis(graph, 1.0, 1 / (w * mu), m / n);
    const Spectrum s = spectrum_of(graph, RateScheme::uniform_edge);
    EXPECT_EQ(graph.edges[s.chi_2_edge].i, k - 1);
    EXPECT_EQ(graph.edges[s.chi_2_edge].j, k);
  }
}

// A graph with random rates over three orders of magnitude.
std::vector<Edge> random_rates(const Graph& graph, std::uint64_t seed) {
  Draws draws(Stream(seed, Purpose::problem));
  std::vector<Edge> edges = graph.edges;
  for (Edge& e : edges) e.rate = std::pow(10.0, 3.0 * draws.uniform() - 2.0);
  return edges;
}

// The slow twin: the pseudo-inverse from all eigenvectors of Λ itself.
TEST(Spectrum, AgreesWithThePseudoInverse) {
  for (const Worker n : {40u, 300u}) {
    const std::vector<Edge> edges = random_rates(erdos_renyi(n, 0.15, 3), 1);
    Matrix<double> laplacian = Matrix<double>::Zero(n, n);
    for (const Edge& e : edges) {
      Vector<double> difference = Vector<double>::Zero(n);
      difference[e.i] = 1;
      difference[e.j] = -1;
      laplacian += e.rate * difference * difference.transpose();
    }
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(laplacian);
    const Vector<double> values = solver.eigenvalues().tail(n - 1);
    const Matrix<double> vectors = solver.eigenvectors().rightCols(n - 1);
    const Matrix<double> inverse = vectors * values.cwiseInverse().asDiagonal() * vectors.transpose();

    const Spectrum s = spectrum(n, edges);
    expect_laws(s, "random rates");
    expect_close(s.chi_1, 1 / values[0], rounding, "chi_1");
    double largest = 0.0;
    ASSERT_EQ(s.resistances.size(), edges.size());
    for (std::size_t k = 0; k < edges.size(); ++k) {
      const auto [i, j, rate] = edges[k];
      const double r = inverse(i, i) + inverse(j, j) - 2 * inverse(i, j);
      expect_close(s.resistances[k], r, rounding, "resistance");
      largest = std::max(largest, r);
    }
    expect_close(s.chi_2, largest / 2, rounding, "chi_2");
    expect_close(s.resistances[s.chi_2_edge], largest, rounding, "chi_2_edge");
  }
}

TEST(Spectrum, ScalingTheRatesDividesBoth) {
  const Graph graph = erdos_renyi(60, 0.2, 1);
  const std::vector<Edge> edges = random_rates(graph, 2);
  const Spectrum s = spectrum(60, edges);
  for (const double c : {1e-250, 0.3, 7.0, 1e200}) {
    std::vector<Edge> scaled = edges;
    for (Edge& e : scaled) e.rate *= c;
    const Spectrum t = spectrum(60, scaled);
    expect_close(t.chi_1 * c, s.chi_1, 1e-12, "chi_1");
    expect_close(t.chi_2 * c, s.chi_2, 1e-12, "chi_2");
    EXPECT_EQ(t.chi_2_edge, s.chi_2_edge);
  }
}

TEST(Spectrum, RelabellingTheWorkersChangesNothing) {
  for (const Worker n : {60u, 400u}) {
    const std::vector<Edge> edges = random_rates(erdos_renyi(n, 0.1, 1), 5);
    std::vector<Worker> label(n);
    std::iota(label.begin(), label.end(), Worker{0});
    Draws draws(Stream(9, Purpose::problem));
    draws.shuffle(std::span<Worker>(label));
    std::vector<Edge> relabelled = edges;
    for (Edge& e : relabelled)
      e = {std::min(label[e.i], label[e.j]), std::max(label[e.i], label[e.j]), e.rate};
    const Spectrum s = spectrum(n, edges), t = spectrum(n, relabelled);
    expect_close(t.chi_1, s.chi_1, 1e-12, "chi_1");
    expect_close(t.chi_2, s.chi_2, 1e-12, "chi_2");
    EXPECT_EQ(t.chi_2_edge, s.chi_2_edge);  // same order of edges
  }
}

TEST(Spectrum, TiesGoToTheFirstEdge) {
  for (const Graph& graph : {cycle(50), complete(20), hypercube(32), star(30)}) {
    EXPECT_EQ(spectrum_of(graph, RateScheme::uniform_edge).chi_2_edge, 0u) << graph.name;
  }
}

TEST(Spectrum, EdgesOfRateZeroAreIgnored) {
  // A path 0–1–2–3 of rate 1, and a chord of rate 0 whose resistance, 3, would be the largest. It comes
  // first, so that the index of the worst edge counts it.
  const std::vector<Edge> edges = {{0, 3, 0.0}, {0, 1, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}};
  const Spectrum s = spectrum(4, edges);
  expect_laws(s, "chord");
  // Four workers: tens of roundings.
  expect_close(s.chi_1, 1 / (2 - std::sqrt(2.0)), 1e-14, "chi_1");
  expect_close(s.chi_2, 0.5, 1e-14, "chi_2");
  EXPECT_EQ(s.chi_2_edge, 1u);
  expect_close(s.resistances[0], 3.0, 1e-14, "resistance of the chord");
}

TEST(Spectrum, DisconnectedGraphsAreRefused) {
  const std::vector<Edge> edges = {{0, 1, 1.0}, {1, 2, 0.0}, {2, 3, 1.0}, {3, 4, 1.0}};
  EXPECT_THAT(input_error_of([&] { spectrum(5, edges); }),
              AllOf(StartsWith("topology: "), HasSubstr("positive rate"), HasSubstr("2 components of 3, 2")));
  EXPECT_THAT(input_error_of([&] { spectrum(6, edges); }), HasSubstr("3 components"));
  EXPECT_THAT(input_error_of([] { spectrum(3, {}); }), HasSubstr("3 components"));
  std::vector<Edge> silent = cycle(4).edges;
  for (Edge& e : silent) e.rate = 0.0;
  EXPECT_THAT(input_error_of([&] { spectrum(4, silent); }), HasSubstr("4 components"));
}

TEST(Spectrum, FewerThanTwoWorkersAreRefused) {
  for (const Worker n : {0u, 1u}) {
    EXPECT_THAT(input_error_of([n] { spectrum(n, {}); }),
                AllOf(StartsWith("workers: "), HasSubstr("at least 2")));
  }
}

// Two pairs joined by a weak link of rate ε: λ2 = 2ε/((1 + ε) + √((1 + ε)² − 2ε)), χ2 = 1/(2ε). The inverse
// alone would be off by ε⁻¹ roundings.
TEST(Spectrum, WeakLinksOverTenOrdersOfMagnitude) {
  for (int k = 0; k <= 10; ++k) {
    const double weak = std::pow(10.0, -k), a = 1 + weak;
    const std::vector<Edge> edges = {{0, 1, 1.0}, {1, 2, weak}, {2, 3, 1.0}};
    const Spectrum s = spectrum(4, edges);
    expect_close(s.chi_1, (a + std::sqrt(a * a - 2 * weak)) / (2 * weak), rounding, "chi_1");
    expect_close(s.chi_2, 1 / (2 * weak), rounding, "chi_2");
    EXPECT_EQ(s.chi_2_edge, k == 0 ? 0u : 1u);
  }
}

TEST(Spectrum, RatesTooFarApartAreRefusedNotGuessed) {
  const std::vector<Edge> edges = {{0, 1, 1.0}, {1, 2, 1e-20}, {2, 3, 1.0}};
  EXPECT_THAT(input_error_of([&] { spectrum(4, edges); }),
              AllOf(StartsWith("topology: "), HasSubstr("too widely")));
  const std::vector<Edge> tiny = {{0, 1, 1e-310}};
  EXPECT_THAT(input_error_of([&] { spectrum(2, tiny); }), StartsWith("topology: "));
}

}  // namespace spectrum_test
}  // namespace acidsim
