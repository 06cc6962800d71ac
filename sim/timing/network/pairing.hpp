// The rules by which workers meet: who averages with whom, and how often.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/types.hpp"
#include "sim/timing/network/presence.hpp"

namespace acidsim {

// How a worker that is available finds its partner.
//     fifo    the first available one among its neighbours, in an order drawn anew each time; else it waits. On the
//             complete graph the first two who are available. [The coordinator of A²CiD²'s authors.]
//     call    it draws one neighbour and waits for it to be available too; but whoever is called already answers first,
//             in order of the calls. So nobody waits in a circle: who would close it is called by another in it.
//     fixed   its partners take turns, in the order of a proper edge colouring, and it waits for the one whose turn it
//             is. [AD-PSGD's implementation, where the graph is bipartite.]
enum class PairingRule { fifo, call, fixed };

// Who may meet, and how they find each other.
struct MeetingRules {
  Worker workers = 0;
  std::span<const WorkerPair> edges;  // i < j < workers, each once; only these pairs ever meet
  PairingRule rule = PairingRule::fifo;
  std::uint64_t seed = 1;
  const Presence* presence = nullptr;  // who is away is not called; null: all are always there
  // fifo: the first time ≥ `time` at which this edge can be used. Empty: each always can.
  std::function<double(std::uint32_t edge, double time)> next_opening = {};
  double last_change =
      infinity;  // from when on edges that are closed stay so for ever; failures do not count
};

// A proper edge colouring, greedy in the order given: edges that share a worker differ. At most 2Δ − 1
// colours for the largest degree Δ; an even cycle in order round gets 2.
std::vector<std::uint32_t> edge_colours(Worker workers, std::span<const WorkerPair> edges);

// Joins workers who say that they are available. With `fixed` whoever waits does so for a worker that stands at an
// earlier (round, colour), so that workers who keep coming never wait in a circle.
class Pairing {
 public:
  // `meetings`: of each worker, so far; empty where none has met anyone yet.
  explicit Pairing(const MeetingRules& rules, std::vector<std::uint64_t> meetings = {});

  struct Partner {
    Worker worker;
    std::uint32_t edge;  // position in MeetingRules::edges
  };
  // The worker is available. Returns its partner, who waited and no longer does, or nothing: it waits. It
  // must not wait already. `now`: the time, on which only presence and open edges depend.
  std::optional<Partner> offer(Worker worker, double now = 0);
  // When edges open to those who wait beside this worker, which waits too.
  std::vector<double> reopenings(Worker worker, double now) const;
  // call: whom the worker has called, if it waits for an answer.
  std::optional<Worker> called_by(Worker worker) const;
  // The worker leaves: it waits no longer. Returns who had called it: they wait no longer either.
  std::vector<Worker> withdraw(Worker worker);
  // Those who wait, in the order in which they came. Nobody waits afterwards.
  std::vector<Worker> release();
  bool has_neighbours(Worker worker) const { return starts_[worker] != starts_[worker + 1]; }
  // It has no neighbours, or they have left for good, or its edges to them are closed for good.
  bool is_alone(Worker worker, double now) const;
  // Those who wait and are alone, of the neighbours of a worker that has left for good. They wait no longer.
  std::vector<Worker> release_lonely(Worker left, double now);

 private:
  std::span<const Partner> neighbours(Worker worker) const {
    return std::span(neighbours_).subspan(starts_[worker], starts_[worker + 1] - starts_[worker]);
  }
  const Partner& whose_turn(Worker worker) const;  // fixed
  std::optional<Partner> choose(Worker worker, double now);
  std::optional<Partner> first_of_complete(Worker worker) const;
  std::optional<Partner> first_in_random_order(Worker worker, double now);
  std::optional<Partner> caller_or_called(Worker worker, double now);

  std::uint64_t seed_;
  PairingRule rule_;
  const Presence* presence_;
  std::function<double(std::uint32_t, double)> next_opening_;
  double last_change_;
  bool some_leave_for_good_;
  bool complete_ = false;            // and fifo
  std::vector<std::size_t> starts_;  // workers + 1
  std::vector<Partner>
      neighbours_;  // of each worker in turn; in order of colour where fixed, ascending where complete
  std::vector<std::uint64_t> meetings_;
  std::vector<std::uint64_t> waiting_;  // per worker: 0, or the place in the order of arrival, from 1
  std::uint64_t arrivals_ = 0;
  std::optional<Worker> first_;               // complete graph: who waits
  std::vector<Worker> called_;                // call: whom each worker called last
  std::vector<std::deque<Partner>> callers_;  // call: who has called a worker and waits, in order
};

// How many averagings are due beside each gradient, of `rate` on average.
//     poisson        rate ≥ 1: Poisson(rate); rate < 1: Poisson(1/rate) gradients between two averagings
//     deterministic  ⌊(k+1)·rate⌋ − ⌊k·rate⌋ beside gradient k
//     reference      as the implementation of A²CiD²'s authors counts: rate ≥ 1: Poisson(rate) is added to what should
//                    have been done so far, and what is missing is due, but one averaging at least; so k gradients have
//                    k + max_j (T_j − j) averagings at rate 1, T the sums of the draws. rate < 1: as poisson
enum class AveragingCount { poisson, deterministic, reference };

class AveragingLaw {
 public:
  // The smallest and largest rates that can be drawn, besides 0 = never.
  static constexpr double smallest_rate = 1e-6, largest_rate = 1e6;

  AveragingLaw(double rate, AveragingCount count, std::uint64_t seed);

  // Where a worker stands in its counts.
  struct Place {
    std::uint64_t drawn = 0, gradients = 0;
    std::uint64_t planned = 0, done = 0;     // reference: averagings
    std::optional<std::uint32_t> left = {};  // rate < 1: gradients before the next averaging
  };
  // Beside the worker's next gradient.
  std::uint32_t next(Worker worker, Place& place) const;

 private:
  std::uint32_t draw(Worker worker, Place& place) const;

  double rate_;
  AveragingCount count_;
  std::uint64_t seed_;
  std::shared_ptr<const PoissonTable> table_;
};

// The counts of one worker, in order.
class AveragingCounts {
 public:
  AveragingCounts(AveragingLaw law, Worker worker) : law_(std::move(law)), worker_(worker) {}
  std::uint32_t next() { return law_.next(worker_, place_); }

 private:
  AveragingLaw law_;
  Worker worker_;
  AveragingLaw::Place place_;
};

}  // namespace acidsim
