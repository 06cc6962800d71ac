#include "sim/algorithms/choco_pairwise.hpp"

#include "sim/algorithms/async_gossip.hpp"

namespace acidsim {

AlgorithmRow choco_pairwise_row() {
  return {
      .name = "choco_pairwise",
      .summary = "CHOCO on pairwise events: gossip with compressed messages and public copies for each edge",
      .source = "after Koloskova, Stich, Jaggi 2019",
      .equations = {"gradient: x_i ← x_i − γ ∇F_i(x_i, ξ)",
                    "communication on the edge e of i and j: x̂_i ← x̂_i + Q(x_i − x̂_i), x̂_j ← x̂_j + Q(x_j "
                    "− x̂_j), then x_i ← x_i − ε (x̂_i − x̂_j), x_j ← x_j − ε (x̂_j − x̂_i); x̂_i and x̂_j are "
                    "those of e"},
      .parameters =
          {{.name = "consensus_step",
            .default_value = 0.5,
            .what = "ε: how far two workers move towards each other's public copy; ½ averages where all "
                    "coordinates travel, and a codec that keeps little needs less",
            .minimum = 0,
            .maximum = 1}},
      .dynamics =
          [](const Values& values) { return async_gossip_dynamics({values.number("consensus_step")}); },
      .compresses = true,
      .sends = "Q(x − x̂) each way; each worker keeps 2 vectors x̂ for each of its edges",
      .fixed_point = "biased, as async_gossip"};
}

}  // namespace acidsim
