// The rules by which live workers meet: who averages with whom, and how often.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/types.hpp"
#include "sim/timing/clock_checks.hpp"

namespace acidsim {

// What a live run is by its configuration, apart from what is computed. The run and its forecast read it.
struct LiveProtocol {
  Worker workers = 0;
  std::vector<WorkerPair> edges;          // i < j < workers, each once; only these pairs ever average
  double rate = 1.0;                      // averagings of a worker for each of its gradients, on average
  bool deterministic_neighbor = false;    // fixed order of partners instead of the first who is free
  bool deterministic_averagings = false;  // mean counts instead of Poisson draws
  std::uint64_t seed = 1;                 // of partners and counts
  std::optional<std::uint64_t> gradients = {};       // total over all workers, reached exactly
  std::optional<std::uint64_t> communications = {};  // total over all edges, reached exactly
  std::optional<double> wall_seconds = {};
};

// A proper edge colouring, greedy in the order given: edges that share a worker differ. At most 2Δ − 1
// colours for the largest degree Δ; an even cycle in order round gets 2.
std::vector<std::uint32_t> edge_colours(Worker workers, std::span<const WorkerPair> edges);

// Joins workers who say that they are available. On the complete graph the first two; else a worker takes the
// first available one among its neighbours, in an order drawn anew each time, or waits. With
// deterministic_neighbor a worker goes round its edges in the order of their colours, and waits for the one
// whose turn it is: whoever waits does so for a worker that stands at an earlier (round, colour), so that
// workers who keep coming never wait in a circle.
class Pairing {
 public:
  // `meetings`: of each worker, so far; empty where none has met anyone yet.
  explicit Pairing(const LiveProtocol& protocol, std::vector<std::uint64_t> meetings = {});

  // The worker is available. Returns its partner, who waited and no longer does, or nothing: it waits. It
  // must not wait already.
  std::optional<Worker> offer(Worker worker);
  // Those who wait, in the order in which they came. Nobody waits afterwards.
  std::vector<Worker> release();
  bool has_neighbours(Worker worker) const { return starts_[worker] != starts_[worker + 1]; }

 private:
  std::span<const Worker> neighbours(Worker worker) const {
    return std::span(neighbours_).subspan(starts_[worker], starts_[worker + 1] - starts_[worker]);
  }
  Worker wanted(Worker worker) const;  // deterministic_neighbor: whose turn it is
  std::optional<Worker> choose(Worker worker);

  std::uint64_t seed_;
  bool fixed_, complete_ = false;
  std::vector<std::size_t> starts_;  // workers + 1
  std::vector<Worker> neighbours_;   // of each worker in turn; in order of colour where fixed
  std::vector<std::uint64_t> meetings_;
  std::vector<std::uint64_t> waiting_;  // per worker: 0, or the place in the order of arrival, from 1
  std::uint64_t arrivals_ = 0;
  std::optional<Worker> first_;  // complete graph: who waits
  std::vector<Worker> order_;    // scratch
};

// How many averagings a worker owes beside each of its gradients, in order. rate ≥ 1: Poisson(rate);
// rate < 1: Poisson(1/rate) gradients between two averagings; deterministic: ⌊(k+1)·rate⌋ − ⌊k·rate⌋ beside
// gradient k.
class AveragingCounts {
 public:
  // The smallest and largest rates that can be drawn, besides 0 = never.
  static constexpr double smallest_rate = 1e-6, largest_rate = 1e6;

  AveragingCounts(const LiveProtocol& protocol, Worker worker);
  std::uint32_t next();

 private:
  std::uint32_t draw();

  double rate_;
  bool deterministic_;
  PoissonTable table_;
  Stream stream_;
  std::uint64_t drawn_ = 0, gradient_ = 0;
  std::uint32_t left_ = 0;  // rate < 1: gradients before the next averaging
};

}  // namespace acidsim
