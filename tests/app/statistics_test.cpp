// Runs, from configuration to result, against what is known of them.
#include "tests/core/statistics.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/random.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

// --- At time 0

// (1/n) Σ ‖x_i − x̄‖² of the normal initial states, from the addressed draws themselves.
double initial_spread(std::uint64_t seed, Worker workers, Index dimension, double scale) {
  std::vector<Vector<double>> x(workers, Vector<double>(dimension));
  Vector<double> mean = Vector<double>::Zero(dimension);
  for (Worker i = 0; i < workers; ++i) {
    Stream(seed, Purpose::initial_state, i)
        .normals<double>(1, {x[i].data(), static_cast<std::size_t>(dimension)});
    x[i] *= scale;
    mean += x[i] / workers;
  }
  double spread = 0;
  for (const auto& model : x) spread += (model - mean).squaredNorm() / workers;
  return spread;
}

Json resting(const char* kind, double scale) {
  return changed(small_experiment(),
                 {{"topology.workers", 50},
                  {"objective", {{"name", "quadratic"}, {"dimension", 400}}},
                  {"initial", {{"kind", kind}, {"scale", scale}}},
                  {"stop.time", 0},
                  {"record.metrics",
                   {"consensus_distance", "distance_to_optimum", "mean_distance_to_optimum", "mixing_gap"}}});
}

TEST(InitialStates, NormalOnesHaveTheKnownSpread) {
  const RepeatResult result = run_once(resting("normal", 3));
  ASSERT_EQ(result.records.size(), 1u);
  const std::vector<double>& metrics = result.records[0].metrics;
  EXPECT_NEAR(metrics[0], initial_spread(1, 50, 400, 3),
              1e-12 * metrics[0]);  // sums of 2·10⁴ squares in another order
  // Steiner: (1/n) Σ ‖x_i − x*‖² = spread + ‖x̄ − x*‖².
  EXPECT_NEAR(metrics[2], metrics[0] + metrics[1], 1e-12 * metrics[2]);
  EXPECT_EQ(metrics[3], 0) << "x̃ starts at x";
  // n·spread/scale² ~ χ²((n − 1)d), n‖x̄‖²/scale² ~ χ²(d).
  expect_chi_squared(50 * metrics[0] / 9, 49 * 400);
  expect_chi_squared(50 * metrics[1] / 9, 400);
}

TEST(InitialStates, CommonNormalAndZeroAgree) {
  const std::vector<double> common = run_once(resting("common_normal", 3)).records[0].metrics;
  EXPECT_LT(common[0], 1e-24 * common[1]);  // (n ulp)² of a mean of n equal numbers
  expect_chi_squared(common[1] / 9, 400);
  const std::vector<double> zero = run_once(resting("zero", 3)).records[0].metrics;
  for (const double value : zero) EXPECT_EQ(value, 0);
}

// --- How often things happen

TEST(Counts, OfWorkersAndEdgesAreThoseOfTheirRates) {
  const Scratch scratch;
  scratch.write("edges.txt", "0 1 0.5\n1 2 2\n2 3 0\n2 3 1.5\n3 0 0.25\n");
  scratch.write("x.json", changed(small_experiment(),
                                  {{"topology", {{"file", "edges.txt"}, {"rates", "explicit"}}},
                                   {"timing", {{"gradient_rate", {0.1, 1, 2, 4}}, {"communication_rate", 2}}},
                                   {"stop.time", 5000},
                                   {"record.every", 5000}})
                              .dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const Table edges = read_table(scratch / "out/communication_counts.csv"),
              workers = read_table(scratch / "out/worker_counts.csv");
  ASSERT_EQ(edges.rows.size(), 4u);
  const std::vector<std::array<double, 3>> expected = {{0, 1, 0.5}, {0, 3, 0.25}, {1, 2, 2}, {2, 3, 1.5}};
  std::vector<double> observed, means;
  for (std::size_t e = 0; e < 4; ++e) {
    EXPECT_EQ(edges.number(e, "i"), expected[e][0]);
    EXPECT_EQ(edges.number(e, "j"), expected[e][1]);
    EXPECT_EQ(edges.number(e, "rate"), 2 * expected[e][2]);
    observed.push_back(edges.number(e, "count"));
    means.push_back(5000 * 2 * expected[e][2]);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    observed.push_back(workers.number(i, "gradients"));
    means.push_back(5000 * std::vector<double>{0.1, 1, 2, 4}[i]);
  }
  expect_poisson_counts(observed, means);
}

// --- Names of workers mean nothing

// Samples of the metrics at the end, one per repeat.
std::vector<std::vector<double>> final_metrics(const Json& source, const fs::path& file, int repeats) {
  Trial experiment(source, file);
  std::vector<std::vector<double>> samples(source["record"]["metrics"].size());
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const RepeatResult result = experiment.run(repeat);
    for (std::size_t m = 0; m < samples.size(); ++m) samples[m].push_back(result.records.back().metrics[m]);
  }
  return samples;
}

struct Moments {
  double mean = 0, variance = 0;  // variance of the mean
};

Moments moments(const std::vector<double>& sample) {
  const auto n = static_cast<double>(sample.size());
  Moments result;
  for (const double value : sample) result.mean += value / n;
  for (const double value : sample)
    result.variance += (value - result.mean) * (value - result.mean) / (n - 1) / n;
  return result;
}

// The statistic of the two-sided two-sample test of equal means; standard normal for large samples where they
// are equal.
double two_sample_z(const std::vector<double>& a, const std::vector<double>& b) {
  const Moments of_a = moments(a), of_b = moments(b);
  return std::abs(of_a.mean - of_b.mean) / std::sqrt(of_a.variance + of_b.variance);
}

// A path of eight workers with a tail of unequal speed, its workers numbered by `label`.
Json relabelled(const Scratch& scratch, const std::vector<int>& label, std::uint64_t seed,
                const char* algorithm) {
  std::string edges;
  std::vector<double> rates(8);
  for (std::size_t k = 0; k < 8; ++k) {
    if (k > 0) edges += fmt::format("{} {}\n", label[k - 1], label[k]);
    rates[static_cast<std::size_t>(label[k])] = k < 4 ? 2.0 : 0.25;
  }
  const std::string name = fmt::format("path{}.txt", label[0]);
  scratch.write(name, edges);
  return changed(small_experiment(), {{"seed", seed},
                                      {"algorithm.name", algorithm},
                                      {"topology", {{"file", name}}},
                                      {"timing.gradient_rate", rates},
                                      {"stop.time", 20},
                                      {"record.every", 20},
                                      {"record.metrics", {"consensus_distance", "distance_to_optimum"}}});
}

class Relabelling : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Algorithms, Relabelling, ::testing::Values("async_gossip", "a2cid2"));

TEST_P(Relabelling, LeavesTheStatisticsAlone) {
  constexpr int repeats = 2000;
  const double quantile = 3.48;  // P(|Z| > this) = level / 2: two metrics are tested
  const Scratch scratch;
  const fs::path file = scratch / "x.json";
  const auto plain =
      final_metrics(relabelled(scratch, {0, 1, 2, 3, 4, 5, 6, 7}, 1, GetParam()), file, repeats);
  const auto mixed =
      final_metrics(relabelled(scratch, {5, 2, 7, 0, 4, 1, 6, 3}, 2, GetParam()), file, repeats);
  for (std::size_t m = 0; m < plain.size(); ++m)
    EXPECT_LT(two_sample_z(plain[m], mixed[m]), quantile) << "metric " << m;

  // The test sees a difference where there is one: the same path with the speeds left where they were.
  Json wrong = relabelled(scratch, {5, 2, 7, 0, 4, 1, 6, 3}, 2, GetParam());
  wrong["timing"]["gradient_rate"] = {2, 2, 2, 2, 0.25, 0.25, 0.25, 0.25};
  const auto other = final_metrics(wrong, file, repeats);
  EXPECT_GT(two_sample_z(plain[0], other[0]), 2 * quantile);
}

}  // namespace
}  // namespace acidsim::testing
