#include "sim/timing/changing_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/timing/clock_checks.hpp"
#include "sim/timing/merged_cursor.hpp"
#include "sim/timing/operational_time.hpp"
#include "sim/timing/poisson_process.hpp"

namespace acidsim {
namespace {

using Clock = CommunicationPhase::Clock;

// Which edge communicates, in one phase.
struct EdgeDraw {
  std::vector<std::uint32_t> edges;
  std::optional<AliasTable> position;  // in `edges`; none where no clock ever fires

  void operator()(std::span<const std::uint64_t> marks, std::span<std::uint32_t> out) const {
    position->draw(marks, out);
    for (std::uint32_t& edge : out) edge = edges[edge];
  }
};

EdgeDraw edge_draw(const std::vector<Clock>& clocks) {
  EdgeDraw draw;
  std::vector<double> rates;
  for (const auto& [edge, rate] : clocks) {
    draw.edges.push_back(edge);
    rates.push_back(rate);
  }
  if (std::any_of(rates.begin(), rates.end(), [](double rate) { return rate > 0; }))
    draw.position.emplace(rates);
  return draw;
}

double total_rate(const CommunicationPhase& phase) {
  double total = 0;
  for (const Clock& clock : phase.clocks) total += clock.rate;
  return total;
}

void check_phase(const CommunicationPhase& phase, std::size_t number, std::span<const WorkerPair> pairs) {
  constexpr double shortest = 1e-100, longest = 1e100;
  if (!(phase.duration >= shortest && phase.duration <= longest))
    throw InputError("duration", fmt::format("the duration of phase {} is out of range", number),
                     fmt::format("{}", phase.duration),
                     fmt::format("a number from {} to {}, in units of time", shortest, longest));
  for (const auto& [edge, rate] : phase.clocks) {
    if (edge >= pairs.size())
      throw InputError("topology", fmt::format("phase {} names an unknown edge", number),
                       fmt::format("{}", edge), fmt::format("there are {} edges", pairs.size()));
    if (!is_rate(rate))
      refuse_rate("communication_rate",
                  fmt::format("edge {}-{} in phase {}", pairs[edge].i, pairs[edge].j, number), rate);
  }
  check_total_rate("communication_rate", total_rate(phase));
}

OperationalTime operational_time(const std::vector<CommunicationPhase>& phases, bool periodic,
                                 std::span<const WorkerPair> pairs) {
  if (phases.empty()) throw InputError("phases", "there are none", {}, "at least one graph and its duration");
  std::vector<double> durations, rates;
  double expected = 0;
  for (std::size_t k = 0; k < phases.size(); ++k) {
    check_phase(phases[k], k, pairs);
    durations.push_back(phases[k].duration);
    rates.push_back(total_rate(phases[k]));
    expected += durations[k] * rates[k];
  }
  constexpr double fewest = 1e-9;
  if (periodic && phases.size() > 1 && expected > 0 && expected < fewest)
    throw InputError("communication_rate", "too few communications are expected per period",
                     fmt::format("{}", expected), fmt::format("0, or at least {}", fewest));
  // One phase for ever is the same without periods.
  return OperationalTime(durations, rates, periodic && phases.size() > 1);
}

// A cursor must find the next communication that takes place in reasonable time.
void check_failures(const EdgeFailures& failures, const std::vector<CommunicationPhase>& phases) {
  constexpr double smallest_fraction = 1e-6, most_lost = 1e7;
  if (failures.up_fraction() < smallest_fraction)
    throw InputError("mean_up", "edges are hardly ever up", fmt::format("{}", failures.mean_up),
                     fmt::format("at least {:.3g}, {} × mean_down", smallest_fraction * failures.mean_down,
                                 smallest_fraction));
  double largest_rate = 0;
  for (const CommunicationPhase& phase : phases)
    for (const Clock& clock : phase.clocks) largest_rate = std::max(largest_rate, clock.rate);
  if (failures.mean_down * largest_rate > most_lost)
    throw InputError("mean_down", "edges stay down for too long", fmt::format("{}", failures.mean_down),
                     fmt::format("at most {:.3g}, in which the busiest edge misses {} communications",
                                 most_lost / largest_rate, most_lost));
}

}  // namespace

struct ChangingPoissonSchedule::Parts {
  std::uint32_t workers;
  LargeArray<WorkerPair> pairs;  // of each edge
  PoissonProcess gradients;
  PoissonWindows communications;  // in operational time
  OperationalTime clock;
  std::vector<EdgeDraw> draws;  // by phase
  std::optional<EdgeStates> states;
  double communication_rate;

  class Windows;
};

class ChangingPoissonSchedule::Parts::Windows final : public EventWindows {
 public:
  Windows(std::shared_ptr<const Parts> parts, double start)
      : parts_(std::move(parts)),
        known_(parts_->states ? parts_->pairs.size() : 0),
        window_(window_of(start)) {}

  bool next(std::vector<Event>& events) override {
    events.clear();
    while (events.empty() && begin_of(window_) < parts_->clock.end() &&
           window_ < PoissonWindows::window_limit)
      generate(window_++, events);
    return !events.empty();
  }

 private:
  static double begin_of(std::uint64_t window) {
    return static_cast<double>(window) * PoissonWindows::mean_points;
  }

  // A window before which all events are before `start`, as near as rounding lets one know.
  std::uint64_t window_of(double start) const {
    const double windows = parts_->clock.tau(start) / PoissonWindows::mean_points;
    if (!(windows < static_cast<double>(PoissonWindows::window_limit))) return PoissonWindows::window_limit;
    auto window = static_cast<std::uint64_t>(windows);
    while (window > 0 && parts_->clock.time(begin_of(window)) > start) --window;
    return window;
  }

  void generate(std::uint64_t window, std::vector<Event>& events) {
    const PoissonWindows::Drawn drawn(parts_->communications, window);
    times_.resize(drawn.points());
    edges_.resize(drawn.points());
    drawn.place(PoissonWindows::mean_points, times_);
    const auto marks = drawn.marks();
    std::size_t done = 0;
    while (done < times_.size() && times_[done] < parts_->clock.end()) done = fill_stretch(marks, done);
    times_.resize(done);
    edges_.resize(done);
    // Before the next window begins, so that ties are never across windows.
    const double last = std::nextafter(parts_->clock.time(begin_of(window + 1)), 0.0);
    for (double& time : times_) time = std::min(time, last);
    order_ties(times_, edges_);
    emit(events);
  }

  // Maps the points from `first` on that lie in one phase; returns the first beyond it.
  std::size_t fill_stretch(std::span<const std::uint64_t> marks, std::size_t first) {
    const OperationalTime::Stretch stretch = parts_->clock.at(times_[first]);
    const auto end = static_cast<std::size_t>(
        std::lower_bound(times_.begin() + static_cast<std::ptrdiff_t>(first), times_.end(), stretch.tau_end) -
        times_.begin());
    const EdgeDraw& draw = parts_->draws[stretch.phase];
    for (std::size_t k = first; k < end; ++k) times_[k] = stretch.time(times_[k]);
    draw(marks.subspan(first, end - first), std::span(edges_).subspan(first, end - first));
    return end;
  }

  void emit(std::vector<Event>& events) {
    for (std::size_t k = 0; k < times_.size(); ++k) {
      if (parts_->states && !up(edges_[k], times_[k])) continue;
      const WorkerPair pair = parts_->pairs[edges_[k]];
      events.push_back({times_[k], pair.i, pair.j, parts_->workers + edges_[k], Verb::exchange});
    }
  }

  // Times come in increasing order, so what was found holds until its end.
  bool up(std::uint32_t edge, double time) {
    EdgeStates::Stretch& known = known_[edge];
    if (!(time < known.until)) known = parts_->states->at(edge, time);
    return known.up;
  }

  std::shared_ptr<const Parts> parts_;
  std::vector<EdgeStates::Stretch> known_;  // by edge
  std::uint64_t window_;
  std::vector<double> times_;  // of the window at hand: τ, then t
  std::vector<std::uint32_t> edges_;
};

ChangingPoissonSchedule::ChangingPoissonSchedule(std::uint64_t seed,
                                                 const std::vector<double>& gradient_rates,
                                                 const std::vector<Edge>& edges,
                                                 std::vector<CommunicationPhase> phases, bool periodic,
                                                 std::optional<EdgeFailures> failures) {
  const std::size_t workers = count_workers(gradient_rates, edges);
  LargeArray<WorkerPair> pairs = checked_pairs(edges, workers);
  OperationalTime clock = operational_time(phases, periodic, pairs);
  std::optional<EdgeStates> states;
  double rate = clock.mean_rate();
  if (failures) {
    states.emplace(seed, *failures);
    check_failures(*failures, phases);
    rate *= failures->up_fraction();
  }
  std::vector<EdgeDraw> draws;
  draws.reserve(phases.size());
  for (const CommunicationPhase& phase : phases) draws.push_back(edge_draw(phase.clocks));
  parts_ = std::make_shared<const Parts>(
      Parts{static_cast<std::uint32_t>(workers), std::move(pairs),
            PoissonProcess(Stream(seed, Purpose::gradient_clocks), checked_gradient_rates(gradient_rates)),
            PoissonWindows(Stream(seed, Purpose::communication_clocks)), std::move(clock), std::move(draws),
            std::move(states), rate});
  if (gradient_rate() == 0 && parts_->clock.end() == 0) refuse_all_rates_zero();
}

std::unique_ptr<EventCursor> ChangingPoissonSchedule::from(double start) const {
  return merged_cursor(gradient_windows(parts_->gradients, start),
                       std::make_unique<Parts::Windows>(parts_, start), start);
}

double ChangingPoissonSchedule::gradient_rate() const { return parts_->gradients.rate(); }
double ChangingPoissonSchedule::communication_rate() const { return parts_->communication_rate; }

}  // namespace acidsim
