// Workers that leave and return, as events among those of another schedule.
#pragma once

#include <memory>
#include <vector>

#include "sim/timing/network/presence.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// Adds to another schedule: leave and join where a worker goes and comes, and after the join a restart where it does not
// come back with its state. A gradient that it has under way then is read anew, where the schedule has reads.
class ChurnSchedule final : public Schedule {
 public:
  // What the other schedule knows of the absences.
  enum class Inner { knows_all, gradients_alone, nothing };

  // edges: those of positive rate, along which models are copied; i < j < workers. gradient_rates: of each worker; empty:
  // nobody computes. Gradients and exchanges of the inner schedule in which a worker takes part that is away are left out;
  // which there may be says `inner`. Exchanges take no time in it then.
  ChurnSchedule(std::uint64_t seed, std::shared_ptr<const Presence> presence,
                std::unique_ptr<Schedule> schedule, Inner inner, const std::vector<Edge>& edges,
                std::vector<double> gradient_rates);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  std::unique_ptr<OccupationCursor> occupations() const override;
  bool has_reads() const override { return schedule_->has_reads(); }
  bool has_flights() const override { return schedule_->has_flights(); }
  double gradient_rate() const override;
  double communication_rate() const override;

 private:
  class Cursor;

  std::uint64_t seed_;
  std::shared_ptr<const Presence> presence_;
  std::unique_ptr<Schedule> schedule_;
  Inner inner_;
  std::vector<WorkerPair> pairs_;  // the edges
  std::vector<double> gradient_rates_;
  std::vector<std::size_t> starts_;  // workers + 1
  std::vector<Worker> neighbours_;   // of each worker in turn
};

}  // namespace acidsim
