// How matrix products are cut into blocks.
#pragma once

#include <Eigen/Core>

namespace acidsim {

// Eigen cuts matrix products by the caches of the machine at hand; with fixed sizes the order of summation, and so the
// last bits of a run, are the same on every machine. Whoever computes products that enter a state calls this before.
inline void fix_product_blocking() {
  static const bool once = (Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20), true);
  static_cast<void>(once);
}

}  // namespace acidsim
