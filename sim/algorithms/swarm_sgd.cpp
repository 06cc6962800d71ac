#include "sim/algorithms/swarm_sgd.hpp"

#include "sim/algorithms/async_gossip.hpp"

namespace acidsim {

Dynamics swarm_sgd_dynamics(SwarmVariant variant) {
  if (variant == SwarmVariant::blocking) return async_gossip_dynamics({.alpha = 0.5});
  return {.vectors = {"x", "s"},
          .initial = Eigen::Vector2d(1, 1),
          .point = Eigen::Vector2d(1, 0),
          .gradient = {.landing = Eigen::Vector2d(-1, 0)},
          .exchange = {.told = Eigen::RowVector2d(0, 1), .landing = Eigen::Vector2d(0.5, 0.5)},
          .exchange_kept = Eigen::Matrix2d{{1, 0}, {1, 0}}};
}

AlgorithmRow swarm_sgd_row() {
  const auto variant_of = [](const Values& values) {
    return values.text("variant") == "blocking" ? SwarmVariant::blocking : SwarmVariant::non_blocking;
  };
  return {
      .name = "swarm_sgd",
      .summary = "local steps between averagings of random pairs, which wait for the partner or do not",
      .source = "Nadiradze et al. 2021",
      .equations =
          {"gradient: x_i ← x_i − γ ∇F_i(x_i, ξ)", "communication, blocking: x_i, x_j ← (x_i + x_j)/2",
           "communication, non_blocking: x_i ← (s_i + s_j)/2 + (x_i − s_i), s_i ← x_i, the same for j"},
      .parameters =
          {{.name = "variant",
            .kind = Parameter::Kind::text,
            .default_value = std::string("non_blocking"),
            .what = "blocking = the pair averages its models; non_blocking = the models as they were after "
                    "each worker's last communication, and each keeps its own steps since",
            .choices = {"blocking", "non_blocking"}},
           {.name = "local_steps",
            .default_value = 1.0,
            .what =
                "H: the clocks of communications run H times slower than communication_rate says, so that "
                "at equal rates a worker makes a geometric number of gradients, H in the mean, between its "
                "averagings",
            .minimum = 0,
            .above_minimum = true,
            .maximum = 1e6}},
      .dynamics = [=](const Values& values) { return swarm_sgd_dynamics(variant_of(values)); },
      .fused =
          ByPrecision<KernelFactory>([=]<class Scalar>(const Values& values, Worker workers,
                                                       Index dimension) -> std::unique_ptr<Kernel<Scalar>> {
            if (variant_of(values) == SwarmVariant::non_blocking) return nullptr;
            return make_async_gossip_kernel<Scalar>({.alpha = 0.5}, workers, dimension);
          }),
      .slowdown = [](const Values& values) { return values.number("local_steps"); },
      .sends = "x (blocking) or s (non_blocking)",
      .fixed_point =
          "biased; on quadratics, blocking, (γRA + ½Λ) E x = γRA b with gradient rates R; γ → 0: "
          "the minimiser of Σ r_i f_i"};
}

}  // namespace acidsim
