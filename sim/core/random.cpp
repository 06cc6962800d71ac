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

// Philox4x32-10 on `count` consecutive counters side by side (at most `lanes`, a multiple of `step`). Equal
// to Random123's one at a time (tested).
inline constexpr int lanes = 32, step = 8;
inline constexpr std::uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
inline constexpr std::uint32_t key_step_0 = 0x9E3779B9u, key_step_1 = 0xBB67AE85u;

#ifdef __AVX2__
// The plain loop below, 8 counters at a time, 2.7 times as fast: each word sits in the low half of 64 bits,
// where the one instruction that multiplies 32 × 32 → 64 bits wants it. What the products leave in the high
// halves is ignored by the next product and cut off at the end.
void philox_lanes(std::uint64_t seed, std::uint32_t purpose, std::uint32_t entity, std::uint64_t first,
                  std::uint64_t* __restrict a, std::uint64_t* __restrict b, int count = lanes) {
  constexpr int chains = 2, width = 4;
  static_assert(chains * width == step);
  using Words = __m256i;
  const auto all = [](std::uint32_t value) { return _mm256_set1_epi64x(value); };
  const auto low_half = [&](Words x) { return _mm256_and_si256(x, all(0xffffffffu)); };
  const auto joined = [&](Words high, Words low) {
    return _mm256_or_si256(_mm256_slli_epi64(high, 32), low_half(low));
  };
  for (int l = 0; l < count; l += step) {
    Words c0[chains], c1[chains], c2[chains], c3[chains];
    for (int v = 0; v < chains; ++v) {
      const auto index = static_cast<long long>(first) + l + v * width;
      c0[v] = _mm256_add_epi64(_mm256_set1_epi64x(index), _mm256_setr_epi64x(0, 1, 2, 3));
      c1[v] = _mm256_srli_epi64(c0[v], 32);
      c2[v] = all(entity);
      c3[v] = all(purpose);
    }
    auto k0 = static_cast<std::uint32_t>(seed), k1 = static_cast<std::uint32_t>(seed >> 32);
    for (int round = 0; round < 10; ++round, k0 += key_step_0, k1 += key_step_1) {
      for (int v = 0; v < chains; ++v) {
        const Words p0 = _mm256_mul_epu32(c0[v], all(multiplier_0)),
                    p1 = _mm256_mul_epu32(c2[v], all(multiplier_1));
        c0[v] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c1[v]), all(k0));
        c1[v] = p1;
        c2[v] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c3[v]), all(k1));
        c3[v] = p0;
      }
    }
    for (int v = 0; v < chains; ++v) {
      _mm256_storeu_si256(reinterpret_cast<Words*>(a + l + v * width), joined(c0[v], c1[v]));
      _mm256_storeu_si256(reinterpret_cast<Words*>(b + l + v * width), joined(c2[v], c3[v]));
    }
  }
}
#else
void philox_lanes(std::uint64_t seed, std::uint32_t purpose, std::uint32_t entity, std::uint64_t first,
                  std::uint64_t* __restrict a, std::uint64_t* __restrict b, int count = lanes) {
  std::uint32_t c0[lanes], c1[lanes], c2[lanes], c3[lanes];
  for (int l = 0; l < count; ++l) {
    const std::uint64_t index = first + static_cast<std::uint64_t>(l);
    c0[l] = static_cast<std::uint32_t>(index);
    c1[l] = static_cast<std::uint32_t>(index >> 32);
    c2[l] = entity;
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

inline void box_muller(std::uint64_t a, std::uint64_t b, double& first, double& second) {
  const double radius = std::sqrt(-2.0 * fast_log(open_uniform(a)));
  double sine, cosine;
  fast_sincos_turns(open_uniform(b), sine, cosine);
  first = radius * cosine;
  second = radius * sine;
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
  std::size_t k = 0;
  for (; k + lanes <= a.size(); k += lanes) philox_lanes(seed_, purpose_, entity_, first + k, &a[k], &b[k]);
  if (k < a.size()) {
    std::uint64_t tail_a[lanes], tail_b[lanes];
    philox_lanes(seed_, purpose_, entity_, first + k, tail_a, tail_b);
    std::copy_n(tail_a, a.size() - k, &a[k]);
    std::copy_n(tail_b, a.size() - k, &b[k]);
  }
}

template <class Scalar>
void Stream::normals(std::uint64_t index, std::span<Scalar> out) const {
  // 2·lanes normals from `lanes` blocks: the cosines, then the sines.
  constexpr std::size_t chunk = 2 * lanes;
  const std::uint64_t blocks = (out.size() + chunk - 1) / chunk * lanes;
  std::uint64_t block = index * blocks;
  for (std::size_t k = 0; k < out.size(); k += chunk, block += lanes) {
    std::uint64_t a[lanes], b[lanes];
    double normal[chunk];
    const std::size_t count = std::min(chunk, out.size() - k);
    const int used =
        std::min(lanes, (static_cast<int>(count) + step - 1) / step * step);  // few normals need few blocks
    philox_lanes(seed_, purpose_, entity_, block, a, b, used);
    for (int l = 0; l < used; ++l) box_muller(a[l], b[l], normal[l], normal[l + lanes]);
    for (std::size_t l = 0; l < count; ++l) out[k + l] = static_cast<Scalar>(normal[l]);
  }
}
template void Stream::normals<float>(std::uint64_t, std::span<float>) const;
template void Stream::normals<double>(std::uint64_t, std::span<double>) const;

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
  return static_cast<std::uint64_t>((static_cast<Wide>(bits()) * bound) >> 64);
}

double Draws::exponential() { return -fast_log(uniform()); }

double Draws::normal() {
  const std::uint64_t a = bits(), b = bits();
  double first, second;
  box_muller(a, b, first, second);
  return first;
}

double Draws::gamma(double shape) {
  if (shape < 1.0) {  // Gamma(a) = Gamma(a + 1) · U^{1/a}
    const double larger = gamma(shape + 1.0);
    return larger * std::exp(fast_log(uniform()) / shape);
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

std::uint64_t replica_seed(std::uint64_t seed, std::uint32_t repeat) {
  return repeat == 0 ? seed : Stream(seed, Purpose::replica, repeat).bits(0).first;
}

}  // namespace acidsim
