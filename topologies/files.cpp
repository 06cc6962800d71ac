#include "topologies/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/locale/utf.hpp>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <optional>
#include <ostream>
#include <unordered_map>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

inline constexpr std::size_t longest_line = 4096;  // bytes

// One edge as listed; a and b number the ids in order of appearance.
struct Listed {
  Worker a, b;
  double rate;
  std::uint64_t line;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void check_file(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) throw InputError(file.string(), "no such file");
  if (fs::is_directory(status))
    throw InputError(file.string(), "is a directory", {}, "name an edge-list file in it");
  if (!fs::is_regular_file(status)) throw InputError(file.string(), "not a regular file");
  constexpr std::array others = {".graphml", ".gml", ".gexf", ".dot", ".net",
                                 ".mtx",     ".xml", ".json", ".gz",  ".zip"};
  const std::string extension = lower(file.extension().string());
  if (std::find(others.begin(), others.end(), extension) != others.end()) {
    throw InputError(file.string(), "graph format not supported yet", extension,
                     "an edge list: one line `worker worker [rate]` per edge");
  }
}

// Text without control characters other than tab, in valid UTF-8: anything else is no edge list.
void check_text(const std::string& line, const std::string& place) {
  for (auto at = line.begin(); at != line.end();) {
    const auto begin = at;
    const auto point = boost::locale::utf::utf_traits<char>::decode(at, line.end());
    if (!boost::locale::utf::is_valid_codepoint(point) || (point < 0x20 && point != '\t') || point == 0x7f) {
      throw InputError(place, "not text", fmt::format("byte 0x{:02x}", static_cast<unsigned char>(*begin)),
                       "an edge list in UTF-8: one line `worker worker [rate]` per edge");
    }
  }
}

// The fields of a line: separated by white space or one comma, or "quoted".
std::vector<std::string> split(std::string_view line, const std::string& place) {
  constexpr std::string_view white = " \t";
  std::vector<std::string> fields;
  bool after_comma = false;
  for (std::size_t at = line.find_first_not_of(white); at != line.npos;
       at = line.find_first_not_of(white, at)) {
    if (line[at] == ',') {
      if (after_comma || fields.empty()) throw InputError(place, "empty field before a comma");
      after_comma = true;
      ++at;
      continue;
    }
    after_comma = false;
    std::size_t end;
    if (line[at] == '"') {
      end = line.find('"', at + 1);
      if (end == line.npos) throw InputError(place, "a quote is not closed", std::string(line.substr(at)));
      fields.emplace_back(line.substr(at + 1, end - at - 1));
      ++end;
      if (end < line.size() && line[end] != ',' && white.find(line[end]) == white.npos) {
        throw InputError(place, "no separator after a quote", std::string(line.substr(at)));
      }
    } else {
      end = std::min(line.find_first_of(" \t,", at), line.size());
      fields.emplace_back(line.substr(at, end - at));
    }
    if (fields.back().empty()) throw InputError(place, "empty name");
    at = end;
  }
  if (after_comma) throw InputError(place, "empty field after a comma");
  return fields;
}

bool is_header(const std::vector<std::string>& fields) {
  static const std::array<std::pair<std::string, std::string>, 3> known = {
      {{"source", "target"}, {"from", "to"}, {"src", "dst"}}};
  return fields.size() >= 2 &&
         std::find(known.begin(), known.end(), std::pair(lower(fields[0]), lower(fields[1]))) != known.end();
}

double parse_rate(const std::string& text, const std::string& place) {
  double rate = 0.0;
  const char* begin = text.data() + (text.starts_with('+') && !text.starts_with("+-") ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, rate);
  if (error == std::errc::invalid_argument || stop != end) {
    throw InputError(place, "the rate is not a number", text,
                     "worker worker [rate]; quote a name that holds spaces");
  }
  if (error != std::errc() || !std::isfinite(rate) || rate < 0.0) {
    throw InputError(place, "the rate must be finite and ≥ 0", text, "0 = never");
  }
  return rate + 0.0;  // −0 becomes 0
}

std::optional<std::int64_t> as_integer(const std::string& text) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

class EdgeListReader {
 public:
  explicit EdgeListReader(const fs::path& file) : file_(file.string()) {}

  LoadedGraph read() {
    read_lines();
    if (listed_.empty()) throw InputError(file_, "no edges", {}, "one line `worker worker [rate]` per edge");
    Graph& graph = loaded_.graph;
    graph.name = fs::path(file_).stem().string();
    graph.weights_are_rates = columns_ == 3;
    number_workers();
    if (graph.workers < 2) {
      throw InputError(file_, "only one worker", graph.worker_names[0],
                       "at least 2 workers, joined by edges");
    }
    drop_loops();
    merge_repeated();
    for (const Listed& e : listed_) graph.edges.push_back({e.a, e.b, e.rate});
    if (const auto sizes = component_sizes(graph); sizes.size() > 1) {
      throw InputError(file_, "the graph is not connected", describe_components(sizes),
                       "keep one component, or join them by edges");
    }
    return std::move(loaded_);
  }

 private:
  std::string at(std::uint64_t line) const { return fmt::format("{}:{}", file_, line); }

  void notice(std::uint64_t count, const char* what, const char* what_many, std::uint64_t first_line) {
    if (count == 0) return;
    loaded_.notices.push_back(fmt::format("{}: {} {} (the first on line {})", file_, count,
                                          count == 1 ? what : what_many, first_line));
  }

  void read_lines() {
    std::ifstream in(file_, std::ios::binary);
    if (!in) throw InputError(file_, "cannot be opened", {}, "check its permissions");
    std::vector<char> buffer(longest_line + 2);
    for (std::uint64_t number = 1; in.peek() != std::ifstream::traits_type::eof(); ++number) {
      in.getline(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      const bool ended = in.eof();
      // Counted, not measured: a line may hold zero bytes.
      std::string line(buffer.data(), static_cast<std::size_t>(in.gcount()) - (ended || in.fail() ? 0 : 1));
      if (number == 1 && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);  // byte order mark
      if (line.ends_with('\r')) line.pop_back();
      if (line.size() > longest_line) {
        throw InputError(at(number), "line too long", {},
                         fmt::format("at most {} bytes; is this an edge list?", longest_line));
      }
      check_text(line, at(number));
      take_line(line, number);
    }
    if (in.bad()) throw InputError(file_, "cannot be read");
  }

  void take_line(const std::string& line, std::uint64_t number) {
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == line.npos || line[start] == '#' || line[start] == '%') return;
    const std::vector<std::string> fields = split(line, at(number));
    if (std::exchange(first_data_line_, false) && is_header(fields)) {
      loaded_.notices.push_back(fmt::format("{}: line {} was taken for a header", file_, number));
      return;
    }
    check_columns(fields, number);
    if (listed_.size() == largest_graph) {
      throw InputError(at(number), "too many edges", {}, fmt::format("at most {}", largest_graph));
    }
    const double rate = fields.size() == 3 ? parse_rate(fields[2], at(number)) : 1.0;
    const Worker a = id_of(fields[0]), b = id_of(fields[1]);
    listed_.push_back({a, b, rate, number});
  }

  void check_columns(const std::vector<std::string>& fields, std::uint64_t number) {
    const std::string value = fmt::format("{}", fields.size());
    if (fields.size() < 2) throw InputError(at(number), "too few columns", value, "worker worker [rate]");
    if (fields.size() > 3) {
      throw InputError(at(number), "too many columns", value,
                       "worker worker [rate]; quote a name that holds spaces");
    }
    if (columns_ == 0) columns_ = fields.size();
    if (fields.size() != columns_) {
      throw InputError(at(number), fmt::format("the first edge has {} columns, this one does not", columns_),
                       value, "give a rate for every edge or for none");
    }
  }

  Worker id_of(const std::string& id) {
    const auto [found, is_new] = numbers_.try_emplace(id, static_cast<Worker>(ids_.size()));
    if (is_new) ids_.push_back(id);
    return found->second;
  }

  // Integers are numbered by value (so 7 and 07 are one worker), names by appearance.
  void number_workers() {
    Graph& graph = loaded_.graph;
    numbers_.clear();
    std::vector<std::pair<std::int64_t, Worker>> by_value;
    for (Worker k = 0; k < ids_.size(); ++k) {
      if (const auto value = as_integer(ids_[k])) by_value.emplace_back(*value, k);
    }
    if (by_value.size() < ids_.size()) {
      graph.worker_names = std::move(ids_);
      graph.workers = static_cast<Worker>(graph.worker_names.size());
      return;
    }
    std::sort(by_value.begin(), by_value.end());
    std::vector<Worker> worker(ids_.size());
    for (std::size_t k = 0; k < by_value.size(); ++k) {
      if (k == 0 || by_value[k].first != by_value[k - 1].first) {
        graph.worker_names.push_back(fmt::format("{}", by_value[k].first));
      }
      worker[by_value[k].second] = static_cast<Worker>(graph.worker_names.size() - 1);
    }
    graph.workers = static_cast<Worker>(graph.worker_names.size());
    for (Listed& e : listed_) {
      e.a = worker[e.a];
      e.b = worker[e.b];
    }
  }

  void drop_loops() {
    const auto is_loop = [](const Listed& e) { return e.a == e.b; };
    const auto first = std::find_if(listed_.begin(), listed_.end(), is_loop);
    const std::uint64_t line = first == listed_.end() ? 0 : first->line;
    notice(std::erase_if(listed_, is_loop), "self-loop dropped", "self-loops dropped", line);
  }

  // Leaves listed_ sorted, a < b, without repetitions.
  void merge_repeated() {
    for (Listed& e : listed_) {
      if (e.a > e.b) std::swap(e.a, e.b);
    }
    std::stable_sort(listed_.begin(), listed_.end(),
                     [](const Listed& e, const Listed& f) { return e.a != f.a ? e.a < f.a : e.b < f.b; });
    std::uint64_t repeated = 0, first_line = 0;
    std::vector<Listed> kept;
    for (const Listed& e : listed_) {
      if (kept.empty() || kept.back().a != e.a || kept.back().b != e.b) {
        kept.push_back(e);
        continue;
      }
      if (repeated++ == 0 || e.line < first_line) first_line = e.line;
      if (columns_ == 3) kept.back().rate += e.rate;
      if (!std::isfinite(kept.back().rate))
        throw InputError(at(e.line), "the rates of a repeated edge overflow");
    }
    listed_ = std::move(kept);
    if (columns_ == 3) {
      notice(repeated, "repeated edge merged, rates added", "repeated edges merged, rates added", first_line);
    } else {
      notice(repeated, "repeated edge merged", "repeated edges merged", first_line);
    }
  }

  std::string file_;
  LoadedGraph loaded_;
  std::vector<Listed> listed_;
  std::vector<std::string> ids_;                     // in order of appearance
  std::unordered_map<std::string, Worker> numbers_;  // and back
  std::size_t columns_ = 0;                          // of every edge; 0 = none seen yet
  bool first_data_line_ = true;
};

std::string quoted(const std::string& name) {
  const bool plain = name.find_first_of(" \t,") == name.npos && name[0] != '#' && name[0] != '%';
  return plain ? name : '"' + name + '"';
}

}  // namespace

LoadedGraph read_edge_list(const fs::path& file) {
  check_file(file);
  return EdgeListReader(file).read();
}

void write_edge_list(const Graph& graph, std::ostream& out) {
  const bool weighted = graph.weights_are_rates || std::any_of(graph.edges.begin(), graph.edges.end(),
                                                               [](const Edge& e) { return e.rate != 1.0; });
  const auto name = [&](Worker i) {
    return graph.worker_names.empty() ? fmt::format("{}", i) : quoted(graph.worker_names[i]);
  };
  out << fmt::format("# {}: {} workers, {} edges\n", graph.name, graph.workers, graph.edges.size());
  for (const Edge& e : graph.edges) {
    out << name(e.i) << ' ' << name(e.j);
    if (weighted) out << ' ' << fmt::format("{}", e.rate);
    out << '\n';
  }
}

}  // namespace acidsim
