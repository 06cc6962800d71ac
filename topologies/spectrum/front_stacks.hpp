// Memory for the fronts that exist at the same time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "topologies/spectrum/aligned_array.hpp"
#include "topologies/spectrum/supernodes.hpp"

namespace acidsim {

// A front is an array of size × size. In postorder, each is pushed by its first child or, without children,
// for itself, and popped when its parent has what it needs; backwards, each is pushed for itself and popped
// after its last child. A front and its parent's are on different stacks, so that either can go first.
class FrontStacks {
 public:
  explicit FrontStacks(const Supernodes& s) : sizes_(s.size), parity_(depth_parity(s)) {
    const auto entries = cost(s).stack_entries;
    for (std::size_t k = 0; k < 2; ++k) {
      stack_[k] = AlignedArray(static_cast<std::size_t>(entries[k]));
    }
  }

  double* push(std::size_t s) {
    used_[parity_[s]] += entries(s);
    return top(s);
  }
  double* top(std::size_t s) const { return stack_[parity_[s]].get() + used_[parity_[s]] - entries(s); }
  void pop(std::size_t s) { used_[parity_[s]] -= entries(s); }

 private:
  std::int64_t entries(std::size_t s) const { return std::int64_t{sizes_[s]} * sizes_[s]; }

  const std::vector<Vertex>& sizes_;
  std::vector<std::uint8_t> parity_;
  std::array<AlignedArray, 2> stack_;
  std::array<std::int64_t, 2> used_{};
};

}  // namespace acidsim
