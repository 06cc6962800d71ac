// Synchronous rounds: all workers compute, wait for the slowest, and mix.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/timing/network/durations.hpp"
#include "sim/timing/network/transfers.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// What every worker does in a round, in order.
struct RoundStep {
  Verb verb = Verb::gradient;             // gradient, read, step or round
  Company company = Company::neighbours;  // of a round
};
using RoundProgram = std::vector<RoundStep>;

// The groups of rounds: of all workers; and for rounds with a partner, one of each pair of neighbours and one
// of each worker alone.
struct RoundGroups {
  // All workers, each with a matrix; `pushed` and `pulled` where the program has them.
  struct Mixings {
    Group neighbours, pushed = {}, pulled = {};
    double duration = 1;  // of a graph that changes: how many rounds it lasts
  };
  Mixings first;
  // The pairs of neighbours, i < j, and the edge of each. Used with Company::partner alone.
  struct Pair {
    Worker i, j;
    std::uint32_t edge;
  };
  std::vector<Pair> pairs = {};
  // What follows in a graph that changes: round k = 0, 1, … has the mixings that hold at the time k of the sequence.
  std::vector<Mixings> later = {};
  bool periodic = true;  // after the last ones the first follow; otherwise the last stay
};

// How long gradients and messages take in rounds.
struct RoundPace {
  DurationLaw law = ExponentialDuration{};
  std::optional<SlowPhases> slow = {};
  std::shared_ptr<const Presence> presence = {};  // null: all workers are always there
  std::optional<Transfers> transfers = {};        // nothing: they take no time
  std::vector<WorkerPair> edges = {};  // whose positions groups name; used where messages take time
  // Backup workers: a round ends when the gradients of all but so many workers are there, and drops the others.
  Worker backups = 0;
  std::vector<double> bytes =
      {};  // of a message of each mixing, then of the opening's; where messages take time
};

// The transfers of a mixing: which way messages go along the edges of each member of a group.
class GroupTransfers {
 public:
  GroupTransfers() = default;
  // edges: whose positions the group names.
  GroupTransfers(const Group& group, const std::vector<WorkerPair>& edges);
  std::span<const Way> ways_of(std::size_t member) const {
    return std::span(ways_).subspan(first_[member], first_[member + 1] - first_[member]);
  }

 private:
  std::vector<std::uint32_t> first_;
  std::vector<Way> ways_;
};

// A gradient or a read, which take time in rounds; the other verbs take none.
bool takes_time_in_rounds(Verb verb);

// In each round worker i computes its gradients one after another, each of which takes a time of mean 1 / rate_i. Where
// the program mixes all wait for the slowest, and then for the slowest transfer. So the mean duration of a round of one
// gradient with exponential times at equal rates r is H_n / r, the n-th harmonic number, where messages take no time.
// Without gradients a round happens at the times 1, 2, 3, …
//
// With b backup workers (Chen, Pan, Monga, Bengio, Jozefowicz 2016) nobody waits for the b slowest: the round ends with the
// (n − b)-th gradient, those of the others are no events, and their workers begin anew with the next round. Its mean
// duration is then (H_n − H_b) / r. For programs of one gradient before the mixing.
//
// Partners are a random maximal matching of the graph, drawn anew for each round: the pairs are taken in
// random order, each where both are still free. Whoever stays alone hears itself.
class RoundSchedule final : public Schedule {
 public:
  // gradient_rates: gradients per unit time of each worker, > 0; empty = no gradients are computed.
  // program: with at least one round. Throws InputError where a rate is not positive and finite, or where
  // there are too many pairs.
  // opening: the mixings of the first round have numbers of their own, which follow the others'.
  RoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates, RoundProgram program,
                RoundGroups groups, bool opening = false, RoundPace pace = {});

  // The cursor reads this schedule, which must outlive it. What comes before `start` is walked through: a
  // draw for each gradient.
  std::unique_ptr<EventCursor> from(double start) const override;
  std::unique_ptr<OccupationCursor> occupations() const override;
  std::span<const Group> groups() const override { return groups_; }
  bool has_reads() const override {
    return std::any_of(program_.begin(), program_.end(),
                       [](const RoundStep& step) { return step.verb == Verb::read; });
  }
  int mixings() const override { return mixings_; }
  // Means over the first rounds.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

 private:
  class Cursor;

  void add_groups(RoundGroups groups);
  void add_mixings(RoundGroups::Mixings mixings, bool pushes, bool pulls);
  std::size_t phase_of(std::uint64_t round) const;
  double transfer_time(std::uint32_t group, std::uint64_t number, double bytes) const;

  std::uint64_t seed_;
  Worker workers_;
  std::optional<GradientDurations> durations_;  // nothing: no gradients are computed
  RoundProgram program_;
  int mixings_ = 0;  // rounds in the program
  bool opening_;
  std::uint64_t computing_ = 0;  // verbs of the program that take time
  std::vector<Group> groups_;
  struct Phase {
    double end;                                        // in rounds from the start
    std::uint32_t neighbours, pushed = 0, pulled = 0;  // positions in groups_
  };
  std::vector<Phase> phases_;
  bool periodic_ = true;
  std::uint32_t everyone_ = 0, first_pair_ = 0, first_alone_ = 0;  // positions in groups_
  std::vector<RoundGroups::Pair> pairs_;
  std::optional<Transfers> transfers_;  // where messages take time
  std::vector<double> bytes_;           // of a message of each mixing
  Worker backups_;
  std::vector<GroupTransfers>
      group_transfers_;  // of each group of all workers; empty where messages take no time
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
