// One repeat that is ready to go, whatever carries it out.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/averaged_buffers.hpp"
#include "sim/engine/kernel_states.hpp"
#include "sim/experiment/chi_choice.hpp"
#include "sim/experiment/conjugates.hpp"
#include "sim/experiment/counting.hpp"
#include "sim/experiment/horizon.hpp"
#include "sim/experiment/initial_states.hpp"
#include "sim/experiment/live_report.hpp"
#include "sim/experiment/live_settings.hpp"
#include "sim/experiment/message_compression.hpp"
#include "sim/experiment/metric_rows.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/repeat_checkpoints.hpp"
#include "sim/experiment/state_recorder.hpp"
#include "sim/live/collected_states.hpp"
#include "sim/live/live_run.hpp"
#include "sim/live/local_transport.hpp"
#include "sim/live/mpi_transport.hpp"
#include "sim/metrics/largest_coordinate.hpp"
#include "sim/optimizers/make_optimizer.hpp"
#include "sim/system/digest.hpp"

namespace acidsim {

// A repeat that is ready to go: everything that can be refused has been looked at.
template <class Scalar>
class RepeatRun {
 public:
  // `ownership`: where ranks share the run, which workers are here; else null. `constants`: of the run.
  RepeatRun(const Plan& plan, int repeat, Resources& resources, const RunControl& control,
            const Values& constants, const Ownership* ownership)
      : plan_(plan),
        resources_(resources),
        control_(control),
        ownership_(ownership),
        world_(world_of(control.execution)),
        repeat_(repeat),
        seed_(plan.seed_of(repeat)),
        schedule_(plan.schedule(seed_)),
        objective_(plan.make_objective<Scalar>(resources, seed_)),
        conjugates_(objective_.get(), ownership != nullptr ? &ownership->own : nullptr),
        compression_(plan.experiment.algorithm.compression
                         ? std::optional<MessageCompression<Scalar>>(
                               std::in_place, plan.experiment.algorithm.compression, seed_,
                               ownership != nullptr ? &ownership->own : nullptr)
                         : std::nullopt),
        optimizer_(make_optimizer<Scalar>(plan.optimizer(), local_workers(), objective_ ? dimension() : 0,
                                          objective_ ? objective_->blocks() : std::vector<ParameterBlock>())),
        kernel_(make_kernel(constants)),
        in_flight_(*kernel_),
        simulation_{*schedule_, *kernel_},
        usage_(*schedule_, plan),
        start_point_(plan, objective_.get(), seed_, dimension()),
        rows_(plan, objective_.get(), resources, seed_, usage_, start_point_),
        states_recorder_(plan, control) {
    if (objective_ && objective_->running_statistics().size > 0)
      optimizer_->keep_statistics(objective_->running_statistics().size);
    if (kernel_->dual()) kernel_->use(conjugates_);
    if (compression_)
      compress<Scalar>(plan, *compression_, ownership != nullptr ? &ownership->own : nullptr, *kernel_);
    if (plan.dynamics.send.running_sums)
      kernel_->keep_sums(edge_clocks(plan, ownership != nullptr ? &ownership->own : nullptr));
    if (const auto server = place_of_server()) kernel_->serve(*server);
    result_.seed = seed_;
    result_.dimension = dimension();
    begin();
    simulation_.objective = objective_.get();
    simulation_.optimizer = optimizer_.get();
    simulation_.in_flight = &in_flight_;
    if (rows_.asks_for_losses()) {
      losses_.emplace(plan.nodes());
      rows_.take_losses_from(*losses_);
      simulation_.losses = &*losses_;
    }
    simulation_.workers = plan.nodes();
    simulation_.initial_point = [this](Worker place) {
      return start_point_.of(ownership_ != nullptr ? ownership_->own[place] : place);
    };
    if (plan.experiment.record.communication_counts)
      simulation_.edges = static_cast<Index>(plan.network->edges.size());
    simulation_.meter = Sending(plan.experiment, plan.dynamics, plan.workers(), dimension()).meter();
    simulation_.stop = plan.experiment.stop.rules;
    simulation_.observe.every = plan.record_every();
    simulation_.observe.interrupt = control.interrupt;
    simulation_.observe.on_events = control.on_events;
    simulation_.observe.on_state = control.on_state;
    set_horizon(plan, seed_, simulation_);
    simulation_.observe.weighs_mail = rows_.weighs() && !plan.dynamics.send.running_sums;
    observe();
    if (control.checkpoints.folder.empty())
      simulation_.resume.restart = [this] {
        optimizer_->memory().clear();
        begin();
        in_flight_.mail.clear();
        in_flight_.gradients.clear();
        if (losses_) losses_->clear();
        if (control_.on_restart) control_.on_restart();
      };
    else
      go_to_checkpoint();
  }
  RepeatRun(const RepeatRun&) = delete;
  RepeatRun& operator=(const RepeatRun&) = delete;

  // Where it goes on from, in events; the same on all ranks that see the same files.
  std::string start() const { return fmt::format("{} {}", start_.events, ended_); }

  RepeatResult run() {
    const bool live = std::holds_alternative<Live>(control_.execution);
    if (control_.on_events && !live) show_first_events(*schedule_, start_.events, control_.on_events);
    if (ended_ && live) report_live({start_.wall_seconds, std::move(trace_)});
    if (ended_) {
      if (!live) take_usage();
      return std::move(result_);
    }
    Digest digest;
    const StateVisit add = [&](std::span<const std::byte> part) {
      digest.add(part);
      states_recorder_.at_end(part, static_cast<std::size_t>(kernel_->vectors()), further_parts());
    };
    if (live) {
      train_live(add);
    } else if (world_ != nullptr) {
      SharedStates<Scalar> states(*kernel_, optimizer_.get(), *world_, *ownership_, &in_flight_.gradients);
      states_ = &states;
      ReplayOutcome replay = run_mpi(simulation_, *world_, *ownership_, states);
      result_.outcome = std::move(replay.outcome);
      result_.ranks = std::move(replay.reports);
      if (ends_averaged())
        states.for_each_averaged_vector(final_times(), add);
      else
        states.for_each_state_vector(final_times(), add);
    } else {
      const auto* openmp = std::get_if<OpenMp>(&control_.execution);
      result_.outcome =
          openmp ? run_openmp(simulation_, openmp->threads, openmp->sharing) : run_serial(simulation_);
      visit_states(ends_averaged(), add);
    }
    result_.state_digest = from_root(world_, digest.hexadecimal());
    if (!live) take_usage();
    if (checkpoints_ && is_root(world_)) {
      states_recorder_.keep();
      checkpoints_->write_end();
    }
    return std::move(result_);
  }

  // Steps, on this thread: carries out the events of time ≤ `until`, and stands there; whether there is more to come.
  // Every step ends with a record, which is not of the run where more comes.
  bool advance(double until) {
    if (!more_) return false;
    const double end = plan_.experiment.stop.rules.time;
    simulation_.stop.time = std::min(until, end);
    simulation_.checkpoints.write = [this](const Position& at, const Counts& counts,
                                           const std::vector<Parcel<Scalar>>&) {
      start_ = at;
      start_counts_ = counts;
      start_losses_ = losses_;
      start_rows_ = result_.records.size();
    };
    if (simulation_.resume.position != nullptr) {
      result_.records.resize(start_rows_);
      if (losses_) *losses_ = *start_losses_;
    }
    result_.outcome = run_serial(simulation_);
    const StopReason reason = result_.outcome.reason;
    more_ = reason == StopReason::interrupted || (reason == StopReason::time && simulation_.stop.time < end);
    simulation_.resume.position = &start_;
    simulation_.resume.counts = &start_counts_;
    return more_;
  }
  const RepeatResult& so_far() const { return result_; }

  // The states as they stand after a step: worker by worker its m vectors, its weights, the memory of its optimizer.
  void visit_states(bool averaged, const StateVisit& visit) const {
    if (averaged)
      for_each_averaged_vector<Scalar>(
          mean_model(KernelStates<Scalar>(*kernel_, final_times())), kernel_->vectors(), plan_.workers(),
          [&](Worker worker) { return std::span<const std::byte>(optimizer_->memory().bytes(worker)); },
          visit);
    else
      for_each_state_vector<Scalar>(*kernel_, optimizer_.get(), final_times(), visit);
  }
  std::string digest() const {
    Digest digest;
    visit_states(!more_ && ends_averaged(), [&](std::span<const std::byte> part) { digest.add(part); });
    return digest.hexadecimal();
  }
  // Vector a of a worker.
  void read(Worker worker, int vector, std::span<Scalar> out) const {
    KernelStates<Scalar>(*kernel_, final_times()).read(worker, vector, out);
  }
  // Saves what the last step left, for a run that goes on from there.
  void save(const CheckpointPlace& place) {
    RunControl control;
    control.checkpoints = place;
    RepeatResult saved = result_;
    saved.records.resize(start_rows_);
    const RepeatCheckpoints<Scalar> checkpoints(plan_, repeat_, control, *schedule_, *kernel_, *optimizer_,
                                                in_flight_, start_losses_ ? &*start_losses_ : nullptr,
                                                nullptr, saved);
    checkpoints.write(start_, start_counts_, in_flight_.mail.save());
  }

 private:
  // A live run ends with all models averaged, and so does its replay where nothing was cut off; others where that is
  // asked for.
  bool ends_averaged() const {
    return plan_.replays_live_run() ? result_.outcome.schedule_ended : plan_.experiment.stop.average;
  }
  // What the final states of a worker hold beside its vectors: its weights and its optimizer's memory.
  std::size_t further_parts() const {
    const bool averaged = ends_averaged() || std::holds_alternative<Live>(control_.execution);
    return (kernel_->weighted() && !averaged ? 1 : 0) + (optimizer_->memory().empty() ? 0 : 1);
  }
  ReadTimes final_times() const { return {result_.outcome.time, result_.outcome.worker_times}; }

  Worker local_workers() const {
    return ownership_ != nullptr ? static_cast<Worker>(ownership_->own.size()) : plan_.nodes();
  }
  // In the kernel, where there is a server and it is here.
  std::optional<Worker> place_of_server() const {
    const Worker server = plan_.workers();
    if (!plan_.dynamics.has_server()) return {};
    if (ownership_ == nullptr) return server;
    if (ownership_->rank_of[server] != ownership_->rank) return {};
    return ownership_->places[server];
  }
  std::unique_ptr<Kernel<Scalar>> make_kernel(const Values& constants) {
    auto kernel = plan_.make_kernel<Scalar>(constants, local_workers(), dimension());
    if (!plan_.experiment.optimizer.average_buffers) return kernel;
    return std::make_unique<AveragedBuffers<Scalar>>(std::move(kernel), optimizer_->memory());
  }
  Index dimension() const { return objective_ ? objective_->dimension() : plan_.expected.dimension; }

  void begin() {
    start_point_.initialise(ownership_ != nullptr ? &ownership_->own : nullptr, *kernel_, *optimizer_);
    result_.records.clear();
  }

  void go_to_checkpoint() {
    checkpoints_.emplace(plan_, repeat_, control_, *schedule_, *kernel_, *optimizer_, in_flight_,
                         losses_ ? &*losses_ : nullptr, ownership_, result_);
    using Found = typename RepeatCheckpoints<Scalar>::Found;
    const Found found = checkpoints_->read(start_, start_counts_, trace_);
    ended_ = found == Found::end;
    if (is_root(world_)) states_recorder_.take_up(result_.records.size(), ended_);
    if (found == Found::midway) {
      simulation_.resume.position = &start_;
      simulation_.resume.counts = &start_counts_;
    }
    const CheckpointCadence& cadence = plan_.experiment.checkpoint;
    simulation_.checkpoints.every = cadence.every.value_or(infinity);
    simulation_.checkpoints.every_seconds = cadence.every_seconds.value_or(infinity);
    simulation_.checkpoints.write = [this](const Position& at, const Counts& counts,
                                           const std::vector<Parcel<Scalar>>& mail) {
      states_recorder_.keep();
      checkpoints_->write(at, counts, mail, visit_of_all_ranks());
    };
  }

  // Empty where one process has all workers.
  typename RepeatCheckpoints<Scalar>::EachWorker visit_of_all_ranks() {
    if (states_ == nullptr) return {};
    return [this](const WorkerVisit<Scalar>& visit) {
      std::vector<Scalar> stored(kernel_->stored_size());
      std::vector<std::byte> memory(optimizer_->memory().size());
      std::vector<std::byte> under_way(schedule_->has_reads() ? UnderWay<Scalar>::bytes(dimension()) : 0);
      for (Worker worker = 0; worker < plan_.nodes(); ++worker) {
        const double time = states_->save(worker, stored);
        if (!memory.empty()) states_->memory(worker, memory);
        if (!under_way.empty()) states_->under_way(worker, under_way);
        visit(time, stored, memory, under_way);
      }
    };
  }

  void observe() {
    simulation_.observe.on_record = [this](const Record<Scalar>& record) { return write_down(record); };
    if (control_.on_progress)
      simulation_.observe.on_progress = [this](double time, const Counts& counts) {
        tell_progress(time, counts);
      };
  }

  // What happens is known at rank 0, how it ended everywhere. `visit` gets the final states.
  void train_live(const StateVisit& visit) {
    const LiveProtocol protocol = live_protocol(plan_, seed_);
    std::unique_ptr<LiveTransport> transport;
    if (world_ != nullptr)
      transport = make_mpi_transport(*world_, plan_.workers());
    else
      transport = std::make_unique<LocalTransport>(plan_.workers());
    LiveRun<Scalar> run{.protocol = protocol,
                        .kernel = *kernel_,
                        .optimizer = *optimizer_,
                        .objective = *objective_,
                        .gradient_seconds = least_gradient_seconds(plan_),
                        .horizon = live_horizon(plan_),
                        .control = {.interrupt = control_.interrupt}};
    if (control_.on_progress)
      run.control.on_progress = [&](double seconds, std::uint64_t gradients) {
        double fraction = protocol.wall_seconds ? seconds / *protocol.wall_seconds : 0.0;
        if (protocol.gradients)
          fraction =
              std::max(fraction, static_cast<double>(gradients) / static_cast<double>(*protocol.gradients));
        control_.on_progress({repeat_, fraction, seconds, gradients, rows_.headline()});
      };
    run.on_start = [&](const StateView<Scalar>& states) { write_down({0.0, {}, states}); };
    if (checkpoints_) save_live(run);
    LiveResult<Scalar> live = run_live(run, *transport);
    report_live(std::move(live));
    if (live.states) take_live(live, visit);
    result_.outcome.reason = static_cast<StopReason>(
        std::stoi(from_root(world_, std::to_string(static_cast<int>(result_.outcome.reason)))));
  }

  // The run goes on from its checkpoint, and makes further ones.
  void save_live(LiveRun<Scalar>& run) {
    if (simulation_.resume.position != nullptr) run.before = {start_.wall_seconds, std::move(trace_)};
    run.control.save_every = simulation_.checkpoints.every;
    run.control.save_every_seconds = simulation_.checkpoints.every_seconds;
    run.save = [this](const LiveHistory& history,
                      const std::function<void(const LiveVisit<Scalar>&)>& each_worker) {
      const Counts counts = count_live(history.trace);
      const auto each = [&](const WorkerVisit<Scalar>& visit) {
        each_worker([&](double time, std::span<const Scalar> stored, std::span<const std::byte> memory) {
          visit(time, stored, memory, {});
        });
      };
      checkpoints_->write(live_position(history.wall_seconds, counts), counts, {}, each, &history.trace);
    };
  }

  // Collective. What rank 0 tells of the run.
  void report_live(LiveHistory history) {
    std::vector<LiveReport::Rank> ranks = live_ranks(world_, plan_.workers());
    if (!is_root(world_)) return;
    result_.live = std::make_shared<LiveReport>(live_report(plan_, std::move(history), std::move(ranks)));
    if (!control_.on_events) return;
    const auto schedule = plan_.live_schedule(result_.live->trace, plan_.place());
    control_.on_events(schedule->events(), schedule->run_times());
  }

  Counts count_live(const LiveTrace& trace) const {
    return live_counts(plan_, trace, simulation_.meter, kernel_->has_gradient_at_start());
  }

  void take_live(const LiveResult<Scalar>& live, const StateVisit& visit) {
    Outcome& outcome = result_.outcome;
    outcome.reason = live.reason;
    outcome.time = outcome.wall_seconds = live.wall_seconds;
    outcome.counts = count_live(result_.live->trace);
    outcome.staleness = outcome.counts.staleness.summary(outcome.counts.gradients);
    outcome.events = live_position(live.wall_seconds, outcome.counts).events;
    const LargestCoordinate found = largest_coordinate(*live.states);
    if (outcome.reason != StopReason::interrupted &&
        !(found.finite && found.largest <= simulation_.stop.diverged_above)) {
      outcome.reason = StopReason::diverged;
      outcome.detail = fmt::format("worker {}: |x| = {:.2g} at the end", found.worker, found.largest);
    } else {
      write_down({outcome.time, outcome.counts, *live.states});
    }
    for_each_averaged_vector<Scalar>(
        live.mean, kernel_->vectors(), plan_.workers(),
        [&](Worker worker) { return std::span<const std::byte>(live.states->memory(worker)); }, visit);
  }

  // Rank 0 tells.
  void take_usage() {
    if (!is_root(world_)) return;
    result_.time_shares = usage_.shares(result_.outcome.time);
    result_.flights = usage_.flights(result_.outcome.time);
    result_.worker_times = usage_.worker_times(result_.outcome.time);
  }

  bool write_down(const Record<Scalar>& record) {
    result_.records.push_back(rows_.row_of(record));
    states_recorder_.at_record(record.states);
    return rows_.target_reached();
  }

  void tell_progress(double time, const Counts& counts) const {
    const double fraction = share_done(simulation_.stop, time, counts);
    control_.on_progress(
        {repeat_, fraction, time, counts.gradients + counts.communications, rows_.headline()});
  }

  const Plan& plan_;
  Resources& resources_;
  const RunControl& control_;
  const Ownership* ownership_;
  MpiWorld* world_;
  int repeat_;
  std::uint64_t seed_;
  RepeatResult result_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<Objective<Scalar>> objective_;
  Conjugates<Scalar> conjugates_;
  std::optional<MessageCompression<Scalar>> compression_;
  std::unique_ptr<Optimizer<Scalar>> optimizer_;
  std::unique_ptr<Kernel<Scalar>> kernel_;
  InFlight<Scalar> in_flight_;
  std::optional<MinibatchLosses> losses_;  // where a metric asks for them
  Simulation<Scalar> simulation_;
  RunUsage usage_;
  Start<Scalar> start_point_;
  MetricRows<Scalar> rows_;
  StateRecorder states_recorder_;
  std::optional<RepeatCheckpoints<Scalar>> checkpoints_;
  Position start_;
  Counts start_counts_;
  // Of a run in steps: what was there before the record that ended the last one.
  std::optional<MinibatchLosses> start_losses_;
  std::size_t start_rows_ = 0;
  bool more_ = true;
  LiveTrace trace_;                         // of the checkpoint of a live run
  bool ended_ = false;                      // the checkpoint folder already holds this repeat's final result
  SharedStates<Scalar>* states_ = nullptr;  // while ranks share the run
};

}  // namespace acidsim
