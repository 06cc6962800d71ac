#include "sim/live/live_forecast.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>

#include "sim/core/random.hpp"
#include "sim/timing/network/availability.hpp"

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
class RunTimeline final : public AvailabilityCourse {
 public:
  RunTimeline(const LiveProtocol& protocol, const LiveTimings& timings, std::uint64_t draw)
      : protocol_(protocol),
        timings_(timings),
        draw_(draw),
        drawn_(protocol.workers),
        model_({protocol.meetings(), protocol.averaging_law(), Communication::overlapped}, *this) {
    course_.gradients.assign(protocol.workers, 0);
    course_.averagings.assign(protocol.workers, 0);
    course_.idle.assign(protocol.workers, 0);
    course_.pairs.assign(protocol.edges.size(), 0);
  }

  LiveCourse run() {
    const double limit = protocol_.wall_seconds.value_or(infinity);
    model_.start();
    while (model_.next_time() < infinity)
      if (!closed_ && model_.next_time() > limit) {
        if (!model_.busy()) break;
        close(limit);
      } else {
        model_.advance();
      }
    for (double& idle : course_.idle) idle += course_.seconds;
    return std::move(course_);
  }

  double begin(Worker worker, double now) override {
    course_.seconds = now;
    const auto& lists = timings_.gradients;
    const double takes = lists.empty() ? 0.0 : duration(worker, gradient, lists[worker % lists.size()]);
    course_.idle[worker] -= takes;
    return takes;
  }
  void land(Worker worker, double now) override {
    course_.seconds = now;
    ++course_.gradients[worker];
  }
  ExchangeTimes meet(Worker worker, const Pairing::Partner& partner, double now) override {
    course_.seconds = now;
    ++course_.pairs[partner.edge];
    if (++exchanges_ == protocol_.communications) close(now);
    const double told = std::max(duration(worker, meeting, timings_.meeting),
                                 duration(partner.worker, meeting, timings_.meeting));
    return {told + duration(worker, transfer, timings_.transfer),
            told + duration(partner.worker, transfer, timings_.transfer)};
  }
  void hear(Worker worker, const Pairing::Partner&, double now) override {
    course_.seconds = now;
    ++course_.averagings[worker];
  }
  void occupy(Worker, Occupation, double) override {}
  bool grant(Worker, double now) override {
    if (closed_) return false;
    if (++tickets_ == protocol_.gradients) close(now);
    return true;
  }
  double turnaround(Worker worker) override { return duration(worker, waking, timings_.turnaround); }
  double offering(Worker worker) override { return duration(worker, offer, timings_.offering); }

 private:
  enum Drawn : std::uint32_t { gradient, waking, offer, meeting, transfer };

  // No gradient is granted any more, and nobody meets.
  void close(double now) {
    closed_ = true;
    model_.close(now);
  }

  double duration(Worker worker, Drawn what, const std::vector<double>& measured) {
    if (measured.empty()) return 0;
    const Stream stream(draw_, Purpose::live_forecast, worker * 5 + what);
    const double uniform = open_uniform(stream.bits(drawn_[worker][what]++).first);
    return measured[static_cast<std::size_t>(uniform * static_cast<double>(measured.size()))];
  }

  const LiveProtocol& protocol_;
  const LiveTimings& timings_;
  std::uint64_t draw_;
  std::vector<std::array<std::uint64_t, 5>> drawn_;
  std::uint64_t tickets_ = 0, exchanges_ = 0;
  bool closed_ = false;
  LiveCourse course_;
  Availability model_;
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
