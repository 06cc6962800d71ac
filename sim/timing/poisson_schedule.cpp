#include "sim/timing/poisson_schedule.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/core/error.hpp"
#include "sim/timing/merged_cursor.hpp"

namespace acidsim {
namespace {

std::vector<double> checked_rates(const std::vector<Edge>& edges) {
  std::vector<double> rates;
  rates.reserve(edges.size());
  double total = 0;
  for (const auto& [i, j, rate] : edges) {
    if (!is_rate(rate)) refuse_rate("communication_rate", fmt::format("edge {}-{}", i, j), rate);
    rates.push_back(rate);
    total += rate;
  }
  check_total_rate("communication_rate", total);
  return rates;
}

SharedPairs shared_pairs(SharedPairs given, std::span<const Edge> edges, std::size_t workers) {
  if (!given) return std::make_shared<const LargeArray<WorkerPair>>(checked_pairs(edges, workers));
  ACIDSIM_CHECK(given->size() == edges.size());
  check_pairs(edges, workers);
  return given;
}

class CommunicationWindows final : public EventWindows {
 public:
  CommunicationWindows(const PoissonProcess& process, std::uint32_t first_clock,
                       std::span<const WorkerPair> pairs, double start)
      : process_(process),
        first_clock_(first_clock),
        pairs_(pairs),
        window_(process.rate() > 0 ? process.window_of(start) : PoissonProcess::window_limit) {}

  bool next(std::vector<Event>& events) override {
    if (window_ >= PoissonProcess::window_limit) return false;
    process_.generate(window_++, points_);
    const auto& [times, clocks] = points_;
    events.resize(times.size());
    const bool fetches = pairs_.size() > 2048;  // more than the first-level cache holds
    constexpr std::size_t ahead = 32;
    for (std::size_t k = 0; k < times.size(); ++k) {
      if (fetches && k + ahead < times.size()) __builtin_prefetch(&pairs_[clocks[k + ahead]]);
      const WorkerPair pair = pairs_[clocks[k]];
      events[k] = {times[k], pair.i, pair.j, first_clock_ + clocks[k], Verb::exchange};
    }
    return true;
  }

 private:
  const PoissonProcess& process_;
  std::uint32_t first_clock_;
  std::span<const WorkerPair> pairs_;
  std::uint64_t window_;
  PoissonProcess::Window points_;
};

}  // namespace

PoissonSchedule::PoissonSchedule(std::uint64_t seed, const std::vector<double>& gradient_rates,
                                 const std::vector<Edge>& edges, SharedPairs pairs)
    : workers_(static_cast<Worker>(count_workers(gradient_rates, edges))),
      pairs_(shared_pairs(std::move(pairs), edges, count_workers(gradient_rates, edges))),
      gradients_(Stream(seed, Purpose::gradient_clocks), checked_gradient_rates(gradient_rates)),
      communications_(Stream(seed, Purpose::communication_clocks), checked_rates(edges)) {
  if (gradient_rate() + communication_rate() == 0) refuse_all_rates_zero();
}

std::unique_ptr<EventCursor> PoissonSchedule::from(double start) const {
  return merged_cursor(gradient_windows(gradients_, start),
                       std::make_unique<CommunicationWindows>(communications_, workers_, *pairs_, start),
                       start);
}

}  // namespace acidsim
