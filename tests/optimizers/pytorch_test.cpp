// 50 steps against what PyTorch made of them: tests/data/optimizers.py has the problem and made the numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "sim/optimizers/make_optimizer.hpp"

namespace acidsim {
namespace {

using Json = nlohmann::json;

constexpr Index parameters_of_problem = 20;

std::vector<ParameterBlock> blocks_of_problem() {
  return {{"weight", 0, {3, 4}, BlockRole::weight},
          {"bias", 12, {4}, BlockRole::bias},
          {"norm", 16, {4}, BlockRole::norm}};
}

Vector<double> gradient_of_problem(const Vector<double>& x, int step) {
  Vector<double> g(x.size());
  for (Index k = 0; k < x.size(); ++k) {
    const double position = static_cast<double>(k), centre = (k % 2 == 0 ? 1 : -1) * (1 + position / 20);
    g[k] = (0.5 + position / 10) * (x[k] - centre) + 0.5 * std::sin(x[(k + 1) % x.size()] + step / 10.0);
  }
  return g;
}

template <class Parameters>
Parameters with_common(Parameters parameters, const Json& json) {
  parameters.learning_rate.base = json["learning_rate"];
  parameters.weight_decay = json.value("weight_decay", 0.0);
  if (json.contains("clip_norm")) parameters.clip_norm = json["clip_norm"].get<double>();
  parameters.clip_epsilon = json.value("clip_epsilon", 0.0);
  for (const std::string role : json.value("decay_excludes", Json::array()))
    parameters.decay_excludes.push_back(role == "bias" ? BlockRole::bias : BlockRole::norm);
  return parameters;
}

OptimizerParameters parameters_of(const Json& json) {
  const double momentum = json.value("momentum", 0.0);
  const bool nesterov = json.value("nesterov", false);
  if (json["name"] == "sgd")
    return with_common(SgdParameters{.momentum = momentum, .nesterov = nesterov}, json);
  if (json["name"] == "lars")
    return with_common(LarsParameters{.momentum = momentum,
                                      .trust = json.value("trust", 1e-3),
                                      .always_adapt = json.value("always_adapt", false),
                                      .nesterov = nesterov},
                       json);
  return with_common(AdamParameters{.beta_1 = json.value("beta_1", 0.9),
                                    .beta_2 = json.value("beta_2", 0.999),
                                    .epsilon = json.value("epsilon", 1e-8),
                                    .decoupled = json["name"] == "adamw"},
                     json);
}

// Worker 1 of two takes the steps: memory of the right worker. Roundings of numbers of order 1 over 50 steps.
TEST(PyTorchTest, EveryTenthOfFiftyStepsIsTheSame) {
  const Json file = Json::parse(std::ifstream(ACIDSIM_TEST_DATA "/optimizers.json"));
  ASSERT_EQ(file["cases"].size(), 13u);
  for (const Json& one : file["cases"]) {
    const OptimizerParameters parameters = parameters_of(one["optimizer"]);
    EXPECT_EQ(name_of(parameters), one["optimizer"]["name"]);
    const auto optimizer = make_optimizer<double>(parameters, 2, parameters_of_problem, blocks_of_problem());
    Vector<double> x = 1 - Vector<double>::LinSpaced(20, 0, 1.9).array();
    for (int step = 0; step < 50; ++step) {
      Vector<double> direction = gradient_of_problem(x, step);
      optimizer->direction(1, x, direction);
      x -= optimizer->learning_rate(0, 0, 1) * direction;
      if (step % 10 != 9) continue;
      const auto expected = one["states"][static_cast<std::size_t>(step / 10)].get<std::vector<double>>();
      for (std::size_t k = 0; k < expected.size(); ++k)
        ASSERT_NEAR(x[static_cast<Index>(k)], expected[k], 1e-12)
            << one["optimizer"] << " step " << step << " parameter " << k;
    }
  }
}

}  // namespace
}  // namespace acidsim
