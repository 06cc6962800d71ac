#include "sim/app/runner/runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <exception>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "sim/app/output/live_output.hpp"
#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/progress.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/runner/cell_selection.hpp"
#include "sim/app/runner/summary.hpp"
#include "sim/app/runner/verification.hpp"
#include "sim/core/random.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/live_settings.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/repeat.hpp"
#include "sim/system/digest.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/task_queue.hpp"
#include "sim/timing/trace_schedule.hpp"

namespace acidsim {
namespace {

// A cell on its way: its repeats finish in any order; the last one writes the folder.
struct Job {
  Plan plan;
  std::filesystem::path folder;
  bool keeps_checkpoints = false;
  std::unique_ptr<CheckpointLock> lock;
  std::unique_ptr<PendingFolder> pending;
  std::vector<RepeatResult> results;
  std::size_t finished = 0;
  bool interrupted = false;
};

// Of the memory that is there when the runs start; the rest is for whatever the estimates leave out.
constexpr double share_of_memory = 0.8;

struct Task {
  Job* job;
  int repeat;
};

class Runner {
 public:
  Runner(const Configuration& configuration, const RunOptions& options)
      : configuration_(options.extend ? extended(configuration, *options.extend) : configuration),
        options_(options),
        world_(options.world) {
    out_ = options.out.empty() ? std::filesystem::path("results") / configuration.name : options.out;
    selection_.emplace(configuration_, options_, out_);
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    threads_ = world_ ? 1 : options.threads > 0 ? options.threads : cores;
    if (!is_root(world_)) options_.quiet = true;
  }

  int run() {
    const std::vector<Cell*> to_do = agreed_cells_to_do();
    const double local_share = share_here(world_);
    collectively(world_, [&] { plan_all(to_do, local_share); });
    agree_on_plans();
    if (options_.dry_run) {
      if (is_root(world_))
        fmt::print("{}: valid; {} cell(s), {} run(s) to do; nothing was run\n", configuration_.file.string(),
                   configuration_.cells.size(), tasks_.size());
      return 0;
    }
    if (to_do.empty() && !options_.quiet)
      fmt::print("all {} cell(s) are finished already\n", selection_->asked_for());
    collectively(world_, [&] { make_folders(); });
    if (world_)
      work_together();
    else
      work();
    if (error_) std::rethrow_exception(error_);
    return finish();
  }

 private:
  // What rank 0 finds to do.
  std::vector<Cell*> agreed_cells_to_do() {
    std::vector<Cell*> cells;
    collectively(world_, [&] {
      if (is_root(world_)) cells = selection_->to_do();
    });
    std::string numbers;
    for (const Cell* cell : cells) numbers += fmt::format("{} ", cell - configuration_.cells.data());
    std::istringstream words(from_root(world_, numbers));
    cells.clear();
    for (std::size_t k; words >> k;) cells.push_back(&configuration_.cells.at(k));
    return cells;
  }

  // Ranks must run the same: their files could differ, and what their processors make of them. The constants
  // are rank 0's.
  void agree_on_plans() {
    if (!world_) return;
    std::string keep;
    for (const auto& job : jobs_) {
      Digest edges;
      for (const Edge& edge : job->plan.network->edges) edges.add(std::as_bytes(std::span(&edge, 1)));
      expect_common(world_, job->plan.place, job->plan.config().dump() + edges.hexadecimal());
      Plan& plan = job->plan;
      for (const Parameter& parameter : plan.algorithm().parameters) {
        if (!parameter.automatic) continue;
        const auto own = std::bit_cast<std::uint64_t>(plan.constants.number(parameter.name));
        plan.constants.set(parameter.name,
                           std::bit_cast<double>(std::stoull(from_root(world_, std::to_string(own)))));
      }
      plan.dynamics = plan.algorithm().dynamics(plan.constants);
      keep += job->keeps_checkpoints ? '1' : '0';
    }
    keep = from_root(world_, keep);
    for (std::size_t k = 0; k < jobs_.size(); ++k) jobs_[k]->keeps_checkpoints = keep[k] == '1';
  }

  // On all threads: the plans of a large sweep take a while. What is said and refused is in the order of the
  // file.
  void plan_all(const std::vector<Cell*>& cells, double local_share) {
    std::vector<std::optional<Plan>> plans(cells.size());
    std::vector<std::exception_ptr> refusals(cells.size());
    std::atomic<std::size_t> next = 0;
    on_threads(std::min(threads(), cells.size()), [&] {
      for (std::size_t k; (k = next++) < cells.size();) {
        try {
          const bool automatic = selection_->take_cadence(*cells[k]);
          plans[k] = make_plan(configuration_, *cells[k], resources_, local_share);
          plans[k]->automatic_cadence |= automatic;
        } catch (...) {
          refusals[k] = std::current_exception();
          next = cells.size();  // those before it are on their way
        }
      }
    });
    for (const std::exception_ptr& refusal : refusals)
      if (refusal) std::rethrow_exception(refusal);
    std::set<std::string> shown;
    for (std::size_t k = 0; k < cells.size(); ++k) {
      auto job = std::make_unique<Job>(
          Job{std::move(*plans[k]), selection_->folder_of(*cells[k]), false, nullptr, nullptr, {}});
      check_checkpoints(*job);
      check_ranks(job->plan);
      for (const std::string& notice : job->plan.network->notices)
        if (shown.insert(notice).second && !options_.quiet) spdlog::warn(notice);
      job->results.resize(static_cast<std::size_t>(job->plan.repeats()));
      for (int repeat = 0; repeat < job->plan.repeats(); ++repeat) tasks_.push_back({job.get(), repeat});
      jobs_.push_back(std::move(job));
    }
  }

  void check_ranks(const Plan& plan) const {
    if (world_ && static_cast<Worker>(world_->size()) > plan.workers())
      throw InputError(plan.place, "more ranks than workers",
                       fmt::format("{} ranks, {} workers", world_->size(), plan.workers()),
                       fmt::format("mpirun -np {} or less", plan.workers()));
    if (options_.backend == "live") check_live(plan);
    if (options_.verify && !plan.config()["stop"]["wall_seconds"].is_null())
      throw InputError("--verify", "two runs do not stop at the same event by stop.wall_seconds", plan.place,
                       "--set stop.wall_seconds=null");
  }

  // Refuses checkpoints of another run; says where there is none yet.
  void check_checkpoints(Job& job) {
    const Json& every = job.plan.config()["checkpoint"];
    std::error_code failed;
    const bool there = !options_.dry_run && std::filesystem::exists(checkpoint_folder(job.folder), failed);
    job.keeps_checkpoints = there || !every["every"].is_null() || !every["every_seconds"].is_null();
    bool any = false;
    for (int repeat = 0; there && repeat < job.plan.repeats(); ++repeat) {
      const std::filesystem::path folder = checkpoint_folder(job.folder, repeat);
      any |= !checkpoints_in(folder).empty();
      if (const auto header = newest_header(folder))
        check_same_run(*header, folder.string(), job.plan.config(), repeat,
                       replica_seed(job.plan.seed(), static_cast<std::uint32_t>(repeat)),
                       options_.extend.has_value());
    }
    if (there && !any && !options_.quiet)
      spdlog::warn("{}: no checkpoint was written before the run ended; it begins anew", job.folder.string());
  }

  std::size_t threads() const { return static_cast<std::size_t>(threads_); }

  // Calls `work` on this thread and on `count` − 1 others, and waits for all.
  template <class Work>
  static void on_threads(std::size_t count, const Work& work) {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < count; ++t) others.emplace_back(work);
    work();
  }

  void make_folders() {
    if (!is_root(world_)) return;
    if (!configuration_.is_sweep) {
      if (!jobs_.empty()) begin(*jobs_[0]);
      return;
    }
    std::error_code failed;
    std::filesystem::create_directories(out_, failed);
    if (failed)
      throw InputError(out_.string(), "the output folder cannot be made", failed.message(),
                       "choose another --out");
    try {
      write_sweep(out_, configuration_);
    } catch (const std::runtime_error& error) {
      throw InputError(out_.string(), "the output folder cannot be written to", "", "choose another --out");
    }
  }

  static void begin(Job& job) {
    if (job.keeps_checkpoints) job.lock = std::make_unique<CheckpointLock>(job.folder);
    job.pending = std::make_unique<PendingFolder>(job.folder, job.keeps_checkpoints);
  }

  std::string headline() const {
    if (jobs_.empty() || jobs_[0]->plan.config()["record"]["metrics"].empty()) return "";
    return jobs_[0]->plan.config()["record"]["metrics"][0].get<std::string>();
  }

  void work() {
    const bool openmp = options_.backend == "openmp";
    ProgressDisplay display(tasks_.size(), headline(), options_.quiet);
    std::vector<TaskSize> sizes;
    for (const Task& task : tasks_)
      sizes.push_back({task.job->plan.expected.cost(), task.job->plan.expected.own_bytes});
    TaskQueue queue(std::move(sizes), share_of_memory * available_memory());
    on_threads(openmp ? 1 : std::min(threads(), tasks_.size()), [&] {
      while (const auto k = InterruptGuard::requested() ? std::nullopt : queue.take()) {
        try {
          run_task(*k, openmp, display);
        } catch (...) {
          const std::scoped_lock lock(mutex_);
          if (!error_) error_ = std::current_exception();
          queue.stop();
        }
        queue.done(*k);
      }
    });
  }

  // One run after the other, each by all ranks.
  void work_together() {
    ProgressDisplay display(tasks_.size(), headline(), options_.quiet);
    for (std::size_t k = 0; k < tasks_.size() && world_->all(!InterruptGuard::requested()); ++k)
      run_task(k, false, display);
  }

  void run_task(std::size_t k, bool openmp, ProgressDisplay& display) {
    Job& job = *tasks_[k].job;
    const int repeat = tasks_[k].repeat;
    collectively(world_, [&] {
      const std::scoped_lock lock(mutex_);
      if (is_root(world_) && !job.pending) begin(job);
    });
    RunControl control;
    control.world = world_;
    control.live = options_.backend == "live";
    control.openmp = openmp;
    control.threads = threads_;
    control.interrupt = &InterruptGuard::requested();
    if (job.keeps_checkpoints) control.checkpoints = checkpoint_folder(job.folder, repeat);
    control.extend = options_.extend.has_value();
    control.on_progress = [&](const Progress& progress) { display.update(k, progress); };
    std::ofstream events;
    std::uint64_t written = 0;
    if (is_root(world_) && job.plan.config()["record"]["events"].get<bool>()) {
      const std::filesystem::path file =
          job.pending->path() / (repeat == 0 ? "events.csv" : fmt::format("events_{}.csv", repeat));
      const auto open = [&events, &written, file] {
        events.close();
        events.open(file, std::ios::binary);
        write_events_header(events);
        written = 0;
      };
      open();
      control.on_restart = open;
      control.on_events = [&](std::span<const Event> span, std::span<const double> times) {
        write_events(events, written, span, times);
        written += span.size();
      };
    }
    std::vector<StateHash> hashes;
    if (options_.verify) {
      control.on_state = [&](const StateHash& hash) { hashes.push_back(hash); };
      control.on_restart = [&hashes, restart = control.on_restart] {
        hashes.clear();
        if (restart) restart();
      };
    }
    RepeatResult result = run_repeat(job.plan, repeat, resources_, control);
    if (options_.verify) {
      const std::vector<StateHash> all = gather_hashes(*world_, hashes);
      if (is_root(world_))
        verified_ += verify(job.plan, repeat, resources_, result, all, InterruptGuard::requested());
    }
    if (events.is_open()) {
      events.flush();
      if (!events) throw std::runtime_error("events.csv: cannot be written (disk full?)");
    }
    display.finished(
        k, fmt::format("{}{}repeat {}", job.plan.cell.name, job.plan.cell.name.empty() ? "" : ", ", repeat),
        result);
    if (is_root(world_) && job.plan.config()["record"]["communication_counts"].get<bool>())
      write_counts(job.pending->path(), job.plan, repeat, result);
    // Written: they are not kept until all repeats are done.
    result.outcome.counts.worker_gradients = std::vector<std::uint64_t>();
    result.outcome.counts.edge_communications = std::vector<std::uint64_t>();
    bool last = false;
    {
      const std::scoped_lock lock(mutex_);
      job.interrupted |= result.outcome.reason == StopReason::interrupted;
      job.results[static_cast<std::size_t>(repeat)] = std::move(result);
      last = ++job.finished == job.results.size() && !job.interrupted;
    }
    if (last && is_root(world_)) {  // nobody else looks at this job any more
      if (job.results[0].live) write_live(job.pending->path(), job.plan, job.results[0]);
      write_run(job.pending->path(), job.plan, job.results, options_.backend, openmp ? threads_ : 1);
      if (job.keeps_checkpoints) link_checkpoints(job.folder, job.pending->path());
      job.pending->commit();
    }
  }

  int finish() {
    bool unfinished = false, diverged = false;
    for (const auto& job : jobs_) {
      unfinished |= job->finished < job->results.size() || job->interrupted;
      for (const RepeatResult& result : job->results) {
        if (result.outcome.reason == StopReason::schedule_end && !options_.quiet)
          spdlog::warn("{}: the trace ended at time {:g}, before any stop rule local_share", job->plan.place,
                       result.outcome.time);
        if (result.outcome.reason == StopReason::diverged) {
          diverged = true;
          spdlog::error("{} repeat seed {}: diverged: {}", job->plan.place, result.seed,
                        result.outcome.detail);
        }
      }
    }
    if (unfinished) {
      const bool saved =
          std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->keeps_checkpoints; });
      spdlog::error("interrupted; {}", configuration_.is_sweep
                                           ? "finished cells are kept, the same command goes on with the rest"
                                       : !saved          ? "nothing was written"
                                       : options_.extend ? "the same command goes on from here"
                                                         : "--resume goes on from here");
      return 1;
    }
    if (is_root(world_) && configuration_.is_sweep && selection_->all_finished())
      write_sweep_metrics(out_, configuration_);
    if (!options_.quiet) print_summary();
    return diverged ? 3 : 0;
  }

  void print_summary() const {
    for (const auto& job : jobs_) fmt::print("{}", summary_of(job->plan, job->results, options_.backend));
    if (!jobs_.empty()) fmt::print("(final values, median over repeats)\n");
    if (world_ && tasks_.size() == 1 && !jobs_[0]->results[0].ranks.empty())
      fmt::print("{}", table_of(jobs_[0]->results[0].ranks));
    if (!jobs_.empty() && jobs_[0]->results[0].live) fmt::print("{}", live_table(*jobs_[0]->results[0].live));
    if (verified_ > 0)
      fmt::print("verified: the same states as in a serial run, bit for bit, after each of {} events\n",
                 verified_);
    fmt::print("results: {}\n", out_.string());
  }

  const InterruptGuard
      guard_;  // outlives the jobs: their folders are cleared away before signals end the program again
  Configuration configuration_;
  RunOptions options_;
  MpiWorld* world_;
  std::uint64_t verified_ = 0;  // events
  std::filesystem::path out_;
  std::optional<CellSelection> selection_;
  int threads_;
  Resources resources_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<Task> tasks_;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

int run_experiment(const Configuration& configuration, const RunOptions& options) {
  return Runner(configuration, options).run();
}

}  // namespace acidsim
