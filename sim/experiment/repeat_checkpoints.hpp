// A repeat and its checkpoints: where it starts from, and what is saved on the way.
#pragma once

#include "sim/algorithms/kernel.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

template <class Scalar>
class RepeatCheckpoints {
 public:
  // All that is given must outlive it. The result's seed is known. Where several
  // ranks share the run, kernel and optimizer hold the workers of this one by `ownership`; else it is null.
  RepeatCheckpoints(const Plan& plan, int repeat, const RunControl& control, const Schedule& schedule,
                    Kernel<Scalar>& kernel, Optimizer<Scalar>& optimizer, InFlight<Scalar>& in_flight,
                    MinibatchLosses* losses, const Ownership* ownership, RepeatResult& result);

  enum class Found { nothing, midway, end };
  // Brings the states and the optimizer's memory that are here, and the result's records to where the newest checkpoint
  // stands, and puts that into `start`, `counts` and, of a live run, `trace`. At the end the result is complete
  // but for the live report. Throws InputError for a checkpoint of another run, or where none is whole.
  Found read(Position& start, Counts& counts, LiveTrace& trace);

  // Calls its argument for every worker, in order; empty = of the states in this memory.
  using EachWorker = std::function<void(const WorkerVisit<Scalar>&)>;
  // By one rank. Saves the run at `at`; `trace`: of a live one. Throws std::runtime_error where the disk is full.
  void write(const Position& at, const Counts& counts, const std::vector<Parcel<Scalar>>& mail,
             const EachWorker& each_worker = {}, const LiveTrace* trace = nullptr) const;
  // By one rank. Saves the result, unless the run was interrupted.
  void write_end() const;

 private:
  bool is_live() const { return std::holds_alternative<Live>(control_.execution); }
  CheckpointHeader header(const Position& at, const Counts& counts) const;
  void visit_own(const WorkerVisit<Scalar>& visit) const;
  void check_schedule(const Position& at) const;
  std::vector<Parcel<Scalar>> held_here(std::vector<Parcel<Scalar>> mail) const;

  const Plan& plan_;
  int repeat_;
  const RunControl& control_;
  const Schedule& schedule_;
  Kernel<Scalar>& kernel_;
  Optimizer<Scalar>& optimizer_;
  InFlight<Scalar>& in_flight_;
  MinibatchLosses* losses_;  // null where nobody asks for them
  const Ownership* ownership_;
  RepeatResult& result_;
};

}  // namespace acidsim
