#include "sim/algorithms/async_gossip.hpp"

#include "sim/algorithms/fused_kernel.hpp"

namespace acidsim {
namespace {

// One vector per worker and no flow. Products and sums are fused explicitly, as for A²CiD².
template <class Scalar>
class AsyncGossipMotion {
 public:
  static constexpr int vectors = 1;
  static constexpr double growth = 1;

  explicit AsyncGossipMotion(const AsyncGossipParameters& parameters)
      : alpha_(static_cast<Scalar>(parameters.alpha)) {}

  double decay_rate() const { return 0.0; }

  void start(const Scalar* x, Scalar* state, Index, Index count) const { std::copy_n(x, count, state); }

  void read(int, Scalar, const Scalar* x, Index, Index count, Scalar* out) const {
    std::copy_n(x, count, out);
  }

  void step(Scalar rate, const Scalar* __restrict p, Scalar* __restrict x, Index, Index count) const {
    for (Index k = 0; k < count; ++k) x[k] = multiply_add(rate, p[k], x[k]);
  }

  void exchange(Scalar, Scalar* __restrict xi, Scalar, Scalar* __restrict xj, Index, Index count) const {
    const Scalar alpha = alpha_;
    for (Index k = 0; k < count; ++k) {
      const Scalar difference = xi[k] - xj[k];
      xi[k] = multiply_add(-alpha, difference, xi[k]);
      xj[k] = multiply_add(alpha, difference, xj[k]);
    }
  }

  void land(Scalar, const Scalar* __restrict own, const Scalar* __restrict peer, Scalar* __restrict x, Index,
            Index count) const {
    const Scalar alpha = alpha_;
    for (Index k = 0; k < count; ++k) x[k] = multiply_add(-alpha, own[k] - peer[k], x[k]);
  }

 private:
  Scalar alpha_;
};

}  // namespace

Dynamics async_gossip_dynamics(const AsyncGossipParameters& parameters) {
  Dynamics dynamics;
  dynamics.vectors = {"x"};
  dynamics.flow = Matrix<double>::Zero(1, 1);
  dynamics.gradient_landing = Vector<double>::Constant(1, -1.0);
  dynamics.gradient_feedback = Vector<double>::Zero(1);
  dynamics.communication_landing = Vector<double>::Constant(1, parameters.alpha);
  dynamics.exchanged = Vector<double>::Ones(1);
  return dynamics;
}

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_async_gossip_kernel(const AsyncGossipParameters& parameters,
                                                         Worker workers, Index dimension) {
  return std::make_unique<FusedKernel<Scalar, AsyncGossipMotion<Scalar>>>(
      AsyncGossipMotion<Scalar>(parameters), workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_async_gossip_kernel<float>(const AsyncGossipParameters&, Worker,
                                                                        Index);
template std::unique_ptr<Kernel<double>> make_async_gossip_kernel<double>(const AsyncGossipParameters&,
                                                                          Worker, Index);

}  // namespace acidsim
