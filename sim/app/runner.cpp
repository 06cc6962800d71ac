#include "sim/app/runner.hpp"

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

#include "sim/app/checkpoint_folder.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/ranks.hpp"
#include "sim/app/results.hpp"
#include "sim/app/workload.hpp"
#include "sim/core/random.hpp"
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

bool finished(const std::filesystem::path& folder) { return !finished_configuration(folder).is_null(); }

// Whether results of the one are results of the other: how often a run is saved, and by whom, does not
// matter.
bool same_run(const Json& made_from, const Json& config) {
  if (made_from.is_null()) return false;
  nlohmann::json a = made_from, b = config;
  for (const char* of_no_effect : {"checkpoint", "mpi", "live"}) {
    a.erase(of_no_effect);
    b.erase(of_no_effect);
  }
  return a == b;
}

// The configuration with another stop.time. Refuses it where that would change what happens before.
Configuration extended(Configuration configuration, double time) {
  if (!(time > 0 && std::isfinite(time)))
    throw InputError("--extend", "not a time", fmt::format("{}", time), "a finite number > 0");
  for (const std::string& field : configuration.fields)
    if (field == "stop" || field == "stop.time")
      throw InputError("--extend", "cannot be given where stop.time is swept", field,
                       "extend the sweep itself");
  for (Cell& cell : configuration.cells) {
    const std::string schedule = cell.config["optimizer"]["schedule"]["name"].get<std::string>();
    const bool moves = cell.config["objective"]["name"] != "none";
    if (moves && schedule != "constant" && schedule != "inverse_time")
      throw InputError(configuration.place(cell) + "/optimizer/schedule",
                       "its learning rates depend on stop.time, so the run cannot be extended", schedule,
                       "constant and inverse_time do not");
    cell.config["stop"]["time"] = time;
    const Json& every = cell.config["record"]["every"];
    if (every.is_number() && time / every.get<double>() > most_records)
      throw InputError("--extend", "too many records", fmt::format("{:g}", time),
                       fmt::format("at most {:g}", most_records));
  }
  configuration.source["stop"]["time"] = time;
  return configuration;
}

class Runner {
 public:
  Runner(const Configuration& configuration, const RunOptions& options)
      : configuration_(options.extend ? extended(configuration, *options.extend) : configuration),
        options_(options),
        world_(options.world) {
    out_ = options.out.empty() ? std::filesystem::path("results") / configuration.name : options.out;
    const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    threads_ = world_ ? 1 : options.threads > 0 ? options.threads : cores;
    if (!is_root(world_)) options_.quiet = true;
  }

  int run() {
    const std::vector<Cell*> to_do = agreed_cells_to_do();
    const double held = share_here(world_);
    agree(world_, [&] { plan_all(to_do, held); });
    agree_on_plans();
    if (options_.dry_run) {
      if (is_root(world_))
        fmt::print("{}: valid; {} cell(s), {} run(s) to do; nothing was run\n", configuration_.file.string(),
                   configuration_.cells.size(), tasks_.size());
      return 0;
    }
    if (to_do.empty() && !options_.quiet)
      fmt::print("all {} cell(s) are finished already\n", cells_asked_for());
    agree(world_, [&] { make_folders(); });
    if (world_)
      work_together();
    else
      work();
    if (error_) std::rethrow_exception(error_);
    return finish();
  }

 private:
  // The cells that have no finished results yet. Refuses a folder that holds something else.
  std::vector<Cell*> cells_to_do() {
    std::error_code failed;
    if (std::filesystem::exists(out_, failed) && !std::filesystem::is_directory(out_, failed))
      throw InputError(out_.string(), "is a file, not a folder", "", "choose another --out");
    if (options_.backend == "live" && configuration_.is_sweep)
      throw InputError("--backend", "a live run is one experiment, not a sweep", "live",
                       "--set sweep=null, or leave the sweep to the simulator");
    if (options_.cells.count > 1 && !configuration_.is_sweep)
      throw InputError("--cells", "the experiment is not a sweep", "", "leave --cells out");
    const bool there = !options_.dry_run && holds_something(out_);
    if (options_.extend && !there && !options_.dry_run)
      throw InputError(out_.string(), "there is no run to extend", "",
                       "--out names the folder of results of the run");
    const bool holds_sweep = std::filesystem::exists(out_ / "sweep.json", failed);
    const bool may_continue = configuration_.is_sweep ? holds_sweep : options_.resume || options_.extend;
    if (there && !may_continue)
      throw InputError(
          out_.string(), "the output folder is there already and not empty", "",
          configuration_.is_sweep ? "it holds no sweep; choose another --out or remove it"
          : std::filesystem::exists(checkpoint_folder(out_), failed) && !finished(out_)
              ? "give --resume to go on with the run that it holds, or choose another --out"
              : "choose another --out, remove it, or give --resume to keep it if it is finished");
    std::vector<Cell*> open;
    for (std::size_t k = options_.cells.index; k < configuration_.cells.size(); k += options_.cells.count) {
      Cell& cell = configuration_.cells[k];
      if (!there || !is_done(cell)) open.push_back(&cell);
    }
    return open;
  }

  // What rank 0 finds to do.
  std::vector<Cell*> agreed_cells_to_do() {
    std::vector<Cell*> cells;
    agree(world_, [&] {
      if (is_root(world_)) cells = cells_to_do();
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

  std::size_t cells_asked_for() const {
    const auto [index, count] = options_.cells;
    return (configuration_.cells.size() - std::min(index, configuration_.cells.size()) + count - 1) / count;
  }

  std::filesystem::path folder_of(const Cell& cell) const {
    return cell.name.empty() ? out_ : out_ / cell.name;
  }

  // Whether the cell's folder holds its finished results. Refuses one that holds something else.
  bool is_done(Cell& cell) {
    const std::filesystem::path folder = folder_of(cell);
    std::error_code failed;
    const bool has_checkpoints = std::filesystem::exists(checkpoint_folder(folder), failed);
    const Json made_from = finished_configuration(folder);
    if (same_run(made_from, cell.config)) return true;
    if (options_.extend) {
      check_extension(cell, folder, !made_from.is_null());
      return false;
    }
    if (!made_from.is_null())
      throw InputError(folder.string(), "holds the results of another configuration", "",
                       "choose another --out or remove it; nothing was written");
    if (!has_checkpoints && std::filesystem::exists(folder, failed) &&
        !std::filesystem::is_empty(folder, failed))
      throw InputError(folder.string(), "the output folder holds no finished run, and no checkpoint of one",
                       "", "choose another --out or remove it");
    return false;
  }

  // Refuses what cannot be extended.
  void check_extension(const Cell& cell, const std::filesystem::path& folder, bool is_finished) const {
    const double time = *options_.extend;
    const auto refuse = [&](const std::string& why, const std::string& value, const std::string& hint) {
      return InputError(folder.string(), why, value, hint);
    };
    const int repeats = cell.config["repeats"].get<int>();
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const auto header = newest_header(checkpoint_folder(folder, repeat));
      if (!header && is_finished)
        throw refuse("there is no checkpoint to extend this run from", fmt::format("repeat {}", repeat),
                     "runs whose configuration has \"checkpoint\" keep one; nothing was written");
      if (!header || header->config["stop"]["time"] == time) continue;
      if (header->end && header->end->reason != "time")
        throw refuse(fmt::format("repeat {} ended before its stop.time", repeat),
                     fmt::format("{} at time {:g}", header->end->reason, header->position.time),
                     "only runs that stop.time ended can be extended; nothing was written");
      if (header->position.time >= time)
        throw refuse("the run has come further already", fmt::format("time {:g}", header->position.time),
                     fmt::format("--extend takes a later time than that, not {:g}", time));
    }
  }

  // Whether a folder has entries; hidden ones are on their way, perhaps by others who do other cells.
  static bool holds_something(const std::filesystem::path& folder) {
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
      if (!entry.path().filename().string().starts_with(".")) return true;
    return false;
  }

  bool all_cells_finished() const {
    return std::all_of(configuration_.cells.begin(), configuration_.cells.end(), [&](const Cell& cell) {
      return std::filesystem::exists(out_ / cell.name / "run.json");
    });
  }

  // On all threads: the plans of a large sweep take a while. What is said and refused is in the order of the
  // file.
  void plan_all(const std::vector<Cell*>& cells, double held) {
    std::vector<std::optional<Plan>> plans(cells.size());
    std::vector<std::exception_ptr> refusals(cells.size());
    std::atomic<std::size_t> next = 0;
    on_threads(std::min(threads(), cells.size()), [&] {
      for (std::size_t k; (k = next++) < cells.size();) {
        try {
          const bool automatic = take_cadence(*cells[k]);
          plans[k] = make_plan(configuration_, *cells[k], resources_, held);
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
      auto job =
          std::make_unique<Job>(Job{std::move(*plans[k]), folder_of(*cells[k]), false, nullptr, nullptr, {}});
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

  // An automatic cadence stays what it was when the run began, should a new stop.time ask for another one.
  bool take_cadence(Cell& cell) const {
    Json& every = cell.config["record"]["every"];
    if (!every.is_string() || options_.dry_run) return false;
    const auto header = newest_header(checkpoint_folder(folder_of(cell), 0));
    if (header) every = header->config["record"]["every"];
    return header.has_value();
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
    agree(world_, [&] {
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
    if (options_.verify) verify(job.plan, repeat, result, gather_hashes(*world_, hashes));
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

  // At rank 0: compares with a serial run of the same. Throws where they differ.
  void verify(const Plan& plan, int repeat, const RepeatResult& result,
              const std::vector<StateHash>& hashes) {
    if (!is_root(world_) || result.outcome.reason == StopReason::interrupted) return;
    std::vector<StateHash> expected;
    RunControl control;
    control.interrupt = &InterruptGuard::requested();
    control.on_state = [&](const StateHash& hash) { expected.push_back(hash); };
    const RepeatResult serial = run_repeat(plan, repeat, resources_, control);
    if (serial.outcome.reason == StopReason::interrupted) return;
    const auto differ = [&](const std::string& how) {
      return std::runtime_error(fmt::format(
          "{}: repeat {} is not what a serial run gives: {}; nothing was written", plan.place, repeat, how));
    };
    if (const auto difference = first_difference(hashes, expected))
      throw differ(
          fmt::format("event {} leaves worker {} in another state", difference->event, difference->worker));
    if (result.state_digest != serial.state_digest) throw differ("the final states differ");
    const auto same_row = [](const RecordRow& a, const RecordRow& b) {
      const auto same = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
      return same(a.time, b.time) && a.gradients == b.gradients && a.communications == b.communications &&
             std::equal(a.metrics.begin(), a.metrics.end(), b.metrics.begin(), b.metrics.end(), same);
    };
    if (!std::equal(result.records.begin(), result.records.end(), serial.records.begin(),
                    serial.records.end(), same_row))
      throw differ("the records differ");
    verified_ += serial.outcome.events;
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
      const bool saved =
          std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->keeps_checkpoints; });
      spdlog::error("interrupted; {}", configuration_.is_sweep
                                           ? "finished cells are kept, the same command goes on with the rest"
                                       : !saved          ? "nothing was written"
                                       : options_.extend ? "the same command goes on from here"
                                                         : "--resume goes on from here");
      return 1;
    }
    if (is_root(world_) && configuration_.is_sweep && all_cells_finished())
      write_sweep_metrics(out_, configuration_);
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
      for (const std::string& decision : decisions(*job))
        fmt::print("  {}: {}\n", options_.backend, decision);
    }
    if (!jobs_.empty()) fmt::print("(final values, median over repeats)\n");
    if (world_ && tasks_.size() == 1 && !jobs_[0]->results[0].ranks.empty())
      fmt::print("{}", table_of(jobs_[0]->results[0].ranks));
    if (!jobs_.empty() && jobs_[0]->results[0].live) fmt::print("{}", live_table(*jobs_[0]->results[0].live));
    if (verified_ > 0)
      fmt::print("verified: the same states as in a serial run, bit for bit, after each of {} events\n",
                 verified_);
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
  Configuration configuration_;
  RunOptions options_;
  MpiWorld* world_;
  std::uint64_t verified_ = 0;  // events
  std::filesystem::path out_;
  int threads_;
  Resources resources_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<Task> tasks_;
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

CellPart parse_cell_part(const std::string& text) {
  std::istringstream in(text);
  std::size_t number = 0, count = 0;
  char slash = 0;
  if (!(in >> number >> slash >> count) || slash != '/' || !in.eof() || text.find('-') != std::string::npos ||
      number < 1 || number > count)
    throw InputError("--cells", "must be K/N with K from 1 to N", text,
                     "for example 2/8: the second of 8 parts");
  return {number - 1, count};
}

int run_experiment(const Configuration& configuration, const RunOptions& options) {
  return Runner(configuration, options).run();
}

}  // namespace acidsim
