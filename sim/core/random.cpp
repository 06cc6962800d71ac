#include "sim/core/random.hpp"

#include <algorithm>
#include <cmath>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <Random123/philox.h>

#include "sim/core/error.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// Philox4x32-10 side by side on the counters (indices[l], entities[l], purpose), l < count ≤ lanes, rounded
// up to a multiple of `step`. Equal to Random123's one at a time (tested).
inline constexpr int lanes = 64, step = 8;
inline constexpr std::uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
inline constexpr std::uint32_t key_step_0 = 0x9E3779B9u, key_step_1 = 0xBB67AE85u;

constexpr int whole_steps(std::size_t count) { return (static_cast<int>(count) + step - 1) / step * step; }

#ifdef __AVX2__
// The plain loop below on `chains` vectors of 4 counters, 3 times as fast: each word sits in the low half of
// 64 bits, where the one instruction that multiplies 32 × 32 → 64 bits wants it. What the products leave in
// the high halves is ignored by the next product and cut off at the end.
template <int chains>
void philox_chains(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* indices,
                   const std::uint32_t* entities, std::uint64_t* __restrict a, std::uint64_t* __restrict b) {
  constexpr int width = 4;
  using Words = __m256i;
  const auto all = [](std::uint32_t value) { return _mm256_set1_epi64x(value); };
  const auto joined = [&](Words high, Words low) {
    return _mm256_or_si256(_mm256_slli_epi64(high, 32), _mm256_and_si256(low, all(0xffffffffu)));
  };
  Words c0[chains], c1[chains], c2[chains], c3[chains];
  for (int v = 0; v < chains; ++v) {
    c0[v] = _mm256_loadu_si256(reinterpret_cast<const Words*>(indices + v * width));
    c1[v] = _mm256_srli_epi64(c0[v], 32);
    c2[v] = _mm256_cvtepu32_epi64(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entities + v * width)));
    c3[v] = all(purpose);
  }
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round, k0 += key_step_0, k1 += key_step_1) {
    for (int v = 0; v < chains; ++v) {
      const Words p0 = _mm256_mul_epu32(c0[v], all(multiplier_0)),
                  p1 = _mm256_mul_epu32(c2[v], all(multiplier_1));
      c0[v] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c1[v], all(k0)));
      c1[v] = p1;
      c2[v] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c3[v], all(k1)));
      c3[v] = p0;
    }
  }
  for (int v = 0; v < chains; ++v) {
    _mm256_storeu_si256(reinterpret_cast<Words*>(a + v * width), joined(c0[v], c1[v]));
    _mm256_storeu_si256(reinterpret_cast<Words*>(b + v * width), joined(c2[v], c3[v]));
  }
}

void philox_lanes(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* indices,
                  const std::uint32_t* entities, std::uint64_t* __restrict a, std::uint64_t* __restrict b,
                  int count) {
  int l = 0;
  for (; l + 2 * step <= count; l += 2 * step)
    philox_chains<4>(seed, purpose, indices + l, entities + l, a + l, b + l);
  if (l < count) philox_chains<2>(seed, purpose, indices + l, entities + l, a + l, b + l);
}
#else
void philox_lanes(std::uint64_t seed, std::uint32_t purpose, const std::uint64_t* indices,
                  const std::uint32_t* entities, std::uint64_t* __restrict a, std::uint64_t* __restrict b,
                  int count) {
  std::uint32_t c0[lanes], c1[lanes], c2[lanes], c3[lanes];
  for (int l = 0; l < count; ++l) {
    c0[l] = static_cast<std::uint32_t>(indices[l]);
    c1[l] = static_cast<std::uint32_t>(indices[l] >> 32);
    c2[l] = entities[l];
    c3[l] = purpose;
  }
  auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round, k0 += key_step_0, k1 += key_step_1) {
    for (int l = 0; l < count; ++l) {
      const std::uint64_t p0 = std::uint64_t{multiplier_0} * c0[l], p1 = std::uint64_t{multiplier_1} * c2[l];
      c0[l] = static_cast<std::uint32_t>(p1 >> 32) ^ c1[l] ^ k0;
      c1[l] = static_cast<std::uint32_t>(p1);
      c2[l] = static_cast<std::uint32_t>(p0 >> 32) ^ c3[l] ^ k1;
      c3[l] = static_cast<std::uint32_t>(p0);
    }
  }
  for (int l = 0; l < count; ++l) {
    a[l] = (static_cast<std::uint64_t>(c0[l]) << 32) | c1[l];
    b[l] = (static_cast<std::uint64_t>(c2[l]) << 32) | c3[l];
  }
}
#endif

// The counters of one stream: consecutive indices, one entity.
struct Counters {
  std::uint64_t indices[lanes];
  std::uint32_t entities[lanes];

  void fill(std::uint32_t entity, std::uint64_t first, int count) {
    for (int l = 0; l < count; ++l) {
      indices[l] = first + static_cast<std::uint64_t>(l);
      entities[l] = entity;
    }
  }
};

// Each word of 64 bits makes two normals, and each block four. A vector of normals is laid out in four
// quarters of `blocks` numbers each (the last one may be cut short): both normals of the first words, block
// after block, then those of the second words.
inline constexpr std::size_t quarters = 4;
using Quarters = float[quarters][lanes];

std::size_t blocks_for(std::size_t normals) { return (normals + quarters - 1) / quarters; }

// The normals of `count` blocks; those of the second words only where `both`.
void normal_lanes(const std::uint64_t* a, const std::uint64_t* b, int count, bool both,
                  Quarters& __restrict normals) {
  for (int l = 0; l < count; ++l) fast_normal_pair(a[l], normals[0][l], normals[1][l]);
  if (!both) return;
  for (int l = 0; l < count; ++l) fast_normal_pair(b[l], normals[2][l], normals[3][l]);
}

}  // namespace

Stream::Stream(std::uint64_t seed, Purpose purpose, std::uint32_t entity)
    : seed_(seed), purpose_(static_cast<std::uint32_t>(purpose)), entity_(entity) {}

Bits Stream::bits(std::uint64_t index) const {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), entity_, purpose_}};
  const r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const auto r = r123::Philox4x32{}(counter, key);
  return {(std::uint64_t{r[0]} << 32) | r[1], (std::uint64_t{r[2]} << 32) | r[3]};
}

void Stream::bits(std::uint64_t first, std::span<std::uint64_t> a, std::span<std::uint64_t> b) const {
  ACIDSIM_CHECK(a.size() == b.size());
  Counters counters;
  std::size_t k = 0;
  for (; k + lanes <= a.size(); k += lanes) {
    counters.fill(entity_, first + k, lanes);
    philox_lanes(seed_, purpose_, counters.indices, counters.entities, &a[k], &b[k], lanes);
  }
  if (k < a.size()) {
    std::uint64_t tail_a[lanes], tail_b[lanes];
    const int count = whole_steps(a.size() - k);
    counters.fill(entity_, first + k, count);
    philox_lanes(seed_, purpose_, counters.indices, counters.entities, tail_a, tail_b, count);
    std::copy_n(tail_a, a.size() - k, &a[k]);
    std::copy_n(tail_b, a.size() - k, &b[k]);
  }
}

void Stream::visit_normals(
    std::uint64_t index, std::size_t count,
    const std::function<void(std::size_t first, std::span<const float> some)>& visit) const {
  const std::size_t blocks = blocks_for(count);
  Counters counters;
  std::uint64_t a[lanes], b[lanes];
  Quarters drawn;
  for (std::size_t first = 0; first < blocks; first += lanes) {
    const std::size_t together = std::min<std::size_t>(lanes, blocks - first);
    const int whole = whole_steps(together);
    counters.fill(entity_, index * blocks + first, whole);
    philox_lanes(seed_, purpose_, counters.indices, counters.entities, a, b, whole);
    normal_lanes(a, b, whole, count > 2 * blocks, drawn);
    for (std::size_t q = 0; q < quarters && q * blocks + first < count; ++q) {
      const std::size_t start = q * blocks + first;
      visit(start, {drawn[q], std::min(together, count - start)});
    }
  }
}

template <class Scalar>
void Stream::normals(std::uint64_t index, std::span<Scalar> out) const {
  visit_normals(index, out.size(), [&](std::size_t first, std::span<const float> some) {
    std::transform(some.begin(), some.end(), out.begin() + static_cast<std::ptrdiff_t>(first),
                   [](float normal) { return static_cast<Scalar>(normal); });
  });
}
template void Stream::normals<float>(std::uint64_t, std::span<float>) const;
template void Stream::normals<double>(std::uint64_t, std::span<double>) const;

template <class Scalar>
void normals_of(std::uint64_t seed, Purpose purpose, std::span<const NormalAddress> addresses,
                std::size_t each, std::span<Scalar> out) {
  ACIDSIM_CHECK(out.size() == addresses.size() * each);
  const std::size_t blocks = blocks_for(each);
  if (blocks > lanes / 4) {
    for (std::size_t t = 0; t < addresses.size(); ++t)
      Stream(seed, purpose, addresses[t].entity).normals(addresses[t].index, out.subspan(t * each, each));
    return;
  }
  Counters counters = {};
  std::uint64_t a[lanes], b[lanes];
  Quarters drawn;
  const std::size_t together = lanes / blocks;  // addresses whose blocks fit side by side
  for (std::size_t first = 0; first < addresses.size(); first += together) {
    const auto chosen = addresses.subspan(first, std::min(together, addresses.size() - first));
    std::size_t l = 0;
    for (const NormalAddress& address : chosen) {
      for (std::size_t c = 0; c < blocks; ++c, ++l) {
        counters.indices[l] = address.index * blocks + c;
        counters.entities[l] = address.entity;
      }
    }
    philox_lanes(seed, static_cast<std::uint32_t>(purpose), counters.indices, counters.entities, a, b,
                 whole_steps(l));
    normal_lanes(a, b, whole_steps(l), each > 2 * blocks, drawn);
    Scalar* const to = &out[first * each];
    for (std::size_t k = 0; k < each; ++k) {
      const float* const from = drawn[k / blocks] + k % blocks;
      for (std::size_t t = 0; t < chosen.size(); ++t)
        to[t * each + k] = static_cast<Scalar>(from[t * blocks]);
    }
  }
}
template void normals_of<float>(std::uint64_t, Purpose, std::span<const NormalAddress>, std::size_t,
                                std::span<float>);
template void normals_of<double>(std::uint64_t, Purpose, std::span<const NormalAddress>, std::size_t,
                                 std::span<double>);

std::uint64_t Draws::bits() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const Bits drawn = stream_.bits(position_++);
  spare_ = drawn.second;
  has_spare_ = true;
  return drawn.first;
}

double Draws::uniform() { return open_uniform(bits()); }

std::uint64_t Draws::below(std::uint64_t bound) {
  return static_cast<std::uint64_t>((static_cast<UInt128>(bits()) * bound) >> 64);
}

double Draws::exponential() { return -fast_log(uniform()); }

double Draws::normal() {
  float first, second;
  fast_normal_pair(bits(), first, second);
  return first;
}

double Draws::gamma(double shape) {
  if (shape < 1.0) {  // Gamma(a) = Gamma(a + 1) · U^{1/a}
    const double larger = gamma(shape + 1.0);
    return larger * fast_exp(fast_log(uniform()) / shape);
  }
  const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal(), v = 1.0 + c * x;
    if (v <= 0.0) continue;
    const double cubed = v * v * v;
    if (fast_log(uniform()) < 0.5 * x * x + d - d * cubed + d * fast_log(cubed)) return d * cubed;
  }
}

PoissonTable::PoissonTable(double mean) {
  // Terms outside are below 1e-20 of the largest: less than the last bit of a uniform draw.
  const double spread = 10.0 * std::sqrt(mean) + 40.0, mode = std::floor(mean);
  const double first = std::max(0.0, mode - spread), last = std::ceil(mode + spread);
  first_ = static_cast<std::uint32_t>(first);
  // Terms relative to the one at the mode, p_k / p_{k−1} = mean / k, outwards from it.
  const auto at_mode = static_cast<std::size_t>(mode) - first_;
  cumulative_.assign(static_cast<std::size_t>(last) - first_ + 1, 1.0);
  for (std::size_t k = at_mode; k > 0; --k)
    cumulative_[k - 1] = cumulative_[k] * static_cast<double>(first_ + k) / mean;
  for (std::size_t k = at_mode + 1; k < cumulative_.size(); ++k)
    cumulative_[k] = cumulative_[k - 1] * mean / static_cast<double>(first_ + k);
  double sum = 0.0;
  for (double& c : cumulative_) c = sum += c;
  for (double& c : cumulative_) c /= sum;
}

std::uint32_t PoissonTable::operator()(double uniform) const {
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end() - 1, uniform);
  return first_ + static_cast<std::uint32_t>(found - cumulative_.begin());
}

AliasTable::AliasTable(std::span<const double> weights) : size_(weights.size()) {
  uniform_ = std::all_of(weights.begin(), weights.end(), [&](double w) { return w == weights[0]; });
  if (uniform_) return;
  double total = 0.0;
  for (double w : weights) total += w;
  std::vector<double> scaled(weights.begin(), weights.end());
  std::vector<std::uint32_t> small, large;
  for (std::uint32_t k = 0; k < scaled.size(); ++k) {
    scaled[k] *= static_cast<double>(size_) / total;
    (scaled[k] < 1.0 ? small : large).push_back(k);
  }
  cells_.resize(size_);
  for (std::uint32_t k = 0; k < size_; ++k) cells_[k] = {0, k};  // full: whatever the fraction, k itself
  while (!small.empty() && !large.empty()) {
    const std::uint32_t low = small.back(), high = large.back();
    small.pop_back();
    // Rounded up, so that a positive weight can be drawn; scaled[low] < 1 keeps it below 2³².
    const double threshold = std::min(std::ceil(std::max(0.0, scaled[low]) * 0x1p32), 0x1p32 - 1);
    cells_[low] = {static_cast<std::uint32_t>(threshold), high};
    scaled[high] -= 1.0 - std::max(0.0, scaled[low]);
    if (scaled[high] < 1.0) {
      large.pop_back();
      small.push_back(high);
    }
  }
  // Rounding may leave cells over on either side: full to within it, but for a weight of 0.
  const auto likeliest = std::max_element(weights.begin(), weights.end()) - weights.begin();
  for (const std::uint32_t k : small)
    if (weights[k] == 0.0) cells_[k].alias = static_cast<std::uint32_t>(likeliest);
}

void AliasTable::draw(std::span<const std::uint64_t> bits, std::span<std::uint32_t> out) const {
  ACIDSIM_CHECK(bits.size() == out.size());
  const auto column = [&](std::uint64_t b) {
    return static_cast<std::uint32_t>((static_cast<UInt128>(b) * size_) >> 64);
  };
  constexpr std::size_t ahead = 32, few = 2048;  // draws; cells that stay in the first-level cache
  const std::size_t fetched = cells_.size() > few && bits.size() > ahead ? bits.size() - ahead : 0;
  for (std::size_t k = 0; k < fetched; ++k) {
    __builtin_prefetch(&cells_[column(bits[k + ahead])]);
    out[k] = (*this)(bits[k]);
  }
  for (std::size_t k = fetched; k < bits.size(); ++k) out[k] = (*this)(bits[k]);
}

std::uint64_t replica_seed(std::uint64_t seed, std::uint32_t repeat) {
  return repeat == 0 ? seed : Stream(seed, Purpose::replica, repeat).bits(0).first;
}

}  // namespace acidsim
