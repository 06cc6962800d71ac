#include "sim/algorithms/push_sum.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/algorithms/tiles.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

Dynamics push_sum_dynamics(bool running_sums) {
  const Matrix<double> one = Matrix<double>::Ones(1, 1), half = Matrix<double>::Constant(1, 1, 0.5);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .send = {.kept = half, .told = half, .landing = one, .running_sums = running_sums},
          .weights = 1};
}

namespace {

// x⁺ = P x, or where messages are under way for rounds: x⁺ = p_ii x + (what lands next), and the others move up.
Dynamics::Mixing pushed_round(int overlap) {
  const Index m = std::max(overlap, 1);
  const Matrix<double> first = Matrix<double>::Identity(m, 1);
  Dynamics::Mixing round{.told = first.transpose(),
                         .landing = Vector<double>::Unit(m, m - 1),
                         .kept = Matrix<double>::Zero(m, m),
                         .company = Company::pushed};
  if (m == 1) return round;
  round.kept.diagonal(1).setOnes();
  round.own_share = first;
  return round;
}

}  // namespace

Dynamics push_sum_in_rounds(int overlap) {
  const Index m = std::max(overlap, 1);
  const Vector<double> first = Vector<double>::Unit(m, 0);
  std::vector<std::string> vectors = {"x"};
  for (Index a = 1; a < m; ++a) vectors.push_back(fmt::format("under_way_{}", a));
  return {.vectors = std::move(vectors),
          .initial = first,
          .point = first,
          .gradient = {.landing = -first},
          .rounds = {pushed_round(overlap)},
          .program = overlap == 0 ? std::vector{Verb::gradient, Verb::round}
                                  : std::vector{Verb::read, Verb::round, Verb::step},
          .weights = static_cast<int>(m)};
}

AlgorithmRow push_sum_row() {
  return {
      .name = "push_sum",
      .summary = "stochastic gradient push: directed messages, each worker's model is x divided by a weight",
      .source = "Kempe et al. 2003; Assran et al. 2019; running sums: Hadjicostis et al. 2016",
      .equations =
          {"gradient: x_i ← x_i − γ ∇F_i(x_i / w_i, ξ)",
           "message i → j: (x_i, w_i) ← ½ (x_i, w_i), (x_j, w_j) ← (x_j, w_j) + the other half",
           "running_sums: the message is σ_ij, the sum of all halves so far; j adds σ_ij − (the last σ_ij it "
           "saw)",
           "round, overlap 0: x⁺ = P (x − γ g), w⁺ = P w; overlap 1: x⁺ = P x − γ g, w⁺ = P w",
           "overlap τ, round k: x_i⁺ = P_ii x_i + Σ_j≠i P_ij x_j(of round k − τ + 1) − γ g_i, w alike"},
      .parameters =
          {{.name = "timing",
            .kind = Parameter::Kind::text,
            .default_value = std::string("asynchronous"),
            .what = "asynchronous = single messages on the clocks of edges; rounds = SGP, in "
                    "synchronous rounds, with equal shares for all that a worker tells and itself",
            .choices = {"asynchronous", "rounds"}},
           {.name = "overlap",
            .kind = Parameter::Kind::whole,
            .default_value = std::int64_t{0},
            .what =
                "in rounds: τ ≥ 1 = OSGP, messages leave before the step of a round and land at the end of "
                "the τ-th round, that one counted; each τ above 1 takes one more vector per worker",
            .minimum = 0,
            .maximum = most_vectors},
           {.name = "running_sums",
            .kind = Parameter::Kind::flag,
            .default_value = false,
            .what =
                "single messages carry the sum of all that was ever put on their edge, so that lost and "
                "repeated "
                "ones (timing.messages) do no harm; takes 2 (d + 1) numbers for each edge of each worker"}},
      .dynamics =
          [](const Values& values) {
            const auto overlap = static_cast<int>(values.whole("overlap"));
            const bool running_sums = values.flag("running_sums");
            if (values.text("timing") == "rounds" && running_sums)
              throw InputError("/algorithm/running_sums", "no message of a round is lost or repeated", "true",
                               "false, or \"timing\": \"asynchronous\"");
            if (values.text("timing") == "rounds") return push_sum_in_rounds(overlap);
            if (overlap != 0)
              throw InputError("/algorithm/overlap", "only rounds overlap with gradients",
                               fmt::format("{}", overlap), "\"timing\": \"rounds\"");
            return push_sum_dynamics(running_sums);
          },
      .sends = "its share of x and of the weight",
      .fixed_point = "Σ_i ∇f_i(x_i / w_i) = 0, models apart by O(γ)",
      .limit = [](const Values& values) -> std::optional<LimitRule> {
        if (values.text("timing") != "rounds") return std::nullopt;
        const auto overlap = static_cast<int>(values.whole("overlap"));
        return LimitRule{
            .kind = overlap == 0 ? LimitRule::Kind::adapt_combine : LimitRule::Kind::combine_adapt,
            .pushed = true,
            .rounds_under_way = std::max(overlap - 1, 0)};
      }};
}

}  // namespace acidsim
