// An objective of one's own: f_i(x) = Σ_k √(1 + (x_k − b_ik)²) − 1 (pseudo-Huber), by which far workers pull no harder than
// near ones; b_ik ~ N(0, 1), gradient noise N(0, noise²) per coordinate.
#include <sim/core/random.hpp>
#include <sim/experiment/plugin_entry.hpp>
using namespace acidsim;

template <class Scalar>
class PseudoHuber final : public SimpleObjective<Scalar> {
 public:
  PseudoHuber(const ObjectiveInput<Scalar>& input, const Values& values)
      : SimpleObjective<Scalar>(values.whole("dimension"), input.workers),
        seed_(input.seed),
        noise_(static_cast<Scalar>(values.number("noise"))) {}
  double worker_loss(Worker i, const Vector<Scalar>& x) const override {
    return ((1 + away(i, x).template cast<double>().array().square()).sqrt() - 1).sum();
  }
  void worker_gradient(Worker i, const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    g = away(i, x);
    g.array() /= (1 + g.array().square()).sqrt();
  }
  void gradient(Worker i, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch&) const override {
    worker_gradient(i, x, g);
    g += noise_ * normals(Purpose::gradient_noise, i, index);
  }
  ObjectiveConstants constants() const override { return {.smoothness = 1.0}; }

 private:
  Vector<Scalar> away(Worker i, const Vector<Scalar>& x) const { return x - normals(Purpose::problem, i, 0); }
  // Draws are addressed by the seed, the worker and the number of its gradient.
  Vector<Scalar> normals(Purpose purpose, Worker i, std::uint64_t index) const {
    Vector<Scalar> drawn(this->dimension());
    Stream(seed_, purpose, i).normals<Scalar>(index, std::span(drawn.data(), drawn.size()));
    return drawn;
  }
  std::uint64_t seed_;
  Scalar noise_;
};

ACIDSIM_EXTENSION(extension) {
  const Parameter noise = {.name = "noise", .default_value = 0.1, .what = "of gradients", .minimum = 0};
  extension.add(OwnObjective{.name = "pseudo_huber",
                             .summary = "f_i(x) = Σ_k √(1 + (x_k − b_ik)²) − 1",
                             .parameters = {dimension_parameter(), noise},
                             .make = objective_of<PseudoHuber>});
}
