#include "sim/data/link_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/core/error.hpp"
#include "sim/data/csv_rows.hpp"
#include "sim/data/text_table.hpp"

namespace acidsim {
namespace {

class LinkReader {
 public:
  LinkReader(const std::string& path, Worker workers, std::span<const std::string> names,
             std::span<const Edge> edges)
      : path_(path),
        names_(names),
        edges_(edges),
        table_(path, 0),
        known_(workers, names),
        decimal_(table_.delimiter()) {
    for (std::size_t e = 0; e < edges.size(); ++e) positions_[std::minmax(edges[e].i, edges[e].j)] = e;
  }

  LinkTable read() {
    CsvRow row;
    if (!table_.next(row)) throw InputError(path_, "is empty", "", "a header, and a line for each edge");
    take_header(row);
    std::vector<bool> seen(edges_.size());
    while (table_.next(row)) {
      if (row.fields.size() != header_.size())
        throw InputError(row.place, "has another number of columns than the first line",
                         fmt::format("{}", row.fields.size()), fmt::format("{} columns", header_.size()));
      const std::size_t edge = edge_of(row);
      if (seen[edge])
        throw InputError(row.place, "names an edge again", described_edge(edges_[edge], names_));
      seen[edge] = true;
      if (latency_ < header_.size()) links_.latencies[edge] = number(row, latency_);
      if (bandwidth_ < header_.size()) links_.bandwidths[edge] = number(row, bandwidth_);
    }
    if (const auto missing = std::find(seen.begin(), seen.end(), false); missing != seen.end())
      throw InputError(path_, "has no line for an edge",
                       described_edge(edges_[static_cast<std::size_t>(missing - seen.begin())], names_),
                       "a line for each");
    return std::move(links_);
  }

 private:
  std::size_t column(const char* name) const {
    return static_cast<std::size_t>(std::find(header_.begin(), header_.end(), name) - header_.begin());
  }
  void take_header(const CsvRow& row) {
    header_ = row.fields;
    i_ = column("i"), j_ = column("j"), latency_ = column("latency"), bandwidth_ = column("bandwidth");
    const std::size_t none = header_.size();
    if (i_ == none || j_ == none || (latency_ == none && bandwidth_ == none))
      throw InputError(row.place, "is no header of links", first_of(row.fields),
                       "the columns i, j, and latency, bandwidth or both");
    if (latency_ < none) links_.latencies.resize(edges_.size());
    if (bandwidth_ < none) links_.bandwidths.resize(edges_.size());
  }
  std::size_t edge_of(const CsvRow& row) const {
    const auto worker = [&](std::size_t column) {
      const std::optional<Worker> found = known_.find(row.fields[column]);
      if (!found) throw InputError(row.place, "names no worker", row.fields[column], known_.hint());
      return *found;
    };
    const Edge edge{worker(i_), worker(j_), 0};
    const auto found = positions_.find(std::minmax(edge.i, edge.j));
    if (found == positions_.end())
      throw InputError(row.place, "names no edge of the graph", described_edge(edge, names_));
    return found->second;
  }
  double number(CsvRow& row, std::size_t column) {
    decimal_.to_point(row.fields[column], row.place);
    const auto value = finite_number<double>(row.fields[column], row.place, "the " + header_[column]);
    const bool fits = column == latency_ ? value >= 0 : value > 0;
    if (!fits)
      throw InputError(row.place, fmt::format("the {} is out of range", header_[column]),
                       fmt::format("{:g}", value), column == latency_ ? "≥ 0" : "> 0");
    return value;
  }

  const std::string& path_;
  std::span<const std::string> names_;
  std::span<const Edge> edges_;
  CsvRows table_;
  WorkersByName known_;
  DecimalMark decimal_;
  std::map<std::pair<Worker, Worker>, std::size_t> positions_;  // of edges
  std::vector<std::string> header_;
  std::size_t i_ = 0, j_ = 0, latency_ = 0, bandwidth_ = 0;  // columns
  LinkTable links_;
};

}  // namespace

LinkTable read_links(const std::string& path, Worker workers, std::span<const std::string> names,
                     std::span<const Edge> edges) {
  return LinkReader(path, workers, names, edges).read();
}

std::string described_edge(const Edge& edge, std::span<const std::string> names) {
  return names.empty() ? fmt::format("{} – {}", edge.i, edge.j)
                       : fmt::format("{} – {}", names[edge.i], names[edge.j]);
}

}  // namespace acidsim
