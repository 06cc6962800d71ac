#include "sim/app/repeat_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

StopReason reason_named(const std::string& name) {
  for (const StopReason reason : {StopReason::time, StopReason::gradients, StopReason::target,
                                  StopReason::wall_seconds, StopReason::diverged, StopReason::schedule_end})
    if (name_of(reason) == name) return reason;
  throw DamagedCheckpoint("a checkpoint ends for an unknown reason: " + name);
}

}  // namespace

template <class Scalar>
RepeatCheckpoints<Scalar>::RepeatCheckpoints(const Plan& plan, int repeat, const RunControl& control,
                                             const Schedule& schedule, Kernel<Scalar>& kernel,
                                             Optimizer<Scalar>& optimizer, const Ownership* ownership,
                                             RepeatResult& result)
    : plan_(plan),
      repeat_(repeat),
      control_(control),
      schedule_(schedule),
      kernel_(kernel),
      optimizer_(optimizer),
      ownership_(ownership),
      result_(result) {}

template <class Scalar>
CheckpointHeader RepeatCheckpoints<Scalar>::header(const Position& at, const Counts& counts) const {
  CheckpointHeader made;
  made.config = plan_.config();
  made.repeat = repeat_;
  made.seed = result_.seed;
  CheckpointShape& shape = made.shape;
  shape.workers = plan_.workers();
  shape.dimension = static_cast<std::uint64_t>(kernel_.dimension());
  shape.stored = kernel_.stored_size();
  shape.scalar_bytes = sizeof(Scalar);
  shape.memory_bytes = optimizer_.memory().size();
  shape.worker_gradients = plan_.objective().has_gradients ? plan_.workers() : 0;
  shape.edges =
      plan_.config()["record"]["communication_counts"].template get<bool>() ? plan_.network->edges.size() : 0;
  shape.metrics = plan_.config()["record"]["metrics"].size();
  made.position = at;
  made.gradients = counts.gradients;
  made.communications = counts.communications;
  made.rows = result_.records.size();
  return made;
}

template <class Scalar>
auto RepeatCheckpoints<Scalar>::read(Position& start, Counts& counts) -> Found {
  const CheckpointShape shape = header({}, {}).shape;
  const Json& stop = plan_.config()["stop"]["time"];
  const std::string place = control_.checkpoints.string();
  const auto accept = [&](const CheckpointHeader& found) {
    check_same_run(found, place, plan_.config(), repeat_, result_.seed, control_.extend);
    if (found.shape != shape)
      throw InputError(place, "the checkpoint is of a run of another size",
                       fmt::format("{} workers, dimension {}", found.shape.workers, found.shape.dimension),
                       "a file that the configuration names has changed");
    if (control_.extend && found.position.time > stop.get<double>())
      throw InputError(place, "the run has come further already",
                       fmt::format("time {:g}", found.position.time), "--extend takes a later time");
    return !found.end || found.config["stop"]["time"] == stop;
  };
  Found what = Found::nothing;
  read_newest(control_.checkpoints, accept, [&](CheckpointReader& reader) {
    Worker next = 0;
    reader.workers<Scalar>(
        [&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory) {
          const Worker worker = next++;
          if (ownership_ != nullptr && ownership_->rank_of[worker] != ownership_->rank) return;
          const Worker held = ownership_ != nullptr ? ownership_->places[worker] : worker;
          kernel_.restore(held, time, stored);
          std::copy(memory.begin(), memory.end(), optimizer_.memory().bytes(held).begin());
        });
    start = reader.header().position;
    counts = reader.counts();
    result_.records = reader.rows();
    reader.finish();
    what = reader.header().end ? Found::end : Found::moment;
    if (what == Found::moment) check_schedule(start);
    if (what == Found::moment) return;
    const CheckpointEnd& end = *reader.header().end;
    Outcome& outcome = result_.outcome;
    outcome = {};
    outcome.reason = reason_named(end.reason);
    outcome.time = start.time;
    outcome.counts = counts;
    outcome.events = start.events;
    outcome.wall_seconds = start.wall_seconds;
    outcome.detail = end.detail;
    outcome.decision = end.decision;
    result_.state_digest = end.state_digest;
  });
  return what;
}

// The schedule must be the one that the checkpoint was made under: a trace may have been written anew.
template <class Scalar>
void RepeatCheckpoints<Scalar>::check_schedule(const Position& at) const {
  if (at.events == 0) return;
  const auto cursor = schedule_.from(at.last_time);
  std::uint64_t found = 0;
  for (auto events = cursor->next(); !events.empty(); events = cursor->next()) {
    const std::span<const double> times = cursor->run_times();
    for (std::size_t k = 0; k < events.size(); ++k) {
      if ((times.empty() ? events[k].time : times[k]) != at.last_time) {
        events = {};
        break;
      }
      ++found;
    }
    if (events.empty() || found >= at.ties) break;
  }
  if (found >= at.ties) return;
  throw InputError(control_.checkpoints.string(), "the checkpoint is of another schedule",
                   fmt::format("{} events at time {}, where it had {}", found, at.last_time, at.ties),
                   "a file that the configuration names has changed");
}

template <class Scalar>
void RepeatCheckpoints<Scalar>::visit_own(const WorkerVisit<Scalar>& visit) const {
  std::vector<Scalar> stored(kernel_.stored_size());
  for (Worker worker = 0; worker < kernel_.workers(); ++worker) {
    const double time = kernel_.save(worker, stored);
    visit(time, stored, optimizer_.memory().bytes(worker));
  }
}

template <class Scalar>
void RepeatCheckpoints<Scalar>::write(const Position& at, const Counts& counts,
                                      const EachWorker& each_worker) const {
  add_checkpoint(control_.checkpoints, header(at, counts), [&](CheckpointWriter& writer) {
    const auto put = [&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory) {
      writer.worker(time, stored, memory);
    };
    if (each_worker)
      each_worker(put);
    else
      visit_own(put);
    writer.counts(counts);
    writer.rows(result_.records);
  });
}

template <class Scalar>
void RepeatCheckpoints<Scalar>::write_end() const {
  const Outcome& outcome = result_.outcome;
  if (outcome.reason == StopReason::interrupted) return;
  Position at;
  at.time = outcome.time;
  at.events = outcome.events;
  at.wall_seconds = outcome.wall_seconds;
  CheckpointHeader made = header(at, outcome.counts);
  made.end = CheckpointEnd{name_of(outcome.reason), outcome.detail, outcome.decision, result_.state_digest};
  add_checkpoint(control_.checkpoints, made, [&](CheckpointWriter& writer) {
    writer.counts(outcome.counts);
    writer.rows(result_.records);
  });
}

template class RepeatCheckpoints<float>;
template class RepeatCheckpoints<double>;

}  // namespace acidsim
