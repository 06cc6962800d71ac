#include "sim/algorithms/async_gossip.hpp"

#include "sim/algorithms/state_block.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// One vector per worker and no flow. Products and sums are fused explicitly, as in the A²CiD² kernel.
template <class Scalar>
class AsyncGossipKernel final : public Kernel<Scalar> {
 public:
  AsyncGossipKernel(const AsyncGossipParameters& parameters, Worker workers, Index dimension)
      : landing_(static_cast<Scalar>(parameters.alpha)),
        workers_(workers),
        dimension_(dimension),
        states_(workers, 1, dimension) {}

  Worker workers() const override { return workers_; }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return 1; }
  std::size_t bytes() const override { return states_.bytes(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    std::copy_n(x.data(), dimension_, states_.vector(worker, 0));
  }

  void read(Worker worker, int, double, std::span<Scalar> out) const override {
    std::copy_n(states_.vector(worker, 0), dimension_, out.data());
  }

  void step(Worker worker, double, double learning_rate, const Vector<Scalar>& direction) override {
    const auto rate = static_cast<Scalar>(-learning_rate);
    const Scalar* __restrict p = direction.data();
    Scalar* __restrict x = states_.vector(worker, 0);
    for (Index k = 0; k < dimension_; ++k) x[k] = multiply_add(rate, p[k], x[k]);
  }

  void communicate(std::span<const Event> events) override {
    for (const Event& event : events) exchange(states_.vector(event.i, 0), states_.vector(event.j, 0));
  }

 private:
  void exchange(Scalar* __restrict xi, Scalar* __restrict xj) const {
    const Scalar alpha = landing_;
    for (Index k = 0; k < dimension_; ++k) {
      const Scalar difference = xi[k] - xj[k];
      xi[k] = multiply_add(-alpha, difference, xi[k]);
      xj[k] = multiply_add(alpha, difference, xj[k]);
    }
  }

  Scalar landing_;
  Worker workers_;
  Index dimension_;
  StateBlock<Scalar> states_;
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
  return std::make_unique<AsyncGossipKernel<Scalar>>(parameters, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_async_gossip_kernel<float>(const AsyncGossipParameters&, Worker,
                                                                        Index);
template std::unique_ptr<Kernel<double>> make_async_gossip_kernel<double>(const AsyncGossipParameters&,
                                                                          Worker, Index);

}  // namespace acidsim
