// Workers that leave and return, join late, or leave for good.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "sim/timing/network/occupation.hpp"
#include "sim/timing/network/on_off.hpp"

namespace acidsim {

// How a worker comes back.
//     kept     it goes on where it stood: with its state, and with the gradient that it was computing
//     lost     it begins anew at its initial point
//     copied   it begins anew at the model of a neighbour that is there, drawn at random; at its initial point where none is
enum class Return { kept, lost, copied };

struct Churn {
  struct Absences {
    double mean_present = 100, mean_away = 1;  // exponential times, in units of time
  };
  std::optional<Absences> absences = {};
  std::vector<double> join_at = {};   // of each worker; empty: all are there from time 0 on
  std::vector<double> leave_at = {};  // of each worker, for good, perhaps infinity; empty: nobody does
  Return on_return = Return::kept;

  bool leaves_for_good() const;
  // The share of its time that a worker is there while it takes part.
  double present_fraction() const;
};

// Who takes part when: a pure function of (seed, worker, time).
class Presence {
 public:
  // Throws InputError ("mean_present", "mean_away", "join_at" or "leave_at"), also where a worker never is there.
  Presence(std::uint64_t seed, Worker workers, Churn churn);

  const Churn& churn() const { return churn_; }
  Worker workers() const { return workers_; }
  bool present(Worker worker, double time) const;
  // The first time > `time` at which this changes; infinity: it never does.
  double next_change(Worker worker, double time) const;
  // The first time ≥ `time` at which the worker is there; infinity: it never is again.
  double next_presence(Worker worker, double time) const {
    return present(worker, time) ? time : next_change(worker, time);
  }
  // How long the worker is there between two times, and when it has been there for so long from a time on: when it leaves
  // for good where it is not there as long.
  double time_there(Worker worker, double from, double to) const;
  double time_after(Worker worker, double from, double there) const;

 private:
  Worker workers_;
  Churn churn_;
  std::optional<OnOffStates> states_;  // on: there
};

// The same occupations, with `away` while a worker is not there.
std::unique_ptr<OccupationCursor> with_absences(std::unique_ptr<OccupationCursor> occupations,
                                                std::shared_ptr<const Presence> presence);

}  // namespace acidsim
