#include "sim/algorithms/a2cid2.hpp"

#include <cmath>
#include <stdexcept>

#include "sim/algorithms/a2cid2_orders.hpp"
#include "sim/algorithms/chi_course.hpp"
#include "sim/algorithms/fused_kernel.hpp"

namespace acidsim {
namespace {

// Vector 0 is u, vector 1 is v. Products and sums are fused explicitly, so that a value does not depend on
// how the compiler vectorised the loop around it.
template <class Scalar>
class A2cid2Motion {
 public:
  static constexpr int vectors = 2;
  static constexpr double growth = 2;  // |x|, |x̃| ≤ |u| + |v|

  explicit A2cid2Motion(const A2cid2Parameters& parameters)
      : decay_rate_(2.0 * parameters.eta),
        u_landing_(static_cast<Scalar>((parameters.alpha + parameters.alpha_tilde) / 2)),
        v_landing_(static_cast<Scalar>((parameters.alpha - parameters.alpha_tilde) / 2)) {}

  double decay_rate() const { return decay_rate_; }

  void start(const Scalar* x, Scalar* state, Index stride, Index count) const {
    std::copy_n(x, count, state);
    std::fill_n(state + stride, count, Scalar{0});
  }

  void read(int a, Scalar decay, const Scalar* __restrict u, Index stride, Index count,
            Scalar* __restrict out) const {
    const Scalar factor = a == 0 ? decay : -decay;
    const Scalar* __restrict v = u + stride;
    for (Index k = 0; k < count; ++k) out[k] = multiply_add(factor, v[k], u[k]);
  }

  void step(Scalar rate, const Scalar* __restrict p, Scalar* __restrict u, Index, Index count) const {
    for (Index k = 0; k < count; ++k) u[k] = multiply_add(rate, p[k], u[k]);
  }

  void exchange(Scalar decay_i, Scalar* __restrict ui, Scalar decay_j, Scalar* __restrict uj, Index stride,
                Index count) const {
    exchange(decay_i, ui, ui + stride, decay_j, uj, uj + stride, count);
  }

  void land(Scalar decay, const Scalar* __restrict own, const Scalar* __restrict peer, Scalar* __restrict u,
            Index stride, Index count) const {
    const Scalar cu = u_landing_, cv = v_landing_;
    Scalar* __restrict v = u + stride;
    for (Index k = 0; k < count; ++k) {
      const Scalar difference = own[k] - peer[k];
      u[k] = multiply_add(-cu, difference, u[k]);
      v[k] = multiply_add(-cv, difference, decay * v[k]);
    }
  }

 private:
  void exchange(Scalar decay_i, Scalar* __restrict ui, Scalar* __restrict vi, Scalar decay_j,
                Scalar* __restrict uj, Scalar* __restrict vj, Index count) const {
    const Scalar cu = u_landing_, cv = v_landing_;
    for (Index k = 0; k < count; ++k) {
      const Scalar u_i = ui[k], v_i = vi[k], u_j = uj[k], v_j = vj[k];
      const Scalar difference =
          multiply_add(decay_i, v_i, u_i) - multiply_add(decay_j, v_j, u_j);  // x_i − x_j
      ui[k] = multiply_add(-cu, difference, u_i);
      uj[k] = multiply_add(cu, difference, u_j);
      vi[k] = multiply_add(-cv, difference, decay_i * v_i);
      vj[k] = multiply_add(cv, difference, decay_j * v_j);
    }
  }

  double decay_rate_;  // 2η
  Scalar u_landing_, v_landing_;
};

}  // namespace

A2cid2Parameters a2cid2_parameters(const GraphConstants& graph) {
  return {.eta = 1.0 / (2.0 * std::sqrt(graph.chi_1 * graph.chi_2)),
          .alpha = 0.5,
          .alpha_tilde = 0.5 * std::sqrt(graph.chi_1 / graph.chi_2)};
}

Dynamics a2cid2_dynamics(const A2cid2Parameters& parameters) {
  const double eta = parameters.eta;
  return {.vectors = {"x", "x_tilde"},
          .initial = Eigen::Vector2d(1, 1),
          .flow = Eigen::Matrix2d{{-eta, eta}, {eta, -eta}},
          .point = Eigen::Vector2d(1, 0),
          .gradient = {.landing = Eigen::Vector2d(-1, -1)},
          .exchange = {.told = Eigen::RowVector2d(1, 0),
                       .landing = Eigen::Vector2d(parameters.alpha, parameters.alpha_tilde)}};
}

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_a2cid2_kernel(const A2cid2Parameters& parameters, Worker workers,
                                                   Index dimension, ExchangeOrder order) {
  if (order != ExchangeOrder::sde)
    return make_a2cid2_stepwise_kernel<Scalar>(parameters, order, workers, dimension);
  return std::make_unique<FusedKernel<Scalar, A2cid2Motion<Scalar>>>(A2cid2Motion<Scalar>(parameters),
                                                                     workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_a2cid2_kernel<float>(const A2cid2Parameters&, Worker, Index,
                                                                  ExchangeOrder);
template std::unique_ptr<Kernel<double>> make_a2cid2_kernel<double>(const A2cid2Parameters&, Worker, Index,
                                                                    ExchangeOrder);

namespace {

A2cid2Parameters parameters_of(const Values& values) {
  return {values.number("eta"), values.number("alpha"), values.number("alpha_tilde")};
}

ExchangeOrder order_of(const Values& values) {
  const std::string& name = values.text("exchange_order");
  if (name == "sde") return ExchangeOrder::sde;
  if (name == "paper_algorithm") return ExchangeOrder::paper_algorithm;
  if (name == "reference") return ExchangeOrder::reference;
  throw std::logic_error("no exchange order " + name);
}

// Where the workers are not connected (χ infinite) the limits are η = 0 and, by convention, α̃ = α.
A2cid2Parameters theory_of(const GraphConstants& graph) {
  return std::isfinite(graph.chi_1) ? a2cid2_parameters(graph) : A2cid2Parameters{};
}

// By the theory at each time, but for what is given.
A2cid2Course course_of(const Values& values) {
  const ChiCourse chis = ChiCourse::of(values);
  std::vector<A2cid2Parameters> parameters;
  for (const GraphConstants& graph : chis.graphs) {
    A2cid2Parameters& now = parameters.emplace_back(parameters_of(values));
    const A2cid2Parameters theory = theory_of(graph);
    if (values.automatic("eta")) now.eta = theory.eta;
    if (values.automatic("alpha_tilde")) now.alpha_tilde = theory.alpha_tilde;
  }
  return {chis.starts, std::move(parameters), chis.period};
}

void resolve_a2cid2(Values& values, const MethodFacts& facts) {
  const A2cid2Parameters theory = facts.graph != nullptr ? theory_of(*facts.graph) : A2cid2Parameters{};
  values.resolve("eta", theory.eta);
  values.resolve("alpha", theory.alpha);
  values.resolve("alpha_tilde", theory.alpha_tilde);
}

}  // namespace

AlgorithmRow a2cid2_row() {
  return {
      .name = "a2cid2",
      .summary = "gossip SGD accelerated by a continuous momentum x̃ between the events",
      .source = "Nabli et al. 2023, Eq. 4, Prop. 3.6",
      .equations = {"dx_i = η (x̃_i − x_i) dt − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij",
                    "dx̃_i = η (x_i − x̃_i) dt − γ ∇F_i(x_i, ξ) dN_i − α̃ Σ_j (x_i − x_j) dM_ij"},
      .parameters =
          {{.name = "eta",
            .what = "η: mixing rate of x and x̃ per unit time; auto = 1/(2√(χ1χ2))",
            .automatic = true,
            .minimum = 0,
            .maximum = 1e9},
           {.name = "alpha",
            .what = "α: how far x moves at a communication; auto = ½",
            .automatic = true,
            .minimum = 0},
           {.name = "alpha_tilde",
            .what = "α̃: how far x̃ moves at a communication; auto = ½√(χ1/χ2)",
            .automatic = true,
            .minimum = 0},
           {.name = "exchange_order",
            .kind = Parameter::Kind::text,
            .default_value = std::string("sde"),
            .what =
                "within a communication: sde = both mix, then take the difference; paper_algorithm = the "
                "difference of the unmixed x, then both mix; reference = the unmixed x is sent, the receiver "
                "mixes and takes the difference to its own mixed x (the means move). The equations are those "
                "of sde",
            .choices = {"sde", "paper_algorithm", "reference"}},
           {.name = "chi",
            .kind = Parameter::Kind::text,
            .default_value = std::string("mean"),
            .what = "whose χ1 and χ2 the theory's values follow where the graph changes: mean = those of the "
                    "mean "
                    "Laplacian, once for all times; stale = of the first graph, for ever; oracle = of the "
                    "graph in "
                    "force, which is plain gossip where it is not connected; re_estimated = of the rates "
                    "counted in "
                    "the last window of time, the first graph's before, and kept where those edges do not "
                    "connect "
                    "all workers",
            .choices = {"mean", "stale", "oracle", "re_estimated"}},
           {.name = "chi_window",
            .default_value = 20.0,
            .what = "of re_estimated: the length of a window, in units of time",
            .minimum = 0,
            .above_minimum = true,
            .maximum = 1e9}},
      .needs_spectrum =
          [](const Values& values) { return values.automatic("eta") || values.automatic("alpha_tilde"); },
      .resolve = resolve_a2cid2,
      .dynamics = [](const Values& values) { return a2cid2_dynamics(parameters_of(values)); },
      .follows_dynamics = [](const Values& values) { return order_of(values) == ExchangeOrder::sde; },
      .fused = ByPrecision<KernelFactory>([]<class Scalar>(const Values& values, Worker workers,
                                                           Index dimension) {
        if (ChiCourse::is_in(values))
          return make_a2cid2_stepwise_kernel<Scalar>(course_of(values), order_of(values), workers, dimension);
        return make_a2cid2_kernel<Scalar>(parameters_of(values), workers, dimension, order_of(values));
      }),
      .sends = "x",
      .fixed_point =
          "biased: on quadratics (γRA + ½(α + α̃)Λ) E x = γRA b with gradient rates R; γ → 0: the minimiser "
          "of Σ r_i f_i",
      .limit = [](const Values& values) -> std::optional<LimitRule> {
        if (order_of(values) != ExchangeOrder::sde || values.text("chi") == "re_estimated")
          return std::nullopt;
        const A2cid2Parameters p = parameters_of(values);
        return LimitRule{.weight = (p.alpha + p.alpha_tilde) / 2};
      }};
}

}  // namespace acidsim
