#include "sim/timing/server_schedule.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace acidsim {
namespace {

// The rounds of ringleader: whose gradients are in the table, and who has made its step.
class Table {
 public:
  explicit Table(Worker workers)
      : missing_(workers), to_step_(workers), entered_(workers), stepped_(workers) {}

  Meeting meet(Worker worker) {
    if (stepped_[worker] != 0) {
      ++entered_[worker];
      return Meeting::collected_next;
    }
    if (entered_[worker]++ == 0) --missing_;
    return missing_ > 0 ? Meeting::collected : step(worker);
  }

  // As how manyth the last gradient of a worker entered; call it before meet().
  std::uint16_t next_number(Worker worker) const {
    const std::uint64_t number = entered_[worker] + 1;
    return number <= std::numeric_limits<std::uint16_t>::max() ? static_cast<std::uint16_t>(number) : 0;
  }

 private:
  Meeting step(Worker worker) {
    entered_[worker] = 0;
    stepped_[worker] = 1;
    if (--to_step_ > 0) return Meeting::applied;
    to_step_ = static_cast<Worker>(stepped_.size());
    std::fill(stepped_.begin(), stepped_.end(), char{0});
    missing_ = static_cast<Worker>(std::count(entered_.begin(), entered_.end(), 0));
    return Meeting::applied_last;
  }

  Worker missing_;  // workers without an entry in the table of this round
  Worker to_step_;  // workers that have no step in this round yet
  std::vector<std::uint64_t>
      entered_;                // per worker: gradients in its entry, of the next round once it has stepped
  std::vector<char> stepped_;  // per worker: it has made its step in this round
};

// What the server knows of its workers, and what comes of each arrival.
class Server {
 public:
  Server(Worker workers, const ServerProtocol& protocol)
      : workers_(workers), protocol_(protocol), copies_(workers, 0), table_(workers) {
    if (!protocol.stops) return;
    for (Worker i = 0; i < workers; ++i) ages_.emplace(0, i);
  }

  // Adds the events of an arrival.
  void arrive(Event gradient, Arrivals& arrivals, std::vector<Event>& events) {
    const Worker worker = gradient.i;
    const std::uint64_t delay = steps_ - copies_[worker];
    gradient.clock = static_cast<std::uint32_t>(delay);
    if (protocol_.rule == ServerRule::ringleader) gradient.number = table_.next_number(worker);
    const Meeting meeting = meet(worker, delay);
    events.push_back(gradient);
    add_exchange(gradient.time, worker, meeting, events);
    if (meeting == Meeting::applied || meeting == Meeting::applied_last) ++steps_;
    if (meeting == Meeting::collected || meeting == Meeting::collected_next) return;
    renew(worker);
    if (protocol_.stops) stop_old(gradient.time, arrivals, events);
  }

 private:
  Meeting meet(Worker worker, std::uint64_t delay) {
    switch (protocol_.rule) {
      case ServerRule::plain:
      case ServerRule::delay_adaptive:
        return Meeting::applied;
      case ServerRule::ringmaster:
        return delay >= protocol_.delay_threshold ? Meeting::ignored : Meeting::applied;
      case ServerRule::rennala:
        if (delay > 0) return Meeting::ignored;
        if (++collected_ < protocol_.batch) return Meeting::collected;
        collected_ = 0;
        return Meeting::applied;
      case ServerRule::ringleader:
        return table_.meet(worker);
    }
    return Meeting::ignored;
  }

  // The worker gets a copy of the model.
  void renew(Worker worker) {
    if (protocol_.stops) {
      ages_.erase({copies_[worker], worker});
      ages_.emplace(steps_, worker);
    }
    copies_[worker] = steps_;
  }

  // Those whose gradients have reached delay R begin anew.
  void stop_old(double time, Arrivals& arrivals, std::vector<Event>& events) {
    while (steps_ - ages_.begin()->first >= protocol_.delay_threshold) {
      const Worker worker = ages_.begin()->second;
      add_exchange(time, worker, Meeting::restarted, events);
      renew(worker);
      arrivals.restart(worker, time);
    }
  }

  void add_exchange(double time, Worker worker, Meeting meeting, std::vector<Event>& events) const {
    events.push_back(
        {time, worker, workers_, Event::no_edge, Verb::exchange, 0, static_cast<std::uint16_t>(meeting)});
  }

  Worker workers_;
  ServerProtocol protocol_;
  std::uint64_t steps_ = 0;            // of the server
  std::vector<std::uint64_t> copies_;  // per worker: steps of the server before it got its copy of the model
  std::set<std::pair<std::uint64_t, Worker>>
      ages_;                     // the same, the oldest first; kept where gradients are stopped
  std::uint64_t collected_ = 0;  // rennala: gradients since the last step
  Table table_;                  // ringleader
};

constexpr std::size_t events_in_block = 1024;

class ServerCursor final : public EventCursor {
 public:
  ServerCursor(std::unique_ptr<Arrivals> arrivals, const Server& server, double start)
      : arrivals_(std::move(arrivals)), server_(server), start_(start) {}

  std::span<const Event> next() override {
    events_.clear();
    while (events_.size() < events_in_block) {
      const std::optional<Event> arrival = arrivals_->next();
      if (!arrival) break;
      server_.arrive(*arrival, *arrivals_, events_);
      if (arrival->time < start_) events_.clear();
    }
    return events_;
  }

 private:
  std::unique_ptr<Arrivals> arrivals_;
  Server server_;
  double start_;
  std::vector<Event> events_;
};

// The gradients of another schedule.
class GivenArrivals final : public Arrivals {
 public:
  explicit GivenArrivals(std::unique_ptr<EventCursor> events) : events_(std::move(events)) {}

  std::optional<Event> next() override {
    for (;;) {
      if (block_.empty()) block_ = events_->next();
      if (block_.empty()) return std::nullopt;
      const Event event = block_.front();
      block_ = block_.subspan(1);
      if (event.verb == Verb::gradient) return event;
    }
  }
  void restart(Worker, double) override {}

 private:
  std::unique_ptr<EventCursor> events_;
  std::span<const Event> block_;
};

}  // namespace

// The gradients of workers that compute them, over the server's link.
class ServerSchedule::Visits final : public Arrivals {
 public:
  Visits(const ServerSchedule& schedule, std::vector<OccupationChange>* occupations)
      : schedule_(schedule),
        occupations_(occupations),
        begun_(schedule.workers_, 0),
        done_(schedule.workers_) {
    for (Worker worker = 0; worker < schedule.workers_; ++worker) begin(worker, 0);
  }

  std::optional<Event> next() override {
    const auto [done, worker] = *computed_.begin();
    computed_.erase(computed_.begin());
    const double visit = std::max(done, link_free_);
    link_free_ =
        visit + schedule_.transfers_->exchange(0, visits_++, schedule_.bytes_there_, schedule_.bytes_back_);
    if (link_free_ > done) occupy(done, worker, Occupation::transferring);
    begin(worker, link_free_);
    return Event{link_free_, worker, worker, worker, Verb::gradient};
  }
  // The worker may have computed its gradient, and wait for the link.
  void restart(Worker worker, double time) override {
    computed_.erase({done_[worker], worker});
    if (done_[worker] < time) occupy(done_[worker], worker, Occupation::transferring);
    begin(worker, time);
  }
  // When the first of the gradients under way is computed, or was: nothing that is told later is earlier.
  double next_done() const { return computed_.begin()->first; }

 private:
  void begin(Worker worker, double time) {
    occupy(time, worker, Occupation::computing);
    done_[worker] = time + (*schedule_.durations_)(worker, begun_[worker]++, time);
    computed_.emplace(done_[worker], worker);
  }
  void occupy(double time, Worker worker, Occupation occupation) {
    if (occupations_ != nullptr) occupations_->push_back({time, worker, occupation});
  }

  const ServerSchedule& schedule_;
  std::vector<OccupationChange>* occupations_;
  std::vector<std::uint64_t> begun_;              // gradients, per worker
  std::vector<double> done_;                      // when the one under way is computed, per worker
  std::set<std::pair<double, Worker>> computed_;  // the same, in order
  double link_free_ = 0;
  std::uint64_t visits_ = 0;
};

std::unique_ptr<EventCursor> ServerSchedule::from(double start) const {
  std::unique_ptr<Arrivals> arrivals;
  if (gradients_)
    arrivals = std::make_unique<GivenArrivals>(gradients_->from(0));
  else
    arrivals = std::make_unique<Visits>(*this, nullptr);
  return std::make_unique<ServerCursor>(std::move(arrivals), Server(workers_, protocol_), start);
}

std::unique_ptr<OccupationCursor> ServerSchedule::occupations() const {
  class Occupations final : public OccupationCursor {
   public:
    explicit Occupations(const ServerSchedule& schedule)
        : visits_(new Visits(schedule, &coming_)),
          cursor_(std::unique_ptr<Visits>(visits_), Server(schedule.workers_, schedule.protocol_), 0) {}

    // A worker's way to the link may be known before its time, or after it.
    std::span<const OccupationChange> next() override {
      const double last = cursor_.next().back().time;
      time_ = std::min(visits_->next_done(), last);
      const auto by_time = [](const OccupationChange& a, const OccupationChange& b) {
        return a.time < b.time;
      };
      std::stable_sort(coming_.begin(), coming_.end(), by_time);
      const auto later =
          std::lower_bound(coming_.begin(), coming_.end(), OccupationChange{time_, 0, {}}, by_time);
      given_.assign(coming_.begin(), later);
      coming_.erase(coming_.begin(), later);
      return given_;
    }
    double reached() const override { return time_; }

   private:
    double time_ = 0;
    std::vector<OccupationChange> coming_, given_;
    Visits* visits_;  // the cursor's
    ServerCursor cursor_;
  };
  if (gradients_) return nullptr;
  return with_absences(std::make_unique<Occupations>(*this), durations_->presence());
}

GradientShare ServerSchedule::share_of(const Event& gradient) const {
  const auto n = static_cast<double>(workers_);
  switch (protocol_.rule) {
    case ServerRule::delay_adaptive:
      return {.step = n / std::max(n, static_cast<double>(gradient.clock))};
    case ServerRule::rennala:
      return {.step = 1 / static_cast<double>(protocol_.batch)};
    case ServerRule::ringleader:
      return {.step = 1 / n, .part = gradient.number == 0 ? 0.0 : 1.0 / gradient.number};
    default:
      return {};
  }
}

}  // namespace acidsim
