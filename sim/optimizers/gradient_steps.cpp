#include "sim/optimizers/gradient_steps.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/core/vector_math.hpp"

namespace acidsim {

template <class Scalar>
void clip(const Clipping& clipping, Vector<Scalar>& gradient) {
  if (!clipping.limit) return;
  const double norm = gradient.template cast<double>().norm();  // in double: squares of floats overflow early
  const double reached = norm + clipping.epsilon;
  if (reached > *clipping.limit) gradient *= static_cast<Scalar>(*clipping.limit / reached);
}

std::vector<Range> decayed_parts(Index dimension, std::span<const ParameterBlock> blocks,
                                 std::span<const BlockRole> excluded) {
  if (excluded.empty()) return {{0, dimension}};
  if (blocks.empty()) throw std::logic_error("weight decay: nothing tells the pieces of the model apart");
  std::vector<Range> parts;
  for (const ParameterBlock& block : blocks) {
    if (std::ranges::find(excluded, block.role) != excluded.end()) continue;
    if (!parts.empty() && parts.back().first + parts.back().count == block.offset)
      parts.back().count += block.size();
    else
      parts.push_back({block.offset, block.size()});
  }
  return parts;
}

template <class Scalar>
void add_decay(double decay, std::span<const Range> parts, const Vector<Scalar>& x,
               Vector<Scalar>& gradient) {
  if (decay == 0.0) return;
  for (const Range& part : parts)
    gradient.segment(part.first, part.count) +=
        static_cast<Scalar>(decay) * x.segment(part.first, part.count);
}

template <class Scalar>
void add_momentum(double momentum, bool nesterov, std::span<Scalar> buffer, Vector<Scalar>& gradient) {
  const auto factor = static_cast<Scalar>(momentum);
  Scalar* __restrict b = buffer.data();
  Scalar* __restrict g = gradient.data();
  const Index size = gradient.size();
  if (nesterov) {
    for (Index k = 0; k < size; ++k) {
      b[k] = multiply_add(factor, b[k], g[k]);
      g[k] = multiply_add(factor, b[k], g[k]);
    }
  } else {
    for (Index k = 0; k < size; ++k) g[k] = b[k] = multiply_add(factor, b[k], g[k]);
  }
}

template void clip(const Clipping&, Vector<float>&);
template void clip(const Clipping&, Vector<double>&);
template void add_decay(double, std::span<const Range>, const Vector<float>&, Vector<float>&);
template void add_decay(double, std::span<const Range>, const Vector<double>&, Vector<double>&);
template void add_momentum(double, bool, std::span<float>, Vector<float>&);
template void add_momentum(double, bool, std::span<double>, Vector<double>&);

}  // namespace acidsim
