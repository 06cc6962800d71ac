#include "sim/timing/network/pairing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {

std::vector<std::uint32_t> edge_colours(Worker workers, std::span<const WorkerPair> edges) {
  std::vector<std::vector<bool>> taken(workers);  // per worker and colour
  std::vector<std::size_t> lowest(workers, 0);    // per worker: all smaller colours are taken
  std::vector<std::uint32_t> colours;
  colours.reserve(edges.size());
  for (const auto& [i, j] : edges) {
    const auto has = [&](Worker worker, std::size_t colour) {
      return colour < taken[worker].size() && taken[worker][colour];
    };
    std::size_t colour = std::max(lowest[i], lowest[j]);
    while (has(i, colour) || has(j, colour)) ++colour;
    for (const Worker worker : {i, j}) {
      if (taken[worker].size() <= colour) taken[worker].resize(colour + 1, false);
      taken[worker][colour] = true;
      while (has(worker, lowest[worker])) ++lowest[worker];
    }
    colours.push_back(static_cast<std::uint32_t>(colour));
  }
  return colours;
}

Pairing::Pairing(const MeetingRules& rules, std::vector<std::uint64_t> meetings)
    : seed_(rules.seed),
      rule_(rules.rule),
      starts_(rules.workers + std::size_t{1}, 0),
      meetings_(std::move(meetings)),
      waiting_(rules.workers, 0) {
  const std::span<const WorkerPair> edges = rules.edges;
  const std::size_t n = rules.workers;
  meetings_.resize(n, 0);
  complete_ = rule_ == PairingRule::fifo && n > 1 && edges.size() == n * (n - 1) / 2;
  if (rule_ == PairingRule::call) callers_.resize(n);
  std::vector<std::uint32_t> order(edges.size());
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  if (rule_ == PairingRule::fixed) {
    const std::vector<std::uint32_t> colours = edge_colours(rules.workers, edges);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return colours[a] < colours[b]; });
  }
  for (const auto& [i, j] : edges) {
    ++starts_[i + 1];
    ++starts_[j + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  neighbours_.resize(2 * edges.size());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  for (const std::uint32_t e : order) {
    neighbours_[next[edges[e].i]++] = {edges[e].j, e};
    neighbours_[next[edges[e].j]++] = {edges[e].i, e};
  }
  if (rule_ != PairingRule::fixed)
    for (Worker worker = 0; worker < n; ++worker)
      std::sort(neighbours_.begin() + static_cast<std::ptrdiff_t>(starts_[worker]),
                neighbours_.begin() + static_cast<std::ptrdiff_t>(starts_[worker + 1]),
                [](const Partner& a, const Partner& b) { return a.worker < b.worker; });
}

const Pairing::Partner& Pairing::whose_turn(Worker worker) const {
  const auto own = neighbours(worker);
  return own[meetings_[worker] % own.size()];
}

std::optional<Pairing::Partner> Pairing::first_of_complete(Worker worker) const {
  if (!first_) return std::nullopt;
  return neighbours(worker)[*first_ - (*first_ > worker)];
}

std::optional<Pairing::Partner> Pairing::first_in_random_order(Worker worker) {
  const std::span<Partner> own =
      std::span(neighbours_)
          .subspan(starts_[worker], starts_[worker + 1] - starts_[worker]);  // shuffled as far as it takes
  Draws draws(Stream(seed_, Purpose::partners, worker), meetings_[worker]);
  for (std::size_t left = own.size(); left > 0; --left) {
    std::swap(own[left - 1], own[draws.below(left)]);
    if (waiting_[own[left - 1].worker] != 0) return own[left - 1];
  }
  return std::nullopt;
}

std::optional<Pairing::Partner> Pairing::caller_or_called(Worker worker) {
  if (std::deque<Partner>& callers = callers_[worker]; !callers.empty()) {
    const Partner caller = callers.front();
    callers.pop_front();
    return caller;
  }
  const auto own = neighbours(worker);
  Draws draws(Stream(seed_, Purpose::partners, worker), meetings_[worker]);
  const Partner& called = own[draws.below(own.size())];
  callers_[called.worker].push_back({worker, called.edge});
  return std::nullopt;
}

std::optional<Pairing::Partner> Pairing::choose(Worker worker) {
  if (complete_) return first_of_complete(worker);
  if (rule_ == PairingRule::call) return caller_or_called(worker);
  if (rule_ == PairingRule::fifo) return first_in_random_order(worker);
  const Partner& partner = whose_turn(worker);
  if (waiting_[partner.worker] != 0 && whose_turn(partner.worker).worker == worker) return partner;
  return std::nullopt;
}

std::optional<Pairing::Partner> Pairing::offer(Worker worker) {
  ACIDSIM_CHECK(waiting_[worker] == 0 && has_neighbours(worker));
  const std::optional<Partner> partner = choose(worker);
  if (!partner) {
    waiting_[worker] = ++arrivals_;
    if (complete_) first_ = worker;
    return std::nullopt;
  }
  waiting_[partner->worker] = 0;
  first_.reset();
  ++meetings_[worker];  // both go on to their next meeting
  ++meetings_[partner->worker];
  return partner;
}

std::vector<Worker> Pairing::release() {
  std::vector<Worker> waiting;
  for (Worker worker = 0; worker < waiting_.size(); ++worker)
    if (waiting_[worker] != 0) waiting.push_back(worker);
  std::sort(waiting.begin(), waiting.end(), [&](Worker a, Worker b) { return waiting_[a] < waiting_[b]; });
  for (const Worker worker : waiting) waiting_[worker] = 0;
  for (auto& callers : callers_) callers.clear();
  first_.reset();
  return waiting;
}

AveragingLaw::AveragingLaw(double rate, AveragingCount count, std::uint64_t seed)
    : rate_(rate),
      count_(count),
      seed_(seed),
      table_(std::make_shared<PoissonTable>(rate == 0  ? 1.0
                                            : rate < 1 ? 1.0 / rate
                                                       : rate)) {}

std::uint32_t AveragingLaw::draw(Worker worker, Place& place) const {
  const Stream stream(seed_, Purpose::averagings, worker);
  return (*table_)(open_uniform(stream.bits(place.drawn++).first));
}

std::uint32_t AveragingLaw::next(Worker worker, Place& place) const {
  if (rate_ == 0) return 0;
  if (count_ == AveragingCount::deterministic) {
    const auto k = static_cast<double>(place.gradients++);
    return static_cast<std::uint32_t>(std::floor((k + 1) * rate_) - std::floor(k * rate_));
  }
  if (rate_ >= 1) {
    const std::uint32_t drawn = draw(worker, place);
    if (count_ == AveragingCount::poisson) return drawn;
    place.planned += drawn;
    const std::uint64_t due = std::max(place.done + 1, place.planned) - place.done;
    place.done += due;
    return static_cast<std::uint32_t>(due);
  }
  if (!place.left) place.left = draw(worker, place);
  std::uint32_t due = 0;
  while (*place.left == 0) {
    ++due;
    place.left = draw(worker, place);
  }
  --*place.left;
  return due;
}

}  // namespace acidsim
