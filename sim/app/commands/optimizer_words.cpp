#include "sim/app/commands/optimizer_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace acidsim {
namespace {

std::string momentum_words(double momentum, bool nesterov) {
  if (momentum == 0) return "no momentum";
  return fmt::format("momentum {:g}{}", momentum, nesterov ? " (Nesterov's)" : "");
}

std::string words_of(const SgdParameters& sgd) { return momentum_words(sgd.momentum, sgd.nesterov); }
std::string words_of(const AdamParameters& adam) {
  return fmt::format("β1 {:g}, β2 {:g}, ε {:g}", adam.beta_1, adam.beta_2, adam.epsilon);
}
std::string words_of(const LarsParameters& lars) {
  return fmt::format("{}, trust {:g}, ε {:g}{}", momentum_words(lars.momentum, lars.nesterov), lars.trust,
                     lars.epsilon, lars.always_adapt ? ", every layer adapted" : "");
}

template <class Parameters>
std::string common_words(const Parameters& parameters) {
  std::string words;
  if (parameters.weight_decay != 0) {
    words += fmt::format(", weight decay {:g}", parameters.weight_decay);
    std::vector<std::string> excluded;
    for (const BlockRole role : parameters.decay_excludes)
      excluded.push_back(role == BlockRole::bias ? "bias" : "norm");
    if (!excluded.empty()) words += fmt::format(" (not of {})", fmt::join(excluded, ", "));
  }
  if (parameters.clip_norm)
    words +=
        fmt::format("; clipped at ‖g‖ = {:g}{}", *parameters.clip_norm,
                    parameters.clip_epsilon == 0 ? "" : fmt::format(", ε {:g}", parameters.clip_epsilon));
  return words;
}

}  // namespace

std::string optimizer_words(const OptimizerParameters& parameters) {
  return name_of(parameters) + ": " +
         std::visit([](const auto& held) { return words_of(held) + common_words(held); }, parameters);
}

std::string schedule_words(const Plan& plan) {
  const OptimizerParameters optimizer = plan.optimizer();
  const LearningRate& rate = learning_rate_of(optimizer);
  const std::string unit = rate.unit == ProgressUnit::fraction ? "of the run"
                           : rate.unit == ProgressUnit::time   ? "units of time"
                                                               : name_of(rate.unit);
  std::string words = name_of(rate.kind);
  if (rate.kind == LearningRate::Kind::goyal) words += fmt::format(" to γ·{:g}", rate.scale);
  if (!rate.milestones.empty())
    words += fmt::format(", × {:g} at {:g} {}", rate.factor, fmt::join(rate.milestones, ", "), unit);
  if (rate.kind == LearningRate::Kind::cosine && rate.unit != ProgressUnit::fraction)
    words += fmt::format(" over {:g} {}", rate.length, unit);
  if (rate.warmup > 0) words += fmt::format(", warm-up over {:g} {}", rate.warmup, unit);
  if (rate.unit == ProgressUnit::epochs)
    words += fmt::format("; an epoch is {:g} gradients of all workers", plan.epoch_gradients.value());
  return words;
}

}  // namespace acidsim
