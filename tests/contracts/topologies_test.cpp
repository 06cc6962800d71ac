// Every graph family under every rate convention: χ's that are true, and runs.
#include <gtest/gtest.h>

#include "sim/app/contracts/topology_contracts.hpp"
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

void expect_true_spectrum(const Network& network) {
  const auto n = static_cast<Index>(network.graph.workers);
  const DenseSpectrum dense = dense_spectrum(network);
  const double tolerance = 1e-11;  // n ≤ 64 and χ1 ≤ 10³ lose at most four of sixteen digits
  EXPECT_NEAR(network.spectrum->chi_1 / dense.chi_1, 1, tolerance);
  double foster = 0;
  for (std::size_t k = 0; k < network.edges.size(); ++k) {
    EXPECT_NEAR(network.spectrum->resistances[k], dense.resistances[k], tolerance * dense.resistances[k]);
    foster += network.edges[k].rate * network.spectrum->resistances[k];
  }
  EXPECT_NEAR(foster / static_cast<double>(n - 1), 1, tolerance);
  EXPECT_NEAR(network.spectrum->chi_2, dense.chi_2, tolerance * dense.chi_2);
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
