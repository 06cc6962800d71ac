#include "topologies/files/files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "topologies/files/assemble.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

struct Format {
  std::string name;
  std::vector<std::string> extensions;
  RawGraph (*parse)(std::istream&, const std::string&);
};

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {
      {"edge list", {".txt", ".csv", ".tsv", ".edges", ".edgelist", ".el", ".dat", ""}, parse_edge_list},
      {"GraphML", {".graphml", ".xml"}, parse_graphml},
      {"GML", {".gml"}, parse_gml},
      {"DOT", {".dot", ".gv"}, parse_dot},
      {"Matrix Market", {".mtx", ".mm"}, parse_matrix_market},
      {"METIS", {".graph", ".metis"}, parse_metis},
  };
  return all;
}

// Of other formats, so that a file with one of them is no edge list.
bool is_foreign(const std::string& extension) {
  static const std::vector<std::string> foreign = {".gexf", ".net", ".paj", ".g6", ".s6",  ".pkl", ".h5",
                                                   ".npz",  ".mat", ".gz",  ".xz", ".bz2", ".zip", ".zst"};
  return std::find(foreign.begin(), foreign.end(), extension) != foreign.end();
}

}  // namespace

const std::vector<std::string>& known_formats() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> lines;
    for (const Format& format : formats()) {
      std::vector<std::string> extensions = format.extensions;
      std::erase(extensions, "");
      lines.push_back(fmt::format("{} ({})", format.name, fmt::join(extensions, ", ")));
    }
    lines.push_back("node-link JSON (.json)");
    return lines;
  }();
  return all;
}

LoadedGraph read_graph(const fs::path& file, const ReadOptions& options) {
  std::ifstream in = open_graph_file(file);
  const std::string extension = lower(file.extension().string());
  const std::string known = fmt::format("known: {}", fmt::join(known_formats(), "; "));
  for (const Format& format : formats()) {
    if (std::find(format.extensions.begin(), format.extensions.end(), extension) != format.extensions.end())
      return assemble(format.parse(in, file.string()), file.string(), options);
  }
  if (is_foreign(extension) || extension == ".json")
    throw InputError(file.string(), "no graph format that is read here", extension, known);
  RawGraph raw = parse_edge_list(in, file.string());
  raw.notices.insert(raw.notices.begin(),
                     fmt::format("{}: read as an edge list, since the extension {} says nothing; {}",
                                 file.string(), extension, known));
  return assemble(std::move(raw), file.string(), options);
}

}  // namespace acidsim
