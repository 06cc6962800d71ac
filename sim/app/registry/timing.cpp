// Registry rows of how long things take: laws of durations, and what messages take on their way.
#include <fstream>

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

// The matrix of a file of regions: `name`, a square table of numbers that are not below `least`.
std::vector<std::vector<double>> region_table(const Json& file, const std::string& path, const char* name,
                                              std::size_t regions, double least) {
  const auto refuse = [&](const std::string& problem) {
    throw InputError(path + ": /" + name, problem, "",
                     "a row for each region, of positive numbers (delays may be 0)");
  };
  if (!file.contains(name) || !file[name].is_array() || file[name].size() != regions)
    refuse("is no table of the regions");
  std::vector<std::vector<double>> table;
  for (const Json& row : file[name]) {
    if (!row.is_array() || row.size() != regions)
      refuse("has a row of another length than there are regions");
    std::vector<double>& values = table.emplace_back();
    for (const Json& value : row) {
      if (!value.is_number() || !(value.get<double>() >= least))
        refuse("has something else than such numbers");
      values.push_back(value.get<double>());
    }
  }
  return table;
}

// Worker i is in region i mod the number of regions.
std::vector<Link> region_links(const std::filesystem::path& file, double unit_seconds,
                               std::span<const Edge> edges) {
  const std::string path = file.string();
  std::ifstream in(file);
  if (!in)
    throw InputError(path, "cannot be read", "", "a JSON file with regions, delay_ms and bandwidth_gbit_s");
  const Json json = Json::parse(in, nullptr, false, true);
  if (!json.is_object() || !json.contains("regions") || !json["regions"].is_array() ||
      json["regions"].empty())
    throw InputError(path, "is no file of regions", "",
                     "a JSON object with regions, delay_ms and bandwidth_gbit_s");
  const std::size_t regions = json["regions"].size();
  const auto delays = region_table(json, path, "delay_ms", regions, 0);
  const auto bandwidths = region_table(json, path, "bandwidth_gbit_s", regions, 1e-9);
  std::vector<Link> links;
  for (const Edge& edge : edges) {
    const std::size_t a = edge.i % regions, b = edge.j % regions;
    links.push_back({delays[a][b] / 1000 / unit_seconds, bandwidths[a][b] * 1e9 / 8 * unit_seconds});
  }
  return links;
}

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
      Field("transfer", type_object | type_null, nullptr, "what messages take on their way; null = no time")
          .with(
              {Field("latency", type_number, 0.0, "of a message, in units of time").at_least(0),
               Field("bandwidth", type_number | type_null, nullptr, "bytes per unit of time; null = no limit")
                   .above(0),
               Field("regions", type_object | type_null, nullptr,
                     "latencies and bandwidths between regions from a file; worker i is in region i mod "
                     "their number")
                   .with({Field("file", type_string, required(),
                                "JSON with regions, delay_ms and bandwidth_gbit_s, two square tables")
                              .path(),
                          Field("unit_seconds", type_number, 1.0, "seconds in a unit of time").above(0)}),
               Field("duplex", type_string, "full",
                     "both directions of a link at once, or one after the other")
                   .one_of({"full", "half"}),
               Field("shared_card", type_boolean, true,
                     "the messages of a worker go through its network card one after another"),
               Field(
                   "all_reduce", type_string, "ring",
                   "how the mean over all workers is made: ring = 2(n − 1) steps of 1/n of a message, tree = "
                   "2⌈log2 n⌉ steps of a message")
                   .one_of({"ring", "tree"}),
               Field("jitter", type_object | type_null, nullptr,
                     "each transfer takes a draw of mean 1 of this law times as long; null = never varies")
                   .with({Field("distribution", type_string, "exponential", "law of the factor")
                              .name_of_a(Kind::duration)})
                   .variant(Kind::duration, "distribution")}),
  };
}

namespace {

TransferSource bind_transfer(const Node& node) {
  TransferSource source;
  source.settings.full_duplex = node.text("duplex") == "full";
  source.settings.shared_card = node.flag("shared_card");
  source.settings.all_reduce = node.text("all_reduce") == "ring" ? AllReduce::ring : AllReduce::tree;
  if (node.has("jitter")) {
    const Node jitter = node.child("jitter");
    const std::string name = jitter.text("distribution");
    if (name == "empirical" || name == "trace")
      throw jitter.error("distribution", "measured durations are for gradients", "another law");
    source.settings.law = row_named(duration_laws(), name).value(jitter)(1, {});
  }
  if (node.has("regions")) {
    const Node regions = node.child("regions");
    source.by_regions = true;
    source.links = [file = regions.file("file"), unit = regions.number("unit_seconds")](
                       std::span<const Edge> edges, Worker) { return region_links(file, unit, edges); };
  } else {
    const Link link{node.number("latency"), node.has("bandwidth") ? node.number("bandwidth") : infinity};
    source.links = [link](std::span<const Edge>, Worker) { return std::vector<Link>{link}; };
  }
  return source;
}

}  // namespace

AvailabilityTiming bind_availability(const Node& node) {
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
  if (node.has("transfer")) timing.transfer = bind_transfer(node.child("transfer"));
  return timing;
}

}  // namespace acidsim
