// EquiTopo's graphs: random offsets, whose matrices shrink every disagreement by a known factor on average.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>
#include <set>

#include "tests/core/statistics.hpp"
#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/prescribed_matrix.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;
using MakeEquiDyn = GraphSequence (*)(Worker, double, std::size_t, double, std::uint64_t);

// (1 − η)I + ηA of the definitions, for the offset a, and the start s of a matching.
Dense mixed_in(const Dense& a, double eta) {
  return (1 - eta) * Dense::Identity(a.rows(), a.cols()) + eta * a;
}
Dense directed_matrix(Worker n, double eta, Worker offset) {
  Dense a = Dense::Identity(n, n) / n;
  for (Worker i = 0; i < n; ++i) a((i + offset) % n, i) += (n - 1.0) / n;
  return mixed_in(a, eta);
}
Dense matching_matrix(Worker n, double eta, Worker offset, Worker start) {
  Dense a = Dense::Identity(n, n);
  std::set<Worker> taken;
  for (Worker step = 0; step < n; ++step) {
    const Worker i = (start + step) % n, j = (i + offset) % n;
    if (taken.contains(i) || taken.contains(j)) continue;
    taken.insert({i, j});
    a(i, i) = a(j, j) = 1.0 / n;
    a(i, j) = a(j, i) = (n - 1.0) / n;
  }
  return mixed_in(a, eta);
}

// Every matrix that can be drawn, equally likely.
std::vector<Dense> all_matrices(Worker n, double eta, bool directed) {
  std::vector<Dense> all;
  for (Worker offset = 1; offset < n; ++offset)
    for (Worker start = 0; start < (directed ? 1 : n); ++start)
      all.push_back(directed ? directed_matrix(n, eta, offset) : matching_matrix(n, eta, offset, start));
  return all;
}

// The mean of ΠWᵀWΠ.
Dense mean_contraction(const std::vector<Dense>& matrices) {
  const Index n = matrices.front().rows();
  const Dense centre = Dense::Identity(n, n) - Dense::Constant(n, n, 1.0 / static_cast<double>(n));
  Dense sum = Dense::Zero(n, n);
  for (const Dense& w : matrices) sum += centre * w.transpose() * w * centre;
  return sum / static_cast<double>(matrices.size());
}
double largest_eigenvalue(const Dense& matrix) {
  return Eigen::SelfAdjointEigenSolver<Dense>(matrix).eigenvalues().maxCoeff();
}

TEST(EquiDyn, MatricesAreDoublyStochasticWithOnePeer) {
  for (const MakeEquiDyn make : {od_equidyn, ou_equidyn})
    for (const Worker n : {2u, 3u, 8u, 15u})
      for (const double eta : {0.5, 1.0}) {
        const GraphSequence sequence = make(n, eta, 40, 0.5, 3);
        EXPECT_TRUE(sequence.periodic);
        ASSERT_EQ(sequence.phases.size(), 40u);
        ASSERT_EQ(sequence.mixing.size(), 40u);
        for (std::size_t k = 0; k < 40; ++k) {
          EXPECT_EQ(sequence.phases[k].duration, 0.5);
          ASSERT_EQ(sequence.mixing[k].size(), sequence.phases[k].graph.edges.size());
          const Dense w = prescribed_matrix(sequence, k);
          EXPECT_GE(w.minCoeff(), 0);
          EXPECT_LT((w.colwise().sum().array() - 1).abs().maxCoeff(), 1e-15);
          const auto others = (w.array() > 0).rowwise().count() - (w.diagonal().array() > 0).cast<Index>();
          EXPECT_LE(others.maxCoeff(), 1);
        }
        union_of(sequence);
      }
}

// The draws are those of the definitions, each equally likely. 22500 draws.
TEST(EquiDyn, DrawsEveryMatrixEquallyOften) {
  constexpr std::size_t draws = 22500;
  for (const bool directed : {true, false}) {
    const std::vector<Dense> possible = all_matrices(5, 0.5, directed);
    const GraphSequence sequence = (directed ? od_equidyn : ou_equidyn)(5, 0.5, draws, 1, 8);
    std::vector<double> counts(possible.size(), 0.0);
    for (std::size_t k = 0; k < draws; ++k) {
      const Dense found = prescribed_matrix(sequence, k);
      std::vector<std::size_t> equal;
      for (std::size_t m = 0; m < possible.size(); ++m)
        if (possible[m].isApprox(found, 1e-14)) equal.push_back(m);
      ASSERT_FALSE(equal.empty()) << "phase " << k;
      for (const std::size_t m : equal) counts[m] += 1.0 / static_cast<double>(equal.size());
    }
    // Some draws give equal matrices: they are one cell, of the sum of their probabilities.
    std::vector<double> cells, expected;
    std::vector<bool> seen(possible.size(), false);
    for (std::size_t m = 0; m < possible.size(); ++m) {
      if (seen[m]) continue;
      double count = 0, probability = 0;
      for (std::size_t other = m; other < possible.size(); ++other)
        if (possible[other].isApprox(possible[m], 1e-14)) {
          seen[other] = true;
          count += counts[other];
          probability += 1.0 / static_cast<double>(possible.size());
        }
      cells.push_back(count);
      expected.push_back(probability);
    }
    ASSERT_GE(cells.size(), 4u);
    testing::expect_multinomial_counts(cells, expected);
  }
}

// The law of the header, over all offsets: E‖WΠx‖² is the same factor for every x, below 1/2 for η = 1/2.
TEST(EquiDyn, DirectedOnesShrinkDisagreementByTheFactorOfTheory) {
  for (const Worker n : {2u, 5u, 16u, 33u})
    for (const double eta : {0.25, 0.5, 1.0}) {
      const Dense mean = mean_contraction(all_matrices(n, eta, true));
      const double factor = (1 - eta) * (1 - eta) + eta * eta * (1 - 2.0 / n);
      const Dense centre = Dense::Identity(n, n) - Dense::Constant(n, n, 1.0 / n);
      EXPECT_LT((mean - factor * centre).cwiseAbs().maxCoeff(), 1e-14) << n << ' ' << eta;
    }
}

// At least two thirds of the workers find a partner, and every distance is equally likely for them at least so often.
TEST(EquiDyn, MatchingsShrinkDisagreementWhateverTheSize) {
  for (Worker n = 2; n <= 24; ++n) {
    const double factor = largest_eigenvalue(mean_contraction(all_matrices(n, 0.5, false)));
    EXPECT_LE(factor, 2.0 / 3 - 1 / (3.0 * n) + 1e-14) << n;
    EXPECT_GE(factor, 0.5 - 1 / (2.0 * n) - 1e-14) << "nobody has more than one partner";
  }
}

// ‖WΠx‖²/‖Πx‖² of the drawn matrices, for one x: their mean is what the law says, within 4 of its deviations.
TEST(EquiDyn, DrawnMatricesFollowTheLaw) {
  constexpr Worker n = 12;
  constexpr std::size_t draws = 20000;
  Vector<double> x(n);
  for (Worker i = 0; i < n; ++i) x[i] = i * i % 7;
  x.array() -= x.mean();
  for (const bool directed : {true, false}) {
    const GraphSequence sequence = (directed ? od_equidyn : ou_equidyn)(n, 0.5, draws, 1, 21);
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < draws; ++k) {
      const double left = (prescribed_matrix(sequence, k) * x).squaredNorm() / x.squaredNorm();
      sum += left;
      squares += left * left;
    }
    const double mean = sum / draws, deviation = std::sqrt((squares / draws - mean * mean) / draws);
    const double exact = x.dot(mean_contraction(all_matrices(n, 0.5, directed)) * x) / x.squaredNorm();
    EXPECT_NEAR(mean, exact, 4 * deviation);
    EXPECT_LT(deviation, 0.003) << "the band tells 1/2 from 2/3";
  }
}

TEST(EquiDyn, BeginAlikeHoweverManyPhasesThereAre) {
  for (const MakeEquiDyn make : {od_equidyn, ou_equidyn}) {
    const GraphSequence longer = make(20, 0.5, 9, 1, 5), shorter = make(20, 0.5, 4, 1, 5),
                        other = make(20, 0.5, 4, 1, 6);
    bool differs = false;
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_EQ(prescribed_matrix(longer, k), prescribed_matrix(shorter, k));
      differs |= prescribed_matrix(other, k) != prescribed_matrix(shorter, k);
    }
    EXPECT_TRUE(differs);
  }
}

TEST(EquiDyn, RefusesBadParameters) {
  using ::testing::HasSubstr;
  for (const MakeEquiDyn make : {od_equidyn, ou_equidyn}) {
    const auto message = [&](Worker n, double eta, std::size_t phases, double duration) {
      return input_error_of([&] { make(n, eta, phases, duration, 1); });
    };
    EXPECT_THAT(message(1, 0.5, 4, 1), HasSubstr("workers: too few (1)"));
    EXPECT_THAT(message(8, 0.5, 0, 1), HasSubstr("phases: too few (0)"));
    for (const double eta : {0.0, -0.5, 1.01, std::nan("")})
      EXPECT_THAT(message(8, eta, 4, 1), HasSubstr("eta: out of range ("));
    EXPECT_THAT(message(8, 0.5, 4, 0), HasSubstr("duration: not a length of time (0)"));
    EXPECT_THAT(message(1u << 20, 0.5, 1000, 1), HasSubstr("phases: the sequence is too large"));
  }
}

}  // namespace
}  // namespace acidsim
