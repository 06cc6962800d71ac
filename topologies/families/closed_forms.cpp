#include "topologies/families/closed_forms.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <numbers>
#include <vector>

namespace acidsim {
namespace {

// 1 − cos 2πk/n, free of cancellation.
double one_minus_cos(std::uint64_t k, Worker n) {
  const double sine = std::sin(std::numbers::pi * static_cast<double>(k) / n);
  return 2.0 * sine * sine;
}

double edge_transitive_chi_2(double n, double rate) { return (n - 1.0) / (n * rate); }

// The edges of one offset; `rate` is the sum of λ over those at one worker (two, or one where s = n/2).
struct Step {
  Worker offset;
  double rate;
};

// Eigenvalues of a circulant: μ_j = Σ_s rate_s (1 − cos 2πjs/n); resistance of the edges of offset s:
// (1/n) Σ_{j ≥ 1} 2 (1 − cos 2πjs/n)/μ_j.
GraphConstants of_steps(Worker n, const std::vector<Step>& steps) {
  std::vector<double> lift(n);  // 1 − cos 2πk/n
  for (Worker k = 0; k < n; ++k) lift[k] = one_minus_cos(k, n);
  std::vector<double> resistance(steps.size(), 0.0);
  double smallest = infinity;
  for (std::uint64_t j = 1; j < n; ++j) {
    double mu = 0.0;
    for (const Step& step : steps) mu += step.rate * lift[j * step.offset % n];
    smallest = std::min(smallest, mu);
    for (std::size_t s = 0; s < steps.size(); ++s) resistance[s] += lift[j * steps[s].offset % n] / mu;
  }
  return {1.0 / smallest, *std::max_element(resistance.begin(), resistance.end()) / n};
}

}  // namespace

GraphConstants complete_constants(Worker n, double rate) {
  const double both = (n - 1.0) / (n * rate);
  return {both, both};
}

// The Laplacian of K_ab has the eigenvalues 0, a, b, a + b.
GraphConstants complete_bipartite_constants(Worker a, Worker b, double rate) {
  const double n = 1.0 * a + b;
  if (a == 1 && b == 1) return complete_constants(2, rate);
  return {2.0 * std::max(a, b) / (n * rate), edge_transitive_chi_2(n, rate)};
}

GraphConstants cycle_constants(Worker n, double rate) {
  return {1.0 / (rate * one_minus_cos(1, n)), edge_transitive_chi_2(n, rate)};
}

// All edges are bridges: R_e = 1/λ_e.
GraphConstants path_constants(Worker n, double rate) {
  const double sine = std::sin(0.5 * std::numbers::pi / n);
  return {(n - 1.0) / (2.0 * n * rate * sine * sine), edge_transitive_chi_2(n, rate)};
}

GraphConstants star_constants(Worker n, double rate) { return complete_bipartite_constants(1, n - 1, rate); }

GraphConstants hypercube_constants(Worker n, double rate) {
  return {0.5 * (std::bit_width(n) - 1) / rate, edge_transitive_chi_2(n, rate)};
}

// μ is the least root of μ² − (k + 2)μ + 2 = 0: the eigenvector is opposite on the two halves, with one value
// on the joined worker and another on the k − 1 others. The bridge attains χ2.
GraphConstants barbell_constants(Worker n, double rate) {
  if (n == 2) return complete_constants(2, rate);
  const double k = 0.5 * n, edges = k * (k - 1.0) + 1.0, lambda = n * rate / (2.0 * edges);
  const double mu = 4.0 / (k + 2.0 + std::sqrt((k + 2.0) * (k + 2.0) - 8.0));
  return {1.0 / (lambda * mu), 0.5 / lambda};
}

// Every direction adds (r/d)(1 − cos 2πj/side) to the eigenvalue μ; this includes directions of length 2,
// whose edge has weight 2. The resistance of the edges of a direction is (2/n) Σ (1 − cos 2πj/side)/μ over
// all eigenvalues μ ≠ 0.
GraphConstants torus_constants(std::span<const Worker> sides, double rate) {
  std::vector<Worker> open;  // sides of length 1 have no edges
  std::copy_if(sides.begin(), sides.end(), std::back_inserter(open), [](Worker side) { return side > 1; });
  double n = 1.0;
  for (const Worker side : open) n *= side;
  const double each = rate / static_cast<double>(open.size());
  const auto [shortest, longest] = std::minmax_element(open.begin(), open.end());
  const double chi_1 = 1.0 / (each * one_minus_cos(1, *longest));
  if (*shortest == *longest) return {chi_1, edge_transitive_chi_2(n, rate)};

  std::vector<std::vector<double>> lift;  // of every direction, (r/d)(1 − cos 2πj/side)
  for (const Worker side : open) {
    lift.emplace_back(side);
    for (Worker j = 0; j < side; ++j) lift.back()[j] = each * one_minus_cos(j, side);
  }
  std::vector<double> sum(open.size(), 0.0), part(open.size());
  for (std::uint64_t index = 1; index < static_cast<std::uint64_t>(n); ++index) {
    std::uint64_t left = index;
    double mu = 0.0;
    for (std::size_t k = 0; k < open.size(); ++k, left /= open[k - 1])
      mu += part[k] = lift[k][left % open[k]];
    for (std::size_t k = 0; k < open.size(); ++k) sum[k] += part[k] / mu;
  }
  return {chi_1, *std::max_element(sum.begin(), sum.end()) / (n * each)};
}

GraphConstants circulant_constants(Worker n, std::span<const Worker> offsets, double rate) {
  double degree = 0.0;
  for (const Worker s : offsets) degree += 2 * s == n ? 1.0 : 2.0;
  std::vector<Step> steps;
  for (const Worker s : offsets) steps.push_back({s, (2 * s == n ? 1.0 : 2.0) * rate / degree});
  return of_steps(n, steps);
}

GraphConstants exponential_constants(Worker n, double rate) {
  const int hops = std::bit_width(n) - 1;
  std::vector<Step> steps;
  for (int k = 0; k < hops; ++k) steps.push_back({Worker{1} << k, rate / hops});
  return of_steps(n, steps);
}

}  // namespace acidsim
