#include "sim/engine/staleness.hpp"

#include <algorithm>

namespace acidsim {
namespace {

constexpr std::uint64_t most_small = 1 << 16;

}  // namespace

void Staleness::watch(const Event& event, std::uint64_t landed, Worker workers, bool reads_early) {
  if (reads_.empty()) reads_.assign(workers, 0);
  std::uint64_t& read = reads_[event.i];
  if (event.verb == Verb::step || (reads_early && event.verb == Verb::gradient)) add(landed - read, 1);
  if (event.verb == Verb::read) read = landed;
  if (lands_gradient(event.verb)) read = landed + 1;
}

void Staleness::add(std::uint64_t staleness, std::uint64_t gradients) {
  if (staleness < most_small) {
    if (staleness >= small_.size()) small_.resize(std::max<std::uint64_t>(staleness + 1, 2 * small_.size()));
    small_[staleness] += gradients;
  } else {
    large_[staleness] += gradients;
  }
  sum_ += staleness * gradients;
  maximum_ = std::max(maximum_, staleness);
}

double Staleness::mean(std::uint64_t gradients) const {
  return gradients == 0 ? 0.0 : static_cast<double>(sum_) / static_cast<double>(gradients);
}

std::map<std::uint64_t, std::uint64_t> Staleness::histogram(std::uint64_t gradients) const {
  std::map<std::uint64_t, std::uint64_t> all = large_;
  std::uint64_t stale = 0;
  for (std::uint64_t s = 1; s < small_.size(); ++s)
    if (small_[s] > 0) all[s] = small_[s];
  for (const auto& [staleness, count] : all) stale += count;
  if (gradients > stale) all[0] = gradients - stale;
  return all;
}

Staleness::Summary Staleness::summary(std::uint64_t gradients) const {
  Summary result{mean(gradients), 0, maximum_};
  const std::uint64_t most_above = gradients / 100;  // 1 %, rounded down
  std::uint64_t not_above = 0;
  for (const auto& [staleness, count] : histogram(gradients)) {
    result.percentile_99 = staleness;
    not_above += count;
    if (gradients - not_above <= most_above) break;
  }
  return result;
}

std::vector<std::uint64_t> Staleness::counted() const {
  std::vector<std::uint64_t> pairs;
  for (const auto& [staleness, count] : histogram(0)) pairs.insert(pairs.end(), {staleness, count});
  return pairs;
}

void Staleness::restore(std::vector<std::uint64_t> reads, std::span<const std::uint64_t> counted) {
  *this = {};
  reads_ = std::move(reads);
  for (std::size_t k = 0; k + 1 < counted.size(); k += 2) add(counted[k], counted[k + 1]);
}

}  // namespace acidsim
