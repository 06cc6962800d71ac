#include "sim/app/runner/task_runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <stdexcept>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/output/live_output.hpp"
#include "sim/app/output/progress.hpp"
#include "sim/app/output/row_tables.hpp"
#include "sim/app/output/states_file.hpp"
#include "sim/app/output/timeline.hpp"
#include "sim/app/runner/cell_selection.hpp"
#include "sim/app/runner/repeat_rule.hpp"
#include "sim/app/runner/side_by_side.hpp"
#include "sim/app/runner/trials.hpp"
#include "sim/app/runner/verification.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/repeat.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/task_queue.hpp"
#include "sim/timing/trace_schedule.hpp"

namespace acidsim {
namespace {

// Writes events.csv while a repeat runs.
class EventsFile {
 public:
  explicit EventsFile(std::filesystem::path file) : file_(std::move(file)) { open(); }
  void open() {
    out_.close();
    out_.open(file_, std::ios::binary);
    write_events_header(out_);
    written_ = 0;
  }
  void write(std::span<const Event> events, std::span<const double> times) {
    write_events(out_, written_, events, times);
    written_ += events.size();
  }
  void close() {
    out_.flush();
    if (!out_) throw std::runtime_error("events.csv: cannot be written (disk full?)");
  }

 private:
  std::filesystem::path file_;
  std::ofstream out_;
  std::uint64_t written_ = 0;
};

}  // namespace

Job::Job(const Cell& cell_, Plan plan_, Json inputs_, std::filesystem::path folder_)
    : cell(cell_),
      plan(std::move(plan_)),
      config(resolved(cell, plan)),
      inputs(std::move(inputs_)),
      folder(std::move(folder_)),
      results(static_cast<std::size_t>(plan.experiment.repeats)) {}

Json Job::description() const {
  Json description = config;
  description["address"] = cell.address;
  description["inputs"] = inputs;
  return description;
}

void Job::keep(std::size_t repeats, std::vector<RepeatResult> read) {
  kept = finished = repeats;
  std::move(read.begin(), read.end(), results.begin());
}

void Job::begin() {
  if (keeps_checkpoints) lock = std::make_unique<CheckpointLock>(folder);
  pending = std::make_unique<PendingFolder>(folder, keeps_checkpoints || replaces || kept > 0);
}

std::filesystem::path Job::states_part(int repeat) const {
  return keeps_checkpoints ? kept_states(checkpoint_folder(folder, repeat))
                           : pending->path() / fmt::format(".{}.{}", states_file, repeat);
}

FinishedCell finished_cell(const Job& job, const RunOptions& options, int threads) {
  return {job.cell,
          job.plan,
          job.results,
          job.inputs,
          name_of(options.backend),
          options.backend == Backend::openmp ? threads : 1,
          job.folder,
          job.kept,
          job.repeating};
}

TaskRunner::TaskRunner(const Configuration& configuration, const RunOptions& options, int threads,
                       Resources& resources, const std::vector<std::unique_ptr<Job>>& jobs)
    : configuration_(configuration),
      options_(options),
      world_(options.world),
      threads_(threads),
      resources_(resources) {
  for (const auto& job : jobs)
    if (job->failure.empty())
      for (std::size_t repeat = job->finished; repeat < job->results.size(); ++repeat)
        tasks_.push_back({job.get(), static_cast<int>(repeat)});
}

void TaskRunner::run() {
  if (world_ != nullptr)
    work_together();
  else
    work();
  if (error_) std::rethrow_exception(error_);
}

std::string TaskRunner::headline() const {
  if (tasks_.empty()) return "";
  const std::vector<std::string>& metrics = tasks_[0].job->plan.experiment.record.metrics;
  return metrics.empty() ? "" : metrics[0];
}

void TaskRunner::work() {
  ProgressDisplay display(tasks_.size(), headline(), options_.quiet, options_.on_progress);
  std::vector<TaskSize> sizes;
  std::map<const Job*, std::size_t> groups;
  for (const Task& task : tasks_) {
    const std::size_t group = groups.try_emplace(task.job, groups.size()).first->second;
    sizes.push_back({task.job->plan.expected.cost(), task.job->plan.expected.own_bytes, group});
  }
  const auto carry_out = [&](std::size_t k) {
    Job& job = *tasks_[k].job;
    {
      const std::scoped_lock lock(mutex_);
      if (stopped_ || !job.failure.empty()) return;
    }
    try {
      run_task(k, display);
    } catch (...) {
      fail(job);
    }
  };
  run_side_by_side(std::move(sizes), side_by_side(options_, threads_).runs, carry_out,
                   static_cast<std::size_t>(options_.jobs));
}

// In a handler.
void TaskRunner::fail(Job& job) {
  const std::scoped_lock lock(mutex_);
  if (!configuration_.is_sweep) {
    if (!error_) error_ = std::current_exception();
    stopped_ = true;
    return;
  }
  if (job.failure.empty()) job.failure = current_failure().message;
  stopped_ |= options_.fail_fast;
}

void TaskRunner::work_together() {
  ProgressDisplay display(tasks_.size(), headline(), options_.quiet, options_.on_progress);
  for (std::size_t k = 0; k < tasks_.size() && world_->all(!InterruptGuard::requested()); ++k)
    run_task(k, display);
}

Execution TaskRunner::execution() const {
  switch (options_.backend) {
    case Backend::openmp:
      return OpenMp{side_by_side(options_, threads_).threads};
    case Backend::mpi:
      return Ranks{world_};
    case Backend::live:
      return Live{world_};
    case Backend::serial:
      break;
  }
  return Serial{};
}

RunControl TaskRunner::control_of(const Task& task) const {
  RunControl control;
  control.execution = execution();
  control.interrupt = &InterruptGuard::requested();
  if (!options_.quiet) control.on_notice = [](const std::string& notice) { spdlog::warn(notice); };
  if (!task.job->keeps_checkpoints) return control;
  CheckpointPlace& checkpoints = control.checkpoints;
  checkpoints.folder = checkpoint_folder(task.job->folder, task.repeat);
  checkpoints.description = task.job->description().dump();
  checkpoints.extend = options_.extend.has_value();
  checkpoints.accept = [&job = *task.job, place = checkpoints.folder.string(),
                        extend = checkpoints.extend](const CheckpointHeader& header) {
    check_same_run(header, place, job.description(), extend);
  };
  return control;
}

void TaskRunner::run_task(std::size_t k, ProgressDisplay& display) {
  const Task& task = tasks_[k];
  Job& job = *task.job;
  const RecordSettings& record = job.plan.experiment.record;
  collectively(world_, [&] {
    const std::scoped_lock lock(mutex_);
    if (is_root(world_) && !job.pending) job.begin();
  });
  RunControl control = control_of(task);
  control.on_progress = [&](const Progress& progress) { display.update(k, progress); };
  std::optional<EventsFile> events;
  if (is_root(world_) && record.events) {
    events.emplace(job.pending->path() /
                   (task.repeat == 0 ? "events.csv" : fmt::format("events_{}.csv", task.repeat)));
    control.on_events = [&](std::span<const Event> span, std::span<const double> times) {
      events->write(span, times);
    };
  }
  std::optional<StatesPart> states;
  if (is_root(world_) && record.states != RecordedStates::none) {
    states.emplace(job.states_part(task.repeat), states_bytes(job.plan));
    control.on_states = [&](std::span<const std::byte> vector) { states->add(vector); };
    control.checkpoints.keep_states = [&] { states->keep(); };
    control.checkpoints.take_up_states = [&](std::uint64_t records) { states->take_up(records); };
  }
  std::vector<StateHash> hashes;
  if (options_.verify) control.on_state = [&](const StateHash& hash) { hashes.push_back(hash); };
  control.on_restart = [&] {
    hashes.clear();
    if (events) events->open();
    if (states) states->take_up(0);
  };
  RepeatResult result = run_repeat(job.plan, task.repeat, resources_, control);
  if (options_.verify) {
    const std::vector<StateHash> all = gather_hashes(*world_, hashes);
    if (is_root(world_))
      verified_ += verify(job.plan, task.repeat, resources_, result, all, InterruptGuard::requested());
  }
  if (events) events->close();
  if (states) states->keep();
  const std::string& cell = job.cell.name;
  display.finished(k, fmt::format("{}{}repeat {}", cell, cell.empty() ? "" : ", ", task.repeat), result);
  if (is_root(world_) && record.communication_counts)
    write_counts(job.pending->path(), job.plan, task.repeat, result);
  if (is_root(world_) && record.timeline && task.repeat == 0 && !result.live)
    write_timeline(job.pending->path(), job.plan, result.seed, *record.timeline);
  if (is_root(world_)) write_worker_times(job.pending->path(), task.repeat, result);
  if (is_root(world_) && record.staleness)
    write_staleness(job.pending->path(), task.repeat, result.outcome.counts);
  if (is_root(world_)) write_rows(job.pending->path(), job.plan, resources_, task.repeat, result.seed);
  // Written: they are not kept until all repeats are done.
  result.outcome.counts.worker_gradients = std::vector<std::uint64_t>();
  result.outcome.counts.edge_communications = std::vector<std::uint64_t>();
  result.outcome.counts.staleness = {};
  result.worker_times = {};
  bool last = false;
  {
    const std::scoped_lock lock(mutex_);
    job.interrupted |= result.outcome.reason == StopReason::interrupted;
    job.results[static_cast<std::size_t>(task.repeat)] = std::move(result);
    last = ++job.finished == job.results.size() && !job.interrupted;
  }
  if (last && is_root(world_)) write(job);  // nobody else looks at this job any more
}

void TaskRunner::write_states(const Job& job) const {
  std::vector<std::filesystem::path> parts;
  for (std::size_t repeat = 0; repeat < job.results.size(); ++repeat)
    parts.push_back(job.states_part(static_cast<int>(repeat)));
  acidsim::write_states(job.pending->path(), job.plan, job.results, parts);
  if (job.keeps_checkpoints) return;
  for (const std::filesystem::path& part : parts) std::filesystem::remove(part);
}

void TaskRunner::write(Job& job) const {
  if (const auto rule = repeat_rule(job.cell.config)) {
    std::vector<double> finals;
    const std::vector<std::string>& metrics = job.plan.experiment.record.metrics;
    const auto metric = std::find(metrics.begin(), metrics.end(), rule->metric) - metrics.begin();
    for (const RepeatResult& result : job.results) {
      const bool counts = !result.records.empty() && result.outcome.reason != StopReason::diverged;
      finals.push_back(counts ? result.records.back().metrics[static_cast<std::size_t>(metric)]
                              : std::nan(""));
    }
    job.repeating = facts_of(*rule, judge(*rule, finals));
  }
  if (job.results[0].live)
    write_live(job.pending->path(),
               with_paths_from(job.folder, configuration_grammar(), job.config, configuration_.directory),
               job.plan, job.results[0]);
  if (job.plan.experiment.record.states != RecordedStates::none) write_states(job);
  write_run(job.pending->path(), finished_cell(job, options_, threads_), configuration_.directory);
  job.pending->commit();
  std::error_code ignored;
  std::filesystem::remove(trial_log(job.folder), ignored);
}

}  // namespace acidsim
