#include "sim/events/poisson_process.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// On average: long enough for vectors, short enough for the first cache.
constexpr double points_per_window = 1024;
// Addresses set aside for each window: the first tells how many points, and each point takes one more.
constexpr std::uint64_t draws_per_window = 8192;
constexpr std::size_t most_points = 1408;  // at least PoissonTable(1024).largest() + 1

}  // namespace

PoissonProcess::PoissonProcess(Stream stream, std::span<const double> rates)
    : stream_(stream), rate_(std::accumulate(rates.begin(), rates.end(), 0.0)), counts_(points_per_window) {
  ACIDSIM_CHECK(counts_.largest() + 1 <= most_points);
  if (rate_ == 0) return;
  length_ = points_per_window / rate_;
  clock_of_.emplace(rates);
}

std::uint64_t PoissonProcess::window_of(double time) const {
  if (!(time > 0)) return 0;
  const double windows = time / length_;
  if (!(windows < static_cast<double>(window_limit))) return window_limit;
  const auto window = static_cast<std::uint64_t>(windows);
  const bool rounded_up = window > 0 && start_of(window) > time;
  return rounded_up ? window - 1 : window;
}

void PoissonProcess::generate(std::uint64_t window, Window& out) const {
  ACIDSIM_CHECK(rate_ > 0 && window < window_limit);
  std::array<std::uint64_t, most_points> spacing_bits, clock_bits;
  std::array<double, most_points> sums;
  const std::uint64_t first = window * draws_per_window;
  const std::size_t points = counts_(open_uniform(stream_.bits(first).first)), spacings = points + 1;
  stream_.bits(first + 1, {spacing_bits.data(), spacings}, {clock_bits.data(), spacings});
  for (std::size_t k = 0; k < points; ++k) clock_of_->prefetch(clock_bits[k]);  // arrives during what follows
  for (std::size_t k = 0; k < spacings; ++k) sums[k] = -fast_log(open_uniform(spacing_bits[k]));
  // One after another, so that rounding never makes a sum smaller than the one before.
  std::partial_sum(sums.begin(), sums.begin() + spacings, sums.begin());

  out.times.resize(points);
  out.clocks.resize(points);
  const double start = start_of(window), scale = length_ / sums[points];
  // The window is open at its end, whatever rounding does.
  const double last = std::nextafter(start_of(window + 1), 0.0);
  for (std::size_t k = 0; k < points; ++k) out.times[k] = std::min(start + sums[k] * scale, last);
  for (std::size_t k = 0; k < points; ++k) out.clocks[k] = (*clock_of_)(clock_bits[k]);
  order_ties(out.times, out.clocks);
}

void order_ties(std::span<const double> times, std::span<std::uint32_t> clocks) {
  unsigned tied = 0;
  for (std::size_t k = 1; k < times.size(); ++k) tied |= times[k - 1] == times[k];
  if (!tied) return;
  for (std::size_t begin = 0, end = 0; begin < times.size(); begin = end) {
    while (end < times.size() && times[end] == times[begin]) ++end;
    std::sort(clocks.begin() + begin, clocks.begin() + end);
  }
}

}  // namespace acidsim
