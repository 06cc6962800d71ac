// What messages take on their way.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/timing/network/durations.hpp"

namespace acidsim {

// A message of M bytes takes latency + M / bandwidth. Units: of time, and bytes per unit of time.
struct Link {
  double latency = 0;           // ≥ 0
  double bandwidth = infinity;  // > 0
};

// How the mean over all n workers is made, of messages of M bytes over the slowest link:
//     ring   2(n − 1) steps of M / n bytes
//     tree   2⌈log2 n⌉ steps of M bytes
enum class AllReduce { ring, tree };

struct TransferSettings {
  std::vector<Link> links = {Link{}};  // of each edge, or one for all
  bool full_duplex = true;             // both directions of a link at once; else one after the other
  // Messages of one worker go through its network card one after another: it tells k neighbours in the time of k
  // messages (and one latency). Else all at once.
  bool shared_card = true;
  AllReduce all_reduce = AllReduce::ring;
  // Each transfer takes this law's draw times as long.
  DurationLaw law = ConstantDuration{};

  bool instantaneous() const;
};

// An edge of a worker, and which way messages go along it.
struct Way {
  std::uint32_t edge;
  bool hears, tells;
};

// Times of transfers, addressed by (edge, number).
class Transfers {
 public:
  // edges: how many there are. Throws InputError (latency, bandwidth, or as check_law) where a
  // number is out of range or there are neither one link nor as many as edges.
  Transfers(std::uint64_t seed, TransferSettings settings, std::size_t edges);

  bool instantaneous() const { return instantaneous_; }
  bool shared_card() const { return settings_.shared_card; }
  bool full_duplex() const { return settings_.full_duplex; }
  // One message of so many bytes along an edge, number 0, 1, … on it.
  double message(std::uint32_t edge, std::uint64_t number, double bytes) const {
    return instantaneous_ ? 0 : on_link(link(edge), bytes) * draw_(edge, number);
  }
  // Two messages at once, one each way; both land at the end.
  double exchange(std::uint32_t edge, std::uint64_t number, double bytes) const {
    return exchange(edge, number, bytes, bytes);
  }
  double exchange(std::uint32_t edge, std::uint64_t number, double there, double back) const {
    return message(edge, number, settings_.full_duplex ? std::max(there, back) : there + back);
  }
  // The mean of the same.
  double mean_exchange(std::uint32_t edge, double bytes) const {
    return on_link(link(edge), settings_.full_duplex ? bytes : 2 * bytes);
  }
  // One message to each whom a worker tells, and one from each whom it hears, in the mixing with this number; at once where
  // messages are empty.
  double neighbours(std::span<const Way> ways, Worker worker, std::uint64_t number, double bytes) const;
  // The mean over all workers.
  double everyone(Worker workers, std::uint64_t number, double bytes) const;

 private:
  const Link& link(std::uint32_t edge) const {
    return settings_.links[settings_.links.size() == 1 ? 0 : edge];
  }
  static double on_link(const Link& link, double bytes) { return link.latency + bytes / link.bandwidth; }

  TransferSettings settings_;
  bool instantaneous_;
  Link slowest_;
  Durations draw_;
};

}  // namespace acidsim
