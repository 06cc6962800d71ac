#include "sim/timing/local_round_schedule.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <optional>
#include <queue>
#include <stdexcept>

namespace acidsim {

class LocalRoundSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const LocalRoundSchedule& schedule, double start, bool notes_occupations = false)
      : schedule_(schedule),
        start_(start),
        notes_occupations_(notes_occupations),
        workers_(schedule.durations_.workers()) {
    for (Worker worker = 0; worker < workers_.size(); ++worker) go_on(worker, 0);
  }

  std::span<const Event> next() override {
    constexpr std::size_t block = 1024;
    if (started_) {
      events_.clear();
      occupations_.clear();
    }
    started_ = true;
    while (events_.size() < block) {
      const auto [time, worker] = coming_.top();
      coming_.pop();
      time_ = time;
      WorkerState& state = workers_[worker];
      const Step& step = schedule_.program_[state.at];
      if (state.hears) {
        mix(worker, step, time);
      } else {
        events_.push_back({time, worker, worker, worker, step.verb});
        ++state.computed;
        step_on(state);
      }
      go_on(worker, time);
      if (time_ < start_) events_.clear();
    }
    std::erase_if(events_, [&](const Event& event) { return event.time < start_; });
    return events_;
  }
  double time() const { return time_; }
  double reached() const { return started_ ? coming_.top().first : 0.0; }
  const std::vector<OccupationChange>& occupations() const { return occupations_; }

 private:
  struct WorkerState {
    std::uint32_t at = 0;                    // in the program
    bool waits = false;                      // in a mixing
    bool hears = false;                      // and the messages are under way to it
    std::uint64_t rounds = 0, computed = 0;  // so far
    std::uint64_t published = 0, mixed = 0;  // messages
  };

  void step_on(WorkerState& state) const {
    if (++state.at < schedule_.program_.size()) return;
    state.at = 0;
    ++state.rounds;
  }

  // Takes a worker through its program to where it computes or waits, and those whom it frees.
  void go_on(Worker first, double time) {
    walk(first, time);
    while (!freed_.empty()) {
      const Worker worker = freed_.back();
      freed_.pop_back();
      if (may_mix(worker)) walk(worker, time);  // it may have mixed already
    }
  }

  void walk(Worker worker, double time) {
    WorkerState& state = workers_[worker];
    for (;;) {
      const Step& step = schedule_.program_[state.at];
      if (takes_time_in_rounds(step.verb)) {
        occupy(time, worker, Occupation::computing);
        coming_.push({time + schedule_.durations_(worker, state.computed, time), worker});
        return;
      }
      if (step.verb != Verb::round) {
        events_.push_back({time, worker, worker, worker, step.verb});
        step_on(state);
        continue;
      }
      if (!state.waits) publish(worker, step, time);
      if (!may_mix(worker)) return occupy(time, worker, Occupation::waiting_at_barrier);
      if (schedule_.transfers_) return hear(worker, step, time);
      mix(worker, step, time);
    }
  }

  void publish(Worker worker, const Step& step, double time) {
    WorkerState& state = workers_[worker];
    state.waits = true;
    ++state.published;
    add_mixing(worker, step, time, Verb::publish);
    const Group::OneByOne& group = schedule_.groups_[step.group].one_by_one;
    for (std::uint32_t k = group.listeners_first[worker]; k < group.listeners_first[worker + 1]; ++k)
      if (may_mix(group.listeners[k])) freed_.push_back(group.listeners[k]);
  }

  // Whether the worker waits in a mixing for which all have published whom it hears.
  bool may_mix(Worker worker) const {
    const WorkerState& state = workers_[worker];
    if (!state.waits || state.hears) return false;
    const Group& group = schedule_.groups_[schedule_.program_[state.at].group];
    for (std::uint32_t at = group.first[worker]; at < group.first[worker + 1]; ++at)
      if (workers_[group.neighbours[at]].published <= state.mixed) return false;
    return true;
  }

  // All whom the worker hears have published: their messages are under way to it.
  void hear(Worker worker, const Step& step, double time) {
    WorkerState& state = workers_[worker];
    state.hears = true;
    occupy(time, worker, Occupation::transferring);
    const GroupTransfers& transfers = schedule_.group_transfers_[step.group];
    const double bytes = schedule_.bytes_[number_of(worker, step)];
    coming_.push(
        {time + schedule_.transfers_->neighbours(transfers.ways_of(worker), worker, state.mixed, bytes),
         worker});
  }

  void occupy(double time, Worker worker, Occupation occupation) {
    if (notes_occupations_) occupations_.push_back({time, worker, occupation});
  }

  void mix(Worker worker, const Step& step, double time) {
    WorkerState& state = workers_[worker];
    add_mixing(worker, step, time, Verb::mix);
    state.waits = state.hears = false;
    ++state.mixed;
    step_on(state);
  }

  void add_mixing(Worker worker, const Step& step, double time, Verb verb) {
    events_.push_back({time, worker, worker, step.group, verb, 0, number_of(worker, step)});
  }

  // Those of an opening come after the others'.
  std::uint16_t number_of(Worker worker, const Step& step) const {
    const bool opens = schedule_.opening_ && workers_[worker].rounds == 0;
    return static_cast<std::uint16_t>(step.number + (opens ? schedule_.mixings_ : 0));
  }

  const LocalRoundSchedule& schedule_;
  double start_;
  bool notes_occupations_;
  std::vector<WorkerState> workers_;
  using Coming = std::pair<double, Worker>;  // when its gradient is computed
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
  std::vector<Worker> freed_;
  std::vector<Event> events_;
  std::vector<OccupationChange> occupations_;
  bool started_ = false;  // what happens at time 0 comes with the first block
  double time_ = 0;
};

LocalRoundSchedule::LocalRoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates,
                                       RoundProgram program, RoundGroups groups, bool opening, RoundPace pace)
    : durations_(seed, std::move(gradient_rates), std::move(pace.law), pace.slow, std::move(pace.presence)),
      transfers_(std::move(pace.transfers)),
      bytes_(std::move(pace.bytes)),
      opening_(opening) {
  if (!groups.later.empty()) throw std::logic_error("local barriers: the graph changes");
  std::array<std::optional<std::uint32_t>, 5> placed;  // by company
  std::sort(groups.pairs.begin(), groups.pairs.end(),
            [](const auto& a, const auto& b) { return std::pair(a.i, a.j) < std::pair(b.i, b.j); });
  bool computes = false;
  for (const RoundStep& step : program) {
    computes = computes || takes_time_in_rounds(step.verb);
    has_reads_ = has_reads_ || step.verb == Verb::read;
    if (step.verb != Verb::round) {
      program_.push_back({step.verb, 0, 0});
      continue;
    }
    if (step.company != Company::neighbours && !is_along_directions(step.company))
      throw std::logic_error("local barriers: a mixing with others than neighbours");
    std::optional<std::uint32_t>& group = placed[static_cast<std::size_t>(step.company)];
    if (!group)
      group = place(step.company == Company::pushed   ? groups.first.pushed
                    : step.company == Company::pulled ? groups.first.pulled
                                                      : groups.first.neighbours,
                    groups.pairs);
    program_.push_back({step.verb, *group, static_cast<std::uint16_t>(mixings_++)});
  }
  if (mixings_ == 0 || !computes) throw std::logic_error("local barriers: nothing to wait for");

  bytes_.resize(static_cast<std::size_t>(2 * mixings_), 0.0);
  if (transfers_)
    for (const Group& group : groups_) group_transfers_.emplace_back(group, pace.edges);
  const std::size_t sample = std::size_t{32} * durations_.workers();  // mixings
  Cursor cursor(*this, 0);
  std::size_t communications = 0, gradients = 0, mixed = 0;
  while (mixed < sample)
    for (const Event& event : cursor.next()) {
      gradients += lands_gradient(event.verb);
      if (event.verb != Verb::mix) continue;
      ++mixed;
      communications += completed_edges(event, groups_).size();
    }
  gradient_rate_ = static_cast<double>(gradients) / cursor.time();
  communication_rate_ = static_cast<double>(communications) / cursor.time();
}

// Adds what local barriers need to know about a group of all workers.
std::uint32_t LocalRoundSchedule::place(Group group, std::span<const RoundGroups::Pair> pairs) {
  const auto edge_of = [pairs](Worker a, Worker b) {
    const std::pair<Worker, Worker> ends = std::minmax(a, b);
    const auto found = std::partition_point(pairs.begin(), pairs.end(), [&](const RoundGroups::Pair& pair) {
      return std::pair(pair.i, pair.j) < ends;
    });
    if (found == pairs.end() || std::pair(found->i, found->j) != ends)
      throw std::logic_error("local barriers: neighbours without an edge");
    return found->edge;
  };
  const auto members = static_cast<Worker>(group.members.size());
  const auto hears = [&](Worker member, Worker other) {
    return std::binary_search(group.neighbours.begin() + group.first[member],
                              group.neighbours.begin() + group.first[member + 1], other);
  };
  Group::OneByOne& one_by_one = group.one_by_one;
  one_by_one.edges_first.assign(1, 0);
  one_by_one.listeners_first.assign(members + 1, 0);
  group.edges.clear();
  for (Worker member = 0; member < members; ++member) {
    for (std::uint32_t at = group.first[member]; at < group.first[member + 1]; ++at) {
      const Worker other = group.neighbours[at];
      ++one_by_one.listeners_first[other + 1];
      one_by_one.neighbour_edges.push_back(edge_of(member, other));
      // Of two that hear each other, the larger one's mixing counts.
      if (other < member || !hears(other, member)) group.edges.push_back(one_by_one.neighbour_edges.back());
    }
    one_by_one.edges_first.push_back(static_cast<std::uint32_t>(group.edges.size()));
  }
  std::vector<std::uint32_t>& first = one_by_one.listeners_first;
  std::partial_sum(first.begin(), first.end(), first.begin());
  one_by_one.listeners.resize(group.neighbours.size());
  one_by_one.listener_edges.resize(group.neighbours.size());
  std::vector<std::uint32_t> next(first.begin(), first.end() - 1);
  for (Worker member = 0; member < members; ++member)
    for (std::uint32_t at = group.first[member]; at < group.first[member + 1]; ++at) {
      const std::uint32_t to = next[group.neighbours[at]]++;
      one_by_one.listeners[to] = member;
      one_by_one.listener_edges[to] = one_by_one.neighbour_edges[at];
    }
  groups_.push_back(std::move(group));
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

std::unique_ptr<OccupationCursor> LocalRoundSchedule::occupations() const {
  return with_absences(std::make_unique<OccupationsOf<Cursor>>(*this, 0.0, true), durations_.presence());
}

std::unique_ptr<EventCursor> LocalRoundSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

}  // namespace acidsim
