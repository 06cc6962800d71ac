#include "sim/timing/trace_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <ostream>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::string_view header = "index,time,kind,i,j";
constexpr std::size_t columns = 5;

// Kinds of events whose messages do not land once.
constexpr std::string_view lost_kind = "send_lost", repeated_kind = "send_repeated";

std::string_view kind_of(const Event& event) {
  if (event.verb == Verb::send && event.fate() == Fate::lost) return lost_kind;
  if (event.verb == Verb::send && event.fate() == Fate::repeated) return repeated_kind;
  return name_of(event.verb);
}

// Reads the lines of one file. Each error is told with the file and the line at hand.
class TraceReader {
 public:
  TraceReader(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges, bool directed)
      : name_(file.string()), in_(file, std::ios::binary), workers_(workers), directed_(directed) {
    if (!in_ || std::filesystem::is_directory(file))
      throw InputError(name_, "cannot be read", {}, "a CSV file with the header " + std::string(header));
    for (std::size_t e = 0; e < edges.size(); ++e)
      clocks_.try_emplace(pair_key(edges[e].i, edges[e].j), static_cast<std::uint32_t>(workers + e));
  }

  std::vector<Event> read() {
    if (!next_line()) fail("the file is empty", {}, "the first line is " + std::string(header));
    if (line_text_ != header) fail("wrong header", line_text_, "the first line is " + std::string(header));
    std::vector<Event> events;
    while (next_line()) {
      if (line_text_.empty()) continue;
      events.push_back(parse_event());
      if (events.size() > 1 && events.back().time < events[events.size() - 2].time)
        fail("time goes down", columns_[1], "events are in order of time");
    }
    if (events.empty())
      fail("no events: nothing could ever happen", {}, "one line per event after the header");
    return events;
  }

 private:
  [[noreturn]] void fail(std::string problem, std::string_view value, std::string hint) const {
    throw InputError(fmt::format("{}:{}", name_, std::max<std::size_t>(line_, 1)), std::move(problem),
                     shown_text(value), std::move(hint));
  }

  bool next_line() {
    in_.getline(buffer_.data(), buffer_.size());
    if (in_.gcount() == 0) return false;
    ++line_;
    const bool newline = in_.good();  // counted, but not stored
    line_text_ = {buffer_.data(), static_cast<std::size_t>(in_.gcount() - newline)};
    if (in_.fail()) fail("the line is too long", line_text_, std::string(header));
    if (line_text_.ends_with('\r')) line_text_.remove_suffix(1);
    return true;
  }

  Event parse_event() {
    split();
    number<std::uint64_t>(columns_[0], "index");
    Event event;
    event.time = time();
    event.verb = verb();
    if (columns_[2] == lost_kind) event.number = static_cast<std::uint16_t>(Fate::lost);
    if (columns_[2] == repeated_kind) event.number = static_cast<std::uint16_t>(Fate::repeated);
    if (event.verb == Verb::round) {
      for (const std::string_view column : {columns_[3], columns_[4]})
        if (!column.empty() && column != "-1")
          fail("a round is one of all workers", column, "i and j are -1");
      return event;
    }
    event.i = worker(columns_[3]);
    if (event.verb == Verb::restart && !columns_[4].empty() && columns_[4] != "-1") {
      event.j = worker(columns_[4]);
      event.clock = event.i;
      return event;
    }
    const bool pairs =
        event.verb == Verb::exchange || event.verb == Verb::send || event.verb == Verb::receive;
    if (!pairs) {
      if (!columns_[4].empty() && columns_[4] != "-1" && worker(columns_[4]) != event.i)
        fail(fmt::format("a {} event has one worker", name_of(event.verb)), columns_[4],
             "j is -1, empty or i");
      event.j = event.clock = event.i;
      return event;
    }
    event.j = worker(columns_[4]);
    if (event.i == event.j) fail("a worker cannot communicate with itself", line_text_, "i and j differ");
    const Worker lower = std::min(event.i, event.j), upper = std::max(event.i, event.j);
    const auto found = clocks_.find(pair_key(lower, upper));
    if (found == clocks_.end())
      fail("not an edge of the topology", fmt::format("{}-{}", lower, upper),
           "communications go along edges");
    event.clock = found->second;
    if (event.verb == Verb::exchange) std::tie(event.i, event.j) = std::pair(lower, upper);
    if (event.verb != Verb::exchange) check_message(event);
    return event;
  }

  // A receive needs a message that is under way.
  void check_message(Event& event) {
    const bool sends = event.verb == Verb::send;
    const bool upwards = sends ? event.i < event.j : event.j < event.i;
    auto& [under_way, landings, landed] =
        under_way_[(std::uint64_t{event.clock} << 1) | std::uint64_t{upwards}];
    if (sends) {
      if (event.fate() == Fate::lost) return;
      ++under_way;
      landings = event.fate() == Fate::repeated ? 2 : 1;
      landed = false;
      return;
    }
    if (under_way == 0) fail("receives a message that was not sent", line_text_, "the send comes before");
    if (under_way > 1)
      fail("several messages are under way on one edge and direction", line_text_,
           "receive each before the next is sent");
    if (directed_) {
      event.completes = std::exchange(landed, true) ? 0 : 1;
      if (--landings == 0) under_way = 0;
      return;
    }
    under_way = 0;
    bool& half = half_done_[event.clock];
    event.completes = half ? 1 : 0;
    half = !half;
  }

  void split() {
    const std::size_t found =
        1 + static_cast<std::size_t>(std::count(line_text_.begin(), line_text_.end(), ','));
    if (found != columns)
      fail(fmt::format("{} columns instead of {}", found, columns), line_text_, std::string(header));
    std::string_view rest = line_text_;
    for (std::string_view& column : columns_) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      column = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }

  template <class Number>
  Number number(std::string_view text, const char* what) const {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
      fail(fmt::format("{} is not a number of its kind", what), text, std::string(header));
    return value;
  }

  double time() const {
    const auto value = number<double>(columns_[1], "time");
    if (!(value >= 0 && value < infinity))
      fail("time out of range", columns_[1], "a finite number, at least 0");
    return value;
  }

  Verb verb() const {
    if (columns_[2] == lost_kind || columns_[2] == repeated_kind) {
      if (!directed_)
        fail("only messages of methods that send one way are lost or repeated", columns_[2], "send");
      return Verb::send;
    }
    static const std::vector<std::string> known(verb_names.begin(), verb_names.end());
    const auto found = std::find(known.begin(), known.end(), columns_[2]);
    if (found == known.end())
      fail("unknown kind of event", columns_[2], unknown_name_hint(columns_[2], known));
    if (*found == name_of(Verb::publish) || *found == name_of(Verb::mix))
      fail("rounds with local barriers are not read from tables", columns_[2],
           "timing.barrier \"local\" makes these events again");
    return static_cast<Verb>(found - known.begin());
  }

  Worker worker(std::string_view text) const {
    const auto value = number<std::int64_t>(text, "worker");
    if (value < 0 || value >= std::int64_t{workers_})
      fail("no such worker", text, fmt::format("there are {} workers, counted from 0", workers_));
    return static_cast<Worker>(value);
  }

  static std::uint64_t key(Worker i, Worker j) { return (std::uint64_t{i} << 32) | j; }

  // Messages, and how often the last of them will land, and whether it has.
  struct UnderWay {
    int messages = 0, landings = 0;
    bool landed = false;
  };

  std::string name_;
  std::ifstream in_;
  Worker workers_;
  bool directed_;
  std::unordered_map<std::uint64_t, std::uint32_t> clocks_;  // of each edge
  std::unordered_map<std::uint64_t, UnderWay> under_way_;    // by clock and direction
  std::unordered_map<std::uint32_t, bool> half_done_;  // of each clock: one side of an exchange has heard
  std::size_t line_ = 0;
  std::array<char, 256> buffer_;
  std::string_view line_text_;
  std::array<std::string_view, columns> columns_;
};

class TraceCursor : public EventCursor {
 public:
  explicit TraceCursor(std::span<const Event> events) : rest_(events) {}

  std::span<const Event> next() override {
    const auto block = rest_.first(std::min<std::size_t>(rest_.size(), 4096));
    rest_ = rest_.subspan(block.size());
    return block;
  }

 private:
  std::span<const Event> rest_;
};

}  // namespace

TraceSchedule::TraceSchedule(std::vector<Event> events) : events_(std::move(events)) {
  std::size_t gradients = 0, communications = 0;
  bool all_fused = true;
  double previous = 0;
  for (const Event& event : events_) {
    if (!(event.time >= previous && event.time < infinity))
      throw InputError("trace", "times are not finite, at least 0 and in order",
                       fmt::format("{}", event.time));
    previous = event.time;
    gradients += lands_gradient(event.verb);
    communications += event.verb == Verb::exchange ? 1 : event.completes;
    all_fused = all_fused && is_fused(event.verb);
    has_reads_ = has_reads_ || event.verb == Verb::read;
  }
  if (all_fused) std::stable_sort(events_.begin(), events_.end(), before);
  if (previous == 0) return;
  gradient_rate_ = static_cast<double>(gradients) / previous;
  communication_rate_ = static_cast<double>(communications) / previous;
}

std::unique_ptr<EventCursor> TraceSchedule::from(double start) const {
  const auto first = std::partition_point(events_.begin(), events_.end(),
                                          [&](const Event& event) { return event.time < start; });
  return std::make_unique<TraceCursor>(std::span<const Event>(first, events_.end()));
}

TraceSchedule read_trace(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges,
                         bool directed) {
  return TraceSchedule(TraceReader(file, workers, edges, directed).read());
}

void write_events_header(std::ostream& out) { out << header << '\n'; }

void write_events(std::ostream& out, std::uint64_t first_index, std::span<const Event> events,
                  std::span<const double> times) {
  fmt::memory_buffer text;
  std::array<char, 32> time;
  std::uint64_t index = first_index;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& event = events[k];
    const double at = times.empty() ? event.time : times[k];
    const std::string_view time_text(time.data(),
                                     std::to_chars(time.data(), time.data() + time.size(), at).ptr);
    const std::int64_t i = event.verb == Verb::round ? -1 : std::int64_t{event.i};
    const std::int64_t j = event.j == event.i ? -1 : std::int64_t{event.j};
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{}\n", index++, time_text, kind_of(event), i, j);
    if (text.size() < (std::size_t{1} << 16)) continue;
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace acidsim
