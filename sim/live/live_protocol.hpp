// What a live run is by its configuration, apart from what is computed. The run and its forecast read it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/timing/network/pairing.hpp"

namespace acidsim {

struct LiveProtocol {
  Worker workers = 0;
  std::vector<WorkerPair> edges;  // i < j < workers, each once; only these pairs ever average
  double rate = 1.0;              // averagings of a worker for each of its gradients, on average
  PairingRule pairing = PairingRule::fifo;
  AveragingCount averagings = AveragingCount::poisson;
  std::uint64_t seed = 1;                            // of partners and counts
  std::optional<std::uint64_t> gradients = {};       // total over all workers, reached exactly
  std::optional<std::uint64_t> communications = {};  // total over all edges, reached exactly
  std::optional<double> wall_seconds = {};

  // The edges are the protocol's own: it must outlive what reads the rules.
  MeetingRules meetings() const { return {workers, edges, pairing, seed}; }
  AveragingLaw averaging_law() const { return {rate, averagings, seed}; }
};

}  // namespace acidsim
