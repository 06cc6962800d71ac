#include "sim/algorithms/generic_kernel.hpp"

#include <stdexcept>
#include <unsupported/Eigen/MatrixFunctions>
#include <vector>

#include "sim/algorithms/state_block.hpp"

namespace acidsim {
namespace {

constexpr int max_vectors = 16;
constexpr Index tile = 64;  // coordinates handled at a time, on the stack

template <class Scalar>
class GenericKernel final : public Kernel<Scalar> {
 public:
  GenericKernel(const Dynamics& dynamics, Worker workers, Index dimension)
      : dynamics_(dynamics),
        flows_(!dynamics.flow.isZero(0.0)),
        dimension_(dimension),
        states_(workers, dynamics.size(), dimension),
        last_(workers, 0.0) {
    if (dynamics.size() > max_vectors)
      throw std::logic_error("generic kernel: more than 16 vectors per worker");
  }

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return dynamics_.size(); }
  std::size_t bytes() const override { return states_.bytes() + last_.size() * sizeof(double); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (int a = 0; a < vectors(); ++a) std::copy_n(x.data(), dimension_, states_.vector(worker, a));
    last_[worker] = 0.0;
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    if (!flows_) {
      std::copy_n(states_.vector(worker, a), dimension_, out.data());
      return;
    }
    const Matrix<double> flow = flow_over(time - last_[worker]);
    for (Index k = 0; k < dimension_; ++k) {
      double sum = 0;
      for (int b = 0; b < vectors(); ++b)
        sum += flow(a, b) * static_cast<double>(states_.vector(worker, b)[k]);
      out[static_cast<std::size_t>(k)] = static_cast<Scalar>(sum);
    }
  }

  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    advance(worker, time);
    for (Index k = 0; k < dimension_; ++k) {
      const double landed = learning_rate * static_cast<double>(direction[k]) +
                            combined(dynamics_.gradient_feedback, worker, k);
      for (int a = 0; a < vectors(); ++a) add(worker, a, k, dynamics_.gradient_landing[a] * landed);
    }
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    Vector<double> weights = dynamics_.exchanged;
    if (flows_) weights = flow_over(time - last_[worker]).transpose() * weights;
    for (Index k = 0; k < dimension_; ++k)
      out[static_cast<std::size_t>(k)] = static_cast<Scalar>(combined(weights, worker, k));
  }

  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    advance(worker, time);
    land(worker, own, peer);
  }

  double save(Worker worker, std::span<Scalar> out) const override {
    states_.copy_out(worker, out);
    return last_[worker];
  }

  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    states_.copy_in(worker, stored);
    last_[worker] = time;
  }

  void apply(std::span<const Event> events, GradientSource<Scalar>* gradients) override {
    for (const Event& event : events) {
      if (event.kind == EventKind::communication) {
        exchange(event);
      } else if (gradients != nullptr) {
        gradients->model.resize(dimension_);
        gradients->direction.resize(dimension_);
        read(event.i, 0, event.time, {gradients->model.data(), static_cast<std::size_t>(dimension_)});
        const double learning_rate = gradients->evaluate(event);
        step(event.i, event.time, learning_rate, gradients->direction);
      }
    }
  }

 private:
  Matrix<double> flow_over(double elapsed) const {
    const Matrix<double> generator = dynamics_.flow * elapsed;
    return generator.exp();
  }

  // Σ_a weights_a S_a at coordinate k.
  double combined(const Vector<double>& weights, Worker worker, Index k) const {
    double sum = 0;
    for (int a = 0; a < vectors(); ++a) sum += weights[a] * static_cast<double>(states_.vector(worker, a)[k]);
    return sum;
  }

  void add(Worker worker, int a, Index k, double change) {
    Scalar& value = states_.vector(worker, a)[k];
    value = static_cast<Scalar>(static_cast<double>(value) + change);
  }

  void exchange(const Event& event) {
    std::vector<Scalar> told_by_i(static_cast<std::size_t>(dimension_)), told_by_j(told_by_i.size());
    tell(event.i, event.time, told_by_i);
    tell(event.j, event.time, told_by_j);
    hear(event.i, event.time, told_by_i, told_by_j);
    hear(event.j, event.time, told_by_j, told_by_i);
  }

  void land(Worker worker, std::span<const Scalar> own, std::span<const Scalar> peer) {
    for (Index k = 0; k < dimension_; ++k) {
      const auto at = static_cast<std::size_t>(k);
      const double difference = static_cast<double>(own[at]) - static_cast<double>(peer[at]);
      for (int a = 0; a < vectors(); ++a) add(worker, a, k, -dynamics_.communication_landing[a] * difference);
    }
  }

  // Brings the worker's state to `time`: S ← e^{A s} S, a tile of coordinates at a time.
  void advance(Worker worker, double time) {
    const double elapsed = time - last_[worker];
    last_[worker] = time;
    if (!flows_ || elapsed == 0.0) return;
    const Matrix<double> flow = flow_over(elapsed);
    double flowed[max_vectors][tile];
    for (Index start = 0; start < dimension_; start += tile) {
      const Index count = std::min(tile, dimension_ - start);
      for (int a = 0; a < vectors(); ++a) {
        std::fill_n(flowed[a], count, 0.0);
        for (int b = 0; b < vectors(); ++b) {
          const Scalar* stored = states_.vector(worker, b) + start;
          const double weight = flow(a, b);
          for (Index k = 0; k < count; ++k) flowed[a][k] += weight * static_cast<double>(stored[k]);
        }
      }
      for (int a = 0; a < vectors(); ++a) {
        Scalar* stored = states_.vector(worker, a) + start;
        for (Index k = 0; k < count; ++k) stored[k] = static_cast<Scalar>(flowed[a][k]);
      }
    }
  }

  Dynamics dynamics_;
  bool flows_;
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;  // per worker: the time of its state
};

}  // namespace

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_generic_kernel(const Dynamics& dynamics, Worker workers,
                                                    Index dimension) {
  return std::make_unique<GenericKernel<Scalar>>(dynamics, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_generic_kernel<float>(const Dynamics&, Worker, Index);
template std::unique_ptr<Kernel<double>> make_generic_kernel<double>(const Dynamics&, Worker, Index);

}  // namespace acidsim
