// Every graph family under every rate convention: χ's that are true, and runs.
#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

using FamilyAndRates = std::tuple<std::string, std::string>;

class EveryFamily : public ::testing::TestWithParam<FamilyAndRates> {};
INSTANTIATE_TEST_SUITE_P(Registry, EveryFamily,
                         ::testing::Combine(::testing::ValuesIn(names(Kind::family)),
                                            ::testing::ValuesIn(names(Kind::rates))),
                         [](const auto& test) {
                           return std::get<0>(test.param) + "_" + std::get<1>(test.param);
                         });

// χ1 and χ2 by brute force: all eigenvalues, and R_ij = (e_i − e_j)ᵀ (Λ + 11ᵀ/n)⁻¹ (e_i − e_j).
void expect_true_spectrum(const Network& network) {
  const auto n = static_cast<Index>(network.graph.workers);
  Matrix<double> laplacian = Matrix<double>::Zero(n, n);
  for (const Edge& e : network.edges) {
    laplacian(e.i, e.i) += e.rate, laplacian(e.j, e.j) += e.rate;
    laplacian(e.i, e.j) -= e.rate, laplacian(e.j, e.i) -= e.rate;
  }
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> eigen(laplacian, Eigen::EigenvaluesOnly);
  const double tolerance = 1e-11;  // n ≤ 64 and χ1 ≤ 10³ lose at most four of sixteen digits
  EXPECT_NEAR(network.spectrum->chi_1 * eigen.eigenvalues()[1], 1, tolerance);
  const Matrix<double> inverse =
      (laplacian + Matrix<double>::Constant(n, n, 1.0 / static_cast<double>(n))).inverse();
  double foster = 0, largest = 0;
  for (std::size_t k = 0; k < network.edges.size(); ++k) {
    const Edge& e = network.edges[k];
    const double resistance = inverse(e.i, e.i) + inverse(e.j, e.j) - 2 * inverse(e.i, e.j);
    EXPECT_NEAR(network.spectrum->resistances[k], resistance, tolerance * resistance);
    foster += e.rate * network.spectrum->resistances[k];
    if (e.rate > 0) largest = std::max(largest, resistance);
  }
  EXPECT_NEAR(foster / static_cast<double>(n - 1), 1, tolerance);
  EXPECT_NEAR(network.spectrum->chi_2, largest / 2, tolerance * largest);
}

TEST_P(EveryFamily, HasTrueChisAndRuns) {
  const Scratch scratch;
  write_example_files(scratch);
  const auto& [family, rates] = GetParam();
  Json topology = choice(Kind::family, *find_row(Kind::family, family), "family");
  topology["rates"] = rates;
  Json source = changed(contract_experiment(), {{"topology", topology}});
  if (row_named(families(), family).directed)
    source["algorithm"] = {{"name", "push_sum"}, {"timing", "rounds"}};
  const bool gives_rates = family == "file" || family == "edges";
  const bool changes = row_named(families(), family).make_sequence != nullptr;
  if ((rates == "explicit" && !gives_rates) || (rates == "optimized" && changes)) {
    EXPECT_THROW(Trial(source, scratch / "x.json"), InputError);
    return;
  }
  Trial experiment(source, scratch / "x.json");
  ASSERT_TRUE(experiment.plan.network->spectrum.has_value());
  expect_true_spectrum(*experiment.plan.network);
  if (rates == "optimized") {
    const RateCertificate& certificate = *experiment.plan.network->certificate;
    EXPECT_LE(certificate.value, certificate.uniform_value * (1 + 1e-9));
    EXPECT_GE(certificate.value, certificate.lower_bound * (1 - 1e-9));
  }
  const bool some_alone =
      (family == "random_geometric_walk" || family == "ou_equidyn") && rates == "uniform_neighbor";
  if (some_alone) {  // who has no neighbour in a phase does not communicate in it
    EXPECT_LE(experiment.plan.network->rate_total, (0.5 + 1e-12) * experiment.plan.workers());
  } else if (rates != "explicit") {
    EXPECT_NEAR(experiment.plan.network->rate_total, 0.5 * experiment.plan.workers(),
                1e-12 * experiment.plan.workers())
        << "n r / 2";
  }
  const RepeatResult result = experiment.run();
  expect_finite(result);
  EXPECT_LT(result.records.back().metrics[0], result.records.front().metrics[0])
      << "the workers move together";
  EXPECT_GT(result.outcome.counts.communications, 0u);
}

}  // namespace
}  // namespace acidsim::testing
