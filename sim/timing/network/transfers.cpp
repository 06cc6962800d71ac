#include "sim/timing/network/transfers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

TransferSettings checked_links(TransferSettings settings, std::size_t edges) {
  if (settings.links.size() != 1 && settings.links.size() != edges)
    throw InputError("",
                     fmt::format("has links for {} edges, and there are {}", settings.links.size(), edges),
                     "", "one number, or one for each edge");
  for (const Link& link : settings.links) {
    if (!(link.latency >= 0 && link.latency < infinity))
      throw InputError("latency", "out of range", fmt::format("{:g}", link.latency),
                       "a finite number ≥ 0, in units of time");
    if (!(link.bandwidth > 0))
      throw InputError("bandwidth", "out of range", fmt::format("{:g}", link.bandwidth),
                       "a number > 0, in bytes per unit of time; null = no limit");
  }
  return settings;
}

}  // namespace

bool TransferSettings::instantaneous() const {
  return std::all_of(links.begin(), links.end(),
                     [](const Link& link) { return link.latency == 0 && link.bandwidth == infinity; });
}

Transfers::Transfers(std::uint64_t seed, TransferSettings settings, std::size_t edges)
    : settings_(checked_links(std::move(settings), edges)),
      instantaneous_(settings_.instantaneous()),
      draw_(seed, Purpose::transfers, settings_.law, static_cast<Worker>(edges)) {
  for (const Link& link : settings_.links) {
    slowest_.latency = std::max(slowest_.latency, link.latency);
    slowest_.bandwidth = std::min(slowest_.bandwidth, link.bandwidth);
  }
}

double Transfers::neighbours(std::span<const Way> ways, Worker worker, std::uint64_t number,
                             double bytes) const {
  if (instantaneous_ || ways.empty() || bytes == 0) return 0;
  double latency = 0, heard = 0, told = 0, longest = 0;
  for (const auto& [edge, hears, tells] : ways) {
    const double one = bytes / link(edge).bandwidth;
    heard += hears ? one : 0;
    told += tells ? one : 0;
    latency = std::max(latency, link(edge).latency);
    longest = std::max(longest, link(edge).latency + (hears && tells && !full_duplex() ? 2 * one : one));
  }
  const double card = full_duplex() ? std::max(heard, told) : heard + told;
  return (shared_card() ? latency + card : longest) * draw_(worker, number);
}

double Transfers::everyone(Worker workers, std::uint64_t number, double bytes) const {
  if (instantaneous_ || workers < 2 || bytes == 0) return 0;
  const double n = workers;
  const double time = settings_.all_reduce == AllReduce::ring
                          ? 2 * (n - 1) * (slowest_.latency + bytes / (n * slowest_.bandwidth))
                          : 2 * std::bit_width(workers - 1) * (slowest_.latency + bytes / slowest_.bandwidth);
  return time * draw_(0, number);
}

}  // namespace acidsim
