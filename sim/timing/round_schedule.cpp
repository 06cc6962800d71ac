#include "sim/timing/round_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// One round after another, each a block of events.
class RoundSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const RoundSchedule& schedule, double start) : schedule_(schedule), start_(start) {}

  std::span<const Event> next() override {
    do make_round();
    while (time_ < start_);
    const auto first = std::partition_point(events_.begin(), events_.end(),
                                            [&](const Event& event) { return event.time < start_; });
    return {first, events_.end()};
  }
  double time() const { return time_; }  // of the last round made

 private:
  void make_round() {
    events_.clear();
    if (schedule_.rates_.empty()) {
      time_ = static_cast<double>(++round_);
    } else {
      compute();
      ++round_;
    }
    events_.push_back(
        {time_, schedule_.group_.members.front(), schedule_.group_.members.front(), 0, Verb::round});
    for (const Verb verb : schedule_.after_)
      for (const Worker worker : schedule_.group_.members) add(time_, worker, verb);
  }

  void compute() {
    const std::uint64_t each = schedule_.before_.size();
    double end = time_;
    for (std::size_t k = 0; k < schedule_.group_.members.size(); ++k) {
      const Worker worker = schedule_.group_.members[k];
      const Stream draws(schedule_.seed_, Purpose::round_gradients, worker);
      double time = time_;
      for (std::uint64_t g = 0; g < each; ++g) {
        time += -fast_log(open_uniform(draws.bits(round_ * each + g).first)) / schedule_.rates_[k];
        add(time, worker, schedule_.before_[g]);
      }
      end = std::max(end, time);
    }
    std::stable_sort(events_.begin(), events_.end(), before);
    time_ = end;
  }

  void add(double time, Worker worker, Verb verb) { events_.push_back({time, worker, worker, worker, verb}); }

  const RoundSchedule& schedule_;
  double start_;
  std::uint64_t round_ = 0;
  double time_ = 0;
  std::vector<Event> events_;
};

RoundSchedule::RoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates,
                             std::vector<Verb> program, Group group)
    : seed_(seed), rates_(std::move(gradient_rates)), group_(std::move(group)) {
  const auto round = std::find(program.begin(), program.end(), Verb::round);
  if (round == program.end()) throw std::logic_error("rounds: the program has no round");
  if (!rates_.empty()) {
    before_.assign(program.begin(), round);
    after_.assign(round + 1, program.end());
    if (before_.empty()) throw std::logic_error("rounds: the program computes nothing before its round");
  }
  for (std::size_t k = 0; k < rates_.size(); ++k)
    if (!(rates_[k] > 0 && rates_[k] < infinity))
      throw InputError("gradient_rate", "a round waits for every worker: its rate must be positive",
                       fmt::format("worker {}: {}", group_.members[k], rates_[k]), "a number > 0");
  constexpr int sample = 32;  // rounds
  Cursor cursor(*this, 0);
  for (int k = 0; k < sample; ++k) cursor.next();
  const double duration = cursor.time() / sample;
  gradient_rate_ = static_cast<double>(rates_.size() * before_.size()) / duration;
  communication_rate_ = static_cast<double>(group_.edges.size()) / duration;
}

std::unique_ptr<EventCursor> RoundSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

}  // namespace acidsim
