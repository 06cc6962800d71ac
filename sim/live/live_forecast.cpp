#include "sim/live/live_forecast.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <queue>
#include <tuple>
#include <unordered_map>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

std::unordered_map<std::uint64_t, std::size_t> numbers_of(std::span<const WorkerPair> edges) {
  std::unordered_map<std::uint64_t, std::size_t> numbers;
  for (std::size_t e = 0; e < edges.size(); ++e) numbers.emplace(pair_key(edges[e].i, edges[e].j), e);
  return numbers;
}

// The wall times of the two sides of an exchange.
struct Meeting {
  std::array<double, 2> offered{}, told{}, heard{};
  std::size_t sides = 0;
};

std::unordered_map<std::uint64_t, Meeting> meetings_of(const LiveTrace& trace) {
  std::unordered_map<std::uint64_t, Meeting> meetings;
  for (const auto& list : trace.workers) {
    double offered = 0;
    for (const LiveOperation& operation : list) {
      if (operation.verb == Verb::offer) offered = operation.wall;
      if (operation.verb == Verb::send) {
        Meeting& meeting = meetings[operation.exchange];
        meeting.offered[meeting.sides] = offered;
        meeting.told[meeting.sides] = operation.wall;
      }
      if (operation.verb == Verb::receive) {
        Meeting& meeting = meetings[operation.exchange];
        meeting.heard[meeting.sides++] = operation.wall;
      }
    }
  }
  return meetings;
}

// One live run in simulated seconds.
class RunTimeline {
 public:
  RunTimeline(const LiveProtocol& protocol, const LiveTimings& timings, std::uint64_t draw)
      : protocol_(protocol),
        timings_(timings),
        pairing_(protocol),
        edge_(numbers_of(protocol.edges)),
        draw_(draw) {
    course_.gradients.assign(protocol.workers, 0);
    course_.averagings.assign(protocol.workers, 0);
    course_.idle.assign(protocol.workers, 0);
    course_.pairs.assign(protocol.edges.size(), 0);
    for (Worker worker = 0; worker < protocol.workers; ++worker) {
      workers_.push_back({AveragingCounts(protocol, worker)});
      for (std::uint32_t what = 0; what < 5; ++what)
        workers_.back().streams.emplace_back(draw_, Purpose::live_forecast, worker * 5 + what);
    }
  }

  LiveCourse run() {
    for (Worker worker = 0; worker < protocol_.workers; ++worker) workers_[worker].granted = ticket();
    for (Worker worker = 0; worker < protocol_.workers; ++worker) start_gradient(worker);
    if (protocol_.wall_seconds) at(*protocol_.wall_seconds, What::time_is_up, 0);
    while (!events_.empty()) {
      const auto [time, number, what, worker] = events_.top();
      events_.pop();
      if (what == What::time_is_up && busy_ == 0) break;
      now_ = time;
      if (what != What::time_is_up) course_.seconds = now_;
      handle(what, worker);
    }
    for (Worker worker = 0; worker < protocol_.workers; ++worker)
      course_.idle[worker] = course_.seconds - workers_[worker].computing;
    return std::move(course_);
  }

 private:
  enum class What { begin, land, offer, heard, time_is_up };
  enum Drawn : std::size_t { gradient, turnaround, offering, meeting, transfer };
  struct WorkerProgress {
    AveragingCounts counts;
    std::vector<Stream> streams = {};
    std::array<std::uint64_t, 5> drawn = {};
    double computing = 0;
    std::uint64_t debt = 0;
    bool granted = false;   // the next gradient may be computed
    bool computes = false;  // a gradient is under way or about to begin
    bool talks = false;     // between offer and hear
  };
  using Event = std::tuple<double, std::uint64_t, What, Worker>;

  void at(double time, What what, Worker worker) { events_.push({time, number_++, what, worker}); }

  double duration(Worker worker, Drawn what, const std::vector<double>& measured) {
    if (measured.empty()) return 0;
    WorkerProgress& own = workers_[worker];
    const double uniform = open_uniform(own.streams[what].bits(own.drawn[what]++).first);
    return measured[static_cast<std::size_t>(uniform * static_cast<double>(measured.size()))];
  }

  bool ticket() {
    if (closed_ || (protocol_.gradients && tickets_ == *protocol_.gradients)) return false;
    ++tickets_;
    if (protocol_.gradients && tickets_ == *protocol_.gradients) close();
    return true;
  }

  void close() {
    closed_ = true;
    for (const Worker worker : pairing_.release()) {
      workers_[worker].talks = false;
      workers_[worker].debt = 0;
      start_gradient(worker);
    }
  }

  // Begins the next gradient where nothing stands in its way.
  void start_gradient(Worker worker) {
    WorkerProgress& own = workers_[worker];
    if (own.computes || !own.granted || own.debt > 0) return;
    own.computes = true;
    ++busy_;
    at(now_ + duration(worker, turnaround, timings_.turnaround), What::begin, worker);
  }

  void handle(What what, Worker worker) {
    switch (what) {
      case What::begin:
        return begin(worker);
      case What::land:
        return land(worker);
      case What::offer:
        return offer(worker);
      case What::heard:
        return heard(worker);
      case What::time_is_up:
        return close();
    }
  }

  void begin(Worker worker) {
    WorkerProgress& own = workers_[worker];
    if (pairing_.has_neighbours(worker) && !closed_) own.debt += own.counts.next();
    own.granted = ticket();
    const auto& lists = timings_.gradients;
    const double takes = lists.empty() ? 0.0 : duration(worker, gradient, lists[worker % lists.size()]);
    own.computing += takes;
    at(now_ + takes, What::land, worker);
    prepare_offer(worker);
  }

  void land(Worker worker) {
    --busy_;
    workers_[worker].computes = false;
    ++course_.gradients[worker];
    start_gradient(worker);
  }

  void prepare_offer(Worker worker) {
    WorkerProgress& own = workers_[worker];
    if (own.debt == 0 || own.talks) return;
    own.talks = true;
    at(now_ + duration(worker, offering, timings_.offering), What::offer, worker);
  }

  void offer(Worker worker) {
    WorkerProgress& own = workers_[worker];
    if (closed_) {
      own.talks = false;
      own.debt = 0;
      return start_gradient(worker);
    }
    const auto partner = pairing_.offer(worker);
    if (!partner) return;
    ++course_.pairs[edge_.at(pair_key(worker, *partner))];
    if (++exchanges_ == protocol_.communications) close();
    const double told = now_ + std::max(duration(worker, meeting, timings_.meeting),
                                        duration(*partner, meeting, timings_.meeting));
    for (const Worker side : {worker, *partner}) {
      ++busy_;
      at(told + duration(side, transfer, timings_.transfer), What::heard, side);
    }
  }

  void heard(Worker worker) {
    --busy_;
    WorkerProgress& own = workers_[worker];
    ++course_.averagings[worker];
    own.talks = false;
    if (own.debt > 0) --own.debt;
    prepare_offer(worker);
    start_gradient(worker);
  }

  const LiveProtocol& protocol_;
  const LiveTimings& timings_;
  Pairing pairing_;
  std::unordered_map<std::uint64_t, std::size_t> edge_;
  std::uint64_t draw_;
  std::vector<WorkerProgress> workers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t number_ = 0, tickets_ = 0, exchanges_ = 0;
  std::uint64_t busy_ = 0;  // gradients and exchanges under way
  bool closed_ = false;
  double now_ = 0;
  LiveCourse course_;
};

}  // namespace

LiveTimings fit_timings(const LiveTrace& trace) {
  LiveTimings timings;
  for (const auto& list : trace.workers) {
    std::vector<double>& gradients = timings.gradients.emplace_back();
    double begun = 0, ready = 0;  // of the gradient; when all that the next one waits for was there
    double due = 0;               // since when the averaging at hand could be offered
    bool first = true;
    for (const LiveOperation& operation : list) {
      switch (operation.verb) {
        case Verb::read:
          if (!first) timings.turnaround.push_back(operation.wall - ready);
          first = false;
          begun = due = operation.wall;
          break;
        case Verb::step:
          gradients.push_back(operation.wall - begun);
          ready = operation.wall;
          break;
        case Verb::offer:
          timings.offering.push_back(operation.wall - due);
          break;
        case Verb::receive:
          ready = due = operation.wall;
          break;
        default:
          break;
      }
    }
  }
  for (const auto& [id, meeting] : meetings_of(trace))
    for (const std::size_t side : {0, 1}) {
      const double met = std::max(meeting.offered[0], meeting.offered[1]);
      const double told = std::max(meeting.told[0], meeting.told[1]);
      timings.meeting.push_back(std::max(0.0, meeting.told[side] - met));
      timings.transfer.push_back(std::max(0.0, meeting.heard[side] - told));
    }
  // In an order of their own: the table above has none.
  std::sort(timings.meeting.begin(), timings.meeting.end());
  std::sort(timings.transfer.begin(), timings.transfer.end());
  return timings;
}

double LiveCourse::idle_share() const {
  const double all = seconds * static_cast<double>(idle.size());
  return all > 0 ? std::accumulate(idle.begin(), idle.end(), 0.0) / all : 0.0;
}

std::uint64_t LiveCourse::total_gradients() const {
  return std::accumulate(gradients.begin(), gradients.end(), std::uint64_t{0});
}

std::uint64_t LiveCourse::total_averagings() const {
  return std::accumulate(pairs.begin(), pairs.end(), std::uint64_t{0});
}

LiveCourse measured_course(const LiveTrace& trace, std::span<const WorkerPair> edges) {
  const auto numbers = numbers_of(edges);
  LiveCourse course;
  course.pairs.assign(edges.size(), 0);
  std::vector<double> computing;
  for (std::size_t worker = 0; worker < trace.workers.size(); ++worker) {
    double begun = 0, spent = 0;
    std::uint64_t gradients = 0, averagings = 0;
    for (const LiveOperation& operation : trace.workers[worker]) {
      if (operation.verb != Verb::offer) course.seconds = std::max(course.seconds, operation.wall);
      if (operation.verb == Verb::read) begun = operation.wall;
      if (operation.verb == Verb::step) {
        spent += operation.wall - begun;
        ++gradients;
      }
      if (operation.verb == Verb::receive) {
        ++averagings;
        const auto own = static_cast<Worker>(worker);
        if (own < operation.peer) ++course.pairs[numbers.at(pair_key(own, operation.peer))];
      }
    }
    course.gradients.push_back(gradients);
    course.averagings.push_back(averagings);
    computing.push_back(spent);
  }
  for (const double spent : computing) course.idle.push_back(course.seconds - spent);
  return course;
}

LiveCourse forecast_live(const LiveProtocol& protocol, const LiveTimings& timings, std::uint64_t draw) {
  return RunTimeline(protocol, timings, draw).run();
}

}  // namespace acidsim
