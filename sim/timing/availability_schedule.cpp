#include "sim/timing/availability_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {

// The workers under way, whose happenings become events and changes of occupation.
class AvailabilitySchedule::Course final : public AvailabilityCourse {
 public:
  Course(const AvailabilitySchedule& schedule, bool notes_occupations)
      : schedule_(schedule),
        settings_(schedule.settings_),
        notes_occupations_(notes_occupations),
        computed_(schedule.durations_.workers(), 0),
        met_(schedule.settings_.edges.size(), 0),
        one_heard_(schedule.settings_.edges.size(), 0),
        model_({{workers(), settings_.edges, settings_.pairing, settings_.seed,
                 schedule.durations_.presence().get(), settings_.next_opening, settings_.last_change},
                {settings_.rate, settings_.averagings, settings_.seed},
                settings_.communication},
               *this) {}

  // Goes on until there is a block to give, or something after a while: much may pass between two events.
  void next() {
    events_.clear();
    occupations_.clear();
    constexpr std::size_t block = 1024, patience = 64 * block;
    if (!started_) {
      started_ = true;
      model_.start();
    }
    for (std::size_t passed = 0; events_.size() < block && occupations_.size() < block &&
                                 (passed < patience || events_.empty()) && model_.next_time() < infinity;
         ++passed)
      model_.advance();
  }
  std::vector<Event>& events() { return events_; }
  const std::vector<OccupationChange>& occupations() const { return occupations_; }
  double reached() const { return started_ ? model_.next_time() : 0.0; }

  double begin(Worker worker, double now) override {
    if (schedule_.has_reads()) events_.push_back({now, worker, worker, worker, Verb::read});
    return schedule_.durations_(worker, computed_[worker]++, now);
  }
  // Gradients that leave no event are for the averagings alone.
  bool grant(Worker worker, double now) override { return settings_.trains || !model_.is_alone(worker, now); }
  void land(Worker worker, double now) override {
    if (settings_.trains)
      events_.push_back({now, worker, worker, worker, schedule_.has_reads() ? Verb::step : Verb::gradient});
  }
  ExchangeTimes meet(Worker worker, const Pairing::Partner& partner, double now) override {
    const auto [low, high] = settings_.edges[partner.edge];
    if (schedule_.transfers_.instantaneous()) {
      events_.push_back({now, low, high, clock_of(partner), Verb::exchange});
      return {};
    }
    events_.push_back({now, worker, partner.worker, clock_of(partner), Verb::send});
    events_.push_back({now, partner.worker, worker, clock_of(partner), Verb::send});
    const double time = schedule_.transfers_.exchange(partner.edge, met_[partner.edge]++, settings_.bytes);
    return {time, time};
  }
  void hear(Worker worker, const Pairing::Partner& from, double now) override {
    if (schedule_.transfers_.instantaneous()) return;
    char& second = one_heard_[from.edge];
    events_.push_back(
        {now, worker, from.worker, clock_of(from), Verb::receive, static_cast<std::uint8_t>(second)});
    second = second == 0;
  }
  void occupy(Worker worker, Occupation occupation, double now) override {
    if (notes_occupations_) occupations_.push_back({now, worker, occupation});
  }

 private:
  Worker workers() const { return schedule_.durations_.workers(); }
  std::uint32_t clock_of(const Pairing::Partner& partner) const {
    return workers() + (settings_.positions.empty() ? partner.edge : settings_.positions[partner.edge]);
  }

  const AvailabilitySchedule& schedule_;
  const AvailabilitySettings& settings_;
  bool notes_occupations_, started_ = false;
  std::vector<std::uint64_t> computed_;  // gradients begun, per worker
  std::vector<std::uint64_t> met_;       // exchanges begun, per edge
  std::vector<char> one_heard_;          // per edge: one side of the exchange under way has heard
  std::vector<Event> events_;
  std::vector<OccupationChange> occupations_;
  Availability model_;
};

std::unique_ptr<EventCursor> AvailabilitySchedule::from(double start) const {
  class Cursor final : public EventCursor {
   public:
    Cursor(const AvailabilitySchedule& schedule, double start) : course_(schedule, false), start_(start) {}
    std::span<const Event> next() override {
      std::vector<Event>& events = course_.events();
      do {
        course_.next();
        if (events.empty()) return {};
      } while (events.back().time < start_);
      if (events.front().time < start_)
        std::erase_if(events, [this](const Event& event) { return event.time < start_; });
      return events;
    }

   private:
    Course course_;
    double start_;
  };
  return std::make_unique<Cursor>(*this, start);
}

std::unique_ptr<OccupationCursor> AvailabilitySchedule::occupations() const {
  return std::make_unique<OccupationsOf<Course>>(*this, true);
}

AvailabilitySchedule::AvailabilitySchedule(AvailabilitySettings settings, GradientDurations durations,
                                           Transfers transfers)
    : settings_(std::move(settings)), durations_(std::move(durations)), transfers_(std::move(transfers)) {
  const double rate = settings_.rate;
  for (const auto& [i, j] : settings_.edges)
    if (!(i < j && j < durations_.workers()))
      throw InputError("topology", "not an edge between two workers", fmt::format("{}-{}", i, j),
                       fmt::format("i < j < {}", durations_.workers()));
  if (rate != 0 && !(rate >= AveragingLaw::smallest_rate && rate <= AveragingLaw::largest_rate))
    throw InputError(
        "communication_rate", "averagings for each gradient are out of range", fmt::format("{:g}", rate),
        fmt::format("0, or {:g} to {:g}", AveragingLaw::smallest_rate, AveragingLaw::largest_rate));
  const bool meets = rate > 0 && !settings_.edges.empty();
  if (!settings_.trains && !meets) refuse_all_rates_zero();
  gradient_rate_ = settings_.trains ? durations_.total_rate() : 0.0;
  communication_rate_ = meets ? rate * durations_.total_rate() / 2 : 0.0;
  estimate_rates();
}

void AvailabilitySchedule::estimate_rates() {
  constexpr Worker most_workers = 20'000;  // for which the first events are worth their time
  if (durations_.workers() > most_workers || (!settings_.trains && settings_.rate < 0.01)) return;
  const std::size_t sample = std::size_t{32} * durations_.workers();  // events
  Course course(*this, false);
  std::size_t events = 0, gradients = 0, communications = 0;
  double end = 0;
  while (events < sample) {
    course.next();
    if (course.events().empty()) break;  // all have left
    for (const Event& event : course.events()) {
      gradients += lands_gradient(event.verb);
      communications += event.verb == Verb::exchange || event.completes != 0;
    }
    events += course.events().size();
    end = course.events().back().time;
  }
  if (end == 0) return;
  gradient_rate_ = static_cast<double>(gradients) / end;
  constexpr std::size_t enough = 100;  // communications to tell a rate by
  if (communications >= enough || !settings_.trains)
    communication_rate_ = static_cast<double>(communications) / end;
  else if (communication_rate_ > 0)
    communication_rate_ = settings_.rate / 2 * gradient_rate_;
}

}  // namespace acidsim
