// Workers that compute gradients and meet in pairs when both are available: when what happens, and nothing else.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "sim/timing/network/occupation.hpp"
#include "sim/timing/network/pairing.hpp"

namespace acidsim {

// How a worker's averagings go together with its gradients.
//     blocking    gradient, then the averagings that are due after it, then the next gradient
//     overlapped  the averagings that are due beside a gradient may begin with it; the next gradient waits for both
//                 [the two loops of a worker of A²CiD²'s authors]
enum class Communication { blocking, overlapped };

struct AvailabilityRules {
  MeetingRules meetings;
  AveragingLaw averagings;  // those that are due beside each gradient
  Communication communication = Communication::blocking;
};

// When both sides of an exchange have heard, from their meeting on.
struct ExchangeTimes {
  double first = 0, second = 0;  // of the worker that came last, and of its partner
};

// Says how long things take, and is told what happens, at non-decreasing times. Each call concerns the present, `now`.
class AvailabilityCourse {
 public:
  virtual ~AvailabilityCourse() = default;
  // The worker begins a gradient. Returns how long it takes.
  virtual double begin(Worker worker, double now) = 0;
  virtual void land(Worker worker, double now) = 0;
  // Both are there; the worker came last. Each tells the other now.
  virtual ExchangeTimes meet(Worker worker, const Pairing::Partner& partner, double now) = 0;
  // The worker has heard: at its meeting, where an exchange takes no time.
  virtual void hear(Worker worker, const Pairing::Partner& from, double now) = 0;
  // What the worker does from now on, as far as its gradients are concerned.
  virtual void occupy(Worker worker, Occupation occupation, double now) = 0;
  // Whether the worker may compute one gradient more; asked for one gradient ahead.
  virtual bool grant(Worker, double /*now*/) { return true; }
  // From the moment that all it waits for is there until the worker begins a gradient, or says that it is available.
  virtual double turnaround(Worker) { return 0; }
  virtual double offering(Worker) { return 0; }
};

// The workers, from time 0 on. Memory is O(workers + edges).
class Availability {
 public:
  // The course and the edges of the rules must outlive it.
  Availability(const AvailabilityRules& rules, AvailabilityCourse& course);

  // All begin, at time 0.
  void start();
  // The time of what comes next; infinity: nothing does.
  double next_time() const { return coming_.empty() ? infinity : coming_.top().time; }
  // Lets it happen.
  void advance();
  // From now on nobody meets: those who wait go on.
  void close(double now);
  // The worker meets nobody any more: it has no neighbours, or they have left for good.
  bool is_alone(Worker worker, double now) const { return pairing_.is_alone(worker, now); }
  // Something is under way: a gradient, or an exchange.
  bool busy() const { return busy_ > 0; }

 private:
  enum class What : std::uint8_t { begin, land, offer, hear, withdraw, retry };
  struct Coming {
    double time;
    std::uint64_t order;  // drawn: decides between equal times
    Worker worker;
    What what;
    bool operator>(const Coming& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };
  struct WorkerState {
    AveragingLaw::Place counts;
    std::uint64_t due = 0;          // averagings
    Pairing::Partner partner = {};  // of the exchange under way
    bool granted = false;           // the next gradient may be computed
    bool computes = false;          // a gradient is under way or about to begin
    bool talks = false;             // between the offer and the end of the exchange
    bool waits = false;             // has offered and not met
    bool exchanges = false;         // has met
    double watched = -1;            // up to which time its leaving is foreseen
    Occupation occupation = Occupation::away;
  };

  void foresee(double time, What what, Worker worker);
  void start_gradient(Worker worker);
  void begin(Worker worker);
  void land(Worker worker);
  void add_due(Worker worker);
  void prepare_offer(Worker worker);
  void offer(Worker worker);
  void make_offers();
  void withdraw(Worker worker);
  void retry(Worker worker);
  void watch(Worker worker);
  void give_up(Worker worker);
  void hear(Worker worker);
  void note_occupation(Worker worker);

  AvailabilityRules rules_;
  AvailabilityCourse& course_;
  Pairing pairing_;
  std::vector<WorkerState> workers_;
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
  std::deque<Worker> offers_;  // who is available now
  std::uint64_t order_ = 0;    // draws so far
  std::uint64_t busy_ = 0;
  bool closed_ = false;
  double now_ = 0;
};

}  // namespace acidsim
