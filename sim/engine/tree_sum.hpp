// A sum of many vectors whose bits depend on their number and order alone, not on who adds them.
#pragma once

#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Adds vectors one after another along a fixed binary tree: blocks of 2^k vectors are complete sums of their
// own, and what is left over is joined from the right. Memory: about log2(number of vectors) vectors of
// doubles.
template <class Scalar>
class TreeSum {
 public:
  explicit TreeSum(std::size_t size) : size_(size) {}

  void add(std::span<const Scalar> values) {
    std::vector<double> sum;
    if (!spare_.empty()) {
      sum.swap(spare_.back());
      spare_.pop_back();
    }
    sum.assign(values.begin(), values.end());
    std::uint64_t joined = 1;
    for (; !blocks_.empty() && blocks_.back().count == joined; joined *= 2) {
      join(blocks_.back().sum, sum);
      sum.swap(blocks_.back().sum);
      spare_.push_back(std::move(blocks_.back().sum));
      blocks_.pop_back();
    }
    blocks_.push_back({joined, std::move(sum)});
    ++count_;
  }

  // out ← the sum divided by the number of vectors.
  void mean(std::span<Scalar> out) const {
    std::vector<double> sum(size_, 0.0);
    bool first = true;
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
      if (first) {
        sum = block->sum;
      } else {
        std::vector<double> left = block->sum;
        join(left, sum);
        sum.swap(left);
      }
      first = false;
    }
    for (std::size_t k = 0; k < size_; ++k)
      out[k] = static_cast<Scalar>(sum[k] / static_cast<double>(count_));
  }

 private:
  struct Block {
    std::uint64_t count;  // vectors in it, a power of two
    std::vector<double> sum;
  };

  // left ← left + right.
  static void join(std::vector<double>& left, const std::vector<double>& right) {
    for (std::size_t k = 0; k < left.size(); ++k) left[k] += right[k];
  }

  std::size_t size_;
  std::vector<Block> blocks_;               // the largest first
  std::vector<std::vector<double>> spare_;  // memory of sums that were joined
  std::uint64_t count_ = 0;
};

}  // namespace acidsim
