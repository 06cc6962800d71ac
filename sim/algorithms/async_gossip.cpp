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
  const auto number = [](double value) { return Matrix<double>::Constant(1, 1, value); };
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .exchange = {.told = number(1), .landing = number(parameters.alpha)}};
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

AlgorithmRow async_gossip_row() {
  const auto parameters_of = [](const Values& values) {
    return AsyncGossipParameters{values.number("alpha")};
  };
  return {.name = "async_gossip",
          .summary =
              "asynchronous gossip SGD: pairs of neighbours average, no momentum between events (the paper's "
              "baseline)",
          .source = "Boyd et al. 2006; Nabli et al. 2023, Eq. 4 with η = 0",
          .equations = {"dx_i = − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij"},
          .parameters = {{.name = "alpha",
                          .what = "α: how far x moves at a communication; auto = ½",
                          .automatic = true,
                          .minimum = 0}},
          .resolve = [](Values& values, const MethodFacts&) { values.resolve("alpha", 0.5); },
          .dynamics = [=](const Values& values) { return async_gossip_dynamics(parameters_of(values)); },
          .fused = ByPrecision<KernelFactory>(
              [=]<class Scalar>(const Values& values, Worker workers, Index dimension) {
                return make_async_gossip_kernel<Scalar>(parameters_of(values), workers, dimension);
              }),
          .sends = "x",
          .fixed_point =
              "biased: on quadratics (γRA + αΛ) E x = γRA b with gradient rates R; γ → 0: the minimiser of Σ "
              "r_i f_i",
          .limit = [=](const Values& values) { return LimitRule{.weight = parameters_of(values).alpha}; },
          .step_limit = [](const Values&, const StepFacts& facts) { return two_over_smoothness(facts); }};
}

}  // namespace acidsim
