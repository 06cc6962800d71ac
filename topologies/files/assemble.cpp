#include "topologies/files/assemble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/worker_labels.hpp"

namespace acidsim {
namespace {

using Link = RawGraph::Link;
constexpr Worker gone = std::numeric_limits<Worker>::max();

class Assembler {
 public:
  Assembler(RawGraph&& raw, const std::string& file) : raw_(std::move(raw)), file_(file) {
    loaded_.notices = std::move(raw_.notices);
  }

  LoadedGraph assemble(const ReadOptions& options) {
    Graph& graph = loaded_.graph;
    least_of_repeated_ = options.needed && options.needed->least_of_repeated;
    if (options.needed) rates_ = fmt::format("values of {}", beginning(options.rate_attribute));
    graph.workers = static_cast<Worker>(std::max(raw_.nodes.size(), raw_.integer_ids.size()));
    graph.weights_are_rates = raw_.has_rates;
    graph.name = name_of(raw_.name, std::filesystem::path(file_).stem().string());
    drop_loops();
    if (options.directed)
      keep_directions(options);
    else
      orient();
    merge();
    graph.directions = std::move(directions_);
    if (options.directed)
      check_paths();
    else if (!options.one_of_a_sequence)
      connect(options);
    if (graph.workers < 2)
      throw InputError(file_, "only one worker", id_of(0), "at least 2 workers, joined by edges");
    name_workers(raw_, file_, loaded_);
    place_workers(raw_, file_, loaded_);
    rate_workers(options.worker_rate_attribute);
    return std::move(loaded_);
  }

 private:
  std::string id_of(std::size_t k) const {
    if (k < raw_.integer_ids.size()) return fmt::format("{}", raw_.integer_ids[k]);
    return k < raw_.nodes.size() ? raw_.nodes[k].id : std::string();
  }
  std::string place(std::uint64_t line) const {
    return line == 0 ? file_ : fmt::format("{}:{}", file_, line);
  }
  void notice(const std::string& text) { loaded_.notices.push_back(file_ + ": " + text); }
  void notice(std::uint64_t count, const char* what, const char* what_many, std::uint64_t first_line) {
    if (count == 0) return;
    notice(fmt::format("{} {}{}", count, count == 1 ? what : what_many,
                       first_line == 0 ? "" : fmt::format(" (the first on line {})", first_line)));
  }

  void drop_loops() {
    std::vector<Link>& links = raw_.links;
    const auto is_loop = [](const Link& e) { return e.a == e.b; };
    const auto first = std::find_if(links.begin(), links.end(), is_loop);
    if (first == links.end()) return;
    const std::uint64_t line = first->line;
    notice(std::erase_if(links, is_loop), "self-loop dropped", "self-loops dropped", line);
  }

  // Links of one pair of workers stand together afterwards, in an order that the file's alone decides.
  void orient() {
    if (raw_.directed) {
      unite_directions();
      return;
    }
    for (Link& e : raw_.links) {
      if (e.a > e.b) std::swap(e.a, e.b);
    }
    sort_links();
  }

  void sort_links() {
    const auto key = [](const Link& e) { return std::tuple(e.a, e.b, e.line, e.rate); };
    const auto less = [&](const Link& e, const Link& f) { return key(e) < key(f); };
    if (!std::is_sorted(raw_.links.begin(), raw_.links.end(), less))
      std::sort(raw_.links.begin(), raw_.links.end(), less);
  }

  // Directed links: parallel ones of one direction add up, then opposite ones must agree and count once.
  void unite_directions() {
    sort_links();
    merge_sorted();
    std::uint64_t pairs = 0;
    std::vector<Link>& links = raw_.links;
    for (Link& e : links) {
      if (e.a > e.b) std::swap(e.a, e.b);
    }
    sort_links();
    std::size_t kept = 0;
    for (std::size_t k = 0; k < links.size(); ++k) {
      if (kept == 0 || links[kept - 1].a != links[k].a || links[kept - 1].b != links[k].b) {
        links[kept++] = links[k];
        continue;
      }
      ++pairs;
      if (raw_.has_rates && links[kept - 1].rate != links[k].rate) {
        throw InputError(place(links[k].line), "the two directions of an edge have different " + rates_,
                         fmt::format("{} and {}", links[kept - 1].rate, links[k].rate),
                         "edges are undirected here: give both directions the same, or list one");
      }
    }
    links.resize(kept);
    notice(
        fmt::format("directed links read as undirected edges ({} in both directions, each one edge)", pairs));
  }

  // Directed links that stay so: parallel ones of one direction add up, opposite ones are one edge both ways.
  void keep_directions(const ReadOptions& options) {
    if (raw_.undirected)
      throw InputError(file_, "its links have no direction, and a directed graph is asked for", "",
                       "leave \"directed\" out: a message may go either way along an undirected edge");
    if (options.largest_component)
      throw InputError("component", "a directed graph is taken whole", "\"largest\"", "leave it out");
    sort_links();
    merge_sorted();
    std::vector<Link>& links = raw_.links;
    const auto ends = [](const Link& e) { return std::pair(std::min(e.a, e.b), std::max(e.a, e.b)); };
    std::stable_sort(links.begin(), links.end(),
                     [&](const Link& e, const Link& f) { return ends(e) < ends(f); });
    std::size_t kept = 0;
    for (std::size_t k = 0; k < links.size(); ++k) {
      const Link link = links[k];
      if (kept > 0 && ends(links[kept - 1]) == ends(link)) {
        if (raw_.has_rates && links[kept - 1].rate != link.rate)
          throw InputError(place(link.line), "the two directions of an edge have different " + rates_,
                           fmt::format("{} and {}", links[kept - 1].rate, link.rate), "one for both");
        directions_.back() = both_ways;
        continue;
      }
      directions_.push_back(link.a < link.b ? forth : back);
      links[kept] = link;
      std::tie(links[kept].a, links[kept].b) = ends(link);
      ++kept;
    }
    links.resize(kept);
  }

  // Along directed edges every worker has to reach every other.
  void check_paths() const {
    if (const auto cut_off = cut_off_worker(loaded_.graph))
      throw InputError(file_,
                       fmt::format("along the directions there is no way from {} to {}, or none back",
                                   id_of(0), id_of(*cut_off)),
                       "", "if its links are undirected edges, leave \"directed\" out");
  }

  void merge() {
    merge_sorted();
    Graph& graph = loaded_.graph;
    graph.edges.reserve(raw_.links.size());
    for (const Link& e : raw_.links) graph.edges.push_back({e.a, e.b, raw_.has_rates ? e.rate : 1.0});
    raw_.links = {};
    if (!raw_.has_rates) return;
    if (const std::string remark = remark_on_rates(graph.edges); !remark.empty()) notice(remark);
  }

  void merge_sorted() {
    std::uint64_t repeated = 0, first_line = 0;
    std::size_t kept = 0;
    std::vector<Link>& links = raw_.links;
    for (std::size_t k = 0; k < links.size(); ++k) {
      if (kept == 0 || links[kept - 1].a != links[k].a || links[kept - 1].b != links[k].b) {
        links[kept++] = links[k];
        continue;
      }
      if (repeated++ == 0 || links[k].line < first_line) first_line = links[k].line;
      double& rate = links[kept - 1].rate;
      rate = least_of_repeated_ ? std::min(rate, links[k].rate) : rate + links[k].rate;
      if (!std::isfinite(rate))
        throw InputError(place(links[k].line), "the rates of a repeated edge overflow");
    }
    links.resize(kept);
    if (raw_.has_rates) {
      notice(repeated, "repeated edge merged, rates added", "repeated edges merged, rates added", first_line);
    } else {
      notice(repeated, "repeated edge merged", "repeated edges merged", first_line);
    }
  }

  // Refuses what is not connected, or keeps the largest component: kept_[k] = the worker that node k becomes.
  void connect(const ReadOptions& options) {
    Graph& graph = loaded_.graph;
    const std::vector<Worker> sizes = component_sizes(graph);
    if (sizes.size() <= 1) return;
    if (!options.largest_component) {
      throw InputError(
          file_, "the graph is not connected", describe_components(sizes),
          "keep the largest component with \"component\": \"largest\" (--param component=largest), "
          "or join them by edges");
    }
    keep_component_of(in_largest_component(graph));
    notice(fmt::format("the largest of {} kept: {} of {} workers", describe_components(sizes), sizes.front(),
                       kept_.size()));
  }

  void keep_component_of(const std::vector<bool>& inside) {
    Graph& graph = loaded_.graph;
    kept_.assign(graph.workers, gone);
    Worker next = 0;
    for (Worker i = 0; i < graph.workers; ++i) {
      if (inside[i]) kept_[i] = next++;
    }
    graph.workers = next;
    std::erase_if(graph.edges, [&](const Edge& e) { return !inside[e.i]; });
    for (Edge& e : graph.edges) e = {kept_[e.i], kept_[e.j], e.rate};
    const auto keep = [&](auto& items) {
      std::size_t to = 0;
      for (std::size_t k = 0; k < items.size(); ++k) {
        if (kept_[k] == gone) continue;
        if (to != k) items[to] = std::move(items[k]);
        ++to;
      }
      items.resize(to);
    };
    keep(raw_.nodes);
    keep(raw_.integer_ids);
    keep(raw_.worker_rates);
  }

  void rate_workers(const std::string& attribute) {
    for (std::size_t k = 0; k < raw_.worker_rates.size(); ++k) {
      const std::optional<double>& rate = raw_.worker_rates[k];
      if (!rate)
        throw InputError(file_, fmt::format("a node has no attribute {}", beginning(attribute)),
                         beginning(id_of(k)), "every worker needs its rate; 0 = never");
      loaded_.graph.worker_rates.push_back(*rate);
    }
  }

  RawGraph raw_;
  const std::string& file_;
  LoadedGraph loaded_;
  std::vector<Worker> kept_;  // by node; empty = all
  std::vector<Direction> directions_;
  bool least_of_repeated_ = false;
  std::string rates_ = "rates";  // what the numbers of edges are called
};

}  // namespace

LoadedGraph assemble(RawGraph&& raw, const std::string& file, const ReadOptions& options) {
  return Assembler(std::move(raw), file).assemble(options);
}

}  // namespace acidsim
