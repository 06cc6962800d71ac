// The course of a run, the same for every backend: which events come before which record, and when the run
// ends.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "sim/engine/machine.hpp"

namespace acidsim {

// Walks the schedule from record to record, on a machine that carries it out. Where a piece is cut never
// changes a result.
//
// Order at equal times: events of time ≤ t happen before the record at t, and that before a checkpoint at t.
// Records are at 0, every, 2·every, … and at the end.
template <class Scalar>
class RunLoop {
 public:
  // Pieces hold at least `smallest_piece` events (fewer before a record), and about 0.1 s of work where that
  // is more.
  RunLoop(const Simulation<Scalar>& simulation, std::size_t smallest_piece, Machine<Scalar>& machine)
      : simulation_(simulation),
        machine_(machine),
        workers_(simulation.workers > 0 ? simulation.workers : simulation.kernel.workers()),
        smallest_piece_(smallest_piece),
        piece_size_(smallest_piece),
        check_every_(16 * static_cast<std::size_t>(workers_)) {
    Counts& counts = outcome_.counts;
    if (simulation.start != nullptr) {
      at_ = *simulation.start;
      counts = *simulation.start_counts;
    } else {
      if (simulation.objective != nullptr) counts.worker_gradients.assign(workers_, 0);
      counts.edge_communications.assign(static_cast<std::size_t>(simulation.edges), 0);
    }
    counts.edge_communications.push_back(0);  // see count()
    cursor_ = simulation.schedule.from(std::max(at_.last_time, 0.0));
    last_look_ = last_checkpoint_ = at_.wall_seconds;
    skip_what_happened();
  }

  Outcome run() {
    if (at_.events == 0) look_for_divergence();
    while (!ended_) {
      const double next_record = multiple(at_.records, simulation_.record_every);
      const double next_checkpoint = simulation_.on_checkpoint ? checkpoint_after(at_.time) : infinity;
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
    outcome_.time = at_.time;
    outcome_.events = at_.events;
    outcome_.wall_seconds = elapsed();
    return std::move(outcome_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double multiple(std::uint64_t number, double of) {
    return number == 0 ? 0.0 : static_cast<double>(number) * of;
  }

  // The first multiple of checkpoint_every after `time`.
  double checkpoint_after(double time) const {
    const double every = simulation_.checkpoint_every;
    if (every == infinity) return infinity;
    auto number = static_cast<std::uint64_t>(time / every);
    while (multiple(number, every) <= time) ++number;
    return multiple(number, every);
  }

  static bool can_go_on(StopReason reason) {
    return reason != StopReason::diverged && reason != StopReason::target;
  }

  // A cursor starts at a time; events of that very time may have happened.
  void skip_what_happened() {
    const Event last{at_.last_time, 0, 0, at_.last_clock, Verb::gradient};
    while (at_.events > 0) {
      if (block_.empty()) block_ = cursor_->next();
      if (block_.empty() || before(last, block_.front())) return;
      block_ = block_.subspan(1);
    }
  }

  // Applies the events of time ≤ `boundary` and stands there, or ends the run before.
  void advance_to(double boundary) {
    if (gradients_left() == 0) return end({StopReason::gradients});
    look_around(0);
    while (!ended_) {
      if (block_.empty()) block_ = cursor_->next();
      if (block_.empty() && simulation_.stop.time == infinity) return end({StopReason::schedule_end});
      const std::span<const Event> piece = next_piece(boundary);
      if (piece.empty()) break;
      machine_.apply(piece, outcome_.counts);
      count(piece);
      at_.time = std::max(at_.time, piece.back().time);
      at_.events += piece.size();
      at_.last_time = piece.back().time;
      at_.last_clock = piece.back().clock;
      at_.unchecked += piece.size();
      block_ = block_.subspan(piece.size());
      if (at_.unchecked == check_every_) look_for_divergence();
      if (!ended_ && gradients_left() == 0) return end({StopReason::gradients});
      if (!ended_) look_around(piece.size());
    }
    if (!ended_) at_.time = boundary;
  }

  // The longest beginning of the block that fits: to the boundary, to the last gradient allowed, to the next
  // look for divergence, to the size of a piece, to where the machine wants to pause.
  std::span<const Event> next_piece(double boundary) const {
    const auto sized =
        block_.first(std::min({block_.size(), piece_size_, check_every_ - at_.unchecked, machine_.reach()}));
    const auto beyond = std::partition_point(sized.begin(), sized.end(),
                                             [&](const Event& event) { return event.time <= boundary; });
    std::uint64_t left = gradients_left();
    auto last = sized.begin();
    if (left > sized.size()) return {sized.begin(), beyond};
    while (last != beyond && left > 0) {
      if (last++->verb == Verb::gradient) --left;
    }
    return {sized.begin(), last};
  }

  std::uint64_t gradients_left() const {
    if (!simulation_.stop.gradients) return std::numeric_limits<std::uint64_t>::max();
    return *simulation_.stop.gradients - outcome_.counts.gradients;
  }

  // Without a branch, for kinds come at random: a gradient event, or a communication that is no edge's, adds
  // 0 somewhere.
  void count(std::span<const Event> piece) {
    Counts& counts = outcome_.counts;
    const Worker workers = workers_;
    std::uint64_t* const of_edge = counts.edge_communications.data();
    const std::size_t edges = counts.edge_communications.size() - 1;  // and one that stands for no edge
    const bool fetches = edges > 4096;  // more counters than the first-level cache holds
    constexpr std::size_t ahead = 16;   // events
    std::uint64_t communications = 0;
    for (std::size_t k = 0; k < piece.size(); ++k) {
      if (fetches && k + ahead < piece.size())
        __builtin_prefetch(of_edge + std::min<std::size_t>(piece[k + ahead].clock - workers, edges - 1), 1);
      const bool communicates = piece[k].verb == Verb::exchange;
      communications += communicates;
      const std::size_t clock = communicates ? piece[k].clock - workers : piece[k].clock;
      const bool known = clock < edges;
      of_edge[known ? clock : edges] += known && communicates;
    }
    counts.communications += communications;
    if (simulation_.objective != nullptr) counts.gradients += piece.size() - communications;
    if (simulation_.on_events) simulation_.on_events(piece);
  }

  // The clock on the wall, the user, and the size of the next piece.
  void look_around(std::size_t events) {
    const double now = elapsed();
    const double spent = now - last_look_;
    last_look_ = now;
    if (events == piece_size_) {
      if (spent < 0.05) piece_size_ = std::min<std::size_t>(2 * piece_size_, 4096);
      if (spent > 0.2) piece_size_ = std::max(piece_size_ / 2, smallest_piece_);
    }
    if (const auto stop = machine_.asked_to_stop(now)) return end(*stop);
    if (simulation_.on_checkpoint && machine_.checkpoint_is_due(now - last_checkpoint_)) checkpoint();
    if (simulation_.on_progress && now > last_progress_ + 0.05) {
      last_progress_ = now;
      simulation_.on_progress(at_.time, outcome_.counts);
    }
  }

  void look_for_divergence(bool last = false) {
    at_.unchecked = 0;
    if (const auto stop = machine_.look(at_.time, last)) end(*stop);
  }

  // What the observer says goes before any other reason to stop but the user's.
  void record() {
    at_.recorded_at = at_.time;
    const bool reached = machine_.record(at_.time, outcome_.counts);
    if (reached && !(ended_ && outcome_.reason == StopReason::interrupted)) end({StopReason::target});
  }

  void checkpoint() {
    if (!simulation_.on_checkpoint) return;
    at_.wall_seconds = elapsed();
    outcome_.counts.edge_communications.pop_back();
    machine_.checkpoint(at_, outcome_.counts);
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
  Machine<Scalar>& machine_;
  Worker workers_;
  std::size_t smallest_piece_, piece_size_;
  std::size_t check_every_;  // events between looks for divergence: a look reads what some 1 % of them move
  Position at_;
  std::unique_ptr<EventCursor> cursor_;
  std::span<const Event> block_;  // events drawn and not yet applied
  Outcome outcome_;
  bool ended_ = false;
  Clock::time_point started_ = Clock::now();
  double spent_before_ = simulation_.start != nullptr ? simulation_.start->wall_seconds : 0.0;
  double last_look_ = 0, last_progress_ = 0, last_checkpoint_ = 0;
};

}  // namespace acidsim
