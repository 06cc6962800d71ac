#include "sim/timing/round_schedule.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

constexpr std::size_t most_pairs = 4'000'000;

}  // namespace

GroupTransfers::GroupTransfers(const Group& group, const std::vector<WorkerPair>& edges)
    : first_(group.members.size() + 1, 0) {
  const auto place_of = [&](Worker worker) {
    return static_cast<std::size_t>(std::lower_bound(group.members.begin(), group.members.end(), worker) -
                                    group.members.begin());
  };
  const auto hears = [&](std::size_t member, std::size_t other) {
    return std::binary_search(group.neighbours.begin() + group.first[member],
                              group.neighbours.begin() + group.first[member + 1],
                              static_cast<std::uint32_t>(other));
  };
  for (const std::uint32_t edge : group.edges)
    for (const Worker end : {edges[edge].i, edges[edge].j}) ++first_[place_of(end) + 1];
  std::partial_sum(first_.begin(), first_.end(), first_.begin());
  ways_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (const std::uint32_t edge : group.edges) {
    const std::size_t i = place_of(edges[edge].i), j = place_of(edges[edge].j);
    ways_[next[i]++] = {edge, hears(i, j), hears(j, i)};
    ways_[next[j]++] = {edge, hears(j, i), hears(i, j)};
  }
}

bool takes_time_in_rounds(Verb verb) { return verb == Verb::gradient || verb == Verb::read; }

// One round after another: short ones make a block of events together.
class RoundSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const RoundSchedule& schedule, double start, bool notes_occupations = false)
      : schedule_(schedule), start_(start), notes_occupations_(notes_occupations) {}

  std::span<const Event> next() override {
    do make_round();
    while (time_ < start_);
    while (events_.size() < short_block) add_round();
    std::stable_sort(occupations_.begin(), occupations_.end(),
                     [](const OccupationChange& a, const OccupationChange& b) { return a.time < b.time; });
    const auto first = std::partition_point(events_.begin(), events_.end(),
                                            [&](const Event& event) { return event.time < start_; });
    return {first, events_.end()};
  }
  // The events of the next round alone.
  std::span<const Event> make_round() {
    events_.clear();
    occupations_.clear();
    add_round();
    return events_;
  }
  double reached() const { return time_; }  // the end of the last round made
  // Of the rounds made by the last call.
  const std::vector<OccupationChange>& occupations() const { return occupations_; }

 private:
  static constexpr std::size_t short_block = 1024;  // events

  void add_round() {
    if (!schedule_.durations_) time_ += 1;
    const RoundProgram& program = schedule_.program_;
    number_ = round_ == 0 && schedule_.opening_ ? schedule_.mixings_ : 0;
    std::uint64_t computed = round_ * schedule_.computing_;
    for (auto at = program.begin(); at != program.end();) {
      if (at->verb == Verb::round) {
        mix(at->company);
        ++number_;
        ++at;
        continue;
      }
      const auto first = at;
      while (at != program.end() && takes_time_in_rounds(at->verb)) ++at;
      if (at != first) {
        compute({first, at}, computed);
        computed += static_cast<std::uint64_t>(at - first);
      } else {
        for (Worker worker = 0; worker < schedule_.workers_; ++worker) add(time_, worker, at->verb);
        ++at;
      }
    }
    ++round_;
  }

  void compute(std::span<const RoundStep> steps, std::uint64_t first_draw) {
    const std::size_t before_these = events_.size();
    double end = time_;
    for (Worker worker = 0; worker < schedule_.workers_; ++worker) {
      double time = time_;
      occupy(time, worker, Occupation::computing);
      for (std::uint64_t g = 0; g < steps.size(); ++g) {
        time += (*schedule_.durations_)(worker, first_draw + g, time);
        add(time, worker, steps[g].verb);
      }
      occupy(time, worker, Occupation::waiting_at_barrier);
      end = std::max(end, time);
    }
    std::stable_sort(events_.begin() + static_cast<std::ptrdiff_t>(before_these), events_.end(), before);
    time_ = schedule_.backups_ == 0 ? end : drop_late(before_these);
  }

  // Of the gradients from this event on the last ones, of as many as there are backup workers. Returns when the others
  // are there.
  double drop_late(std::size_t first) {
    const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(first);
    // Of equal times others are dropped in each round.
    const auto turn = [this](const Event& event) { return (event.i + round_) % schedule_.workers_; };
    std::sort(begin, events_.end(), [&](const Event& a, const Event& b) {
      return a.time != b.time ? a.time < b.time : turn(a) < turn(b);
    });
    events_.resize(first + schedule_.workers_ - schedule_.backups_);
    const double end = events_.back().time;
    std::sort(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end(), before);
    std::erase_if(occupations_, [end](const OccupationChange& change) { return change.time > end; });
    return end;
  }

  void occupy(double time, Worker worker, Occupation occupation) {
    if (notes_occupations_) occupations_.push_back({time, worker, occupation});
  }

  // The members of all groups of a mixing wait until the last message has arrived.
  void transfer(double takes) {
    if (takes == 0) return;
    for (Worker worker = 0; worker < schedule_.workers_; ++worker)
      occupy(time_, worker, Occupation::transferring);
    time_ += takes;
  }
  double transfer_time(std::uint32_t group) const {
    const auto mixing = static_cast<std::size_t>(number_);
    return schedule_.transfer_time(group, round_ * schedule_.bytes_.size() + mixing,
                                   schedule_.bytes_[mixing]);
  }

  void mix(Company company) {
    if (company == Company::partner) return mix_with_partners();
    const Phase& phase = schedule_.phases_[schedule_.phase_of(round_)];
    const std::uint32_t group = company == Company::everyone ? schedule_.everyone_
                                : company == Company::pushed ? phase.pushed
                                : company == Company::pulled ? phase.pulled
                                                             : phase.neighbours;
    if (schedule_.transfers_) transfer(transfer_time(group));
    add_mixing(group);
  }

  void mix_with_partners() {
    const auto& pairs = schedule_.pairs_;
    const Stream draws(schedule_.seed_, Purpose::round_partners, static_cast<std::uint32_t>(number_));
    order_.resize(pairs.size());
    for (std::uint32_t e = 0; e < pairs.size(); ++e)
      order_[e] = {draws.bits(round_ * pairs.size() + e).first, e};
    std::sort(order_.begin(), order_.end());
    free_.assign(schedule_.workers_, 1);
    matched_.clear();
    for (const auto& [key, e] : order_) {
      const auto [i, j, edge] = pairs[e];
      if (free_[i] == 0 || free_[j] == 0) continue;
      free_[i] = free_[j] = 0;
      matched_.push_back(e);
    }
    if (schedule_.transfers_) {
      double takes = 0;
      for (const std::uint32_t e : matched_)
        takes = std::max(takes, transfer_time(schedule_.first_pair_ + e));
      transfer(takes);
    }
    for (const std::uint32_t e : matched_) add_mixing(schedule_.first_pair_ + e);
    for (Worker worker = 0; worker < schedule_.workers_; ++worker)
      if (free_[worker] != 0) add_mixing(schedule_.first_alone_ + worker);
  }

  void add_mixing(std::uint32_t group) {
    const Worker lowest = schedule_.groups_[group].members.front();
    events_.push_back({time_, lowest, lowest, group, Verb::round, 0, static_cast<std::uint16_t>(number_)});
  }
  void add(double time, Worker worker, Verb verb) { events_.push_back({time, worker, worker, worker, verb}); }

  const RoundSchedule& schedule_;
  double start_;
  bool notes_occupations_;
  std::uint64_t round_ = 0;
  int number_ = 0;  // of the next mixing in the round
  double time_ = 0;
  std::vector<Event> events_;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> order_;  // of pairs
  std::vector<char> free_;                                      // workers without a partner
  std::vector<std::uint32_t> matched_;                          // pairs
  std::vector<OccupationChange> occupations_;
};

RoundSchedule::RoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates, RoundProgram program,
                             RoundGroups groups, bool opening, RoundPace pace)
    : seed_(seed),
      workers_(static_cast<Worker>(groups.first.neighbours.members.size())),
      program_(std::move(program)),
      opening_(opening),
      transfers_(std::move(pace.transfers)),
      bytes_(std::move(pace.bytes)),
      backups_(pace.backups) {
  if (!gradient_rates.empty())
    durations_.emplace(seed, std::move(gradient_rates), std::move(pace.law), pace.slow,
                       std::move(pace.presence));
  else
    std::erase_if(program_, [](const RoundStep& s) { return s.verb != Verb::round; });
  for (const RoundStep& step : program_) {
    mixings_ += step.verb == Verb::round;
    computing_ += takes_time_in_rounds(step.verb);
  }
  if (mixings_ == 0) throw std::logic_error("rounds: the program has no round");
  if (durations_ && computing_ == 0) throw std::logic_error("rounds: the program computes no gradient");
  if (backups_ > 0 && (backups_ >= workers_ || computing_ != 1 || program_.front().verb != Verb::gradient))
    throw std::logic_error("rounds: backup workers need a program of one gradient, and somebody to wait for");
  bytes_.resize(static_cast<std::size_t>(2 * mixings_), 0.0);  // those of an opening too
  add_groups(std::move(groups));
  if (transfers_)
    for (const Group& group : groups_)
      group_transfers_.push_back(group.mean_of_all ? GroupTransfers() : GroupTransfers(group, pace.edges));
  constexpr int sample = 32;  // rounds
  Cursor cursor(*this, 0);
  std::size_t communications = 0, gradients = 0;
  for (int k = 0; k < sample; ++k)
    for (const Event& event : cursor.make_round()) {
      if (event.verb == Verb::round) communications += groups_[event.clock].edges.size();
      gradients += lands_gradient(event.verb);
    }
  gradient_rate_ = static_cast<double>(gradients) / cursor.reached();
  communication_rate_ = static_cast<double>(communications) / cursor.reached();
}

void RoundSchedule::add_groups(RoundGroups groups) {
  const auto uses = [this](Company company) {
    return std::any_of(program_.begin(), program_.end(), [company](const RoundStep& step) {
      return step.verb == Verb::round && step.company == company;
    });
  };
  const bool pushes = uses(Company::pushed), pulls = uses(Company::pulled);
  periodic_ = groups.periodic;
  add_mixings(std::move(groups.first), pushes, pulls);
  for (RoundGroups::Mixings& mixings : groups.later) add_mixings(std::move(mixings), pushes, pulls);
  if (uses(Company::everyone)) {
    everyone_ = static_cast<std::uint32_t>(groups_.size());
    Group all;
    all.members = groups_.front().members;
    all.mean_of_all = true;
    groups_.push_back(std::move(all));
  }
  if (!uses(Company::partner)) return;
  if (groups.pairs.size() > most_pairs)
    throw InputError("workers", "too many pairs of neighbours to draw partners from",
                     fmt::format("{} edges", groups.pairs.size()), "a sparser graph");
  pairs_ = std::move(groups.pairs);
  first_pair_ = static_cast<std::uint32_t>(groups_.size());
  for (const auto& [i, j, edge] : pairs_)
    groups_.push_back({.members = {i, j},
                       .first = {0, 1, 2},
                       .neighbours = {1, 0},
                       .weights = {0.5, 0.5},
                       .edges = {edge}});
  first_alone_ = static_cast<std::uint32_t>(groups_.size());
  for (Worker worker = 0; worker < workers_; ++worker)
    groups_.push_back({.members = {worker}, .first = {0, 0}});
}

void RoundSchedule::add_mixings(RoundGroups::Mixings mixings, bool pushes, bool pulls) {
  const auto add = [this](Group&& group) {
    groups_.push_back(std::move(group));
    return static_cast<std::uint32_t>(groups_.size() - 1);
  };
  Phase phase{.end = (phases_.empty() ? 0.0 : phases_.back().end) + mixings.duration,
              .neighbours = add(std::move(mixings.neighbours))};
  if (pushes) phase.pushed = add(std::move(mixings.pushed));
  if (pulls) phase.pulled = add(std::move(mixings.pulled));
  phases_.push_back(phase);
}

std::size_t RoundSchedule::phase_of(std::uint64_t round) const {
  if (phases_.size() == 1) return 0;
  const auto time = static_cast<double>(round);
  const double within = periodic_ ? std::fmod(time, phases_.back().end) : time;
  const auto found = std::upper_bound(phases_.begin(), phases_.end() - 1, within,
                                      [](double value, const Phase& phase) { return value < phase.end; });
  return static_cast<std::size_t>(found - phases_.begin());
}

// How long the messages of a mixing are under way, until the last one has arrived.
double RoundSchedule::transfer_time(std::uint32_t group, std::uint64_t number, double bytes) const {
  const Group& whole = groups_[group];
  if (whole.mean_of_all) return transfers_->everyone(workers_, number, bytes);
  double takes = 0;
  for (std::size_t member = 0; member < whole.members.size(); ++member)
    takes = std::max(takes, transfers_->neighbours(group_transfers_[group].ways_of(member),
                                                   whole.members[member], number, bytes));
  return takes;
}

std::unique_ptr<OccupationCursor> RoundSchedule::occupations() const {
  if (!durations_) return nullptr;
  return with_absences(std::make_unique<OccupationsOf<Cursor>>(*this, 0.0, true), durations_->presence());
}

std::unique_ptr<EventCursor> RoundSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

}  // namespace acidsim
