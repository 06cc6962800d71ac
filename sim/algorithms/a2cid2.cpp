#include "sim/algorithms/a2cid2.hpp"

#include <cmath>
#include <vector>

#include "sim/algorithms/state_block.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// Vector 0 of the block is u, vector 1 is v as of `mixed_[worker]`. Products and sums are fused explicitly,
// so that a value does not depend on how the compiler vectorised the loop around it.
template <class Scalar>
class A2cid2Kernel final : public Kernel<Scalar> {
 public:
  A2cid2Kernel(const A2cid2Parameters& parameters, Worker workers, Index dimension)
      : decay_(-2.0 * parameters.eta),
        u_landing_(static_cast<Scalar>((parameters.alpha + parameters.alpha_tilde) / 2)),
        v_landing_(static_cast<Scalar>((parameters.alpha - parameters.alpha_tilde) / 2)),
        dimension_(dimension),
        states_(workers, 2, dimension),
        mixed_(workers, 0.0) {}

  Worker workers() const override { return static_cast<Worker>(mixed_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return 2; }
  std::size_t bytes() const override { return states_.bytes() + mixed_.size() * sizeof(double); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    std::copy_n(x.data(), dimension_, states_.vector(worker, 0));
    std::fill_n(states_.vector(worker, 1), dimension_, Scalar{0});
    mixed_[worker] = 0.0;
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    const Scalar factor = a == 0 ? decayed(worker, time) : -decayed(worker, time);
    const Scalar* __restrict u = states_.vector(worker, 0);
    const Scalar* __restrict v = states_.vector(worker, 1);
    Scalar* __restrict result = out.data();
    for (Index k = 0; k < dimension_; ++k) result[k] = multiply_add(factor, v[k], u[k]);
  }

  void step(Worker worker, double, double learning_rate, const Vector<Scalar>& direction) override {
    const auto rate = static_cast<Scalar>(-learning_rate);
    const Scalar* __restrict p = direction.data();
    Scalar* __restrict u = states_.vector(worker, 0);
    for (Index k = 0; k < dimension_; ++k) u[k] = multiply_add(rate, p[k], u[k]);
  }

  void communicate(std::span<const Event> events) override {
    for (const Event& event : events) {
      const Scalar decay_i = decayed(event.i, event.time), decay_j = decayed(event.j, event.time);
      mixed_[event.i] = mixed_[event.j] = event.time;
      exchange(decay_i, states_.vector(event.i, 0), states_.vector(event.i, 1), decay_j,
               states_.vector(event.j, 0), states_.vector(event.j, 1));
    }
  }

 private:
  // e^{−2ηs}, s = time since v of the worker was last brought up to date.
  Scalar decayed(Worker worker, double time) const {
    return static_cast<Scalar>(fast_exp(decay_ * (time - mixed_[worker])));
  }

  void exchange(Scalar decay_i, Scalar* __restrict ui, Scalar* __restrict vi, Scalar decay_j,
                Scalar* __restrict uj, Scalar* __restrict vj) const {
    const Scalar cu = u_landing_, cv = v_landing_;
    for (Index k = 0; k < dimension_; ++k) {
      const Scalar difference =  // x_i − x_j
          multiply_add(-decay_j, vj[k], multiply_add(decay_i, vi[k], ui[k] - uj[k]));
      ui[k] = multiply_add(-cu, difference, ui[k]);
      uj[k] = multiply_add(cu, difference, uj[k]);
      vi[k] = multiply_add(-cv, difference, decay_i * vi[k]);
      vj[k] = multiply_add(cv, difference, decay_j * vj[k]);
    }
  }

  double decay_;  // −2η
  Scalar u_landing_, v_landing_;
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> mixed_;  // per worker: the time of its v
};

}  // namespace

A2cid2Parameters a2cid2_parameters(const GraphConstants& graph) {
  return {.eta = 1.0 / (2.0 * std::sqrt(graph.chi_1 * graph.chi_2)),
          .alpha = 0.5,
          .alpha_tilde = 0.5 * std::sqrt(graph.chi_1 / graph.chi_2)};
}

Dynamics a2cid2_dynamics(const A2cid2Parameters& parameters) {
  const double eta = parameters.eta;
  Dynamics dynamics;
  dynamics.vectors = {"x", "x_tilde"};
  dynamics.flow = (Matrix<double>(2, 2) << -eta, eta, eta, -eta).finished();
  dynamics.gradient_landing = Eigen::Vector2d(-1, -1);
  dynamics.gradient_feedback = Eigen::Vector2d(0, 0);
  dynamics.communication_landing = Eigen::Vector2d(parameters.alpha, parameters.alpha_tilde);
  dynamics.exchanged = Eigen::Vector2d(1, 0);
  return dynamics;
}

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_a2cid2_kernel(const A2cid2Parameters& parameters, Worker workers,
                                                   Index dimension) {
  return std::make_unique<A2cid2Kernel<Scalar>>(parameters, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_a2cid2_kernel<float>(const A2cid2Parameters&, Worker, Index);
template std::unique_ptr<Kernel<double>> make_a2cid2_kernel<double>(const A2cid2Parameters&, Worker, Index);

}  // namespace acidsim
