// Rounds with local barriers: a worker waits for its neighbours alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/timing/round_schedule.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// Every worker goes through the program of its rounds as RoundSchedule says, with the same durations of its gradients.
// Where the program mixes it publishes its message, and it mixes once it has those of this mixing from all whom it
// hears, and their messages have arrived (their transfers begin together, with the last message that it waits for); then
// it goes on, though others may still wait. So each worker's states are those of the rounds with a global barrier, at
// earlier times, and two who hear each other are never more than one mixing apart. Slow phases come at their own times and
// jitter with each mixing, so with them the durations of the two barriers differ.
//
// With exponential gradients of mean 1 and one gradient in a round, a round takes (2n − 1)/n on average where worker i
// hears i + 1 alone on a directed ring of n workers [an exclusion process of n particles and n holes].
class LocalRoundSchedule final : public Schedule {
 public:
  // groups: of a graph that does not change; `pairs` name the edges. Arguments as for RoundSchedule, and gradients are
  // computed. Throws InputError where a rate is not positive and finite, std::logic_error for companies other than
  // neighbours, pushed and pulled.
  LocalRoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates, RoundProgram program,
                     RoundGroups groups, bool opening = false, RoundPace pace = {});

  // What comes before `start` is walked through.
  std::unique_ptr<EventCursor> from(double start) const override;
  std::unique_ptr<OccupationCursor> occupations() const override;
  std::span<const Group> groups() const override { return groups_; }
  int mixings() const override { return mixings_; }
  bool has_reads() const override { return has_reads_; }
  // Means over the first rounds.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

 private:
  class Cursor;

  struct Step {
    Verb verb;
    std::uint32_t group;   // of a round
    std::uint16_t number;  // of its mixing
  };

  std::uint32_t place(Group group, std::span<const RoundGroups::Pair> pairs);

  GradientDurations durations_;
  std::optional<Transfers> transfers_;           // where messages take time
  std::vector<double> bytes_;                    // of a message of each mixing
  std::vector<GroupTransfers> group_transfers_;  // of each group; empty where messages take no time
  std::vector<Step> program_;
  int mixings_ = 0;
  bool opening_, has_reads_ = false;
  std::vector<Group> groups_;
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
