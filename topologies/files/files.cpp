#include "topologies/files/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "topologies/files/assemble.hpp"
#include "topologies/files/graph_input.hpp"
#include "topologies/files/node_link.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

using Parse = RawGraph (*)(std::istream&, const std::string&, const ReadOptions&);

struct Format {
  std::string id;    // in a configuration
  std::string name;  // for people
  std::vector<std::string> extensions;
  Parse parse;
  bool takes_columns = false, takes_rate_attribute = false;
  bool says_directions = true;  // where links are not directed, they are undirected
  bool has_node_attributes = false;
};

// A reader that has no options.
template <RawGraph (*parse)(std::istream&, const std::string&)>
RawGraph plainly(std::istream& in, const std::string& file, const ReadOptions&) {
  return parse(in, file);
}

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"edge_list",
       "edge list",
       {".txt", ".csv", ".tsv", ".edges", ".edgelist", ".el", ".dat", ".ncol", ""},
       parse_edge_list,
       true,
       true,
       false},
      {"graphml", "GraphML", {".graphml", ".xml"}, parse_graphml, false, true, true, true},
      {"gml", "GML", {".gml"}, parse_gml, false, true, true, true},
      {"dot", "DOT", {".dot", ".gv"}, parse_dot, false, true, true, true},
      {"gexf", "GEXF", {".gexf"}, parse_gexf, false, true, true, true},
      {"pajek", "Pajek", {".net", ".paj"}, parse_pajek, false, false, true, true},
      {"matrix_market", "Matrix Market", {".mtx", ".mm"}, plainly<parse_matrix_market>},
      {"matrix", "dense matrix", {}, plainly<parse_matrix>},
      {"metis", "METIS", {".graph", ".metis"}, plainly<parse_metis>},
      {"adjacency_list", "adjacency list", {".adjlist"}, plainly<parse_adjacency_list>, false, false, false},
      {"neighbours", "neighbours line by line", {}, plainly<parse_neighbours>, false, false, false},
      {"lgl", "LGL", {".lgl"}, plainly<parse_lgl>},
      {"sif", "SIF", {".sif"}, plainly<parse_sif>},
      {"dimacs", "DIMACS", {".dimacs", ".col", ".gr"}, plainly<parse_dimacs>},
      {"node_link", "node-link JSON", {".json"}, parse_node_link, false, true, true, true},
  };
  return all;
}

// Of other formats, so that a file with one of them is no edge list.
bool is_foreign(const std::string& extension) {
  static const std::vector<std::string> foreign = {".g6", ".s6", ".pkl", ".h5",  ".npz", ".npy",  ".mat",
                                                   ".gt", ".xz", ".bz2", ".zip", ".zst", ".xlsx", ".parquet"};
  return std::find(foreign.begin(), foreign.end(), extension) != foreign.end();
}

const Format* with_extension(const std::string& extension) {
  for (const Format& format : formats()) {
    if (std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end())
      return &format;
  }
  return nullptr;
}

const Format& with_id(const std::string& id) {
  for (const Format& format : formats())
    if (format.id == id) return format;
  const std::vector<std::string> known = format_names();
  throw InputError("format", "unknown name", id, unknown_name_hint(id, known));
}

// What a pipe without a name brings: the formats that their first bytes betray, else an edge list.
const Format& betrayed_by(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n\xef\xbb\xbf"), head.size()));
  const std::string start = lower(head.substr(0, 400));
  const auto begins = [&](std::string_view word) { return start.starts_with(word); };
  if (begins("{")) return with_id("node_link");
  if (begins("<")) return with_id(start.find("<gexf") != start.npos ? "gexf" : "graphml");
  if (begins("%%matrixmarket") || begins("%matrixmarket")) return with_id("matrix_market");
  if (begins("*vertices") || begins("*network")) return with_id("pajek");
  const std::size_t bracket = start.find_first_of("[{\n");
  const bool opens = bracket != start.npos && start[bracket] != '\n';
  if (begins("digraph") || begins("strict") || (begins("graph") && opens && start[bracket] == '{'))
    return with_id("dot");
  if ((begins("graph") && opens) || begins("creator")) return with_id("gml");
  return with_id("edge_list");
}

// The file's name without .gz.
fs::path unpacked_name(const fs::path& file) {
  return lower(file.extension().string()) == ".gz" ? file.parent_path() / file.stem() : file;
}

std::string known_with_attributes(bool Format::*has) {
  std::vector<std::string> names;
  for (const Format& format : formats())
    if (format.*has) names.push_back(format.name);
  return fmt::format("known with attributes: {}", fmt::join(names, ", "));
}

void check_options(const Format& format, const ReadOptions& options, const std::string& file) {
  if (!options.columns.empty() && !format.takes_columns)
    throw InputError("columns", "only tables of edges have columns", format.name, "leave `columns` out");
  if (!options.columns.empty() && options.columns.size() != 2 && options.columns.size() != 3)
    throw InputError("columns", "not two or three names", fmt::format("{}", options.columns.size()),
                     "worker, worker and perhaps the rate");
  if (options.needed && !format.takes_rate_attribute)
    throw InputError(file,
                     fmt::format("edges of this format have no attributes, and their {} is asked for",
                                 beginning(options.rate_attribute)),
                     format.name, known_with_attributes(&Format::takes_rate_attribute));
  if (!options.rate_attribute.empty() && !format.takes_rate_attribute)
    throw InputError("rate_attribute", "edges of this format have no attributes", format.name,
                     "leave `rate_attribute` out");
  if (!options.worker_rate_attribute.empty() && !format.has_node_attributes)
    throw InputError(file,
                     fmt::format("nodes of this format have no attributes, and their {} is asked for",
                                 beginning(options.worker_rate_attribute)),
                     format.name, known_with_attributes(&Format::has_node_attributes));
}

}  // namespace

const std::vector<std::string>& known_formats() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> lines;
    for (const Format& format : formats()) {
      std::vector<std::string> extensions = format.extensions;
      std::erase(extensions, "");
      lines.push_back(extensions.empty() ? format.name
                                         : fmt::format("{} ({})", format.name, fmt::join(extensions, ", ")));
    }
    return lines;
  }();
  return all;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.push_back(format.id);
  return names;
}

LoadedGraph read_graph(const fs::path& file, const ReadOptions& options) {
  GraphInput input(file);
  const std::string name = printable_text(file.string());
  const std::string extension = lower(unpacked_name(file).extension().string());
  const std::string known = fmt::format("known: {}", fmt::join(known_formats(), "; "));
  const Format* format = options.format.empty() ? with_extension(extension) : &with_id(options.format);
  if (options.format.empty() && extension.empty() && input.from_pipe()) format = &betrayed_by(input.head());
  if (format == nullptr && is_foreign(extension))
    throw InputError(name, "no graph format that is read here", extension, known);
  const Format& chosen = format ? *format : with_id("edge_list");
  check_options(chosen, options, name);
  RawGraph raw = chosen.parse(input.stream(), name, options);
  raw.undirected = raw.undirected || (!raw.directed && chosen.says_directions);
  if (format == nullptr)
    raw.notices.insert(raw.notices.begin(),
                       fmt::format("{}: read as an edge list, since the extension {} says nothing; {}", name,
                                   extension, known));
  if (raw.name.empty()) raw.name = printable_text(unpacked_name(file).stem().string());
  return assemble(std::move(raw), name, options);
}

}  // namespace acidsim
