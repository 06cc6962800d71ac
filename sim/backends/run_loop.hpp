// The course of a run, the same for every backend: which events come before which record, and when the run
// ends.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>

#include "sim/backends/kernel_states.hpp"
#include "sim/backends/simulation.hpp"
#include "sim/metrics/extent.hpp"

namespace acidsim {

// Walks the schedule from record to record. `Apply` is a callable (std::span<const Event>, Counts&) that
// applies a piece of the stream and counts gradients per worker; backends differ in nothing else. Where a
// piece is cut never changes a result.
//
// Order at equal times: events of time ≤ t happen before the record at t. Records are at 0, every, 2·every, …
// and at the end.
template <class Scalar, class Apply>
class RunLoop {
 public:
  // Pieces hold at least `smallest_piece` events (fewer before a record), and about 0.1 s of work where that
  // is more.
  RunLoop(const Simulation<Scalar>& simulation, std::size_t smallest_piece, Apply apply)
      : simulation_(simulation),
        apply_(std::move(apply)),
        smallest_piece_(smallest_piece),
        piece_size_(smallest_piece),
        check_every_(16 * static_cast<std::size_t>(simulation.kernel.workers())),
        cursor_(simulation.schedule.from(0.0)) {
    Counts& counts = outcome_.counts;
    if (simulation.objective != nullptr) counts.worker_gradients.assign(simulation.kernel.workers(), 0);
    counts.edge_communications.assign(static_cast<std::size_t>(simulation.edges) + 1, 0);
  }

  Outcome run() {
    look_for_divergence();
    for (std::uint64_t records = 0; !ended_; ++records) {
      const double next_record = records == 0 ? 0.0 : static_cast<double>(records) * simulation_.record_every;
      advance_to(std::min(next_record, simulation_.stop.time));
      if (ended_) break;
      if (next_record >= simulation_.stop.time) {
        end(StopReason::time);
      } else {
        record();
      }
    }
    if (outcome_.reason != StopReason::diverged && outcome_.reason != StopReason::interrupted)
      look_for_divergence();
    if (outcome_.reason != StopReason::diverged && recorded_at_ != outcome_.time) record();
    outcome_.counts.edge_communications.pop_back();
    outcome_.wall_seconds = elapsed();
    return std::move(outcome_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Applies the events of time ≤ `boundary` and stands there, or ends the run before.
  void advance_to(double boundary) {
    if (gradients_left() == 0) return end(StopReason::gradients);
    look_around(0);
    while (!ended_) {
      if (block_.empty()) block_ = cursor_->next();
      if (block_.empty() && simulation_.stop.time == infinity) return end(StopReason::schedule_end);
      const std::span<const Event> piece = next_piece(boundary);
      if (piece.empty()) break;
      apply_(piece, outcome_.counts);
      count(piece);
      outcome_.time = std::max(outcome_.time, piece.back().time);
      block_ = block_.subspan(piece.size());
      unchecked_ += piece.size();
      if (unchecked_ == check_every_) look_for_divergence();
      if (!ended_ && gradients_left() == 0) return end(StopReason::gradients);
      if (!ended_) look_around(piece.size());
    }
    if (!ended_) outcome_.time = boundary;
  }

  // The longest beginning of the block that fits: to the boundary, to the last gradient allowed, to the next
  // look for divergence, to the size of a piece.
  std::span<const Event> next_piece(double boundary) const {
    const auto sized = block_.first(std::min({block_.size(), piece_size_, check_every_ - unchecked_}));
    const auto beyond = std::partition_point(sized.begin(), sized.end(),
                                             [&](const Event& event) { return event.time <= boundary; });
    std::uint64_t left = gradients_left();
    auto last = sized.begin();
    if (left > sized.size()) return {sized.begin(), beyond};
    while (last != beyond && left > 0) {
      if (last++->kind == EventKind::gradient) --left;
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
    const Worker workers = simulation_.kernel.workers();
    std::uint64_t* const of_edge = counts.edge_communications.data();
    const std::size_t edges = counts.edge_communications.size() - 1;  // and one that stands for no edge
    const bool fetches = edges > 4096;  // more counters than the first-level cache holds
    constexpr std::size_t ahead = 16;   // events
    std::uint64_t communications = 0;
    for (std::size_t k = 0; k < piece.size(); ++k) {
      if (fetches && k + ahead < piece.size())
        __builtin_prefetch(of_edge + std::min<std::size_t>(piece[k + ahead].clock - workers, edges - 1), 1);
      const bool communicates = piece[k].kind == EventKind::communication;
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
    if (simulation_.interrupt != nullptr && simulation_.interrupt->load(std::memory_order_relaxed)) {
      return end(StopReason::interrupted);
    }
    if (simulation_.stop.wall_seconds && now > *simulation_.stop.wall_seconds) end(StopReason::wall_seconds);
    if (simulation_.on_progress && now > last_progress_ + 0.05) {
      last_progress_ = now;
      simulation_.on_progress(outcome_.time, outcome_.counts);
    }
  }

  // At the start, at the end and every check_every_ events: a rhythm of the schedule's own, so that neither
  // the records nor the wall clock decide where a run that diverges ends.
  void look_for_divergence() {
    unchecked_ = 0;
    if (simulation_.kernel.bound() <= simulation_.stop.diverged_above) return;
    const Extent found = extent(KernelStates<Scalar>(simulation_.kernel, outcome_.time));
    const double allowed = simulation_.stop.diverged_above;
    if (found.finite && found.largest <= allowed) return;
    const std::string excess = found.finite ? fmt::format(" > {:g}", allowed) : "";
    outcome_.detail = fmt::format("worker {}: |x| = {:.2g}{} at time {:g}", found.worker, found.largest,
                                  excess, outcome_.time);
    end(StopReason::diverged);
  }

  // Shows the states to the observer. What the observer says goes before any other reason to stop but the
  // user's.
  void record() {
    recorded_at_ = outcome_.time;
    const KernelStates<Scalar> states(simulation_.kernel, outcome_.time);
    const bool reached =
        simulation_.on_record && simulation_.on_record({outcome_.time, outcome_.counts, states});
    if (reached && !(ended_ && outcome_.reason == StopReason::interrupted)) end(StopReason::target);
  }

  void end(StopReason reason) {
    outcome_.reason = reason;
    ended_ = true;
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

  const Simulation<Scalar>& simulation_;
  Apply apply_;
  std::size_t smallest_piece_, piece_size_;
  std::size_t check_every_;    // events between looks for divergence: a look reads what some 1 % of them move
  std::size_t unchecked_ = 0;  // events since the last one
  std::unique_ptr<EventCursor> cursor_;
  std::span<const Event> block_;  // events drawn and not yet applied
  Outcome outcome_;
  bool ended_ = false;
  double recorded_at_ = -1;
  Clock::time_point started_ = Clock::now();
  double last_look_ = 0, last_progress_ = 0;
};

}  // namespace acidsim
