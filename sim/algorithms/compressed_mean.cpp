#include "sim/algorithms/compressed_mean.hpp"

#include <fmt/format.h>

#include <cmath>

namespace acidsim {
namespace {

std::vector<std::string> memory_of(ErrorFeedback feedback) {
  switch (feedback) {
    case ErrorFeedback::ef14:
      return {"e"};
    case ErrorFeedback::ef21:
      return {"gamma_g", "gamma_mean_g"};
    default:
      return {};
  }
}

}  // namespace

Dynamics compressed_mean_dynamics(ErrorFeedback feedback, std::vector<std::string> vectors,
                                  const OnChange& become) {
  const auto own = static_cast<int>(vectors.size());
  for (const std::string& name : memory_of(feedback)) vectors.push_back(name);
  const auto size = static_cast<int>(vectors.size());
  const LinearForms symbols(size, 1);
  const Form local_change = symbols.vector(1), mean = symbols.mixed(0);
  Form told = local_change, change = mean;
  std::vector<Form> memory;
  if (feedback == ErrorFeedback::ef14) {
    told = local_change + symbols.vector(own);
    memory = {told - symbols.own(0)};
  } else if (feedback == ErrorFeedback::ef21) {
    const Form known = symbols.vector(own), known_mean = symbols.vector(own + 1);
    told = local_change - known;
    change = known_mean + mean;
    memory = {known + symbols.own(0), change};
  }
  std::vector<Form> all = become(symbols, change);
  all.insert(all.end(), memory.begin(), memory.end());
  Dynamics dynamics{.vectors = std::move(vectors),
                    .initial = Vector<double>::Unit(size, 0),
                    .point = Vector<double>::Unit(size, 0) - Vector<double>::Unit(size, 1),
                    .gradient = {.landing = Vector<double>::Unit(size, 1)},
                    .rounds = {symbols.round({told}, all, Company::everyone)}};
  if (feedback == ErrorFeedback::ef21) {
    dynamics.opening = dynamics.rounds;
    dynamics.opening[0].whole = true;
  }
  return dynamics;
}

Parameter error_feedback_parameter(const std::vector<std::string>& choices) {
  return {.name = "error_feedback",
          .kind = Parameter::Kind::text,
          .default_value = choices.front(),
          .what = "what becomes of what compression loses; without compression nothing is lost",
          .choices = choices};
}

void note_compression(Values& values, const MethodFacts& facts) {
  values.set("compressed", facts.compressed);
}

std::optional<ErrorFeedback> error_feedback(const Values& values) {
  if (!values.flag("compressed")) return {};
  const std::string& name = values.text("error_feedback");
  return name == "ef14" ? ErrorFeedback::ef14 : name == "ef21" ? ErrorFeedback::ef21 : ErrorFeedback::none;
}

std::optional<StepLimit> ef21_step_limit(const StepFacts& facts) {
  const double alpha = facts.contraction.value_or(1);
  if (alpha == 0) return std::nullopt;
  const double theta = 1 - std::sqrt(1 - alpha), beta = (1 - alpha) / theta;
  const double of_workers = facts.objective.rms_smoothness.value_or(facts.smoothness());
  const double of_mean = facts.objective.mean_smoothness.value_or(of_workers);
  return in_theory_up_to(1 / (of_mean + of_workers * std::sqrt(beta / theta)),
                         fmt::format("the compression being a contraction with α = {:.4g}", alpha));
}

}  // namespace acidsim
