// Registry rows of optimizers and of learning-rate schedules.
#include <fmt/format.h>

#include <algorithm>

#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

Field weight_decay_field(double fallback, const char* what) {
  return Field("weight_decay", type_number, fallback, what).at_least(0);
}
Field momentum_field(double fallback) {
  return Field("momentum", type_number, fallback,
               "buffer ← momentum·buffer + g; the buffer stays with its worker")
      .at_least(0)
      .at_most(1);
}
Field nesterov_field() {
  return Field("nesterov", type_boolean, false, "the direction is g + momentum·buffer instead of the buffer");
}
Field epsilon_field(const char* what) { return Field("epsilon", type_number, 1e-8, what).above(0); }
Field beta_field(const char* name, double fallback, const char* what) {
  return Field(name, type_number, fallback, what).at_least(0).at_most(1);
}

// What all optimizers take.
template <class Parameters>
Parameters with_common_fields(Parameters parameters, const Node& node) {
  parameters.weight_decay = node.number("weight_decay");
  if (node.has("clip_norm")) parameters.clip_norm = node.number("clip_norm");
  parameters.clip_epsilon = node.number("clip_epsilon");
  for (const Json& role : node.json()["decay_excludes"])
    parameters.decay_excludes.push_back(role == "bias" ? BlockRole::bias : BlockRole::norm);
  return parameters;
}

OptimizerParameters sgd_of(const Node& node) {
  return with_common_fields(
      SgdParameters{.momentum = node.number("momentum"), .nesterov = node.flag("nesterov")}, node);
}

OptimizerParameters lars_of(const Node& node) {
  return with_common_fields(LarsParameters{.momentum = node.number("momentum"),
                                           .trust = node.number("trust"),
                                           .epsilon = node.number("epsilon"),
                                           .always_adapt = node.flag("always_adapt"),
                                           .nesterov = node.flag("nesterov")},
                            node);
}

OptimizerParameters adam_of(const Node& node, bool decoupled) {
  const auto beta_below_1 = [&](const char* name) {
    if (node.number(name) == 1) throw node.error(name, "too large", "must be below 1");
    return node.number(name);
  };
  return with_common_fields(AdamParameters{.beta_1 = beta_below_1("beta_1"),
                                           .beta_2 = beta_below_1("beta_2"),
                                           .epsilon = node.number("epsilon"),
                                           .decoupled = decoupled},
                            node);
}

std::vector<Field> adam_fields(double decay, const char* what_decay) {
  return {beta_field("beta_1", 0.9, "m ← beta_1·m + (1 − beta_1)·g; below 1"),
          beta_field("beta_2", 0.999, "v ← beta_2·v + (1 − beta_2)·g²; below 1"),
          epsilon_field("added to √v̂"), weight_decay_field(decay, what_decay)};
}

Field milestones_field() {
  return Field("milestones", type_array, Json{0.5, 0.75}, "in the unit milestones_in")
      .of(type_number)
      .at_least(0);
}
Field factor_field() {
  return Field("factor", type_number, 0.1, "γ is multiplied by this at each milestone").at_least(0);
}
std::vector<Field> with_warmup(std::vector<Field> fields) {
  fields.push_back(
      Field("warmup", type_number, 0.0,
            "γ is multiplied by what rises linearly from warmup_start to 1 over this, in the unit "
            "milestones_in; 0 = not")
          .at_least(0));
  fields.push_back(
      Field("warmup_start", type_number, 0.0, "of γ, at the start of the warm-up").at_least(0).at_most(1));
  return fields;
}

// A length in the schedule's unit: a fraction of the run is at most 1.
double length_of(const Node& node, ProgressUnit unit, const Json& value, const std::string& key) {
  if (unit == ProgressUnit::fraction && value.get<double>() > 1)
    throw InputError(
        node.path() + "/" + key, "too large", shown(value),
        "a fraction of the run is at most 1; or milestones_in \"epochs\", \"gradients\" or \"time\"");
  return value.get<double>();
}

ProgressUnit unit_of(const Node& node) {
  for (const ProgressUnit unit : {ProgressUnit::epochs, ProgressUnit::gradients, ProgressUnit::time})
    if (node.text("milestones_in") == name_of(unit)) return unit;
  return ProgressUnit::fraction;
}

// With what the schedule has of milestones and warm-up.
LearningRate schedule_of(LearningRate::Kind kind, const Node& node) {
  LearningRate rate{.kind = kind};
  rate.unit = unit_of(node);
  if (node.has("milestones")) {
    const Json& list = node.json()["milestones"];
    for (std::size_t k = 0; k < list.size(); ++k)
      rate.milestones.push_back(length_of(node, rate.unit, list[k], fmt::format("milestones/{}", k)));
    std::sort(rate.milestones.begin(), rate.milestones.end());
    rate.factor = node.number("factor");
  }
  rate.warmup = length_of(node, rate.unit, node.json()["warmup"], "warmup");
  if (node.has("warmup_start")) rate.warmup_start = node.number("warmup_start");
  return rate;
}

}  // namespace

const std::vector<Choice<MakeOptimizer>>& optimizers() {
  static const std::vector<Choice<MakeOptimizer>> table = {
      {{"sgd",
        "stochastic gradient descent: clipping, weight decay and momentum, in PyTorch's order",
        "",
        {momentum_field(0), nesterov_field(),
         weight_decay_field(0, "g ← g + weight_decay·x, after clipping")},
        ""},
       sgd_of},
      {{"adam", "steps m̂/(√v̂ + epsilon) of averages m of g and v of g², in PyTorch's order",
        "Kingma and Ba 2015", adam_fields(0, "g ← g + weight_decay·x, after clipping"), ""},
       [](const Node& node) { return adam_of(node, false); }},
      {{"adamw", "adam with a weight decay of its own: the step has weight_decay·x beside that of adam",
        "Loshchilov and Hutter 2019", adam_fields(0.01, "of the step: x ← x − γ·weight_decay·x"), ""},
       [](const Node& node) { return adam_of(node, true); }},
      {{"lars",
        "sgd with g ← trust·‖x‖/(‖g‖ + weight_decay·‖x‖ + epsilon)·(g + weight_decay·x) in every layer, in "
        "timm's "
        "order; layers are the objective's named pieces, or all of x where it has none",
        "You, Gitman and Ginsburg 2017",
        {momentum_field(0.9), nesterov_field(),
         weight_decay_field(5e-4, "as above; what does not decay is not adapted, but with always_adapt"),
         Field("trust", type_number, 1e-3, "the trust coefficient").above(0),
         epsilon_field("of the trust ratio"),
         Field("always_adapt", type_boolean, false, "adapt layers without weight decay too")},
        ""},
       lars_of},
  };
  return table;
}

const std::vector<Choice<MakeLearningRate>>& schedules() {
  static const std::vector<Choice<MakeLearningRate>> table = {
      {{"constant", "γ", "", with_warmup({}), ""},
       [](const Node& node) { return schedule_of(LearningRate::Kind::constant, node); }},
      {{"inverse_time", "γ/(1 + decay·t)", "",
        with_warmup({Field("decay", type_number, 0.01, "per unit of simulated time").at_least(0)}), ""},
       [](const Node& node) {
         LearningRate rate = schedule_of(LearningRate::Kind::inverse_time, node);
         rate.decay = node.number("decay");
         return rate;
       }},
      {{"step", "γ·factor^(milestones passed)", "", with_warmup({milestones_field(), factor_field()}), ""},
       [](const Node& node) { return schedule_of(LearningRate::Kind::step, node); }},
      {{"cosine", "half a cosine from γ to γ·final_fraction", "Loshchilov and Hutter 2017",
        with_warmup({Field("final_fraction", type_number, 0.0, "of γ, at the end").at_least(0).at_most(1),
                     Field("length", type_number | type_null, nullptr,
                           "of the half wave, in the unit milestones_in; null = the whole run")
                         .above(0)}),
        ""},
       [](const Node& node) {
         LearningRate rate = schedule_of(LearningRate::Kind::cosine, node);
         rate.final_fraction = node.number("final_fraction");
         if (node.has("length"))
           rate.length = length_of(node, rate.unit, node.json()["length"], "length");
         else if (rate.unit != ProgressUnit::fraction)
           throw node.error("length", "must be given where milestones_in is not \"fraction\"",
                            "a number, or milestones_in \"fraction\"");
         return rate;
       }},
      {{"goyal",
        "linear warm-up from γ to γ·scale, then × factor at each milestone",
        "Goyal et al. 2017",
        {Field("scale", type_number | type_string, "auto",
               "large-batch factor; auto = batch_size × workers / 256")
             .one_of({"auto"})
             .above(0),
         Field("warmup", type_number, 0.05, "in the unit milestones_in").at_least(0), milestones_field(),
         factor_field()},
        ""},
       [](const Node& node) {
         LearningRate rate = schedule_of(LearningRate::Kind::goyal, node);
         const Json& scale = node.json()["scale"];
         if (scale.is_number()) rate.scale = scale.get<double>();  // "auto" is for the plan to find
         return rate;
       }},
  };
  return table;
}

}  // namespace acidsim
