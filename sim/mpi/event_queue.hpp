// A rank's own events on their way: each is released when the earlier ones of its workers are done.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/core/event.hpp"

namespace acidsim {

// One event of this rank's; workers are the places in its kernel.
struct QueuedEvent {
  Event event;                 // of one that another rank's worker shares: i = j = the own worker
  std::uint64_t index = 0;     // a gradient's number among those of its worker
  std::uint64_t position = 0;  // in the whole schedule
  int peer = -1;  // of an exchange or a send, the rank of the other worker; −1: an own one, or none
  int tag = 0;    // of the messages to and from the peer
};

// Holds events in the order of the schedule, at most `capacity` from the oldest that is not done to the
// newest. Never allocates after construction.
class EventQueue {
 public:
  using QueueIndex = std::uint32_t;  // where an event is kept
  static constexpr QueueIndex none = ~QueueIndex{0};

  // capacity: a power of two.
  EventQueue(std::size_t workers, std::size_t capacity) : entries_(capacity), last_(workers, none) {}

  bool full() const { return newest_ - oldest_ == entries_.size(); }
  bool empty() const { return newest_ == oldest_; }
  std::uint64_t added() const { return newest_; }   // events ever
  std::uint64_t oldest() const { return oldest_; }  // all before this number are done
  QueuedEvent& at(QueueIndex place) { return entries_[place].queued; }
  bool released(QueueIndex place) const { return entries_[place].earlier == 0; }

  // Not where it is full.
  QueueIndex add(const QueuedEvent& queued) {
    const auto place = static_cast<QueueIndex>(newest_++ & (entries_.size() - 1));
    Entry& entry = entries_[place];
    entry = {queued, {none, none}, 0, false};
    follow(queued.event.i, place);
    if (queued.event.j != queued.event.i) follow(queued.event.j, place);
    return place;
  }

  // The event waits for one thing more than its workers' earlier events, until arrive().
  void hold(QueueIndex place) { ++entries_[place].earlier; }
  // That thing is there. True where the event is released by it.
  bool arrive(QueueIndex place) { return --entries_[place].earlier == 0; }

  // Calls release(place) for each event that waited for this one alone.
  template <class Release>
  void finish(QueueIndex place, const Release& release) {
    Entry& entry = entries_[place];
    const Event& event = entry.queued.event;
    const auto pass_on = [&](Worker worker, QueueIndex next) {
      if (next == none) {
        last_[worker] = none;
      } else if (--entries_[next].earlier == 0) {
        release(next);
      }
    };
    pass_on(event.i, entry.next[0]);
    if (event.j != event.i) pass_on(event.j, entry.next[1]);
    entry.done = true;
    while (oldest_ != newest_ && entries_[oldest_ & (entries_.size() - 1)].done) ++oldest_;
  }

 private:
  struct Entry {
    QueuedEvent queued;
    QueueIndex next[2] = {none, none};  // the next event of worker i, of worker j
    // Of its workers' next earlier events, how many are not done; and what hold() said.
    std::uint32_t earlier = 0;
    bool done = false;
  };

  void follow(Worker worker, QueueIndex place) {
    QueueIndex& last = last_[worker];
    if (last != none) {
      Entry& before = entries_[last];
      before.next[before.queued.event.i == worker ? 0 : 1] = place;
      ++entries_[place].earlier;
    }
    last = place;
  }

  std::vector<Entry> entries_;
  std::vector<QueueIndex> last_;  // per worker: its newest event that is not done
  std::uint64_t oldest_ = 0, newest_ = 0;
};

}  // namespace acidsim
