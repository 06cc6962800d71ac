#include "sim/metrics/spread.hpp"

#include "sim/metrics/sums.hpp"

namespace acidsim {
namespace {

// If D is a smaller share of Q than this, D is summed directly and not taken from the difference.
constexpr double least_share = 1e-3;

}  // namespace

template <class Scalar>
void Spread<Scalar>::measure(const StateView<Scalar>& states, int a) {
  const Index d = states.dimension();
  const auto workers = static_cast<double>(states.workers());
  mean.setZero(d);
  state_.resize(d);
  const std::span<Scalar> state(state_.data(), static_cast<std::size_t>(d));
  states.read(0, a, state);
  reference_ = state_.template cast<double>();
  double from_reference = 0;  // Q
  for (Worker worker = 1; worker < states.workers(); ++worker) {
    states.read(worker, a, state);
    from_reference += add_difference(state_.data(), reference_.data(), mean.data(), d);
  }
  squares = from_reference - mean.squaredNorm() / workers;
  mean = reference_ + mean / workers;
  read_twice = from_reference > 0 && !(squares >= least_share * from_reference);
  if (!read_twice) return;
  squares = 0;
  for (Worker worker = 0; worker < states.workers(); ++worker) {
    states.read(worker, a, state);
    squares += squared_distance(state_.data(), mean.data(), d);
  }
}

template struct Spread<float>;
template struct Spread<double>;

}  // namespace acidsim
