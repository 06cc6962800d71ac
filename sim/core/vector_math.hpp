// Elementary functions written without branches, so that a loop over them vectorises and a value does not
// depend on where in a vector it was computed. Every backend uses these for anything that enters a state.
// Accuracy: a few units in the last place (tests/core/vector_math_test.cpp states the bounds).
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace acidsim {

// a·b + c with one rounding where the target has the instruction, with two elsewhere; the same in every loop.
inline double multiply_add(double a, double b, double c) {
#ifdef __FMA__
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}
inline float multiply_add(float a, float b, float c) {
#ifdef __FMA__
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

// e^x for x in [−708, 709]; smaller arguments give 0, larger ones are not expected here.
inline double fast_exp(double x) {
  const double clamped = x < -708.0 ? -708.0 : x;
  const double shifted =
      multiply_add(clamped, 1.4426950408889634, 0x1.8p52);  // round(x / ln 2) in the low bits
  const double k = shifted - 0x1.8p52;
  double r = multiply_add(k, -6.93145751953125e-1, clamped);
  r = multiply_add(k, -1.42860682030941723212e-6, r);
  double p = 1.0 / 6227020800;  // Taylor coefficients on |r| ≤ ln 2 / 2: remainder below 2e-17
  p = multiply_add(p, r, 1.0 / 479001600);
  p = multiply_add(p, r, 1.0 / 39916800);
  p = multiply_add(p, r, 1.0 / 3628800);
  p = multiply_add(p, r, 1.0 / 362880);
  p = multiply_add(p, r, 1.0 / 40320);
  p = multiply_add(p, r, 1.0 / 5040);
  p = multiply_add(p, r, 1.0 / 720);
  p = multiply_add(p, r, 1.0 / 120);
  p = multiply_add(p, r, 1.0 / 24);
  p = multiply_add(p, r, 1.0 / 6);
  p = multiply_add(p, r, 0.5);
  p = multiply_add(p, r, 1.0);
  p = multiply_add(p, r, 1.0);
  const std::uint64_t exponent = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;
  const double result = p * std::bit_cast<double>(exponent);
  // A mask, not a second choice on one condition: as a branch it would keep loops from being vectorised.
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(result) & (std::uint64_t{x < -708.0} - 1));
}

// Natural logarithm of a positive normal number.
inline double fast_log(double x) {
  // x = 2^e m with m in [√½, √2); log m = 2 artanh((m − 1)/(m + 1)) as an odd series in s = (m − 1)/(m + 1),
  // |s| ≤ 0.172.
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t offset = bits - 0x3fe6a09e667f3bcdULL;  // √½
  const std::uint64_t exponent_biased =
      ((offset >> 52) + 1024) & 0xfff;  // exponent + 1024, small and positive
  const double m = std::bit_cast<double>(bits - ((exponent_biased - 1024) << 52));
  const double e = std::bit_cast<double>(exponent_biased | 0x4330000000000000ULL) - (0x1p52 + 1024.0);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  double p = 1.0 / 23;
  p = multiply_add(p, z, 1.0 / 21);
  p = multiply_add(p, z, 1.0 / 19);
  p = multiply_add(p, z, 1.0 / 17);
  p = multiply_add(p, z, 1.0 / 15);
  p = multiply_add(p, z, 1.0 / 13);
  p = multiply_add(p, z, 1.0 / 11);
  p = multiply_add(p, z, 1.0 / 9);
  p = multiply_add(p, z, 1.0 / 7);
  p = multiply_add(p, z, 1.0 / 5);
  p = multiply_add(p, z, 1.0 / 3);
  // log m = f − s·(f − 2 z p): keeps the leading term exact where m is near 1.
  const double log_m = f - s * (f - 2.0 * z * p);
  return multiply_add(e, 6.93147180369123816490e-1, multiply_add(e, 1.90821492927058770002e-10, log_m));
}

// sin(2πu) and cos(2πu) for u in [0, 1].
inline void fast_sincos_turns(double u, double& sine, double& cosine) {
  const double shifted = multiply_add(u, 4.0, 0x1.8p52);  // nearest quarter turn
  const double quarter = shifted - 0x1.8p52;
  const std::uint64_t q = std::bit_cast<std::uint64_t>(shifted);
  const double r = multiply_add(quarter, -0.25, u) * 6.283185307179586;  // |r| ≤ π/4
  const double z = r * r;
  double s = 1.0 / 355687428096000;
  s = multiply_add(s, -z, 1.0 / 1307674368000);
  s = multiply_add(s, -z, 1.0 / 6227020800);
  s = multiply_add(s, -z, 1.0 / 39916800);
  s = multiply_add(s, -z, 1.0 / 362880);
  s = multiply_add(s, -z, 1.0 / 5040);
  s = multiply_add(s, -z, 1.0 / 120);
  s = multiply_add(s, -z, 1.0 / 6);
  s = r - r * z * s;
  double c = 1.0 / 20922789888000;
  c = multiply_add(c, -z, 1.0 / 87178291200);
  c = multiply_add(c, -z, 1.0 / 479001600);
  c = multiply_add(c, -z, 1.0 / 3628800);
  c = multiply_add(c, -z, 1.0 / 40320);
  c = multiply_add(c, -z, 1.0 / 720);
  c = multiply_add(c, -z, 1.0 / 24);
  c = multiply_add(c, -z, 0.5);
  c = 1.0 - z * c;
  const bool swap = (q & 1) != 0;
  const std::uint64_t sine_sign = (q & 2) << 62, cosine_sign = ((q + 1) & 2) << 62;
  sine = std::bit_cast<double>(std::bit_cast<std::uint64_t>(swap ? c : s) ^ sine_sign);
  cosine = std::bit_cast<double>(std::bit_cast<std::uint64_t>(swap ? s : c) ^ cosine_sign);
}

// Two independent N(0, 1) from 64 random bits, in single precision [Box and Muller 1958]. The upper half
// draws the radius: no |z| beyond 6.66 occurs (chance 3e-11); the lower half draws the angle. A draw is
// rounded to 24 bits, relative error below 3e-7: far below what any average over draws could show.
inline void fast_normal_pair(std::uint64_t bits, float& first, float& second) {
  const auto high = static_cast<std::uint32_t>(bits >> 32), low = static_cast<std::uint32_t>(bits);
  const float u = multiply_add(static_cast<float>(static_cast<std::int32_t>(high >> 1)), 0x1p-31f, 0x1p-32f);
  // log u as in fast_log, with the terms that matter here; u in (0, 1].
  const auto u_bits = std::bit_cast<std::int32_t>(u);
  const std::int32_t exponent = (u_bits - 0x3f3504f3) >> 23;  // √½
  const float m = std::bit_cast<float>(u_bits - exponent * 0x800000);
  const float f = m - 1.0f;
  const float s = f / (2.0f + f);
  const float z = s * s;
  float p = 2.0f / 9;
  p = multiply_add(p, z, 2.0f / 7);
  p = multiply_add(p, z, 2.0f / 5);
  p = multiply_add(p, z, 2.0f / 3);
  const float log_m = multiply_add(-s, multiply_add(-z, p, f), f);
  const float radius = std::sqrt(-2.0f * multiply_add(static_cast<float>(exponent), 0.693147181f, log_m));

  // An angle within an eighth of the circle from an axis, and which of the four axes.
  const float r = static_cast<float>(static_cast<std::int32_t>(low << 2)) * (0.785398163f * 0x1p-31f);
  const float rr = r * r;
  float sine = 1.0f / 362880;
  sine = multiply_add(sine, rr, -1.0f / 5040);
  sine = multiply_add(sine, rr, 1.0f / 120);
  sine = multiply_add(sine, rr, -1.0f / 6);
  sine = multiply_add(sine * rr, r, r);
  float cosine = 1.0f / 40320;
  cosine = multiply_add(cosine, rr, -1.0f / 720);
  cosine = multiply_add(cosine, rr, 1.0f / 24);
  cosine = multiply_add(cosine, rr, -0.5f);
  cosine = multiply_add(cosine, rr, 1.0f);
  const float signed_radius =
      std::bit_cast<float>(std::bit_cast<std::uint32_t>(radius) ^ (low & 0x80000000u));
  const float along = signed_radius * cosine, across = signed_radius * sine;
  const bool swap = (low & 0x40000000u) != 0;
  first = swap ? across : along;
  second = swap ? along : across;
}

}  // namespace acidsim
