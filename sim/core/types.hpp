// Plain values that every layer shares.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <optional>

namespace acidsim {

using Worker = std::uint32_t;  // index of a worker, 0 … workers − 1
using Index = Eigen::Index;    // sizes and positions

inline constexpr double infinity = std::numeric_limits<double>::infinity();

// An undirected edge, i < j, with the rate λ_ij of its communication clock (events per unit time, ≥ 0).
// One unit of time = one gradient computation of a worker of rate 1.
struct Edge {
  Worker i = 0;
  Worker j = 0;
  double rate = 1.0;
};

// Two workers that may communicate.
struct WorkerPair {
  Worker i, j;
};

// A number for a pair of workers, in either order.
constexpr std::uint64_t pair_key(Worker a, Worker b) {
  return (std::uint64_t{a < b ? a : b} << 32) | (a < b ? b : a);
}

// χ1 = 1/λ2(Λ) and χ2 = half the largest effective resistance over edges of positive rate [A²CiD² paper,
// Def. 3.1, 3.2].
struct GraphConstants {
  double chi_1 = 0;
  double chi_2 = 0;
};

// Coordinates first … first + count − 1.
struct Range {
  Index first, count;
};

// Gradient number `index` of a worker, counted from 0.
struct GradientAddress {
  Worker worker;
  std::uint64_t index;

  friend bool operator==(const GradientAddress&, const GradientAddress&) = default;
};

// Eigenvalues of a symmetric mixing matrix W, of which 1 is one: the largest of the others, and the smallest.
struct MixingConstants {
  double lambda_2 = 0;
  double lambda_n = 0;
};

// Constants of an objective f = (1/n) Σ f_i, where they exist: L-smooth and μ-strongly convex, for every f_i.
struct ObjectiveConstants {
  std::optional<double> smoothness = {};
  std::optional<double> strong_convexity = {};
  // Of gradients of f itself, and √((1/n) Σ_i L_i²) of those of the workers; neither is above `smoothness`.
  std::optional<double> mean_smoothness = {};
  std::optional<double> rms_smoothness = {};
};

template <class Scalar>
using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
template <class Scalar>
using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

}  // namespace acidsim
