#include "sim/app/runner/runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <optional>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "sim/app/json/bind.hpp"
#include "sim/app/output/finished_repeats.hpp"
#include "sim/app/output/input_files.hpp"
#include "sim/app/output/live_output.hpp"
#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/output/states_file.hpp"
#include "sim/app/runner/cell_selection.hpp"
#include "sim/app/runner/summary.hpp"
#include "sim/app/runner/task_runner.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/live_settings.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/state_recorder.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/standard_streams.hpp"
#include "sim/torch/torch_plugin.hpp"

namespace acidsim {
namespace {

class Runner {
 public:
  Runner(const Configuration& configuration, const RunOptions& options)
      : configuration_(options.extend ? extended(configuration, *options.extend) : configuration),
        options_(options),
        world_(options.world),
        inputs_(configuration_.directory) {
    out_ =
        followed(options.out.empty() ? std::filesystem::path("results") / configuration.name : options.out);
    selection_.emplace(configuration_, options_, out_, inputs_);
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    threads_ = world_ ? 1 : options.threads > 0 ? options.threads : cores;
    if (!is_root(world_)) options_.quiet = true;
  }

  int run() {
    std::vector<Cell*> to_do;
    {
      const InterruptGuard planning(InterruptGuard::Response::end);
      to_do = agreed_cells_to_do();
      const double local_share = share_here(world_);
      collectively(world_, [&] { plan_all(to_do, local_share); });
      agree_on_plans();
    }
    guard_.emplace();
    if (options_.dry_run) {
      if (is_root(world_))
        print_out(fmt::format("{}: valid; {} cell(s), {} run(s) to do; nothing was run\n",
                              configuration_.file.string(), configuration_.cells.size(), count_runs()));
      return 0;
    }
    if (to_do.empty() && !options_.quiet)
      print_out(fmt::format("all {} cell(s) are finished already\n", selection_->asked_for()));
    collectively(world_, [&] { make_folders(); });
    TaskRunner tasks(configuration_, options_, threads_, resources_, jobs_);
    tasks.run();
    verified_ = tasks.verified();
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

  // Ranks must run the same.
  void agree_on_plans() {
    if (!world_) return;
    std::string facts;
    for (const auto& [name, value] : torch_facts()) facts += fmt::format("{} {}\n", name, value);
    expect_common(world_, "LibTorch, its BLAS or its kind of processor", facts);
    facts.clear();
    for (const auto& job : jobs_) {
      agree(world_, job->plan, job->description().dump());
      facts += fmt::format("{:d} {} ", job->keeps_checkpoints, job->kept);
    }
    std::istringstream words(from_root(world_, facts));
    std::size_t kept = 0;
    for (const auto& job : jobs_) {
      words >> job->keeps_checkpoints >> kept;
      if (!is_root(world_)) job->keep(kept, {});
    }
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
          Experiment experiment = bind(configuration_, *cells[k]);
          experiment.record.automatic_every = selection_->cadence_before(*cells[k]);
          plans[k] = make_plan(experiment, resources_, local_share);
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
      auto job = std::make_unique<Job>(*cells[k], std::move(*plans[k]), inputs_.digests(cells[k]->config),
                                       selection_->folder_of(*cells[k]));
      job->replaces = selection_->is_stale(*cells[k]);
      check_checkpoints(*job);
      check_ranks(job->plan);
      if (const std::size_t kept = selection_->finished_repeats(*cells[k]); kept > 0)
        job->keep(kept, read_finished_repeats(job->folder, job->plan.experiment.record.metrics));
      for (const std::string& notice : job->plan.notices)
        if (shown.insert(notice).second && !options_.quiet) spdlog::warn(notice);
      jobs_.push_back(std::move(job));
    }
  }

  void check_ranks(const Plan& plan) const {
    if (world_ && static_cast<Worker>(world_->size()) > plan.workers())
      throw InputError(plan.place(), "more ranks than workers",
                       fmt::format("{} ranks, {} workers", world_->size(), plan.workers()),
                       fmt::format("mpirun -np {} or less", plan.workers()));
    if (options_.backend == Backend::live)
      for (const std::string& notice : check_live(plan)) spdlog::warn(notice);
    if (options_.verify && plan.experiment.stop.rules.wall_seconds)
      throw InputError("--verify", "two runs do not stop at the same event by stop.wall_seconds",
                       plan.place(), "--set stop.wall_seconds=null");
  }

  // Refuses checkpoints of another run; says where there is none yet.
  void check_checkpoints(Job& job) {
    std::error_code failed;
    const bool there = !options_.dry_run && std::filesystem::exists(checkpoint_folder(job.folder), failed);
    job.keeps_checkpoints = there || job.plan.experiment.checkpoint.any();
    bool any = false;
    for (int repeat = 0; there && repeat < job.plan.experiment.repeats; ++repeat) {
      const std::filesystem::path folder = checkpoint_folder(job.folder, repeat);
      any |= !checkpoints_in(folder).empty();
      if (const auto header = newest_header(folder))
        check_same_run(*header, folder.string(), job.description(), options_.extend.has_value());
    }
    if (there && !any && !options_.quiet)
      spdlog::warn("{}: no checkpoint was written before the run ended; it begins anew", job.folder.string());
  }

  std::size_t threads() const { return static_cast<std::size_t>(threads_); }

  std::size_t count_runs() const {
    std::size_t count = 0;
    for (const auto& job : jobs_) count += job->results.size() - job->kept;
    return count;
  }

  // Each repeat's states have a file of their own until all repeats are done.
  void check_room() const {
    double bytes = 0;
    for (const auto& job : jobs_) bytes += 2 * recorded_state_bytes(job->plan);
    if (std::isfinite(bytes)) check_room_for_states(configuration_.file.string(), out_, bytes);
  }

  void make_folders() {
    if (!is_root(world_)) return;
    check_room();
    if (!configuration_.is_sweep) {
      if (!jobs_.empty()) jobs_[0]->begin();
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

  int finish() {
    bool unfinished = false, diverged = false;
    for (const auto& job : jobs_) {
      unfinished |= job->finished < job->results.size() || job->interrupted;
      for (const RepeatResult& result : job->results) {
        if (result.outcome.reason == StopReason::schedule_end && !options_.quiet)
          spdlog::warn("{}: the trace ended at time {:g}, before any stop rule held", job->plan.place(),
                       result.outcome.time);
        if (result.outcome.reason == StopReason::diverged) {
          diverged = true;
          spdlog::error("{} repeat seed {}: diverged: {}", job->plan.place(), result.seed,
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
    for (const auto& job : jobs_) print_out(summary_of(finished_cell(*job, options_, threads_)));
    if (!jobs_.empty()) print_out("(final values, median over repeats)\n");
    if (world_ && count_runs() == 1 && !jobs_[0]->results[0].ranks.empty())
      print_out(table_of(jobs_[0]->results[0].ranks));
    if (!jobs_.empty() && jobs_[0]->results[0].live) print_out(live_table(*jobs_[0]->results[0].live));
    if (verified_ > 0)
      print_out(fmt::format(
          "verified: the same states as in a serial run, bit for bit, after each of {} events\n", verified_));
    print_out(fmt::format("results: {}\n", out_.string()));
  }

  // Outlives the jobs: their folders are cleared away before signals end the program again.
  std::optional<InterruptGuard> guard_;
  Configuration configuration_;
  RunOptions options_;
  MpiWorld* world_;
  InputFiles inputs_;
  std::uint64_t verified_ = 0;  // events
  std::filesystem::path out_;
  std::optional<CellSelection> selection_;
  int threads_;
  Resources resources_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

}  // namespace

int run_experiment(const Configuration& configuration, const RunOptions& options) {
  return Runner(configuration, options).run();
}

}  // namespace acidsim
