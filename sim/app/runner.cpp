#include "sim/app/runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "sim/app/interrupt.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/results.hpp"
#include "sim/app/task_queue.hpp"
#include "sim/events/trace_schedule.hpp"

namespace acidsim {
namespace {

// A cell on its way: its repeats finish in any order; the last one writes the folder.
struct Job {
  Plan plan;
  std::filesystem::path folder;
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
      : configuration_(configuration), options_(options) {
    out_ = options.out.empty() ? std::filesystem::path("results") / configuration.name : options.out;
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    threads_ = options.threads > 0 ? options.threads : cores;
  }

  int run() {
    std::vector<const Cell*> to_do = cells_to_do();
    plan_all(to_do);
    if (options_.dry_run) {
      fmt::print("{}: valid; {} cell(s), {} run(s) to do; nothing was run\n", configuration_.file.string(),
                 configuration_.cells.size(), tasks_.size());
      return 0;
    }
    if (to_do.empty() && !options_.quiet)
      fmt::print("all {} cell(s) are finished already\n", configuration_.cells.size());
    make_folders();
    work();
    if (error_) std::rethrow_exception(error_);
    return finish();
  }

 private:
  // The cells that have no finished results yet. Refuses a folder that holds something else.
  std::vector<const Cell*> cells_to_do() const {
    std::error_code failed;
    if (std::filesystem::exists(out_, failed) && !std::filesystem::is_directory(out_, failed))
      throw InputError(out_.string(), "is a file, not a folder", "", "choose another --out");
    const bool there = !options_.dry_run && std::filesystem::exists(out_, failed) &&
                       !std::filesystem::is_empty(out_, failed);
    const bool holds_sweep = std::filesystem::exists(out_ / "sweep.json", failed);
    const bool may_continue = configuration_.is_sweep ? holds_sweep : options_.resume;
    if (there && !may_continue)
      throw InputError(
          out_.string(), "the output folder is there already and not empty", "",
          configuration_.is_sweep
              ? "it holds no sweep; choose another --out or remove it"
              : "choose another --out, remove it, or give --resume to keep it if it is finished");
    std::vector<const Cell*> open;
    for (const Cell& cell : configuration_.cells) {
      const Json made_from = there ? finished_configuration(out_ / cell.name) : Json();
      if (made_from.is_null()) {
        if (there && !configuration_.is_sweep)
          throw InputError(out_.string(), "the output folder holds no finished run", "",
                           "choose another --out or remove it");
        open.push_back(&cell);
      } else if (made_from != cell.config) {
        throw InputError((out_ / cell.name).string(), "holds the results of another configuration", "",
                         "choose another --out or remove it; nothing was written");
      }
    }
    return open;
  }

  // On all threads: the plans of a large sweep take a while. What is said and refused is in the order of the
  // file.
  void plan_all(const std::vector<const Cell*>& cells) {
    std::vector<std::optional<Plan>> plans(cells.size());
    std::vector<std::exception_ptr> refusals(cells.size());
    std::atomic<std::size_t> next = 0;
    on_threads(std::min(threads(), cells.size()), [&] {
      for (std::size_t k; (k = next++) < cells.size();) {
        try {
          plans[k] = make_plan(configuration_, *cells[k], resources_);
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
      auto job = std::make_unique<Job>(Job{std::move(*plans[k]), out_ / cells[k]->name, nullptr, {}});
      for (const std::string& notice : job->plan.network->notices)
        if (shown.insert(notice).second && !options_.quiet) spdlog::warn(notice);
      job->results.resize(static_cast<std::size_t>(job->plan.repeats()));
      for (int repeat = 0; repeat < job->plan.repeats(); ++repeat) tasks_.push_back({job.get(), repeat});
      jobs_.push_back(std::move(job));
    }
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
    if (!configuration_.is_sweep) {
      if (!jobs_.empty()) jobs_[0]->pending = std::make_unique<PendingFolder>(out_);
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

  void work() {
    const bool openmp = options_.backend == "openmp";
    std::string headline = "";
    if (!jobs_.empty() && !jobs_[0]->plan.config()["record"]["metrics"].empty())
      headline = jobs_[0]->plan.config()["record"]["metrics"][0].get<std::string>();
    ProgressDisplay display(tasks_.size(), headline, options_.quiet);
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

  void run_task(std::size_t k, bool openmp, ProgressDisplay& display) {
    Job& job = *tasks_[k].job;
    const int repeat = tasks_[k].repeat;
    {
      const std::scoped_lock lock(mutex_);
      if (!job.pending) job.pending = std::make_unique<PendingFolder>(job.folder);
    }
    RunControl control{openmp, threads_, &InterruptGuard::requested(), {}, {}};
    control.on_progress = [&](const Progress& progress) { display.update(k, progress); };
    std::ofstream events;
    std::uint64_t written = 0;
    if (job.plan.config()["record"]["events"].get<bool>()) {
      events.open(job.pending->path() / (repeat == 0 ? "events.csv" : fmt::format("events_{}.csv", repeat)),
                  std::ios::binary);
      write_events_header(events);
      control.on_events = [&](std::span<const Event> span) {
        write_events(events, written, span);
        written += span.size();
      };
    }
    RepeatResult result = run_repeat(job.plan, repeat, resources_, control);
    if (events.is_open()) {
      events.flush();
      if (!events) throw std::runtime_error("events.csv: cannot be written (disk full?)");
    }
    display.finished(
        k, fmt::format("{}{}repeat {}", job.plan.cell.name, job.plan.cell.name.empty() ? "" : ", ", repeat),
        result);
    if (job.plan.config()["record"]["communication_counts"].get<bool>())
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
    if (last) {  // nobody else looks at this job any more
      write_run(job.pending->path(), job.plan, job.results, options_.backend, openmp ? threads_ : 1);
      job.pending->commit();
    }
  }

  int finish() {
    bool unfinished = false, diverged = false;
    for (const auto& job : jobs_) {
      unfinished |= job->finished < job->results.size() || job->interrupted;
      for (const RepeatResult& result : job->results) {
        if (result.outcome.reason == StopReason::schedule_end && !options_.quiet)
          spdlog::warn("{}: the trace ended at time {:g}, before any stop rule held", job->plan.place,
                       result.outcome.time);
        if (result.outcome.reason == StopReason::diverged) {
          diverged = true;
          spdlog::error("{} repeat seed {}: diverged: {}", job->plan.place, result.seed,
                        result.outcome.detail);
        }
      }
    }
    if (unfinished) {
      spdlog::error("interrupted; {}", configuration_.is_sweep
                                           ? "finished cells are kept, the same command goes on with the rest"
                                           : "nothing was written");
      return 1;
    }
    if (configuration_.is_sweep) write_sweep_metrics(out_, configuration_);
    if (!options_.quiet) print_summary();
    return diverged ? 3 : 0;
  }

  void print_summary() const {
    for (const auto& job : jobs_) {
      const Json& metrics = job->plan.config()["record"]["metrics"];
      std::string text = job->plan.cell.name.empty() ? configuration_.name : job->plan.cell.name;
      for (std::size_t m = 0; m < metrics.size(); ++m) {
        std::vector<double> finals;
        for (const RepeatResult& result : job->results)
          if (!result.records.empty()) finals.push_back(result.records.back().metrics[m]);
        if (finals.empty()) continue;  // diverged before the first record
        std::sort(finals.begin(), finals.end());
        const std::size_t half = finals.size() / 2;
        const double median = finals.size() % 2 ? finals[half] : 0.5 * (finals[half - 1] + finals[half]);
        text += fmt::format("  {} {:.6g}", metrics[m].get<std::string>(), median);
      }
      fmt::print("{}\n", text);
      for (const std::string& decision : decisions(*job)) fmt::print("  openmp: {}\n", decision);
    }
    if (!jobs_.empty()) fmt::print("(final values, median over repeats)\n");
    fmt::print("results: {}\n", out_.string());
  }

  // What the repeats of a cell decided about their threads, each sentence once.
  static std::set<std::string> decisions(const Job& job) {
    std::set<std::string> all;
    for (const RepeatResult& result : job.results)
      if (!result.outcome.decision.empty()) all.insert(result.outcome.decision);
    return all;
  }

  const InterruptGuard
      guard_;  // outlives the jobs: their folders are cleared away before signals end the program again
  const Configuration& configuration_;
  const RunOptions& options_;
  std::filesystem::path out_;
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
