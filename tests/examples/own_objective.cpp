// An objective of one's own: f_i(x) = Σ_k √(1 + (x_k − b_ik)²) − 1 (pseudo-Huber), by which far workers pull no harder than
// near ones; b_ik ~ N(0, spread²), gradient noise N(0, noise²) per coordinate.
#include <sim/core/random.hpp>
#include <sim/experiment/plugin_entry.hpp>

template <class Scalar>
class PseudoHuber final : public acidsim::SimpleObjective<Scalar> {
 public:
  using Vector = acidsim::Vector<Scalar>;

  PseudoHuber(const acidsim::ObjectiveInput<Scalar>& input, const acidsim::Values& values)
      : acidsim::SimpleObjective<Scalar>(values.whole("dimension"), input.workers),
        input_(input),
        values_(values) {}

  void worker_gradient(acidsim::Worker worker, const Vector& x, Vector& g) const override {
    const auto away = (x - centre(worker)).array().eval();
    g = away / (1 + away.square()).sqrt();
  }
  double worker_loss(acidsim::Worker worker, const Vector& x) const override {
    return ((1 + (x - centre(worker)).array().template cast<double>().square()).sqrt() - 1).sum();
  }
  // Draws are addressed by the seed, the worker and the number of its gradient.
  void gradient(acidsim::Worker worker, std::uint64_t index, const Vector& x, Vector& g,
                acidsim::GradientScratch&) const override {
    worker_gradient(worker, x, g);
    g += normals("noise", acidsim::Purpose::gradient_noise, worker, index);
  }
  acidsim::ObjectiveConstants constants() const override { return {.smoothness = 1.0}; }

 private:
  Vector centre(acidsim::Worker worker) const {
    return normals("spread", acidsim::Purpose::problem, worker, 0);
  }
  Vector normals(const char* scale, acidsim::Purpose purpose, acidsim::Worker worker,
                 std::uint64_t index) const {
    Vector drawn(this->dimension());
    acidsim::Stream(input_.seed, purpose, worker)
        .normals<Scalar>(index, std::span(drawn.data(), drawn.size()));
    return static_cast<Scalar>(values_.number(scale)) * drawn;
  }

  acidsim::ObjectiveInput<Scalar> input_;
  acidsim::Values values_;
};

ACIDSIM_EXTENSION(extension) {
  extension.add(acidsim::OwnObjective{
      .name = "pseudo_huber",
      .summary = "f_i(x) = Σ_k √(1 + (x_k − b_ik)²) − 1",
      .parameters =
          {acidsim::dimension_parameter(),
           {.name = "spread", .default_value = 1.0, .what = "standard deviation of the b_ik", .minimum = 0},
           {.name = "noise",
            .default_value = 0.1,
            .what = "standard deviation of the gradient noise, per coordinate",
            .minimum = 0}},
      .make = acidsim::objective_of<PseudoHuber>});
}
