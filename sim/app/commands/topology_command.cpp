// acidsim topology: graphs, their rates, their χ's and the constants of A²CiD².
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/app/commands/commands.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/output/files.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/plan.hpp"
#include "topologies/files/files.hpp"
#include "topologies/files/node_link.hpp"
#include "topologies/structure.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

// A "name=value" parameter; values are JSON, or else strings. "rates.name=value" is a parameter of the rates.
void add_parameter(Json& topology, const std::string& parameter) {
  const auto equals = parameter.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError("--param", "not of the form name=value", parameter, "for example --param degree=4");
  Json value = Json::parse(parameter.substr(equals + 1), nullptr, false);
  if (value.is_discarded()) value = parameter.substr(equals + 1);
  const std::string name = parameter.substr(0, equals);
  if (!name.starts_with("rates.")) {
    topology[name] = value;
    return;
  }
  Json& rates = topology["rates"];
  if (!rates.is_object()) rates = rates.is_null() ? Json::object() : Json{{"scheme", rates}};
  rates[name.substr(6)] = value;
}

// The options as an experiment with that topology alone.
Json source_of(const TopologyOptions& options) {
  Json topology = Json::object();
  if (!options.file.empty()) {
    topology["file"] = options.file == "-" ? "/dev/stdin" : fs::absolute(options.file).string();
  } else {
    topology["family"] = options.family;
    if (options.workers) topology["workers"] = *options.workers;
  }
  if (!options.rates.empty()) {
    Json rates = Json::parse(options.rates, nullptr, false);
    topology["rates"] = rates.is_object() ? rates : Json(options.rates);
  }
  for (const std::string& parameter : options.parameters) add_parameter(topology, parameter);
  return {{"name", "topology"}, {"topology", topology}};
}

// One topology of the experiment.
struct Item {
  Json topology;
  double rate;  // the communication rate that was asked for
  Network network;
};

struct Facts {
  A2cid2Parameters a2cid2;
  std::pair<Worker, Worker> degrees;  // smallest and largest
  std::size_t bridges;
  Diameter diameter;
  std::optional<GraphConstants> closed_form;
};

// χ1 and χ2 by formula, where the family has one for these rates.
std::optional<GraphConstants> closed_form_of(const Item& item) {
  const Node topology(item.topology, "/topology");
  const FamilyRow& family = family_of(topology);
  const Node rates = topology.child("rates");
  const std::string scheme = rates.text("scheme");
  const bool fits = scheme == "uniform_edge" ||
                    (family.edges_alike && (scheme == "uniform_neighbor" || scheme == "metropolis"));
  if (!family.constants || !fits || rates.has("max_worker_rate") || topology.has("failures"))
    return std::nullopt;
  return family.constants(topology, item.rate);
}

Facts facts_of(const Item& item) {
  const Network& network = item.network;
  Facts facts{a2cid2_parameters(*network.constants()), {}, 0, {}, closed_form_of(item)};
  if (!std::isfinite(facts.a2cid2.eta) || !std::isfinite(facts.a2cid2.alpha_tilde))
    throw InputError("--rate", "too far from 1 for the constants of A²CiD²", fmt::format("{}", item.rate),
                     "a smaller or larger rate");
  Graph graph;
  graph.workers = network.graph.workers;
  graph.edges = network.edges.list();
  const std::vector<Worker> degree = degrees(graph);
  const auto [low, high] = std::minmax_element(degree.begin(), degree.end());
  facts.degrees = {*low, *high};
  const CompressedRows rows = compressed_rows(graph.workers, graph.edges);
  facts.bridges = count_bridges(blocks(rows, network.edges.size()));
  facts.diameter = diameter(rows);
  return facts;
}

Json json_of(const Item& item, const Facts& facts) {
  const Network& network = item.network;
  const Spectrum& s = *network.spectrum;
  const Edge edge = network.edges[s.chi_2_edge];
  const auto optional = [](const std::optional<double>& value) {
    return value ? Json(*value) : Json(nullptr);
  };
  Json result = {{"name", network.graph.name},
                 {"family", item.topology.value("family", Json(nullptr))},
                 {"workers", network.graph.workers},
                 {"edges", network.edges.size()},
                 {"degrees", {facts.degrees.first, facts.degrees.second}},
                 {"diameter", facts.diameter.exact() ? Json(facts.diameter.low) : Json(nullptr)},
                 {"diameter_bounds", {facts.diameter.low, facts.diameter.high}},
                 {"bridges", facts.bridges},
                 {"rate", item.rate},
                 {"rates", item.topology["rates"]["scheme"]},
                 {"rate_total", network.rate_total},
                 {"averagings_per_worker", network.averagings_per_worker()},
                 {"chi_1", s.chi_1},
                 {"chi_2", s.chi_2},
                 {"sqrt_chi1_chi2", std::sqrt(s.chi_1 * s.chi_2)},
                 {"chi_1_bounds", {s.chi_1_bounds.low, s.chi_1_bounds.high}},
                 {"chi_2_bounds", {s.chi_2_bounds.low, s.chi_2_bounds.high}},
                 {"exact", s.exact},
                 {"chi_2_edge", {edge.i, edge.j}},
                 {"eta", facts.a2cid2.eta},
                 {"alpha", facts.a2cid2.alpha},
                 {"alpha_tilde", facts.a2cid2.alpha_tilde},
                 {"speed_up", std::sqrt(s.chi_1 / s.chi_2)},
                 {"method", s.method},
                 {"foster_residual", optional(s.foster_residual)},
                 {"eigen_residual", optional(s.eigen_residual)}};
  result["closed_form"] = facts.closed_form
                              ? Json{{"chi_1", facts.closed_form->chi_1}, {"chi_2", facts.closed_form->chi_2}}
                              : Json(nullptr);
  if (network.changes()) result["phases"] = network.phases.size();
  if (network.certificate)
    result["certificate"] = {{"objective", item.topology["rates"]["objective"]},
                             {"value", network.certificate->value},
                             {"uniform_value", network.certificate->uniform_value},
                             {"lower_bound", network.certificate->lower_bound},
                             {"gap", network.certificate->gap()}};
  return result;
}

std::string text_of(const Bounds& bounds) {
  return bounds.high - bounds.low <= 1e-12 * bounds.high
             ? ""
             : fmt::format("   in [{:.12g}, {:.12g}]", bounds.low, bounds.high);
}

void print_table(const Item& item, const Facts& facts) {
  const Network& network = item.network;
  const Spectrum& s = *network.spectrum;
  const Edge edge = network.edges[s.chi_2_edge];
  const auto name = [&](Worker i) {
    return network.graph.worker_names.empty() ? std::to_string(i) : network.graph.worker_names[i];
  };
  const auto line = [](const char* label, const std::string& text) {
    fmt::print("  {:<22}{}\n", label, text);
  };
  fmt::print("{}\n", network.graph.name);
  line("workers n", fmt::format("{}", network.graph.workers));
  line("edges m", fmt::format("{}", network.edges.size()));
  line("degrees", fmt::format("{} to {}", facts.degrees.first, facts.degrees.second));
  line("diameter", facts.diameter.exact() ? fmt::format("{}", facts.diameter.low)
                                          : fmt::format("{} to {}", facts.diameter.low, facts.diameter.high));
  line("bridges", fmt::format("{}", facts.bridges));
  if (network.changes())
    line("phases", fmt::format("{}; χ1, χ2 are those of the average Laplacian", network.phases.size()));
  if (network.directed())
    line("directed", "the figures here are those of its edges without their directions");
  line("rates",
       fmt::format("{}: {:.6g} averagings per worker and unit time, {:.12g} communications per unit time",
                   item.topology["rates"]["scheme"].get<std::string>(), network.averagings_per_worker(),
                   network.rate_total));
  line("χ1 = 1/λ2", fmt::format("{:.12g}{}", s.chi_1, text_of(s.chi_1_bounds)));
  line("χ2 = ½ max R", fmt::format("{:.12g}{}   at edge ({}, {})", s.chi_2, text_of(s.chi_2_bounds),
                                   name(edge.i), name(edge.j)));
  line("√(χ1χ2)", fmt::format("{:.12g}", std::sqrt(s.chi_1 * s.chi_2)));
  line("A²CiD²: η", fmt::format("{:.12g}", facts.a2cid2.eta));
  line("        α", fmt::format("{:.12g}", facts.a2cid2.alpha));
  line("        α̃", fmt::format("{:.12g}", facts.a2cid2.alpha_tilde));
  line("χ1 / √(χ1χ2)",
       fmt::format("{:.4g}   (speed-up over gossip that the theory promises, up to constants)",
                   std::sqrt(s.chi_1 / s.chi_2)));
  if (network.certificate) {
    const RateCertificate& c = *network.certificate;
    line("optimised", fmt::format("{} = {:.8g}: {:.4g}× better than uniform_edge ({:.8g}); no rates within "
                                  "the budget go below {:.8g} (gap {:.2g})",
                                  item.topology["rates"]["objective"].get<std::string>(), c.value,
                                  c.uniform_value / c.value, c.uniform_value, c.lower_bound, c.gap()));
  }
  if (facts.closed_form)
    line("closed form",
         fmt::format("χ1 {:.12g}, χ2 {:.12g}", facts.closed_form->chi_1, facts.closed_form->chi_2));
  line("method", s.method);
  std::string checks = s.foster_residual ? fmt::format("Foster residual {:.1e}", *s.foster_residual) : "";
  if (s.eigen_residual)
    checks += fmt::format("{}eigenpair residual {:.1e}", checks.empty() ? "" : ", ", *s.eigen_residual);
  if (!checks.empty()) line("self-checks", checks);
  if (!s.exact) line("", "not exact: the bounds above hold");
}

void write_new_file(const std::string& flag, const fs::path& file, const std::string& content) {
  std::error_code ignored;
  if (fs::exists(file, ignored))
    throw InputError(flag, "is there already", file.string(), "choose another name; nothing was written");
  try {
    write_file(file, content);
  } catch (const std::runtime_error&) {
    throw InputError(flag, "cannot be written", file.string(), "no such folder, no permission, or disk full");
  }
}

std::string edge_table(const Network& network) {
  fmt::memory_buffer out;
  const auto to = std::back_inserter(out);
  const bool named = !network.graph.worker_names.empty();
  fmt::format_to(to, "i,j,rate,resistance{}\n", named ? ",name_i,name_j" : "");
  for (std::size_t k = 0; k < network.edges.size(); ++k) {
    const Edge e = network.edges[k];
    fmt::format_to(to, "{},{},{},{}", e.i, e.j, e.rate, network.spectrum->resistances[k]);
    if (named)
      fmt::format_to(to, ",{},{}", csv_text(network.graph.worker_names[e.i]),
                     csv_text(network.graph.worker_names[e.j]));
    fmt::format_to(to, "\n");
  }
  return fmt::to_string(out);
}

std::string exported(const Network& network, const fs::path& file) {
  if (network.directed())
    throw InputError(file.string(),
                     "is not written: the graph is directed, and exported files hold no directions",
                     network.graph.name, "an undirected graph");
  Graph graph = network.graph;
  graph.edges = network.edges.list();  // with λ_ij as weights
  graph.weights_are_rates = true;
  std::vector<EdgeValues> values;
  if (!network.spectrum->resistances.empty()) values.push_back({"resistance", network.spectrum->resistances});
  std::ostringstream out;
  try {
    write_graph(graph, values, file.extension().string(), out);
  } catch (const InputError& error) {
    throw error.within("--export");
  }
  return out.str();
}

// The distinct topologies of the experiment's cells.
std::vector<Item> make_items(const Configuration& configuration, const TopologyOptions& options) {
  std::vector<Item> items;
  std::set<std::string> seen;
  NetworkCache cache;
  for (const Cell& cell : configuration.cells) {
    const Json& topology = cell.config["topology"];
    const double rate = options.rate.value_or(cell.config["timing"]["communication_rate"].get<double>());
    if (!(rate > 0) || !std::isfinite(rate))
      throw InputError("--rate", "not a positive number", fmt::format("{}", rate),
                       "averagings per worker and unit time");
    if (!seen.insert(fmt::format("{} {}", topology.dump(), rate)).second) continue;
    const auto need = options.edges.empty() ? SpectrumNeed::needed : SpectrumNeed::with_resistances;
    items.push_back({topology, rate,
                     make_network(bind_topology(Node(topology, "/topology", configuration.directory)), rate,
                                  need, cache)});
    if (items.back().network.graph.workers == 1)
      throw InputError("/topology/workers", "one worker has no neighbours, and so no χ1 and χ2", "1",
                       "at least 2");
    for (const std::string& notice : items.back().network.notices) spdlog::warn(notice);
  }
  return items;
}

void print_items(const std::vector<Item>& items, bool json) {
  Json list = Json::array();
  for (const Item& item : items) {
    const Facts facts = facts_of(item);
    if (json)
      list.push_back(json_of(item, facts));
    else
      print_table(item, facts);
  }
  if (json) fmt::print("{}\n", (items.size() == 1 ? list[0] : Json{{"topologies", list}}).dump(1));
}

}  // namespace

int topology_command(const TopologyOptions& options) {
  if (options.file.empty() == options.family.empty())
    throw InputError("acidsim topology", "needs a file or a family", "",
                     "acidsim topology FILE, or --family NAME --workers N");
  if (printable_text(options.file) != options.file)
    throw InputError("acidsim topology", "the file's name is not text in UTF-8", printable_text(options.file),
                     "give it another name");
  const bool experiment = fs::path(options.file).extension() == ".json" && !is_node_link(options.file);
  if (experiment && (!options.parameters.empty() || options.workers))
    throw InputError("acidsim topology", "--workers and --param go with --family or a graph's file",
                     options.file, "edit the experiment, or name a family");
  std::vector<Item> items;
  try {
    std::vector<std::string> settings;
    if (experiment && !options.rates.empty()) settings.push_back("topology.rates=" + options.rates);
    items = make_items(
        experiment ? load_configuration(options.file, settings) : make_configuration("", source_of(options)),
        options);
  } catch (const InputError& error) {
    const bool named = error.place().starts_with("--") || error.place().starts_with(options.file + ":");
    throw named ? error : error.within(experiment ? options.file : "acidsim topology");
  }
  const bool writes = !options.edges.empty() || !options.export_to.empty();
  if (writes && items.size() > 1)
    throw InputError(options.file, "holds several topologies", fmt::format("{}", items.size()),
                     "--edges and --export write one");
  const std::string graph =
      options.export_to.empty() ? std::string() : exported(items[0].network, options.export_to);
  if (!options.edges.empty()) write_new_file("--edges", options.edges, edge_table(items[0].network));
  if (!options.export_to.empty()) write_new_file("--export", options.export_to, graph);
  print_items(items, options.json);
  return 0;
}

}  // namespace acidsim
