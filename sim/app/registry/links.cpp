// What messages take on their way: numbers, attributes of a graph's edges, tables, or regions.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>

#include "sim/app/registry/registry.hpp"
#include "sim/data/link_table.hpp"

namespace acidsim {
namespace {

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

// Latencies or bandwidths: one for all edges, or one for each.
struct LinkValues {
  std::function<std::vector<double>(const LinksOf& of)> make;
  bool of_edges = false;
};

double rate_in(const Graph& graph, const Edge& edge, std::span<const std::string> names) {
  const auto before = [](const Edge& a, const Edge& b) { return std::pair(a.i, a.j) < std::pair(b.i, b.j); };
  const auto found = std::lower_bound(graph.edges.begin(), graph.edges.end(), edge, before);
  if (found == graph.edges.end() || before(edge, *found))
    throw InputError("", "the file has another graph now, without an edge", described_edge(edge, names));
  return found->rate;
}

// `{"attribute": …}`: what the edges of the topology's file say.
LinkValues values_of_attribute(const Node& node, const Node& topology, bool latency) {
  const std::string attribute = node.text("attribute");
  if (attribute.empty()) throw node.error("attribute", "is empty", "the name of an attribute of edges");
  if (!topology.has("file"))
    throw node.error("attribute", "the topology is no file whose edges could have the attribute",
                     "{\"topology\": {\"file\": \"net.graphml\"}}, or give a number");
  NeededAttribute needed{.least_of_repeated = latency};
  const double scale = node.number("scale");
  if (node.has("missing")) needed.missing = node.number("missing");
  struct File {
    std::once_flag read;  // for all repeats
    Graph graph;
  };
  return {[kept = KeptNode(topology), path = node.path(), attribute, needed, scale, latency,
           file = std::make_shared<File>()](const LinksOf& of) {
            return with_error_path(path, [&] {
              std::call_once(file->read,
                             [&] { file->graph = graph_by_attribute(kept.node(), attribute, needed); });
              std::vector<double> values;
              for (const Edge& edge : of.edges) {
                const double value = rate_in(file->graph, edge, of.names);
                if (!latency && value == 0)
                  throw InputError("", fmt::format("the {} of an edge is 0", attribute),
                                   described_edge(edge, of.names), "a number > 0");
                values.push_back(scale * value);
              }
              return values;
            });
          },
          true};
}

LinkValues link_values(const Node& node, const Node& topology, const char* key, double otherwise,
                       bool latency) {
  if (node.has(key) && node.json()[key].is_object())
    return values_of_attribute(node.child(key), topology, latency);
  return {
      [value = node.has(key) ? node.number(key) : otherwise](const LinksOf&) { return std::vector{value}; }};
}

std::vector<Link> joined_links(const std::vector<double>& latencies, const std::vector<double>& bandwidths) {
  std::vector<Link> links(std::max(latencies.size(), bandwidths.size()));
  for (std::size_t e = 0; e < links.size(); ++e)
    links[e] = {latencies[latencies.size() == 1 ? 0 : e], bandwidths[bandwidths.size() == 1 ? 0 : e]};
  return links;
}

std::vector<Link> listed_links(const std::string& file, const LinksOf& of) {
  const LinkTable table = read_links(file, of.workers, of.names, of.edges);
  return joined_links(table.latencies.empty() ? std::vector{0.0} : table.latencies,
                      table.bandwidths.empty() ? std::vector{infinity} : table.bandwidths);
}

// Fields of `{"attribute": …}`.
std::vector<Field> attribute_fields(bool latency, const char* unit) {
  Field missing("missing", type_number | type_null, nullptr,
                "of edges without it, in the file's units; null = such edges are refused");
  missing.minimum = 0;
  missing.above_minimum = !latency;
  return {Field("attribute", type_string, required(),
                "of the edges, as the topology's file names it: an attribute or a column of numbers"),
          Field("scale", type_number, 1.0, fmt::format("{} in one of the file's", unit)).above(0), missing};
}

// Numbers or another source beside one that gives all of them.
void refuse_beside(const char* source, const Node& node) {
  for (const char* other : {"latency", "bandwidth", "regions", "links"}) {
    if (std::string_view(other) == source || !node.has(other) || node.json()[other] == 0) continue;
    throw node.error(other, fmt::format("stands beside {}, which say what messages take", source),
                     "one of the two");
  }
}

}  // namespace

Field transfer_field() {
  return Field("transfer", type_object | type_null, nullptr,
               "what messages take on their way; null = no time")
      .with({Field("latency", type_number | type_object, 0.0,
                   "of a message, in units of time; or an attribute of the edges of the topology's file")
                 .at_least(0)
                 .with(attribute_fields(true, "units of time")),
             Field("bandwidth", type_number | type_object | type_null, nullptr,
                   "bytes per unit of time, or an attribute of the edges; null = no limit")
                 .above(0)
                 .with(attribute_fields(false, "bytes per unit of time")),
             Field("links", type_object | type_null, nullptr,
                   "latencies and bandwidths of the edges from a table, instead of numbers")
                 .with({Field("file", type_string, required(),
                              "CSV with the columns i, j (workers by name or number), and latency, bandwidth "
                              "or both; in the units of the numbers that it replaces")
                            .path()}),
             Field("regions", type_object | type_null, nullptr,
                   "latencies and bandwidths between regions from a file; worker i is in region i mod "
                   "their number")
                 .with({Field("file", type_string, required(),
                              "JSON with regions, delay_ms and bandwidth_gbit_s, two square tables")
                            .path(),
                        Field("unit_seconds", type_number, 1.0, "seconds in a unit of time").above(0)}),
             Field("duplex", type_string, "full", "both directions of a link at once, or one after the other")
                 .one_of({"full", "half"}),
             Field("shared_card", type_boolean, true,
                   "the messages of a worker go through its network card one after another"),
             Field("all_reduce", type_string, "ring",
                   "how the mean over all workers is made: ring = 2(n − 1) steps of 1/n of a message, tree = "
                   "2⌈log2 n⌉ steps of a message")
                 .one_of({"ring", "tree"}),
             Field("jitter", type_object | type_null, nullptr,
                   "each transfer takes a draw of mean 1 of this law times as long; null = never varies")
                 .with({Field("distribution", type_string, "exponential", "law of the factor")
                            .name_of_a(Kind::duration)})
                 .variant(Kind::duration, "distribution")});
}

TransferSource bind_transfer(const Node& node, const Node& topology) {
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
    refuse_beside("regions", node);
    const Node regions = node.child("regions");
    source.of_edges = "regions";
    source.links = [file = regions.file("file"), unit = regions.number("unit_seconds")](const LinksOf& of) {
      return region_links(file, unit, of.edges);
    };
  } else if (node.has("links")) {
    refuse_beside("links", node);
    source.of_edges = "links";
    source.links = [file = node.child("links").file("file").string()](const LinksOf& of) {
      return listed_links(file, of);
    };
  } else {
    const LinkValues latencies = link_values(node, topology, "latency", 0, true),
                     bandwidths = link_values(node, topology, "bandwidth", infinity, false);
    if (latencies.of_edges || bandwidths.of_edges)
      source.of_edges = latencies.of_edges ? "latency" : "bandwidth";
    source.links = [latencies, bandwidths](const LinksOf& of) {
      return joined_links(latencies.make(of), bandwidths.make(of));
    };
  }
  return source;
}

}  // namespace acidsim
