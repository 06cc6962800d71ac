// Registry rows of how long gradients take, and of how workers meet.
#include "sim/app/registry/registry.hpp"
#include "sim/data/measured_durations.hpp"

namespace acidsim {
namespace {

// A law whose parameters are numbers of the configuration.
template <class Law>
MakeDuration given(Law law) {
  return [law](Worker, std::span<const std::string>) -> DurationLaw { return law; };
}

MakeDuration measured(const Node& node, bool in_order) {
  const bool as_measured = node.flag("as_measured");
  return [file = node.file("file").string(), in_order, as_measured](
             Worker workers, std::span<const std::string> names) -> DurationLaw {
    MeasuredDurations law{read_durations(file, workers, names), in_order};
    return as_measured ? law : scaled_to_mean_1(std::move(law));
  };
}

const std::vector<Field> measured_fields = {
    Field("file", type_string, required(),
          "CSV with the columns worker and duration, or duration alone, or trace.csv of a live run")
        .path(),
    Field("as_measured", type_boolean, false,
          "the durations as they are, divided by the gradient rate; else they are scaled to mean 1 / "
          "gradient_rate first")};

}  // namespace

const std::vector<Choice<BindDuration>>& duration_laws() {
  static const Field shape = Field("shape", type_number, 2.0, "shape").at_least(0.1).at_most(1e6);
  static const std::vector<Choice<BindDuration>> table = {
      {{"constant", "always the mean", "", {}, ""}, [](const Node&) { return given(ConstantDuration{}); }},
      {{"exponential", "no memory: what Poisson clocks give", "", {}, ""},
       [](const Node&) { return given(ExponentialDuration{}); }},
      {{"shifted_exponential",
        "mean·(fixed + (1 − fixed)·z), z exponential",
        "Lee et al. 2018, coded computation",
        {Field("fixed", type_number, 0.5, "share of the mean that never changes").at_least(0).at_most(1)},
        ""},
       [](const Node& node) { return given(ShiftedExponentialDuration{node.number("fixed")}); }},
      {{"gamma", "variance mean²/shape; real delays are near shape 20", "", {shape}, ""},
       [](const Node& node) { return given(GammaDuration{node.number("shape")}); }},
      {{"lognormal",
        "mean·exp(sigma·z − sigma²/2), z normal",
        "",
        {Field("sigma", type_number, 0.5, "standard deviation of the logarithm").at_least(0).at_most(5)},
        ""},
       [](const Node& node) { return given(LognormalDuration{node.number("sigma")}); }},
      {{"pareto",
        "heavy tail: P(X > x) ~ x^−shape; infinite variance up to shape 2",
        "",
        {Field("shape", type_number, 3.0, "exponent of the tail").above(1).at_most(1e6)},
        ""},
       [](const Node& node) { return given(ParetoDuration{node.number("shape")}); }},
      {{"weibull", "P(X > x) = exp(−(x/scale)^shape)", "", {shape}, ""},
       [](const Node& node) { return given(WeibullDuration{node.number("shape")}); }},
      {{"empirical", "drawn from measured durations, of the worker where the file names workers", "",
        measured_fields, ""},
       [](const Node& node) { return measured(node, false); }},
      {{"trace", "measured durations in their order, from the start again after the last", "",
        measured_fields, ""},
       [](const Node& node) { return measured(node, true); }},
  };
  return table;
}

std::vector<Field> availability_fields() {
  return {
      Field("gradient_duration", type_object, Json::object(),
            "how long gradients take: a law of mean 1 / gradient_rate, drawn for each worker and gradient, "
            "alike for "
            "asynchronous methods and for rounds")
          .with({Field("distribution", type_string, "exponential", "law of the durations")
                     .name_of_a(Kind::duration)})
          .variant(Kind::duration, "distribution"),
      Field("slow_phases", type_object | type_null, nullptr,
            "each worker is slow now and then, for exponential times; null = never")
          .with({Field("mean_normal", type_number, 10.0, "mean time in its normal pace").at_least(1e-6),
                 Field("mean_slow", type_number, 1.0, "mean time that it is slow").at_least(1e-6),
                 Field("factor", type_number, 5.0, "a gradient that begins then takes so many times as long")
                     .at_least(1)
                     .at_most(1e6)}),
      Field("pairing", type_string, "fifo",
            "how workers meet: fifo = a worker that is available takes the first available neighbour in "
            "random order, "
            "or waits; call = it calls one neighbour and waits for it; fixed = its partners take turns; "
            "edge_clocks = "
            "Poisson clocks on the edges, for which nobody waits. Except with edge_clocks, "
            "communication_rate is "
            "how many "
            "averagings are due beside each gradient")
          .one_of({"fifo", "call", "fixed", "edge_clocks"}),
      Field("averagings", type_string, "poisson",
            "how many averagings are due beside each gradient, of communication_rate on average: Poisson "
            "draws, "
            "deterministic, or as the implementation of A²CiD²'s authors counts (at least one)")
          .one_of({"poisson", "deterministic", "reference"}),
      Field("communication", type_string, "blocking",
            "blocking = averagings come after the gradient, and the next gradient after them; overlapped = "
            "they may "
            "begin with the gradient")
          .one_of({"blocking", "overlapped"}),
      transfer_field(),
  };
}

AvailabilityTiming bind_availability(const Node& node, const Node& topology) {
  AvailabilityTiming timing;
  const Node duration = node.child("gradient_duration");
  timing.gradient_duration = row_named(duration_laws(), duration.text("distribution")).value(duration);
  if (node.has("slow_phases")) {
    const Node slow = node.child("slow_phases");
    timing.slow_phases = {slow.number("mean_normal"), slow.number("mean_slow"), slow.number("factor")};
  }
  const std::string pairing = node.text("pairing"), averagings = node.text("averagings");
  timing.pairing = pairing == "fifo"    ? std::optional(PairingRule::fifo)
                   : pairing == "call"  ? std::optional(PairingRule::call)
                   : pairing == "fixed" ? std::optional(PairingRule::fixed)
                                        : std::nullopt;
  timing.averagings = averagings == "poisson"         ? AveragingCount::poisson
                      : averagings == "deterministic" ? AveragingCount::deterministic
                                                      : AveragingCount::reference;
  if (node.text("communication") == "overlapped") timing.communication = Communication::overlapped;
  if (node.has("transfer")) timing.transfer = bind_transfer(node.child("transfer"), topology);
  return timing;
}

}  // namespace acidsim
