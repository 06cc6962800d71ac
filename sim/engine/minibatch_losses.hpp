// The losses of the minibatches of gradients, summed since the last record: what a run can tell of its loss for free.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// By worker, so that the sums are the same whoever adds them: a worker's own are added in the order of its gradients, and
// the workers' in the order of their numbers. Threads may add at the same time for different workers.
class MinibatchLosses {
 public:
  explicit MinibatchLosses(Worker workers) : sums_(workers), counts_(workers) {}

  void add(Worker worker, double loss) {
    sums_[worker] += loss;
    ++counts_[worker];
  }
  // Nothing where there was no gradient.
  std::optional<double> mean() const {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sum += sums_[i];
      count += static_cast<double>(counts_[i]);
    }
    return count > 0 ? std::optional(sum / count) : std::nullopt;
  }
  void clear() {
    sums_.assign(sums_.size(), 0);
    counts_.assign(counts_.size(), 0);
  }

  // Of all workers, for checkpoints.
  std::vector<double>& sums() { return sums_; }
  std::vector<std::uint64_t>& counts() { return counts_; }
  const std::vector<double>& sums() const { return sums_; }
  const std::vector<std::uint64_t>& counts() const { return counts_; }

  // What one worker has, as bytes for another process.
  void save(Worker worker, std::string& text) const {
    text.append(reinterpret_cast<const char*>(&sums_[worker]), sizeof(double));
    text.append(reinterpret_cast<const char*>(&counts_[worker]), sizeof(std::uint64_t));
  }
  static constexpr std::size_t saved = sizeof(double) + sizeof(std::uint64_t);
  void restore(Worker worker, const char* bytes) {
    std::memcpy(&sums_[worker], bytes, sizeof(double));
    std::memcpy(&counts_[worker], bytes + sizeof(double), sizeof(std::uint64_t));
  }

 private:
  std::vector<double> sums_;
  std::vector<std::uint64_t> counts_;
};

}  // namespace acidsim
