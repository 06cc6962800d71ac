#include "sim/algorithms/push_sum.hpp"

#include "sim/core/error.hpp"

namespace acidsim {

Dynamics push_sum_dynamics() {
  const Matrix<double> one = Matrix<double>::Ones(1, 1), half = Matrix<double>::Constant(1, 1, 0.5);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .send = {.kept = half, .told = half, .landing = one},
          .weighted = true};
}

Dynamics push_sum_in_rounds(int overlap) {
  const Matrix<double> one = Matrix<double>::Ones(1, 1);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .rounds =
              {{.told = one, .landing = one, .kept = Matrix<double>::Zero(1, 1), .company = Company::pushed}},
          .program = overlap == 0 ? std::vector{Verb::gradient, Verb::round}
                                  : std::vector{Verb::read, Verb::round, Verb::step},
          .weighted = true};
}

AlgorithmRow push_sum_row() {
  return {
      .name = "push_sum",
      .summary = "stochastic gradient push: directed messages, each worker's model is x divided by a weight",
      .source = "Kempe et al. 2003; Assran et al. 2019",
      .equations = {"gradient: x_i ← x_i − γ ∇F_i(x_i / w_i, ξ)",
                    "message i → j: (x_i, w_i) ← ½ (x_i, w_i), (x_j, w_j) ← (x_j, w_j) + the other half",
                    "round, overlap 0: x⁺ = P (x − γ g), w⁺ = P w; overlap 1: x⁺ = P x − γ g, w⁺ = P w"},
      .parameters = {{.name = "timing",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("asynchronous"),
                      .what = "asynchronous = single messages on the clocks of edges; rounds = SGP, in "
                              "synchronous rounds, with equal shares for all that a worker tells and itself",
                      .choices = {"asynchronous", "rounds"}},
                     {.name = "overlap",
                      .kind = Parameter::Kind::whole,
                      .default_value = std::int64_t{0},
                      .what = "in rounds: 1 = OSGP, messages leave before the step of their round",
                      .minimum = 0,
                      .maximum = 1}},
      .dynamics =
          [](const Values& values) {
            const auto overlap = static_cast<int>(values.whole("overlap"));
            if (values.text("timing") == "rounds") return push_sum_in_rounds(overlap);
            if (overlap != 0)
              throw InputError("/algorithm/overlap", "only rounds overlap with gradients", "1",
                               "\"timing\": \"rounds\"");
            return push_sum_dynamics();
          },
      .sends = "its share of x and of the weight",
      .fixed_point = "Σ_i ∇f_i(x_i / w_i) = 0, models apart by O(γ)"};
}

}  // namespace acidsim
