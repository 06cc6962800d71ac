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
#include "sim/app/output/sweep_files.hpp"
#include "sim/app/runner/cell_selection.hpp"
#include "sim/app/runner/forecast.hpp"
#include "sim/app/runner/side_by_side.hpp"
#include "sim/app/runner/summary.hpp"
#include "sim/app/runner/task_runner.hpp"
#include "sim/app/runner/tuner.hpp"
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
    threads_ = world_ ? 1 : options.threads > 0 ? options.threads : std::max(1, cores / ranks_here());
    if (!is_root(world_) || !is_root(options_.farm)) options_.quiet = true;
  }

  int run() {
    std::vector<Cell*> to_do;
    {
      const InterruptGuard planning(InterruptGuard::Response::end);
      // Ranks of a farm all look before any of them writes.
      collectively(options_.farm, [&] {
        to_do = agreed_cells([&] { return selection_->to_do(); });
        plan_cells(to_do);
      });
    }
    guard_.emplace();
    if (must_end()) {
      tell_interruption();
      return 1;
    }
    if (options_.dry_run) {
      if (is_root(world_) && is_root(options_.farm))
        print_out(fmt::format("{}{}: valid; {} cell(s), {} run(s) to do; nothing was run\n",
                              forecast_of(jobs_, side_by_side(options_, threads_).runs),
                              configuration_.file.string(), configuration_.cells.size(), count_runs()));
      return 0;
    }
    if (to_do.empty() && !options_.quiet && options_.summary)
      print_out(fmt::format("all {} cell(s) are finished already\n", selection_->asked_for()));
    collectively(world_ ? world_ : options_.farm, [&] { make_folders(to_do); });
    tune(to_do);
    for (bool first = true; !to_do.empty() && !must_end(); first = false) {
      if (!first) plan_cells(to_do);
      TaskRunner tasks(configuration_, options_, threads_, resources_, jobs_);
      tasks.run();
      verified_ += tasks.verified();
      if (!must_end()) to_do = agreed_cells([&] { return selection_->short_of_repeats(); });
    }
    return finish();
  }

 private:
  // Of a farm: of the ranks on this host.
  int ranks_here() const {
    if (options_.farm == nullptr) return 1;
    return static_cast<int>(std::lround(share_here(options_.farm) * options_.farm->size()));
  }

  // What rank 0 finds to do.
  template <class Find>
  std::vector<Cell*> agreed_cells(const Find& find) {
    std::vector<Cell*> cells;
    Json found = Json::array();
    collectively(world_, [&] {
      if (is_root(world_)) cells = find();
      for (const Cell* cell : cells)
        found.push_back({cell - configuration_.cells.data(), selection_->finished_repeats(*cell),
                         selection_->wanted_repeats(*cell), cell->tuning});
    });
    if (is_root(world_)) {
      from_root(world_, found.dump());
      return cells;
    }
    for (const Json& fact : Json::parse(from_root(world_, ""))) {
      cells.push_back(&configuration_.cells.at(fact[0].get<std::size_t>()));
      selection_->expect_repeats(*cells.back(), fact[1].get<std::size_t>(), fact[2].get<std::size_t>());
      if (cells.back()->address.empty()) cells.back()->address = selection_->address_of(*cells.back());
      if (fact[3].is_object()) adopt_tuning(*cells.back(), fact[3]);
    }
    return cells;
  }

  // Collective where ranks share the runs.
  void plan_cells(const std::vector<Cell*>& cells) {
    std::erase_if(jobs_, [&](const auto& job) {
      return std::any_of(cells.begin(), cells.end(), [&](const Cell* cell) { return cell == &job->cell; });
    });
    const std::size_t before = jobs_.size();
    const double local_share = share_here(world_);
    collectively(world_, [&] { plan_all(cells, local_share); });
    agree_on_plans(before);
  }

  // Finds what is to be tuned, of all cells that have something. Ranks that share the runs wait for the first.
  void tune(const std::vector<Cell*>& cells) {
    std::vector<Cell*> with_tuning;
    for (Cell* cell : cells)
      if (cell->config["tune"].is_object()) with_tuning.push_back(cell);
    if (with_tuning.empty()) return;
    Tuner tuner(configuration_, options_, threads_, resources_);
    collectively(world_, [&] {
      if (!is_root(world_)) return;
      for (const auto& job : jobs_)
        if (job->cell.config["tune"].is_object())
          tuner.add(configuration_.cells[static_cast<std::size_t>(&job->cell - configuration_.cells.data())],
                    job->plan, job->inputs, job->folder);
      tuner.run();
      if (!configuration_.is_sweep && !tuner.failures().empty())
        throw std::runtime_error(tuner.failures().begin()->second);
    });
    std::vector<Cell*> tuned;
    for (Cell* cell : with_tuning) {
      const Json found = Json::parse(from_root(world_, cell->tuning.dump()));
      if (found.is_null()) continue;
      if (!is_root(world_)) adopt_tuning(*cell, found);
      tuned.push_back(cell);
    }
    plan_cells(tuned);
    for (const auto& job : jobs_) {
      if (const auto why = tuner.failures().find(&job->cell); why != tuner.failures().end())
        job->failure = why->second;
      else if (job->cell.config["tune"].is_object())
        job->interrupted = true;
    }
    warn_of_edges(tuned);
  }

  void warn_of_edges(const std::vector<Cell*>& tuned) const {
    if (options_.quiet) return;
    for (const Cell* cell : tuned)
      for (const auto& [field, found] : cell->tuning["fields"].items()) {
        const std::string place = configuration_.place(*cell);
        if (found["at_edge"].get<bool>())
          spdlog::warn("{}: {} = {} is at the edge of what was tried; a better one may lie beyond", place,
                       field, found["winner"].dump());
        else
          spdlog::info("{}: {} = {}", place, field, found["winner"].dump());
      }
  }

  // Nothing more is to be begun.
  bool must_end() {
    const bool here =
        InterruptGuard::requested() || std::any_of(jobs_.begin(), jobs_.end(), [&](const auto& job) {
          return job->interrupted || (options_.fail_fast && !job->failure.empty());
        });
    return world_ ? !world_->all(!here) : here;
  }

  // Ranks must run the same.
  void agree_on_plans(std::size_t from) {
    if (!world_) return;
    std::string facts;
    for (const auto& [name, value] : torch_facts()) facts += fmt::format("{} {}\n", name, value);
    expect_common(world_, "LibTorch, its BLAS or its kind of processor", facts);
    facts.clear();
    for (std::size_t k = from; k < jobs_.size(); ++k) {
      const auto& job = jobs_[k];
      agree(world_, job->plan, job->description().dump());
      facts += fmt::format("{:d} {} ", job->keeps_checkpoints, job->kept);
    }
    std::istringstream words(from_root(world_, facts));
    std::size_t kept = 0;
    for (std::size_t k = from; k < jobs_.size(); ++k) {
      const auto& job = jobs_[k];
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
          experiment.repeats = static_cast<int>(selection_->wanted_repeats(*cells[k]));
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
      if (cells[k]->address.empty()) cells[k]->address = selection_->address_of(*cells[k]);
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

  void make_folders(const std::vector<Cell*>& to_do) {
    if (!is_root(world_)) return;
    check_room();
    if (!configuration_.is_sweep) {
      if (!jobs_.empty() && !jobs_[0]->cell.config["tune"].is_object()) jobs_[0]->begin();
      return;
    }
    std::error_code failed;
    std::filesystem::create_directories(out_, failed);
    if (failed)
      throw InputError(out_.string(), "the output folder cannot be made", failed.message(),
                       "choose another --out");
    CellFailures begun;
    for (const Cell* cell : to_do) begun[cell->name] = "";
    try {
      write_sweep(out_, configuration_, begun);
    } catch (const std::runtime_error& error) {
      throw InputError(out_.string(), "the output folder cannot be written to", "", "choose another --out");
    }
  }

  // Tells of runs that ended early; whether any diverged.
  bool tell_ends() const {
    bool diverged = false;
    for (const auto& job : jobs_)
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
    return diverged;
  }

  // Notes in sweep.json which cells failed, and tells why; how many did.
  std::size_t tell_failures() const {
    CellFailures failures;
    for (const auto& job : jobs_) {
      if (job->failure.empty()) continue;
      failures[job->cell.name] = job->failure;
      spdlog::error("{}: failed: {}", job->plan.place(), job->failure);
    }
    if (failures.empty()) return 0;
    write_sweep(out_, configuration_, failures);
    spdlog::error("{} of {} cell(s) failed, {}: see sweep.json; the same command tries them again",
                  failures.size(), selection_->asked_for(),
                  options_.fail_fast ? "and --fail-fast ended the sweep" : "the others are finished");
    return failures.size();
  }

  bool is_unfinished() const {
    return std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) {
      return job->failure.empty() && (job->finished < job->results.size() || job->interrupted);
    });
  }

  int finish() {
    const bool diverged = tell_ends();
    const bool failed = tell_failures() > 0;
    collectively(options_.farm, [] {});  // all cells that will be there are there
    if (is_unfinished() && !(failed && options_.fail_fast)) {
      tell_interruption();
      return 1;
    }
    if (is_root(world_) && is_root(options_.farm) && configuration_.is_sweep && selection_->all_finished())
      write_sweep_metrics(out_, configuration_);
    if (!options_.quiet && options_.summary) print_summary();
    return failed ? 1 : diverged ? 3 : 0;
  }

  void tell_interruption() const {
    const auto any = [&](auto has) { return std::any_of(jobs_.begin(), jobs_.end(), has); };
    const bool saved = any([](const auto& job) { return job->keeps_checkpoints; });
    const bool tried = any([](const auto& job) { return std::filesystem::exists(trial_log(job->folder)); });
    const bool whole = any([](const auto& job) { return job->kept > 0; });
    spdlog::error("interrupted; {}",
                  configuration_.is_sweep ? "finished cells are kept, the same command goes on with the rest"
                  : whole                 ? "the repeats that are finished are kept, --resume adds the rest"
                  : tried           ? "the runs of the tuning are kept, the same command goes on from here"
                  : !saved          ? "nothing was written"
                  : options_.extend ? "the same command goes on from here"
                                    : "--resume goes on from here");
  }

  void print_summary() const {
    for (const auto& job : jobs_)
      if (job->failure.empty() && job->finished == job->results.size())
        print_out(summary_of(finished_cell(*job, options_, threads_)));
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
