// Addressed randomness: every draw is Philox4x32-10(seed; purpose, entity, index) [Salmon et al., SC 2011].
// Nothing depends on what was drawn before, on a thread or on a rank, and no generator has a state to save.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// What a draw is for. The numbers are part of the meaning of a seed: append, never renumber.
enum class Purpose : std::uint32_t {
  replica = 1,
  gradient_clocks = 2,
  communication_clocks = 3,
  gradient_rates = 4,
  minibatch = 5,
  gradient_noise = 6,
  initial_state = 7,
  problem = 8,
  partition = 9,
  topology = 10,
  synthetic_data = 11,
  edge_failures = 12,
  partners = 13,
  averagings = 14,
  live_forecast = 15,
  message_directions = 16,
  gradient_durations = 17,
  round_partners = 18,
  compression = 19,
  transfers = 20,
  slow_phases = 21,
  absences = 22,
  copied_models = 23,
  augmentation = 24,
  message_fates = 25,
  dropout = 26,
  network_start = 27,
};

__extension__ typedef unsigned __int128 UInt128;  // for the high half of a product of 64-bit numbers

// 128 random bits.
struct Bits {
  std::uint64_t first, second;
};

// Uniform on the open interval (0, 1): the top 52 bits, centred in their cell.
inline double open_uniform(std::uint64_t bits) {
  return std::bit_cast<double>((bits >> 12) | 0x3ff0000000000000ULL) - (1.0 - 0x1p-53);
}

// The draws of one (seed, purpose, entity), by index. A value; copying it is free.
class Stream {
 public:
  Stream(std::uint64_t seed, Purpose purpose, std::uint32_t entity = 0);

  Bits bits(std::uint64_t index) const;
  // bits(first), bits(first + 1), … computed in vectors, split into two arrays of equal length.
  void bits(std::uint64_t first, std::span<std::uint64_t> a, std::span<std::uint64_t> b) const;
  // out[k] ~ N(0, 1), independent over k and over `index`, for one and the same out.size() < 2³². Four
  // normals come from each block of 128 bits.
  template <class Scalar>
  void normals(std::uint64_t index, std::span<Scalar> out) const;
  // The same `count` normals, handed to visit(first, some) a few at a time while they are in the first-level
  // cache: some[k] is normal number first + k. Every number once, in no particular order.
  void visit_normals(std::uint64_t index, std::size_t count,
                     const std::function<void(std::size_t first, std::span<const float> some)>& visit) const;

 private:
  std::uint64_t seed_;
  std::uint32_t purpose_, entity_;
};

// Which normals: those that Stream(seed, purpose, entity).normals(index, …) gives.
struct NormalAddress {
  std::uint32_t entity;
  std::uint64_t index;
};
// `each` normals for every address, one address after another: the same numbers as from the streams, in a
// fraction of the time where each is small.
template <class Scalar>
void normals_of(std::uint64_t seed, Purpose purpose, std::span<const NormalAddress> addresses,
                std::size_t each, std::span<Scalar> out);

// Draws taken one after another from a stream, for procedures whose number of draws is not known ahead
// (shuffles, graph generation, gamma variates). The sequence starts at `index` × 2³².
class Draws {
 public:
  explicit Draws(Stream stream, std::uint64_t index = 0) : stream_(stream), position_(index << 32) {}

  std::uint64_t bits();
  double uniform();                          // (0, 1)
  std::uint64_t below(std::uint64_t bound);  // 0 … bound − 1 (bias below bound / 2⁶⁴)
  double exponential();                      // mean 1
  double normal();                           // N(0, 1)
  double gamma(double shape);                // scale 1 [Marsaglia and Tsang 2000]
  template <class Value>
  void shuffle(std::span<Value> values) {  // Fisher–Yates
    for (std::size_t k = values.size(); k > 1; --k) std::swap(values[k - 1], values[below(k)]);
  }

 private:
  Stream stream_;
  std::uint64_t position_;
  std::uint64_t spare_ = 0;
  bool has_spare_ = false;
};

// Poisson variates of one fixed mean (≤ 10⁶) by inversion of a table of the distribution function.
class PoissonTable {
 public:
  explicit PoissonTable(double mean);
  std::uint32_t operator()(double uniform) const;
  std::uint32_t largest() const { return first_ + static_cast<std::uint32_t>(cumulative_.size()) - 1; }

 private:
  std::uint32_t first_ = 0;
  std::vector<double> cumulative_;
};

// Draws k with probability weight[k] / Σ weight in O(1) from 64 random bits [Walker 1977, Vose 1991].
// Probabilities are right to within 2⁻³² / size (cells of 8 bytes keep large tables in the cache); a weight
// of 0 is never drawn.
class AliasTable {
 public:
  explicit AliasTable(std::span<const double> weights);  // ≥ 0, not all 0, fewer than 2³²

  // out[k] ← the draw from bits[k]; for large tables in a fraction of the time of single draws.
  void draw(std::span<const std::uint64_t> bits, std::span<std::uint32_t> out) const;
  std::uint32_t operator()(std::uint64_t bits) const {
    const UInt128 product = static_cast<UInt128>(bits) * size_;
    const auto column = static_cast<std::uint32_t>(product >> 64);
    if (uniform_) return column;
    const Cell& cell = cells_[column];
    // A mask instead of a choice: as a branch it could not be predicted.
    const std::uint32_t other =
        std::uint32_t{0} - (static_cast<std::uint32_t>(product >> 32) >= cell.threshold);
    return column ^ ((column ^ cell.alias) & other);
  }

 private:
  struct Cell {
    std::uint32_t threshold;  // the column itself is taken where the fraction · 2³² is below this
    std::uint32_t alias;
  };
  std::uint64_t size_;
  bool uniform_;
  LargeArray<Cell> cells_;  // empty where all weights are equal
};

// The seed of repeat r of an experiment: the seed itself for r = 0.
std::uint64_t replica_seed(std::uint64_t seed, std::uint32_t repeat);

}  // namespace acidsim
