// The local optimizer in the order of operations of PyTorch (clip_grad_norm_, then SGD), in long double.
#pragma once

#include <cmath>
#include <vector>

namespace acidsim::reference {

using Real = long double;
using Reals = std::vector<Real>;

struct SlowOptimizer {
  Real momentum = 0, weight_decay = 0;
  Real clip_norm = 0;  // 0 = none
  Reals buffer;        // of one worker; empty before the first step

  Reals direction(const Reals& x, Reals g) {
    Real squares = 0;
    for (const Real value : g) squares += value * value;
    const Real norm = std::sqrt(squares);
    if (clip_norm > 0 && norm > clip_norm) {
      for (Real& value : g) value = value / norm * clip_norm;
    }
    for (std::size_t k = 0; k < g.size(); ++k) g[k] = g[k] + weight_decay * x[k];
    if (momentum == 0) return g;
    if (buffer.empty()) {
      buffer = g;
    } else {
      for (std::size_t k = 0; k < g.size(); ++k) buffer[k] = momentum * buffer[k] + g[k];
    }
    return buffer;
  }
};

}  // namespace acidsim::reference
