// Memory whose alignment never varies.
#pragma once

#include <cstddef>
#include <memory>

namespace acidsim {

// Numbers, uninitialised, from a multiple of 64 bytes on. Eigen groups the terms of a sum by the alignment of
// its operands: only where that is fixed are results the same, bit for bit, from one call to the next.
class AlignedArray {
 public:
  AlignedArray() = default;
  explicit AlignedArray(std::size_t size) : lines_(std::make_unique_for_overwrite<Line[]>(size / 8 + 1)) {}
  double* get() const { return lines_ ? lines_[0].values : nullptr; }

 private:
  struct alignas(64) Line {
    double values[8];
  };
  std::unique_ptr<Line[]> lines_;
};

}  // namespace acidsim
