#include "sim/live/live_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <ostream>
#include <queue>
#include <set>
#include <unordered_map>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::string_view header = "worker,kind,time,wall,peer,exchange,version";
bool exchanges(Verb verb) { return verb == Verb::send || verb == Verb::receive; }

// Traces of version 0.1 say tell and hear for send and receive.
std::optional<Verb> verb_named(std::string_view name) {
  for (const Verb verb : {Verb::read, Verb::step, Verb::offer, Verb::send, Verb::receive})
    if (name == name_of(verb)) return verb;
  if (name == "tell") return Verb::send;
  if (name == "hear") return Verb::receive;
  return std::nullopt;
}

// Reads and checks one file, line by line.
class LiveTraceReader {
 public:
  LiveTraceReader(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges)
      : name_(file.string()), in_(file, std::ios::binary), workers_(workers) {
    if (!in_ || std::filesystem::is_directory(file))
      throw InputError(name_, "cannot be read", {}, "the trace of a live run");
    for (const Edge& edge : edges) edges_.insert(pair_key(edge.i, edge.j));
    trace_.workers.resize(workers);
  }

  LiveTrace read() {
    if (!next_line() || text_ != header)
      fail("wrong header", text_, "the first line is " + std::string(header));
    while (next_line()) {
      if (text_.starts_with("end,")) {
        finish();
        return std::move(trace_);
      }
      add();
    }
    fail("the trace is truncated: its last line is missing", {}, "copy the whole file");
  }

 private:
  // Where a worker stands, as far as its lines say.
  struct WorkerProgress {
    double time = 0, wall = 0;
    std::uint64_t changes = 0;
    bool computes = false;
    Verb talk = Verb::receive;  // its last offer, tell or hear
    Worker peer = 0;
    std::uint64_t exchange = 0;
  };
  // What is known of an exchange: its two sides as they appear.
  struct Sides {
    std::array<Worker, 2> workers{};
    int told = 0, heard = 0;
    std::size_t line = 0;
  };

  [[noreturn]] void fail(std::string problem, std::string_view value, std::string hint = {}) const {
    fail_at(line_, std::move(problem), shown_text(value), std::move(hint));
  }
  [[noreturn]] void fail_at(std::size_t line, std::string problem, std::string value,
                            std::string hint = {}) const {
    throw InputError(fmt::format("{}:{}", name_, std::max<std::size_t>(line, 1)), std::move(problem),
                     std::move(value), std::move(hint));
  }

  bool next_line() {
    in_.getline(buffer_.data(), buffer_.size());
    if (in_.gcount() == 0) return false;
    ++line_;
    const bool newline = in_.good();
    text_ = {buffer_.data(), static_cast<std::size_t>(in_.gcount() - newline)};
    if (in_.fail()) fail("the line is too long", text_, std::string(header));
    if (!newline) fail("the trace is truncated in this line", text_, "copy the whole file");
    return true;
  }

  template <class Number>
  Number number(std::string_view text, const char* what) const {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      fail(fmt::format("{} is not a number of its kind", what), text, std::string(header));
    return value;
  }

  double seconds(std::string_view text, const char* what) const {
    const auto value = number<double>(text, what);
    if (!(value >= 0 && value < infinity)) fail(fmt::format("{} out of range", what), text, "finite, ≥ 0");
    return value;
  }

  Worker worker(std::string_view text) const {
    const auto value = number<std::int64_t>(text, "worker");
    if (value < 0 || value >= std::int64_t{workers_})
      fail("no such worker", text, fmt::format("there are {} workers, counted from 0", workers_));
    return static_cast<Worker>(value);
  }

  void add() {
    if (1 + std::count(text_.begin(), text_.end(), ',') != static_cast<std::ptrdiff_t>(columns_.size()))
      fail("wrong number of columns", text_, std::string(header));
    std::string_view rest = text_;
    for (std::string_view& column : columns_) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      column = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    const Worker own = worker(columns_[0]);
    if (own != current_) {
      if (own < current_)
        fail("the operations of a worker are not together", columns_[0], "in order of worker");
      current_ = own;
      close_worker();
    }
    const std::optional<Verb> verb = verb_named(columns_[1]);
    if (!verb) fail("unknown kind of operation", columns_[1], "read, step, offer, send or receive");
    LiveOperation operation;
    operation.verb = *verb;
    operation.time = seconds(columns_[2], "time");
    operation.wall = seconds(columns_[3], "wall");
    if (exchanges(operation.verb)) {
      operation.peer = worker(columns_[4]);
      operation.exchange = number<std::uint64_t>(columns_[5], "exchange");
    }
    if (operation.verb == Verb::read) operation.version = number<std::uint64_t>(columns_[6], "version");
    check_next(operation);
    if (exchanges(operation.verb)) note(own, operation);
    trace_.workers[own].push_back(operation);
  }

  // Whether the operation can follow on what the worker did before.
  void check_next(const LiveOperation& operation) {
    WorkerProgress& now = standing_;
    if (operation.wall < now.wall) fail("wall time goes down", columns_[3], "operations are in order");
    now.wall = operation.wall;
    if (operation.verb != Verb::offer) {
      if (operation.time < now.time) fail("time goes down", columns_[2], "operations are in order");
      now.time = operation.time;
    }
    switch (operation.verb) {
      case Verb::read:
        if (now.computes) fail("a gradient begins before the last one has landed", text_);
        if (operation.version != now.changes)
          fail("read at another version of the state than the operations before make", columns_[6],
               fmt::format("{} steps and receives come before", now.changes));
        now.computes = true;
        break;
      case Verb::step:
        if (!now.computes) fail("a gradient lands that never began", text_);
        now.computes = false;
        ++now.changes;
        break;
      case Verb::offer:
        if (now.talk != Verb::receive) fail("an offer before the last one came to its end", text_);
        now.talk = Verb::offer;
        break;
      case Verb::send:
        if (now.talk != Verb::offer) fail("sends without an offer", text_);
        now.talk = Verb::send;
        now.peer = operation.peer;
        now.exchange = operation.exchange;
        break;
      case Verb::receive:
        if (now.talk != Verb::send || now.peer != operation.peer || now.exchange != operation.exchange)
          fail("receives what is not the answer to what it sent", text_);
        now.talk = Verb::receive;
        ++now.changes;
        break;
      default:  // verb_named() gives no other
        break;
    }
  }

  void close_worker() {
    if (standing_.computes) fail("the worker before ends with a gradient that never lands", {});
    if (standing_.talk == Verb::send) fail("the worker before ends within an exchange", {});
    standing_ = {};
  }

  void note(Worker own, const LiveOperation& operation) {
    if (!edges_.contains(pair_key(own, operation.peer)))
      fail("not an edge of the topology", fmt::format("{}-{}", own, operation.peer),
           "exchanges go along edges");
    Sides& sides = exchanges_[operation.exchange];
    if (operation.verb == Verb::send) {
      if (sides.told == 2) fail("a third worker takes part in an exchange", columns_[5]);
      if (sides.told == 1 && (sides.workers[0] != operation.peer || sides.workers[1] != own))
        fail("the two sides of an exchange name different partners", columns_[5]);
      sides.workers = {own, operation.peer};
      sides.line = line_;
      ++sides.told;
    } else {
      ++sides.heard;
    }
  }

  void finish() {
    close_worker();
    const auto told = number<std::uint64_t>(text_.substr(4), "number of operations");
    if (told != trace_.operations())
      fail("operations are missing or too many", text_,
           fmt::format("the file holds {}", trace_.operations()));
    for (const auto& [id, sides] : exchanges_)
      if (sides.told != 2 || sides.heard != 2)
        fail_at(sides.line, "an exchange has one side only", fmt::format("{}", id));
    if (next_line()) fail("something follows the end", text_);
  }

  std::string name_;
  std::ifstream in_;
  Worker workers_;
  std::set<std::uint64_t> edges_;
  LiveTrace trace_;
  Worker current_ = 0;
  WorkerProgress standing_;
  std::unordered_map<std::uint64_t, Sides> exchanges_;
  std::size_t line_ = 0;
  std::array<char, 256> buffer_;
  std::string_view text_;
  std::array<std::string_view, 7> columns_;
};

}  // namespace

std::size_t LiveTrace::operations() const {
  std::size_t count = 0;
  for (const auto& list : workers) count += list.size();
  return count;
}

double LiveTrace::time_of(Worker worker) const {
  const auto& list = workers[worker];
  for (auto operation = list.rbegin(); operation != list.rend(); ++operation)
    if (operation->verb != Verb::offer) return operation->time;
  return 0.0;
}

std::vector<LiveStep> merged(const LiveTrace& trace, std::string_view place) {
  const auto n = static_cast<Worker>(trace.workers.size());
  struct Told {
    int sides = 0;
    double wall = 0;
    std::optional<Worker> blocked;  // whoever is to hear and comes too early
  };
  std::unordered_map<std::uint64_t, Told> told;
  std::vector<std::size_t> next(n, 0);
  using Turn = std::pair<double, Worker>;
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> ready;
  const auto queue = [&](Worker worker) {
    const auto& list = trace.workers[worker];
    std::size_t& k = next[worker];
    while (k < list.size() && list[k].verb == Verb::offer) ++k;
    if (k < list.size()) ready.push({list[k].wall, worker});
  };
  for (Worker worker = 0; worker < n; ++worker) queue(worker);
  std::vector<LiveStep> steps;
  double wall = 0;
  while (!ready.empty()) {
    const auto [at, worker] = ready.top();
    ready.pop();
    const LiveOperation& operation = trace.workers[worker][next[worker]];
    if (operation.verb == Verb::receive) {
      Told& exchange = told[operation.exchange];
      if (exchange.sides < 2) {
        exchange.blocked = worker;
        continue;
      }
    }
    wall = std::max(wall, at);
    steps.push_back({worker, &operation, wall});
    ++next[worker];
    queue(worker);
    if (operation.verb != Verb::send) continue;
    Told& exchange = told[operation.exchange];
    ++exchange.sides;
    if (exchange.sides == 2 && exchange.blocked)
      ready.push({trace.workers[*exchange.blocked][next[*exchange.blocked]].wall, *exchange.blocked});
  }
  for (Worker worker = 0; worker < n; ++worker)
    if (next[worker] < trace.workers[worker].size())
      throw InputError(std::string(place), "exchanges wait for one another: no run can have had this order",
                       fmt::format("worker {}", worker), "a trace that a live run wrote, unchanged");
  return steps;
}

void write_live_trace(const LiveTrace& trace, std::ostream& out) {
  out << header << '\n';
  fmt::memory_buffer text;
  const auto to = std::back_inserter(text);
  for (std::size_t worker = 0; worker < trace.workers.size(); ++worker)
    for (const LiveOperation& operation : trace.workers[worker]) {
      fmt::format_to(to, "{},{},{},{},", worker, name_of(operation.verb), operation.time, operation.wall);
      if (exchanges(operation.verb)) {
        fmt::format_to(to, "{},{},", operation.peer, operation.exchange);
      } else {
        fmt::format_to(to, ",,");
      }
      if (operation.verb == Verb::read) fmt::format_to(to, "{}", operation.version);
      text.push_back('\n');
      if (text.size() < (std::size_t{1} << 16)) continue;
      out.write(text.data(), static_cast<std::streamsize>(text.size()));
      text.clear();
    }
  fmt::format_to(to, "end,{}\n", trace.operations());
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

LiveTrace read_live_trace(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges) {
  return LiveTraceReader(file, workers, edges).read();
}

}  // namespace acidsim
