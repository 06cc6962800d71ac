#include "sim/timing/poisson_process.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

PoissonWindows::PoissonWindows(Stream stream) : stream_(stream), counts_(mean_points) {}

PoissonWindows::Drawn::Drawn(const PoissonWindows& windows, std::uint64_t window) : window_(window) {
  ACIDSIM_CHECK(window < window_limit && windows.counts_.largest() + 1 <= most_points);
  const std::uint64_t first = window * draws_per_window;
  points_ = windows.counts_(open_uniform(windows.stream_.bits(first).first));
  windows.stream_.bits(first + 1, {spacings_.data(), points_ + 1}, {marks_.data(), points_ + 1});
}

void PoissonWindows::Drawn::place(double length, std::span<double> times) const {
  ACIDSIM_CHECK(times.size() == points_);
  std::array<double, most_points> sums;
  const std::size_t spacings = points_ + 1;
  for (std::size_t k = 0; k < spacings; ++k) sums[k] = -fast_log(open_uniform(spacings_[k]));
  // One after another, so that rounding never makes a sum smaller than the one before.
  std::partial_sum(sums.begin(), sums.begin() + spacings, sums.begin());

  const double start = static_cast<double>(window_) * length, scale = length / sums[points_];
  // The window is open at its end, whatever rounding does.
  const double last = std::nextafter(static_cast<double>(window_ + 1) * length, 0.0);
  for (std::size_t k = 0; k < points_; ++k) times[k] = std::min(start + sums[k] * scale, last);
}

PoissonProcess::PoissonProcess(Stream stream, std::span<const double> rates)
    : windows_(stream), rate_(std::accumulate(rates.begin(), rates.end(), 0.0)) {
  if (rate_ == 0) return;
  length_ = PoissonWindows::mean_points / rate_;
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
  ACIDSIM_CHECK(rate_ > 0);
  const PoissonWindows::Drawn drawn(windows_, window);
  const auto marks = drawn.marks();
  out.times.resize(drawn.points());
  out.clocks.resize(drawn.points());
  drawn.place(length_, out.times);
  clock_of_->draw(marks, out.clocks);
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
