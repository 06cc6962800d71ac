// The course of a run, the same for every backend: which events come before which record, and when the run
// ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "sim/engine/executor.hpp"

namespace acidsim {

// Walks the schedule from record to record, on an executor that carries it out. Where a piece is cut never
// changes a result.
//
// Order at equal times: events of time ≤ t happen before the record at t, and that before a checkpoint at t.
// Records are at 0, every, 2·every, … and at the end.
template <class Scalar>
class RunLoop {
 public:
  // Pieces hold at least `smallest_piece` events (fewer before a record), and about 0.1 s of work where that
  // is more.
  RunLoop(const Simulation<Scalar>& simulation, std::size_t smallest_piece, Executor<Scalar>& executor)
      : simulation_(simulation),
        executor_(executor),
        workers_(simulation.workers > 0 ? simulation.workers : simulation.kernel.workers()),
        gradients_per_communication_(simulation.kernel.dual() ? 2 : 0),
        smallest_piece_(smallest_piece),
        piece_size_(smallest_piece),
        check_every_(16 * static_cast<std::size_t>(workers_)) {
    Counts& counts = outcome_.counts;
    // And the one of count(): a vector that grows by it takes twice the memory.
    counts.edge_communications.reserve(static_cast<std::size_t>(simulation.edges) + 1);
    if (simulation.resume.position != nullptr) {
      at_ = *simulation.resume.position;
      counts = *simulation.resume.counts;
    } else {
      if (simulation.objective != nullptr) counts.worker_gradients.assign(workers_, 0);
      counts.edge_communications.assign(static_cast<std::size_t>(simulation.edges), 0);
    }
    counts.edge_communications.push_back(0);  // see count()
    last_look_ = last_checkpoint_ = at_.wall_seconds;
    if (simulation.schedule.has_own_clocks()) {
      worker_times_.assign(workers_, 0.0);
      executor.use_worker_times(worker_times_);
    }
    in_rounds_ = !simulation.schedule.groups().empty();
    watches_staleness_ = simulation.objective != nullptr && !in_rounds_ &&
                         (simulation.meter.reads_early() || simulation.schedule.has_reads() ||
                          simulation.schedule.has_server());
    go_to_start();
  }

  Outcome run() {
    if (simulation_.resume.position == nullptr && simulation_.objective != nullptr && executor_.start()) {
      outcome_.counts.worker_gradients.assign(workers_, 1);
      outcome_.counts.gradients = workers_;
    }
    if (at_.events == 0) look_for_divergence();
    while (!ended_) {
      const double next_record = multiple(at_.records, simulation_.observe.every);
      const double next_checkpoint = simulation_.checkpoints.write ? checkpoint_after(at_.time) : infinity;
      const double stop = simulation_.stop.time;
      advance_to(std::min({next_record, next_checkpoint, stop}));
      if (ended_) break;
      if (at_.time >= stop) {
        end({StopReason::time});
      } else {
        if (at_.time == next_record) {
          record();
          ++at_.records;
        }
        if (at_.time == next_checkpoint && !ended_) checkpoint();
      }
    }
    if (can_go_on(outcome_.reason)) checkpoint();
    if (outcome_.reason != StopReason::diverged && outcome_.reason != StopReason::interrupted)
      look_for_divergence(true);
    if (outcome_.reason != StopReason::diverged && at_.recorded_at != at_.time) record();
    outcome_.counts.edge_communications.pop_back();
    outcome_.staleness = outcome_.counts.staleness.summary(outcome_.counts.gradients);
    outcome_.time = at_.time;
    outcome_.events = at_.events;
    outcome_.wall_seconds = elapsed();
    outcome_.worker_times = worker_times_;
    outcome_.schedule_ended = !worker_times_.empty() && block_.empty() && !next_block();
    return std::move(outcome_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double multiple(std::uint64_t number, double of) {
    return number == 0 ? 0.0 : static_cast<double>(number) * of;
  }

  // The first multiple of checkpoint_every after `time`.
  double checkpoint_after(double time) const {
    const double every = simulation_.checkpoints.every;
    if (every == infinity) return infinity;
    auto number = static_cast<std::uint64_t>(time / every);
    while (multiple(number, every) <= time) ++number;
    return multiple(number, every);
  }

  static bool can_go_on(StopReason reason) {
    return reason != StopReason::diverged && reason != StopReason::target;
  }

  // Brings the cursor to the first event that has not happened. A cursor starts at a time, and some events of
  // that very time may have happened; where workers have clocks of their own, theirs are read off all earlier
  // events.
  void go_to_start() {
    const bool from_the_first = !worker_times_.empty();
    cursor_ = simulation_.schedule.from(from_the_first ? 0.0 : std::max(at_.last_time, 0.0));
    std::uint64_t skipped = from_the_first ? at_.events : at_.ties;
    while (skipped > 0) {
      if (block_.empty() && !next_block()) return;
      const std::size_t count = std::min<std::uint64_t>(skipped, block_.size());
      follow(block_.first(count));
      drop(count);
      skipped -= count;
    }
  }

  bool next_block() {
    block_ = cursor_->next();
    times_ = cursor_->run_times();
    return !block_.empty();
  }
  void drop(std::size_t count) {
    block_ = block_.subspan(count);
    if (!times_.empty()) times_ = times_.subspan(count);
  }
  // When an event of the block happens, as the run counts time.
  double time_of(std::size_t k) const { return times_.empty() ? block_[k].time : times_[k]; }

  void follow(std::span<const Event> events) {
    if (worker_times_.empty()) return;
    for (const Event& event : events) worker_times_[event.i] = event.time;
  }

  // Applies the events of time ≤ `boundary` and stands there, or ends the run before.
  void advance_to(double boundary) {
    if (const auto reason = count_reached()) return end({*reason});
    poll(0);
    while (!ended_) {
      if (block_.empty()) next_block();
      if (block_.empty() && simulation_.stop.time == infinity) return end({StopReason::schedule_end});
      const std::span<const Event> piece = next_piece(boundary);
      if (piece.empty()) break;
      executor_.apply(piece, outcome_.counts);
      follow(piece);
      count(piece);
      note_position(piece.size());
      drop(piece.size());
      if (at_.events_since_check == check_every_) look_for_divergence();
      if (const auto reason = count_reached(); reason && !ended_) return end({*reason});
      if (!ended_) poll(piece.size());
    }
    if (!ended_) at_.time = boundary;
  }

  // That the first `count` events of the block have happened.
  void note_position(std::size_t count) {
    const double last = time_of(count - 1);
    std::size_t equal = 1;
    while (equal < count && time_of(count - 1 - equal) == last) ++equal;
    at_.ties = equal == count && last == at_.last_time ? at_.ties + equal : equal;
    at_.time = std::max(at_.time, last);
    at_.last_time = last;
    at_.events += count;
    at_.events_since_check += count;
  }

  // The longest beginning of the block that fits: to the boundary, to the last gradient or communication
  // allowed, to the next look for divergence, to the size of a piece, to where the executor wants to pause.
  std::span<const Event> next_piece(double boundary) const {
    const std::size_t sized =
        std::min({block_.size(), piece_size_, check_every_ - at_.events_since_check, executor_.max_piece()});
    const auto fits = [&](const Event& event) {
      return time_of(static_cast<std::size_t>(&event - block_.data())) <= boundary;
    };
    const Event* const end = block_.data() + sized;
    const auto until =
        static_cast<std::size_t>(std::partition_point(block_.data(), end, fits) - block_.data());
    const StopRules& stop = simulation_.stop;
    const bool near_by_messages = stop.rounds || stop.bytes || (in_rounds_ && stop.communications);
    if (!near_by_messages &&
        left(stop.gradients, outcome_.counts.gradients) >
            std::max<std::uint64_t>(gradients_per_communication_, 1) * sized &&
        left(stop.communications, outcome_.counts.communications) > sized)
      return block_.first(until);
    Tally tally = outcome_.counts;
    std::size_t last = 0;
    while (last != until && !reached(tally)) {
      const Event& event = block_[last++];
      const std::uint64_t before = tally.communications;
      tally.gradients += simulation_.meter.lands(event);
      simulation_.meter.add(event, simulation_.schedule.groups(), tally);
      tally.gradients += gradients_per_communication_ * (tally.communications - before);
    }
    return block_.first(last);
  }

  static constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
  static std::uint64_t left(const std::optional<std::uint64_t>& allowed, std::uint64_t done) {
    return !allowed ? no_limit : *allowed > done ? *allowed - done : 0;
  }

  std::optional<StopReason> reached(const Tally& tally) const {
    const StopRules& stop = simulation_.stop;
    if (left(stop.gradients, tally.gradients) == 0) return StopReason::gradients;
    if (left(stop.communications, tally.communications) == 0) return StopReason::communications;
    if (left(stop.rounds, tally.rounds) == 0) return StopReason::rounds;
    if (left(stop.bytes, tally.bytes_sent) == 0) return StopReason::bytes;
    return {};
  }
  std::optional<StopReason> count_reached() const { return reached(outcome_.counts); }

  // Without a branch, for verbs come at random: an event that completes no communication, or one that is no
  // edge's, adds 0 somewhere.
  void count(std::span<const Event> piece) {
    Counts& counts = outcome_.counts;
    const Worker workers = workers_;
    std::uint64_t* const of_edge = counts.edge_communications.data();
    const std::size_t edges = counts.edge_communications.size() - 1;  // and one that stands for no edge
    const bool fetches = edges > 4096;  // more counters than the first-level cache holds
    constexpr std::size_t ahead = 16;   // events
    std::uint64_t communications = 0, gradients = 0, messages = 0;
    if (watches_staleness_) watch_staleness(piece);
    for (std::size_t k = 0; k < piece.size(); ++k) {
      if (fetches && k + ahead < piece.size())
        __builtin_prefetch(of_edge + std::min<std::size_t>(piece[k + ahead].clock - workers, edges - 1), 1);
      const Event& event = piece[k];
      const std::uint64_t completed = event.verb == Verb::exchange ? 1 : event.completes;
      communications += completed;
      gradients += lands_gradient(event.verb);
      messages += 2 * (event.verb == Verb::exchange) + (event.verb == Verb::send) +
                  (event.verb == Verb::restart && event.j != event.i);
      const std::size_t clock = completed != 0 ? event.clock - workers : event.clock;
      const bool known = clock < edges;
      of_edge[known ? clock : edges] += known ? completed : 0;
    }
    if (simulation_.meter.has_server()) {
      gradients = 0;
      for (const Event& event : piece) gradients += simulation_.meter.lands(event);
    }
    if (simulation_.objective != nullptr)
      counts.gradients += gradients + gradients_per_communication_ * communications;
    if (gradients_per_communication_ > 0) count_dual_gradients(piece);
    if (in_rounds_) {
      count_rounds(piece);
    } else if (simulation_.meter.has_server()) {
      for (const Event& event : piece) simulation_.meter.add(event, {}, counts);
    } else {
      counts.communications += communications;
      Meter::add_messages(messages, simulation_.meter.message(), counts);
      if (simulation_.kernel.directed())
        for (const Event& event : piece) Meter::add_fate(event, counts);
    }
    if (simulation_.observe.on_events)
      simulation_.observe.on_events(piece, times_.empty() ? times_ : times_.first(piece.size()));
  }

  // Both workers of an exchange compute one.
  void count_dual_gradients(std::span<const Event> piece) {
    std::vector<std::uint64_t>& counts = outcome_.counts.worker_gradients;
    for (const Event& event : piece) {
      if (event.verb != Verb::exchange || counts.empty()) continue;
      ++counts[event.i];
      ++counts[event.j];
    }
  }

  // In a round every edge of its group communicates once.
  void count_rounds(std::span<const Event> piece) {
    Counts& counts = outcome_.counts;
    const std::span<const Group> groups = simulation_.schedule.groups();
    for (const Event& event : piece) {
      simulation_.meter.add(event, groups, counts);
      if (counts.edge_communications.size() == 1) continue;  // not by edge
      for (const std::uint32_t edge : completed_edges(event, groups)) ++counts.edge_communications[edge];
    }
  }

  // Before the gradients of the piece are counted.
  void watch_staleness(std::span<const Event> piece) {
    Counts& counts = outcome_.counts;
    std::uint64_t landed = counts.gradients;
    for (const Event& event : piece) {
      if (!is_of_gradients(event.verb)) continue;
      if (simulation_.meter.has_server()) {
        counts.staleness.arrive(event.clock);
        continue;
      }
      counts.staleness.watch(event, landed, workers_, simulation_.meter.reads_early());
      landed += lands_gradient(event.verb);
    }
  }

  // The clock on the wall, the user, and the size of the next piece.
  void poll(std::size_t events) {
    const double now = elapsed();
    const double spent = now - last_look_;
    last_look_ = now;
    if (events == piece_size_) {
      if (spent < 0.05) piece_size_ = std::min<std::size_t>(2 * piece_size_, 4096);
      if (spent > 0.2) piece_size_ = std::max(piece_size_ / 2, smallest_piece_);
    }
    if (const auto stop = executor_.asked_to_stop(now)) return end(*stop);
    if (simulation_.checkpoints.write && executor_.checkpoint_is_due(now - last_checkpoint_)) checkpoint();
    if (simulation_.observe.on_progress && now > last_progress_ + 0.05) {
      last_progress_ = now;
      simulation_.observe.on_progress(at_.time, outcome_.counts);
    }
  }

  void look_for_divergence(bool last = false) {
    at_.events_since_check = 0;
    if (const auto stop = executor_.check_divergence(at_.time, last)) end(*stop);
  }

  // What the observer says goes before any other reason to stop but the user's.
  void record() {
    at_.recorded_at = at_.time;
    const bool reached = executor_.record(at_.time, outcome_.counts);
    if (simulation_.losses != nullptr) simulation_.losses->clear();
    if (reached && !(ended_ && outcome_.reason == StopReason::interrupted)) end({StopReason::target});
  }

  void checkpoint() {
    if (!simulation_.checkpoints.write) return;
    at_.wall_seconds = elapsed();
    outcome_.counts.edge_communications.pop_back();
    executor_.checkpoint(at_, outcome_.counts);
    outcome_.counts.edge_communications.push_back(0);
    last_checkpoint_ = elapsed();
  }

  void end(const Stop& stop) {
    outcome_.reason = stop.reason;
    outcome_.detail = stop.detail;
    ended_ = true;
  }

  // Wall seconds, those before a resumption included.
  double elapsed() const {
    return spent_before_ + std::chrono::duration<double>(Clock::now() - started_).count();
  }

  const Simulation<Scalar>& simulation_;
  Executor<Scalar>& executor_;
  Worker workers_;
  std::uint64_t gradients_per_communication_;  // of dual methods, one on each side
  std::size_t smallest_piece_, piece_size_;
  std::size_t check_every_;  // events between looks for divergence: a look reads what some 1 % of them move
  Position at_;
  std::unique_ptr<EventCursor> cursor_;
  std::span<const Event> block_;   // events drawn and not yet applied
  std::span<const double> times_;  // of the run, parallel to block_; empty: the events' own times
  std::vector<double>
      worker_times_;  // of each worker's last event; empty unless workers have clocks of their own
  Outcome outcome_;
  bool in_rounds_ = false;
  bool watches_staleness_ = false;
  bool ended_ = false;
  Clock::time_point started_ = Clock::now();
  double spent_before_ =
      simulation_.resume.position != nullptr ? simulation_.resume.position->wall_seconds : 0.0;
  double last_look_ = 0, last_progress_ = 0, last_checkpoint_ = 0;
};

}  // namespace acidsim
