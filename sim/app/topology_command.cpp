// acidsim topology: a graph, its rates, its χ's and the constants of A²CiD².
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/app/commands.hpp"
#include "sim/app/plan.hpp"

namespace acidsim {
namespace {

// A "name=value" parameter; values are JSON, or else strings.
void add_parameter(Json& topology, const std::string& parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError("--param", "not of the form name=value", parameter, "for example --param degree=4");
  Json value = Json::parse(parameter.substr(equals + 1), nullptr, false);
  topology[parameter.substr(0, equals)] = value.is_discarded() ? Json(parameter.substr(equals + 1)) : value;
}

// The options as an experiment with that topology alone.
Json source_of(const TopologyOptions& options) {
  Json topology = Json::object();
  if (!options.file.empty()) {
    topology["file"] = std::filesystem::absolute(options.file).string();
  } else {
    topology["family"] = options.family;
    if (options.workers) topology["workers"] = *options.workers;
  }
  for (const std::string& parameter : options.parameters) add_parameter(topology, parameter);
  return {{"name", "topology"}, {"topology", topology}};
}

void print_table(const Network& network, const A2cid2Parameters& parameters, double rate) {
  const Spectrum& s = *network.spectrum;
  const std::vector<Worker> degree = degrees(network.graph);
  const auto [low, high] = std::minmax_element(degree.begin(), degree.end());
  const Edge& edge = network.edges[s.chi_2_edge];
  const auto name = [&](Worker i) {
    return network.graph.worker_names.empty() ? std::to_string(i) : network.graph.worker_names[i];
  };
  fmt::print("{}\n", network.graph.name);
  fmt::print("  workers n             {}\n  edges m               {}\n  degrees               {} to {}\n",
             network.graph.workers, network.edges.size(), *low, *high);
  fmt::print(
      "  rate                  {} averagings per worker and unit time, {} communications per unit time\n",
      rate, network.rate_total);
  fmt::print(
      "  χ1 = 1/λ2             {:.12g}\n  χ2 = ½ max R          {:.12g}   at edge ({}, {})\n  √(χ1χ2)        "
      "       {:.12g}\n",
      s.chi_1, s.chi_2, name(edge.i), name(edge.j), std::sqrt(s.chi_1 * s.chi_2));
  fmt::print(
      "  A²CiD²: η             {:.12g}\n          α             {:.12g}\n          α̃             {:.12g}\n",
      parameters.eta, parameters.alpha, parameters.alpha_tilde);
  fmt::print(
      "  χ1 / √(χ1χ2)          {:.4g}   (speed-up over gossip that the theory promises, up to constants)\n",
      std::sqrt(s.chi_1 / s.chi_2));
  fmt::print("  method                {}; Foster residual {:.1e}, eigenpair residual {:.1e}\n", s.method,
             s.foster_residual, s.eigen_residual);
}

}  // namespace

int topology_command(const TopologyOptions& options) {
  if (options.file.empty() == options.family.empty())
    throw InputError("acidsim topology", "needs a file or a family", "",
                     "acidsim topology FILE, or --family NAME --workers N");
  const bool experiment = std::filesystem::path(options.file).extension() == ".json";
  if (experiment && (!options.parameters.empty() || options.workers))
    throw InputError("acidsim topology", "--workers and --param go with --family", options.file,
                     "edit the experiment, or name a family");
  Configuration configuration;
  Network network;
  double rate = 0;
  try {
    std::vector<std::string> settings;
    if (!options.rates.empty()) settings.push_back("topology.rates=" + options.rates);
    configuration = experiment ? load_configuration(options.file, settings)
                               : make_configuration("", source_of(options), settings);
    const Json& topology = configuration.cells[0].config["topology"];
    rate = options.rate.value_or(configuration.cells[0].config["timing"]["communication_rate"].get<double>());
    if (!(rate > 0) || !std::isfinite(rate))
      throw InputError("--rate", "not a positive number", fmt::format("{}", rate),
                       "averagings per worker and unit time");
    network = make_network(Node(topology, "/topology", configuration.directory()), rate, true);
  } catch (const InputError& error) {
    const bool named = error.place().starts_with("--") || error.place().starts_with(options.file + ":");
    throw named ? error : error.within(experiment ? options.file : "acidsim topology");
  }
  const Json& config = configuration.cells[0].config;
  for (const std::string& notice : network.notices) spdlog::warn(notice);
  if (!network.spectrum)
    throw InputError("acidsim topology", "χ1 and χ2 are " + network.no_spectrum, "",
                     fmt::format("at most {} workers", largest_dense_spectrum));
  const A2cid2Parameters parameters = a2cid2_parameters(network.spectrum->constants());
  if (!std::isfinite(parameters.eta) || !std::isfinite(parameters.alpha_tilde))
    throw InputError("--rate", "too far from 1 for the constants of A²CiD²", fmt::format("{}", rate),
                     "a smaller or larger rate");
  if (!options.json) {
    print_table(network, parameters, rate);
    return 0;
  }
  const Edge& edge = network.edges[network.spectrum->chi_2_edge];
  const Json result = {{"name", network.graph.name},
                       {"workers", network.graph.workers},
                       {"edges", network.edges.size()},
                       {"rate", rate},
                       {"rates", config["topology"]["rates"]},
                       {"rate_total", network.rate_total},
                       {"chi_1", network.spectrum->chi_1},
                       {"chi_2", network.spectrum->chi_2},
                       {"chi_2_edge", {edge.i, edge.j}},
                       {"eta", parameters.eta},
                       {"alpha", parameters.alpha},
                       {"alpha_tilde", parameters.alpha_tilde},
                       {"method", network.spectrum->method},
                       {"foster_residual", network.spectrum->foster_residual},
                       {"eigen_residual", network.spectrum->eigen_residual}};
  fmt::print("{}\n", result.dump(1));
  return 0;
}

}  // namespace acidsim
