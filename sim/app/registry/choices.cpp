// Registry rows of names that stand for a value or a small function.
#include "sim/app/registry/grown_table.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/data/worker_table.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {

const std::vector<Choice<RateScheme>>& rate_schemes() {
  static const std::vector<Choice<RateScheme>> table = {
      {{"uniform_neighbor",
        "each worker wakes at rate r/2 and picks a neighbour uniformly: λ_ij = (r/2)(1/deg_i + 1/deg_j)",
        "",
        {},
        ""},
       RateScheme::uniform_neighbor},
      {{"uniform_edge", "every edge alike: λ_ij = n r / (2|E|)", "", {}, ""}, RateScheme::uniform_edge},
      {{"metropolis",
        "λ_ij ∝ 1/(1 + max(deg_i, deg_j)), with the total n r / 2",
        "Xiao and Boyd 2004",
        {},
        ""},
       RateScheme::metropolis},
      {{"explicit",
        "the rates of the graph's file, or of `edges`, times communication_rate (the other schemes do not "
        "use "
        "them, and say so)",
        "",
        {Field("edges", type_array | type_null, nullptr,
               "[i, j, rate] for every edge of the graph; null = the file's rates")
             .of(type_array),
         Field("scale_to_budget", type_boolean, false,
               "keep the ratios of the rates and scale them to Σ λ_ij = n r / 2, as the other schemes have")},
        ""},
       RateScheme::explicit_rates},
      {{"optimized",
        "rates that minimise an objective within a budget, with a certificate of how near the optimum they "
        "are",
        "Boyd et al. 2006; Kiefer and Wolfowitz 1960",
        {Field("objective", type_string, "sqrt_chi1_chi2", "what is minimised")
             .one_of({"sqrt_chi1_chi2", "chi_1", "chi_2"}),
         Field("budget", type_number | type_null, nullptr,
               "communications per unit time, Σ λ_ij; null = n r / 2, as the other schemes have")
             .above(0),
         Field("prune", type_number, 0.0,
               "edges below this fraction of the largest rate are silenced, and the rest optimised again")
             .at_least(0)
             .at_most(0.999)},
        ""},
       RateScheme::optimized},
  };
  return table;
}

const std::deque<Choice<TimingModel>>& timing_models() {
  static GrownTable<Choice<TimingModel>> table({
      {{"poisson",
        "independent Poisson clocks: one per worker for gradients, one per edge for communications",
        "Nabli et al. 2023, section 3",
        {},
        ""},
       TimingModel::poisson},
      {{"poisson_per_gradient",
        "exponential gradients, and averagings that are drawn per gradient and placed within it; nobody "
        "waits",
        "",
        {Field("averagings", type_string, "poisson",
               "how many averagings a worker begins with a gradient, half of those that it takes part in: "
               "Poisson "
               "draws, or deterministic; each with a neighbour that is drawn by the rates of the edges")
             .one_of({"poisson", "deterministic"})},
        ""},
       TimingModel::poisson_per_gradient},
      {{"availability",
        "workers compute for times of some law, and meet in pairs, in rounds or over a server's link when "
        "they are "
        "available; messages may take time",
        "", availability_fields(), ""},
       TimingModel::availability},
      {{"trace",
        "the events of a file, as written by `acidsim schedule` (rates are then used for χ1, χ2 and the "
        "learning-rate schedule alone)",
        "",
        {Field("file", type_string, required(), "CSV with the columns index,time,kind,i,j").path()},
        ""},
       TimingModel::trace},
      {{"live_trace",
        "what happened in a live run, as its replay.json says: the same states, in wall seconds",
        "",
        {Field("file", type_string, required(), "trace.csv of a live run").path(),
         Field("horizon", type_number, 1.0, "gradients of all workers that the learning rate counted on")
             .above(0)},
        ""},
       TimingModel::live_trace},
  });
  return table.with(own_timings(), [](const OwnTiming& own) { return row_of(own); });
}

const std::vector<Choice<MakeDistribution>>& rate_distributions() {
  static const std::vector<Choice<MakeDistribution>> table = {
      {{"lognormal",
        "rate_i = mean·exp(sigma·z − sigma²/2), z normal",
        "",
        {Field("mean", type_number, 1.0, "mean rate").above(0),
         Field("sigma", type_number, 0.5, "standard deviation of the logarithm").at_least(0).at_most(10)},
        ""},
       [](const Node& node) -> GradientRates {
         return LognormalRate{node.number("mean"), node.number("sigma")};
       }},
      {{"uniform",
        "uniform between low and high",
        "",
        {Field("low", type_number, 0.5, "smallest rate").at_least(0),
         Field("high", type_number, 1.5, "largest rate").above(0)},
        ""},
       [](const Node& node) -> GradientRates {
         return UniformRate{node.number("low"), node.number("high")};
       }},
      {{"two_speed",
        "stragglers: a fraction of the workers, chosen by seed, is slow",
        "",
        {Field("fast", type_number, 1.0, "rate of the fast workers").above(0),
         Field("slow", type_number, 0.25, "rate of the slow workers").at_least(0),
         Field("slow_fraction", type_number, 0.1, "share of slow workers").at_least(0).at_most(1)},
        ""},
       [](const Node& node) -> GradientRates {
         return TwoSpeedRate{node.number("fast"), node.number("slow"), node.number("slow_fraction")};
       }},
      {{"file",
        "the rates of a CSV file, with the columns worker (name or number) and rate",
        "",
        {Field("file", type_string, required(), "its path, relative to the configuration").path()},
        "file"},
       [](const Node& node) -> GradientRates {
         return ReadRates(
             [file = node.file("file").string()](Worker workers, std::span<const std::string> names) {
               return read_worker_rates(file, workers, names);
             });
       }},
      {{"attribute",
        "the rates that the topology's file gives its nodes (GraphML, GML, DOT, GEXF, Pajek, node-link JSON)",
        "",
        {Field("attribute", type_string, required(), "the name of the nodes' attribute")},
        "attribute"},
       [](const Node&) -> GradientRates { return RatesOfGraph{}; }},
  };
  return table;
}

const std::vector<Choice<Sampling>>& samplings() {
  static const std::vector<Choice<Sampling>> table = {
      {{"with_replacement", "independent uniform draws", "", {}, ""}, Sampling::with_replacement},
      {{"without_replacement", "distinct rows within a batch", "", {}, ""}, Sampling::without_replacement},
      {{"epoch", "a new random order of the worker's rows in each of its epochs", "", {}, ""},
       Sampling::epoch},
  };
  return table;
}

const std::vector<Choice<Backend>>& backends() {
  static const std::vector<Choice<Backend>> table = {
      {{"serial",
        "one thread applies every event in order: the definition of correct; repeats and sweep cells run "
        "side "
        "by side",
        "",
        {},
        ""},
       Backend::serial},
      {{"openmp",
        "events of disjoint workers run side by side on --threads threads; same digest",
        "",
        {},
        ""},
       Backend::openmp},
      {{"mpi",
        "mpirun -np P acidsim run FILE --backend mpi: P processes, on one host or several, each with its "
        "share "
        "of "
        "the workers; same digest",
        "",
        {},
        ""},
       Backend::mpi},
      {{"live",
        "asynchronous training in wall-clock time: each worker with a gradient loop and an averaging loop, "
        "in "
        "one "
        "process or over the ranks of mpirun; DIR/replay.json carries it out again, with the same digest; "
        "--resume goes on from its checkpoints",
        "Nabli et al. 2023, section 4 and its implementation",
        {},
        ""},
       Backend::live},
  };
  return table;
}

std::string name_of(Backend backend) {
  for (const Choice<Backend>& row : backends())
    if (row.value == backend) return row.name;
  throw std::logic_error("a backend without a row");
}

}  // namespace acidsim
