#include "sim/live/pairing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {

std::vector<std::uint32_t> edge_colours(Worker workers, std::span<const WorkerPair> edges) {
  std::vector<std::vector<bool>> taken(workers);  // per worker and colour
  std::vector<std::uint32_t> colours;
  colours.reserve(edges.size());
  for (const auto& [i, j] : edges) {
    const auto has = [&](Worker worker, std::size_t colour) {
      return colour < taken[worker].size() && taken[worker][colour];
    };
    std::size_t colour = 0;
    while (has(i, colour) || has(j, colour)) ++colour;
    for (const Worker worker : {i, j}) {
      if (taken[worker].size() <= colour) taken[worker].resize(colour + 1, false);
      taken[worker][colour] = true;
    }
    colours.push_back(static_cast<std::uint32_t>(colour));
  }
  return colours;
}

Pairing::Pairing(const LiveProtocol& protocol, std::vector<std::uint64_t> meetings)
    : seed_(protocol.seed),
      fixed_(protocol.deterministic_neighbor),
      starts_(protocol.workers + std::size_t{1}, 0),
      meetings_(std::move(meetings)),
      waiting_(protocol.workers, 0) {
  const std::vector<WorkerPair>& edges = protocol.edges;
  const std::size_t n = protocol.workers;
  meetings_.resize(n, 0);
  complete_ = !fixed_ && n > 1 && edges.size() == n * (n - 1) / 2;
  std::vector<std::size_t> order(edges.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (fixed_) {
    const std::vector<std::uint32_t> colours = edge_colours(protocol.workers, edges);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return colours[a] < colours[b]; });
  }
  for (const auto& [i, j] : edges) {
    ++starts_[i + 1];
    ++starts_[j + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  neighbours_.resize(2 * edges.size());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  for (const std::size_t e : order) {
    neighbours_[next[edges[e].i]++] = edges[e].j;
    neighbours_[next[edges[e].j]++] = edges[e].i;
  }
}

Worker Pairing::wanted(Worker worker) const {
  const auto own = neighbours(worker);
  return own[meetings_[worker] % own.size()];
}

std::optional<Worker> Pairing::choose(Worker worker) {
  if (complete_) return first_;
  if (fixed_) {
    const Worker partner = wanted(worker);
    if (waiting_[partner] != 0 && wanted(partner) == worker) return partner;
    return std::nullopt;
  }
  const auto own = neighbours(worker);
  order_.assign(own.begin(), own.end());
  Draws(Stream(seed_, Purpose::live_partners, worker), meetings_[worker]).shuffle(std::span(order_));
  for (const Worker neighbour : order_)
    if (waiting_[neighbour] != 0) return neighbour;
  return std::nullopt;
}

std::optional<Worker> Pairing::offer(Worker worker) {
  ACIDSIM_CHECK(waiting_[worker] == 0 && has_neighbours(worker));
  const std::optional<Worker> partner = choose(worker);
  if (!partner) {
    waiting_[worker] = ++arrivals_;
    if (complete_) first_ = worker;
    return std::nullopt;
  }
  waiting_[*partner] = 0;
  first_.reset();
  ++meetings_[worker];  // both go on to their next meeting
  ++meetings_[*partner];
  return partner;
}

std::vector<Worker> Pairing::release() {
  std::vector<Worker> waiting;
  for (Worker worker = 0; worker < waiting_.size(); ++worker)
    if (waiting_[worker] != 0) waiting.push_back(worker);
  std::sort(waiting.begin(), waiting.end(), [&](Worker a, Worker b) { return waiting_[a] < waiting_[b]; });
  for (const Worker worker : waiting) waiting_[worker] = 0;
  first_.reset();
  return waiting;
}

AveragingCounts::AveragingCounts(const LiveProtocol& protocol, Worker worker)
    : rate_(protocol.rate),
      deterministic_(protocol.deterministic_averagings),
      table_(protocol.rate == 0  ? 1.0
             : protocol.rate < 1 ? 1.0 / protocol.rate
                                 : protocol.rate),
      stream_(protocol.seed, Purpose::live_averagings, worker) {
  if (rate_ > 0 && rate_ < 1 && !deterministic_) left_ = draw();
}

std::uint32_t AveragingCounts::draw() { return table_(open_uniform(stream_.bits(drawn_++).first)); }

std::uint32_t AveragingCounts::next() {
  if (rate_ == 0) return 0;
  if (deterministic_) {
    const auto k = static_cast<double>(gradient_++);
    return static_cast<std::uint32_t>(std::floor((k + 1) * rate_) - std::floor(k * rate_));
  }
  if (rate_ >= 1) return draw();
  std::uint32_t due = 0;
  while (left_ == 0) {
    ++due;
    left_ = draw();
  }
  --left_;
  return due;
}

}  // namespace acidsim
