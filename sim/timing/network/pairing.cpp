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
      presence_(rules.presence),
      next_opening_(rules.next_opening),
      last_change_(rules.last_change),
      some_leave_for_good_(rules.presence != nullptr && rules.presence->churn().leaves_for_good()),
      starts_(rules.workers + std::size_t{1}, 0),
      meetings_(std::move(meetings)),
      waiting_(rules.workers, 0) {
  const std::span<const WorkerPair> edges = rules.edges;
  const std::size_t n = rules.workers;
  meetings_.resize(n, 0);
  complete_ = rule_ == PairingRule::fifo && !next_opening_ && n > 1 && edges.size() == n * (n - 1) / 2;
  if (rule_ == PairingRule::call) {
    callers_.resize(n);
    called_.resize(n);
  }
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

std::optional<Pairing::Partner> Pairing::first_in_random_order(Worker worker, double now) {
  const std::span<Partner> own =
      std::span(neighbours_)
          .subspan(starts_[worker], starts_[worker + 1] - starts_[worker]);  // shuffled as far as it takes
  Draws draws(Stream(seed_, Purpose::partners, worker), meetings_[worker]);
  for (std::size_t left = own.size(); left > 0; --left) {
    std::swap(own[left - 1], own[draws.below(left)]);
    const Partner& neighbour = own[left - 1];
    if (waiting_[neighbour.worker] != 0 && (!next_opening_ || next_opening_(neighbour.edge, now) == now))
      return neighbour;
  }
  return std::nullopt;
}

std::vector<double> Pairing::reopenings(Worker worker, double now) const {
  std::vector<double> times;
  if (!next_opening_) return times;
  for (const Partner& neighbour : neighbours(worker))
    if (waiting_[neighbour.worker] != 0) times.push_back(next_opening_(neighbour.edge, now));
  return times;
}

std::optional<Pairing::Partner> Pairing::caller_or_called(Worker worker, double now) {
  if (std::deque<Partner>& callers = callers_[worker]; !callers.empty()) {
    const Partner caller = callers.front();
    callers.pop_front();
    return caller;
  }
  const auto own = neighbours(worker);
  const auto is_there = [&](const Partner& neighbour) {
    return presence_ == nullptr || presence_->present(neighbour.worker, now);
  };
  const auto there = static_cast<std::size_t>(std::count_if(own.begin(), own.end(), is_there));
  Draws draws(Stream(seed_, Purpose::partners, worker), meetings_[worker]);
  std::size_t k = draws.below(there > 0 ? there : own.size());
  if (there > 0 && there < own.size())
    for (std::size_t at = 0; at <= k; ++at) k += is_there(own[at]) ? 0 : 1;
  const Partner& called = own[k];
  callers_[called.worker].push_back({worker, called.edge});
  called_[worker] = called.worker;
  return std::nullopt;
}

std::optional<Pairing::Partner> Pairing::choose(Worker worker, double now) {
  if (complete_) return first_of_complete(worker);
  if (rule_ == PairingRule::call) return caller_or_called(worker, now);
  if (rule_ == PairingRule::fifo) return first_in_random_order(worker, now);
  const Partner& partner = whose_turn(worker);
  if (waiting_[partner.worker] != 0 && whose_turn(partner.worker).worker == worker) return partner;
  return std::nullopt;
}

std::optional<Pairing::Partner> Pairing::offer(Worker worker, double now) {
  ACIDSIM_CHECK(waiting_[worker] == 0 && has_neighbours(worker));
  const std::optional<Partner> partner = choose(worker, now);
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

std::optional<Worker> Pairing::called_by(Worker worker) const {
  return rule_ == PairingRule::call && waiting_[worker] != 0 ? std::optional(called_[worker]) : std::nullopt;
}

std::vector<Worker> Pairing::withdraw(Worker worker) {
  if (const auto called = called_by(worker))
    std::erase_if(callers_[*called], [&](const Partner& caller) { return caller.worker == worker; });
  if (first_ == worker) first_.reset();
  waiting_[worker] = 0;
  if (rule_ != PairingRule::call) return {};
  std::vector<Worker> released;
  for (const Partner& caller : callers_[worker]) released.push_back(caller.worker);
  callers_[worker].clear();
  for (const Worker caller : released) waiting_[caller] = 0;
  return released;
}

bool Pairing::is_alone(Worker worker, double now) const {
  const bool edges_go = next_opening_ && now >= last_change_;
  if (!some_leave_for_good_ && !edges_go) return !has_neighbours(worker);
  const auto own = neighbours(worker);
  return std::all_of(own.begin(), own.end(), [&](const Partner& neighbour) {
    return (some_leave_for_good_ && presence_->next_presence(neighbour.worker, now) == infinity) ||
           (edges_go && next_opening_(neighbour.edge, now) == infinity);
  });
}

std::vector<Worker> Pairing::release_lonely(Worker left, double now) {
  std::vector<Worker> released;
  for (const Partner& neighbour : neighbours(left)) {
    if (waiting_[neighbour.worker] == 0 || !is_alone(neighbour.worker, now)) continue;
    withdraw(neighbour.worker);  // nobody there has called it
    released.push_back(neighbour.worker);
  }
  return released;
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
