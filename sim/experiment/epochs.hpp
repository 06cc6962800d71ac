// What an epoch is: one look at every training row, by all workers together.
#pragma once

#include <cmath>
#include <optional>

namespace acidsim {

// Gradients of all workers together that make an epoch: ⌊rows/batch⌋, as in the reference implementation, whose
// rest of an incomplete batch is left out. 1 where a batch takes all rows (batch 0) or more than there are. Nothing
// where there are no training rows: an objective without data has no epochs.
inline std::optional<double> gradients_per_epoch(double rows, double batch) {
  if (rows <= 0.0) return std::nullopt;
  if (batch <= 0.0 || rows < batch) return 1.0;
  return std::floor(rows / batch);
}

}  // namespace acidsim
