#include "sim/experiment/repeat_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

StopReason reason_named(const std::string& name) {
  if (const auto reason = stop_reason_named(name)) return *reason;
  throw DamagedCheckpoint("a checkpoint ends for an unknown reason: " + name);
}

}  // namespace

template <class Scalar>
RepeatCheckpoints<Scalar>::RepeatCheckpoints(const Plan& plan, int repeat, const RunControl& control,
                                             const Schedule& schedule, Kernel<Scalar>& kernel,
                                             Optimizer<Scalar>& optimizer, InFlight<Scalar>& in_flight,
                                             MinibatchLosses* losses, const Ownership* ownership,
                                             RepeatResult& result)
    : plan_(plan),
      repeat_(repeat),
      control_(control),
      schedule_(schedule),
      kernel_(kernel),
      optimizer_(optimizer),
      in_flight_(in_flight),
      losses_(losses),
      ownership_(ownership),
      result_(result) {}

template <class Scalar>
CheckpointHeader RepeatCheckpoints<Scalar>::header(const Position& at, const Counts& counts) const {
  CheckpointHeader made;
  made.description = control_.checkpoints.description;
  made.stop_time = plan_.experiment.stop.rules.time;
  made.repeat = repeat_;
  made.seed = result_.seed;
  CheckpointShape& shape = made.shape;
  shape.workers = plan_.nodes();
  shape.dimension = static_cast<std::uint64_t>(kernel_.dimension());
  shape.stored = kernel_.stored_size();
  shape.scalar_bytes = sizeof(Scalar);
  shape.memory_bytes = optimizer_.memory().size();
  shape.under_way_bytes = schedule_.has_reads() ? UnderWay<Scalar>::bytes(kernel_.dimension()) : 0;
  shape.message = kernel_.message_size();
  shape.worker_gradients = plan_.experiment.objective.has_gradients() ? plan_.nodes() : 0;
  shape.edges = plan_.experiment.record.communication_counts ? plan_.network->edges.size() : 0;
  shape.metrics = plan_.experiment.record.metrics.size();
  shape.losses = losses_ != nullptr ? losses_->sums().size() : 0;
  made.position = at;
  made.tally = counts;
  made.reads = counts.staleness.reads().size();
  made.stalenesses = counts.staleness.counted().size() / 2;
  made.rows = result_.records.size();
  return made;
}

template <class Scalar>
auto RepeatCheckpoints<Scalar>::read(Position& start, Counts& counts, LiveTrace& trace) -> Found {
  const CheckpointShape shape = header({}, {}).shape;
  const double stop = plan_.experiment.stop.rules.time;
  const CheckpointPlace& own = control_.checkpoints;
  const std::string place = own.folder.string();
  const auto accept = [&](const CheckpointHeader& found) {
    if (found.operations.has_value() != is_live())
      throw InputError(
          place, is_live() ? "the checkpoint is of a simulated run" : "the checkpoint is of a live run", "",
          is_live() ? "go on without --backend live, or choose another --out"
                    : "--backend live goes on with it");
    if (own.accept)
      own.accept(found);
    else if (found.description != own.description)
      throw InputError(place, "the checkpoint is of another experiment", "", "choose another folder");
    if (found.repeat != repeat_ || found.seed != result_.seed)
      throw InputError(place, "the checkpoint is of another repeat",
                       fmt::format("repeat {}, seed {}", found.repeat, found.seed),
                       fmt::format("repeat {} has seed {}", repeat_, result_.seed));
    if (found.shape != shape)
      throw InputError(place, "the checkpoint is of a run of another size",
                       fmt::format("{} workers, dimension {}", found.shape.workers, found.shape.dimension),
                       "a file that the configuration names has changed");
    if (own.extend && found.position.time > stop)
      throw InputError(place, "the run has come further already",
                       fmt::format("time {:g}", found.position.time), "--extend takes a later time");
    return !found.end || found.stop_time == stop;
  };
  Found what = Found::nothing;
  const auto take = [&](CheckpointReader& reader) {
    Worker next = 0;
    reader.workers<Scalar>([&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory,
                               std::span<const std::byte> under_way) {
      const Worker worker = next++;
      if (ownership_ != nullptr && ownership_->rank_of[worker] != ownership_->rank) return;
      const Worker held = ownership_ != nullptr ? ownership_->places[worker] : worker;
      kernel_.restore(held, time, stored);
      std::copy(memory.begin(), memory.end(), optimizer_.memory().bytes(held).begin());
      if (!under_way.empty()) in_flight_.gradients.restore(held, under_way);
    });
    in_flight_.mail.restore(held_here(reader.messages<Scalar>()));
    start = reader.header().position;
    trace = reader.trace();
    counts = reader.counts();
    if (losses_ != nullptr) reader.losses(*losses_);
    result_.records = reader.rows();
    reader.finish();
    what = reader.header().end ? Found::end : Found::midway;
    if (what == Found::midway && !is_live()) check_schedule(start);
    if (what == Found::midway) return;
    const CheckpointEnd& end = *reader.header().end;
    Outcome& outcome = result_.outcome;
    outcome = {};
    outcome.reason = reason_named(end.reason);
    outcome.time = start.time;
    outcome.counts = counts;
    outcome.staleness = counts.staleness.summary(counts.gradients);
    outcome.events = start.events;
    outcome.wall_seconds = start.wall_seconds;
    outcome.detail = end.detail;
    outcome.decision = end.decision;
    result_.state_digest = end.state_digest;
  };
  read_newest(own.folder, accept, take, control_.on_notice);
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
  throw InputError(control_.checkpoints.folder.string(), "the checkpoint is of another schedule",
                   fmt::format("{} events at time {}, where it had {}", found, at.last_time, at.ties),
                   "a file that the configuration names has changed");
}

template <class Scalar>
void RepeatCheckpoints<Scalar>::visit_own(const WorkerVisit<Scalar>& visit) const {
  std::vector<Scalar> stored(kernel_.stored_size());
  std::vector<std::byte> under_way(schedule_.has_reads() ? UnderWay<Scalar>::bytes(kernel_.dimension()) : 0);
  for (Worker worker = 0; worker < kernel_.workers(); ++worker) {
    const double time = kernel_.save(worker, stored);
    if (!under_way.empty()) in_flight_.gradients.save(worker, under_way);
    visit(time, stored, optimizer_.memory().bytes(worker), under_way);
  }
}

template <class Scalar>
void RepeatCheckpoints<Scalar>::write(const Position& at, const Counts& counts,
                                      const std::vector<Parcel<Scalar>>& mail, const EachWorker& each_worker,
                                      const LiveTrace* trace) const {
  CheckpointHeader made = header(at, counts);
  made.messages = mail.size();
  if (trace != nullptr) made.operations = trace->operations();
  add_checkpoint(control_.checkpoints.folder, made, [&](CheckpointWriter& writer) {
    const auto put = [&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory,
                         std::span<const std::byte> under_way) {
      writer.worker(time, stored, memory, under_way);
    };
    if (each_worker)
      each_worker(put);
    else
      visit_own(put);
    for (const Parcel<Scalar>& parcel : mail) writer.message(parcel);
    if (trace != nullptr) writer.trace(*trace);
    writer.counts(counts);
    if (losses_ != nullptr) writer.losses(*losses_);
    writer.rows(result_.records);
  });
}

// What the workers of this rank need of the messages under way.
template <class Scalar>
std::vector<Parcel<Scalar>> RepeatCheckpoints<Scalar>::held_here(std::vector<Parcel<Scalar>> mail) const {
  if (ownership_ == nullptr) return mail;
  const auto is_here = [&](Worker worker) { return ownership_->rank_of[worker] == ownership_->rank; };
  for (Parcel<Scalar>& parcel : mail) {
    if (parcel.clock < plan_.workers()) {  // what a worker published, for itself
      if (!is_here(parcel.clock)) parcel.needed = 0;
      continue;
    }
    const Edge edge = plan_.network->edges[parcel.clock - plan_.workers()];
    const Worker sender = parcel.upwards ? edge.i : edge.j, receiver = parcel.upwards ? edge.j : edge.i;
    std::uint8_t here = 0;
    if (is_here(sender)) here |= needed_as_own;
    if (is_here(receiver)) here |= needed_by_receiver;
    parcel.needed &= here;
  }
  return mail;
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
  if (result_.live) made.operations = result_.live->trace.operations();
  add_checkpoint(control_.checkpoints.folder, made, [&](CheckpointWriter& writer) {
    if (result_.live) writer.trace(result_.live->trace);
    writer.counts(outcome.counts);
    if (losses_ != nullptr) writer.losses(*losses_);
    writer.rows(result_.records);
  });
}

template class RepeatCheckpoints<float>;
template class RepeatCheckpoints<double>;

}  // namespace acidsim
