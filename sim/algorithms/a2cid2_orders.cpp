#include "sim/algorithms/a2cid2_orders.hpp"

#include <vector>

#include "sim/algorithms/state_block.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class A2cid2StepwiseKernel final : public Kernel<Scalar> {
 public:
  A2cid2StepwiseKernel(const A2cid2Course& course, ExchangeOrder order, Worker workers, Index dimension)
      : course_(course),
        order_(order),
        dimension_(dimension),
        states_(workers, 2, dimension),
        last_(workers, 0.0) {}

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return 2; }
  std::size_t bytes() const override { return states_.bytes() + last_.size() * sizeof(double); }
  double bound() const override { return states_.largest(); }  // mixing is a mean of x and x̃

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (const int a : {0, 1}) std::copy_n(x.data(), dimension_, states_.vector(worker, a));
    last_[worker] = 0.0;
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    const Scalar p = mixed_part(worker, time);
    const Scalar* const kept = states_.vector(worker, a);
    const Scalar* const other = states_.vector(worker, 1 - a);
    for (Index k = 0; k < dimension_; ++k)
      out[static_cast<std::size_t>(k)] = multiply_add(p, other[k] - kept[k], kept[k]);
  }

  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    const Scalar p = mixed_part(worker, time);
    const auto rate = static_cast<Scalar>(-learning_rate);
    Scalar* const x = states_.vector(worker, 0);
    Scalar* const y = states_.vector(worker, 1);
    for (Index k = 0; k < dimension_; ++k) {
      flow(p, x[k], y[k]);
      x[k] = multiply_add(rate, direction[k], x[k]);
      y[k] = multiply_add(rate, direction[k], y[k]);
    }
    last_[worker] = time;
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    if (order_ == ExchangeOrder::sde) return read(worker, 0, time, out);
    std::copy_n(states_.vector(worker, 0), dimension_, out.data());
  }

  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    const Scalar p = mixed_part(worker, time);
    const A2cid2Parameters& parameters = course_.at(time);
    const auto alpha = static_cast<Scalar>(parameters.alpha),
               alpha_tilde = static_cast<Scalar>(parameters.alpha_tilde);
    Scalar* const x = states_.vector(worker, 0);
    Scalar* const y = states_.vector(worker, 1);
    for (Index k = 0; k < dimension_; ++k) {
      const auto at = static_cast<std::size_t>(k);
      flow(p, x[k], y[k]);
      const Scalar difference = (order_ == ExchangeOrder::reference ? x[k] : own[at]) - peer[at];
      x[k] = multiply_add(-alpha, difference, x[k]);
      y[k] = multiply_add(-alpha_tilde, difference, y[k]);
    }
    last_[worker] = time;
  }

  double save(Worker worker, std::span<Scalar> out) const override {
    states_.copy_out(worker, out);
    return last_[worker];
  }

  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    states_.copy_in(worker, stored);
    last_[worker] = time;
  }

 private:
  // x ← x + p (x̃ − x) and the other way round is the flow since the last event: p = (1 − e^{−2∫η})/2.
  Scalar mixed_part(Worker worker, double time) const {
    return static_cast<Scalar>(0.5 * (1.0 - fast_exp(-2.0 * course_.mixing(last_[worker], time))));
  }

  static void flow(Scalar p, Scalar& x, Scalar& y) {
    const Scalar from_x = x, from_y = y;
    x = multiply_add(p, from_y - from_x, from_x);
    y = multiply_add(p, from_x - from_y, from_y);
  }

  A2cid2Course course_;
  ExchangeOrder order_;
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;  // per worker: the time of its last event
};

}  // namespace

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_a2cid2_stepwise_kernel(const A2cid2Course& course, ExchangeOrder order,
                                                            Worker workers, Index dimension) {
  return std::make_unique<A2cid2StepwiseKernel<Scalar>>(course, order, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_a2cid2_stepwise_kernel<float>(const A2cid2Course&, ExchangeOrder,
                                                                           Worker, Index);
template std::unique_ptr<Kernel<double>> make_a2cid2_stepwise_kernel<double>(const A2cid2Course&,
                                                                             ExchangeOrder, Worker, Index);

}  // namespace acidsim
