// Formats of which a line says more than one edge, or another one than its columns: adjacency lists, lists of
// neighbours, LGL, SIF and DIMACS.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/files/edge_list_ids.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_list = 60000;  // bytes of a line

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == line.npos; }

// The lines of such a file and its edges so far.
class ListReader {
 public:
  ListReader(std::istream& in, const std::string& file) : source_(in, file), ids_(source_.file()) {}

 protected:
  // The next line that is not blank.
  bool next(std::string_view& line) {
    while (source_.next_line(line, longest_list)) {
      if (!is_blank(line)) return true;
    }
    return false;
  }
  void split(std::string_view line) { fields_.split(line, source_.place()); }
  [[noreturn]] void refuse(const std::string& problem, const std::string& value,
                           const std::string& hint) const {
    throw InputError(source_.place(), problem, beginning(value), hint);
  }

  void add(const EdgeLine::Field& a, const EdgeLine::Field& b, double rate = 1.0) {
    ids_.add(a, b, rate, source_.line());
  }

  // A worker that may have no edge.
  void add_alone(const EdgeLine::Field& id) { alone_.emplace_back(id, source_.line()); }

  RawGraph finish() {
    if (ids_.links().empty()) throw InputError(source_.file(), "no edges");
    for (const auto& [id, line] : alone_)
      ids_.add(id, id, 1.0, line);  // a loop, to number it with the others
    const std::size_t loops = alone_.size();
    ids_.number(raw_);
    raw_.links.resize(raw_.links.size() - loops);
    return std::move(raw_);
  }

  TextSource source_;
  RawGraph raw_;
  EdgeListIds ids_;
  EdgeLine fields_;

 private:
  std::vector<std::pair<EdgeLine::Field, std::uint64_t>> alone_;
};

class AdjacencyListReader : public ListReader {
 public:
  using ListReader::ListReader;

  RawGraph read() {
    std::string_view line;
    while (next(line)) {
      if (line.starts_with('#')) continue;
      split(line);
      for (std::size_t k = 1; k < fields_.count(); ++k) {
        if (fields_.text(k).starts_with('{'))
          refuse("a dictionary in an adjacency list", fields_.text(k), "worker neighbour neighbour …");
        add(fields_[0], fields_[k]);
      }
      if (fields_.count() == 1) add_alone(fields_[0]);
    }
    return finish();
  }
};

class NeighboursReader : public ListReader {
 public:
  using ListReader::ListReader;

  RawGraph read() {
    std::string_view line;
    if (!next(line)) throw InputError(source_.file(), "no edges");
    const auto n = parse_count(line);
    if (!n)
      refuse("not the number of workers", std::string(line), "the number of workers, then a line for each");
    check_count(*n, "workers", source_.place());
    std::uint64_t worker = 0;
    for (; source_.next_line(line, longest_list) && (worker < *n || !is_blank(line)); ++worker) {
      if (worker == *n) refuse("more lines than workers", std::string(line), fmt::format("{} lines", *n));
      split(line);
      for (std::size_t k = 0; k < fields_.count(); ++k) take_neighbour(worker, *n, fields_.text(k));
    }
    if (worker < *n)
      throw InputError(source_.file(), "fewer lines than workers", fmt::format("{} of {}", worker, *n));
    for (std::uint64_t k = 0; k < worker; ++k) raw_.integer_ids.push_back(static_cast<std::int64_t>(k));
    if (raw_.links.empty()) throw InputError(source_.file(), "no edges");
    return std::move(raw_);
  }

 private:
  void take_neighbour(std::uint64_t worker, std::uint64_t workers, const std::string& text) {
    const auto other = plain_integer(text);
    if (!other || *other >= workers)
      refuse("no such worker", text,
             fmt::format("the neighbours of worker {}: 0 to {}", worker, workers - 1));
    check_count(raw_.links.size() + 1, "edges", source_.place());
    raw_.links.push_back({static_cast<Worker>(worker), *other, 1.0, source_.line()});
  }
};

class LglReader : public ListReader {
 public:
  using ListReader::ListReader;

  RawGraph read() {
    std::string_view line;
    while (next(line)) {
      if (line.starts_with('#')) {
        split(line.substr(1));
        if (fields_.count() != 1) refuse("not the head of a list", std::string(line), "# worker");
        worker_ = fields_[0];
        add_alone(*worker_);
      } else {
        take_neighbour(line);
      }
    }
    raw_.has_rates = rated_;
    return finish();
  }

 private:
  void take_neighbour(std::string_view line) {
    split(line);
    if (!worker_)
      refuse("a neighbour of nobody", std::string(line), "# worker, then its neighbours line by line");
    if (fields_.count() > 2) refuse("not a neighbour", std::string(line), "neighbour [rate]");
    const bool rated = fields_.count() == 2;
    if (!ids_.links().empty() && rated != rated_)
      refuse("a rate for some edges only", std::string(line), "give a rate for every edge or for none");
    rated_ = rated;
    add(*worker_, fields_[0], rated ? parse_rate(fields_.text(1), source_.place()) : 1.0);
  }

  std::optional<EdgeLine::Field> worker_;
  bool rated_ = false;
};

class SifReader : public ListReader {
 public:
  using ListReader::ListReader;

  RawGraph read() {
    std::string_view line;
    while (next(line)) {
      split(line);
      if (fields_.count() == 2)
        refuse("not an interaction", std::string(line), "worker kind worker worker …");
      if (fields_.count() == 1) add_alone(fields_[0]);
      for (std::size_t k = 2; k < fields_.count(); ++k) add(fields_[0], fields_[k]);
    }
    return finish();
  }
};

class DimacsReader : public ListReader {
 public:
  using ListReader::ListReader;

  RawGraph read() {
    std::string_view line;
    while (next(line)) {
      if (line == "c" || line.starts_with("c ")) continue;
      split(line);
      const std::string& kind = fields_.text(0);
      if (kind == "p") {
        take_problem();
      } else if (kind == "e" || kind == "a") {
        take_edge(kind == "a");
      } else if (kind != "n" && kind != "d" && kind != "v" && kind != "x") {  // of nodes and dimensions
        refuse("not a line of a DIMACS file", std::string(line), "c, p, e or a");
      }
    }
    if (raw_.links.size() != edges_)
      throw InputError(source_.file(), "the line p promises another number of edges",
                       fmt::format("{}", edges_), fmt::format("the file has {}", raw_.links.size()));
    if (edges_ == 0) throw InputError(source_.file(), "no edges");
    if (workers_ > 4 * edges_ + 1024)
      throw InputError(source_.file(), "the graph is not connected",
                       fmt::format("{} workers, {} edges", workers_, edges_));
    for (std::uint64_t k = 1; k <= workers_; ++k) raw_.integer_ids.push_back(static_cast<std::int64_t>(k));
    return std::move(raw_);
  }

 private:
  std::uint64_t number(std::size_t k, const char* what) const {
    const auto value = k < fields_.count() ? parse_count(fields_.text(k)) : std::nullopt;
    if (!value)
      refuse(fmt::format("no {}", what), k < fields_.count() ? fields_.text(k) : "", "p edge workers edges");
    return *value;
  }

  void take_problem() {
    if (workers_ > 0) refuse("a second line p", fields_.text(0), "one");
    workers_ = number(2, "number of workers");
    edges_ = number(3, "number of edges");
    check_count(workers_, "workers", source_.place());
    check_count(edges_, "edges", source_.place());
  }

  // e 1 2 is undirected, a 1 2 w an arc with a weight.
  void take_edge(bool arc) {
    if (workers_ == 0) refuse("an edge before the line p", fields_.text(0), "p edge workers edges");
    if (!raw_.links.empty() && arc != raw_.has_rates)
      refuse("both edges and arcs", fields_.text(0), "one of them");
    if (fields_.count() != (arc ? 4u : 3u))
      refuse("not an edge", fmt::format("{} columns", fields_.count()),
             arc ? "a from to rate" : "e worker worker");
    const std::uint64_t i = number(1, "worker"), j = number(2, "worker");
    if (i < 1 || j < 1 || std::max(i, j) > workers_)
      refuse("no such worker", fmt::format("{}", i < 1 || i > workers_ ? i : j),
             fmt::format("1 … {}", workers_));
    if (raw_.links.size() == edges_)
      refuse("more edges than the line p promises", fmt::format("{}", edges_), "");
    raw_.has_rates = raw_.directed = arc;
    raw_.links.push_back({static_cast<Worker>(i - 1), static_cast<Worker>(j - 1),
                          arc ? parse_rate(fields_.text(3), source_.place()) : 1.0, source_.line()});
  }

  std::uint64_t workers_ = 0, edges_ = 0;
};

}  // namespace

RawGraph parse_adjacency_list(std::istream& in, const std::string& file) {
  return AdjacencyListReader(in, file).read();
}
RawGraph parse_neighbours(std::istream& in, const std::string& file) {
  return NeighboursReader(in, file).read();
}
RawGraph parse_lgl(std::istream& in, const std::string& file) { return LglReader(in, file).read(); }
RawGraph parse_sif(std::istream& in, const std::string& file) { return SifReader(in, file).read(); }
RawGraph parse_dimacs(std::istream& in, const std::string& file) { return DimacsReader(in, file).read(); }

}  // namespace acidsim
