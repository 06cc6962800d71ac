#include "topologies/files/worker_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

using Places = std::vector<std::optional<std::array<double, 2>>>;

bool is_number(const std::string& name, std::size_t k) { return name == fmt::format("{}", k); }

std::size_t distinct(const std::vector<std::string>& names, std::unordered_map<std::string, Worker>& uses) {
  uses.clear();
  for (const std::string& name : names) ++uses[name];
  return uses.size();
}

void name_nodes(const RawGraph& raw, const std::string& file, LoadedGraph& loaded) {
  std::vector<std::string>& names = loaded.graph.worker_names;
  for (const RawGraph::Node& node : raw.nodes) names.push_back(name_of(node.name, one_line(node.id)));
  std::unordered_map<std::string, Worker> uses;
  if (distinct(names, uses) == names.size()) return;
  Worker shared = 0;
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (uses[names[k]] == 1) continue;
    ++shared;
    names[k] = fmt::format("{} ({})", names[k], one_line(raw.nodes[k].id));
  }
  loaded.notices.push_back(
      fmt::format("{}: {} workers share a name with another: their ids were added", file, shared));
  if (distinct(names, uses) == names.size()) return;
  names = {};  // ids that differ in their blanks, or a name that is another's with its id
  loaded.notices.push_back(fmt::format("{}: names do not tell the workers apart: numbered instead", file));
}

// The neighbours of every worker: those of i are list[begin[i]] … list[begin[i + 1] − 1].
struct Neighbours {
  std::vector<std::size_t> begin;
  std::vector<Worker> list;

  explicit Neighbours(const Graph& graph)
      : begin(graph.workers + std::size_t{1}, 0), list(2 * graph.edges.size()) {
    for (const Edge& e : graph.edges) {
      ++begin[e.i];
      ++begin[e.j];
    }
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const Edge& e : graph.edges) {
      list[--begin[e.i]] = e.j;
      list[--begin[e.j]] = e.i;
    }
  }
};

std::array<double, 2> mean_of_placed(const Neighbours& neighbours, Worker i, const Places& at) {
  std::array<double, 2> sum = {0, 0};
  double count = 0;
  for (std::size_t k = neighbours.begin[i]; k < neighbours.begin[i + 1]; ++k) {
    const auto& place = at[neighbours.list[k]];
    if (!place) continue;
    sum = {sum[0] + (*place)[0], sum[1] + (*place)[1]};
    ++count;
  }
  return {sum[0] / count, sum[1] / count};
}

// Breadth first from the workers with coordinates; each other worker is placed at the mean of those
// neighbours that have been placed already.
void place_amid_neighbours(const Graph& graph, Places& at) {
  const Neighbours neighbours(graph);
  std::vector<Worker> queue;
  for (Worker i = 0; i < graph.workers; ++i) {
    if (at[i]) queue.push_back(i);
  }
  for (std::size_t next = 0; next < queue.size(); ++next) {
    const Worker i = queue[next];
    for (std::size_t k = neighbours.begin[i]; k < neighbours.begin[i + 1]; ++k) {
      const Worker j = neighbours.list[k];
      if (at[j]) continue;
      at[j] = mean_of_placed(neighbours, j, at);
      queue.push_back(j);
    }
  }
}

}  // namespace

std::string name_of(const std::string& text, const std::string& fallback) {
  std::string name = beginning(one_line(text), longest_name);
  return name.empty() ? fallback : name;
}

void name_workers(const RawGraph& raw, const std::string& file, LoadedGraph& loaded) {
  std::vector<std::string>& names = loaded.graph.worker_names;
  bool numbered = raw.nodes.empty();
  for (std::size_t k = 0; k < raw.integer_ids.size() && numbered; ++k)
    numbered = raw.integer_ids[k] == static_cast<std::int64_t>(k);
  if (numbered) return;  // without making a million names first
  names.reserve(loaded.graph.workers);
  for (const std::int64_t id : raw.integer_ids) names.push_back(fmt::format("{}", id));
  if (!raw.nodes.empty()) name_nodes(raw, file, loaded);
  numbered = true;
  for (std::size_t k = 0; k < names.size() && numbered; ++k) numbered = is_number(names[k], k);
  if (numbered) names = {};
}

void place_workers(const RawGraph& raw, const std::string& file, LoadedGraph& loaded) {
  Places at;
  for (const RawGraph::Node& node : raw.nodes) at.push_back(node.coordinates);
  const auto known = std::count_if(at.begin(), at.end(), [](const auto& place) { return place.has_value(); });
  if (known == 0) return;
  if (const auto missing = static_cast<std::ptrdiff_t>(at.size()) - known; missing > 0) {
    if (component_sizes(loaded.graph).size() > 1) return;  // one of a sequence
    loaded.notices.push_back(fmt::format(
        "{}: {} of {} workers have no coordinates: put amid their neighbours", file, missing, at.size()));
    place_amid_neighbours(loaded.graph, at);
  }
  for (const auto& place : at) loaded.graph.coordinates.push_back(*place);
}

}  // namespace acidsim
