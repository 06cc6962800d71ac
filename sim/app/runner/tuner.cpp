#include "sim/app/runner/tuner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/app/json/bind.hpp"
#include "sim/app/json/dotted.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/output/progress.hpp"
#include "sim/app/runner/cell_address.hpp"
#include "sim/app/runner/side_by_side.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/repeat.hpp"
#include "sim/system/interrupt.hpp"

namespace acidsim {
namespace {

// The repeat whose seed tuning takes as its own: beyond all that a cell can have.
constexpr std::uint32_t tuning_repeat = 0xffffffff;

Json number(double value, bool whole) { return whole ? Json(static_cast<std::int64_t>(value)) : Json(value); }

bool takes_integers_alone(const Field& field) { return !(field.types & type_number); }

}  // namespace

struct Tuner::Task {
  Searching* cell;
  double value;
  int repeat;
};

void Tuner::add(Cell& cell, const Plan& plan, const Json& inputs, const std::filesystem::path& folder) {
  Searching& searching =
      cells_.emplace_back(Searching{cell, plan.expected, inputs, TrialLog(folder), cell.config});
  searching.config["tune"] = nullptr;
  searching.config["repeats"] = 1;
  searching.config["seed"] = replica_seed(plan.experiment.seed, tuning_repeat);
  searching.config["checkpoint"] = {{"every", nullptr}, {"every_seconds", nullptr}};
  Json& record = searching.config["record"];
  record["states"] = "none";
  record["events"] = false;
  record["timeline"] = nullptr;
  begin_field(searching);
}

void Tuner::begin_field(Searching& cell) {
  const Json& tune = cell.cell.config["tune"];
  const auto entry = std::next(tune.begin(), static_cast<std::ptrdiff_t>(cell.next_field++));
  cell.field = entry.key();
  cell.settings = entry.value();
  const Field& field = *field_at(cell.config, cell.field);
  const bool whole = takes_integers_alone(field);
  const auto allowed = [&field, whole](double value) {
    if (whole && !(std::abs(value) < 1e15)) return false;
    try {
      check(field, number(value, whole), "");
      return true;
    } catch (const InputError&) {
      return false;
    }
  };
  cell.search.emplace(cell.settings, allowed, whole);
}

Json Tuner::config_with(const Searching& cell, double value) const {
  Json config = cell.config;
  set_field(config, cell.field, number(value, takes_integers_alone(*field_at(config, cell.field))),
            cell.field);
  if (cell.settings["by"] == "time_to_target")
    config["stop"]["target"] = {{"metric", cell.settings["metric"]}, {"below", cell.settings["below"]}};
  return config;
}

// What is measured, of which run.
std::string Tuner::key_of(const Searching& cell, double value, int repeat) const {
  Json description = config_with(cell, value);
  description["inputs"] = cell.inputs;
  const Json& rule = cell.settings;
  return fmt::format("{} {} {} {} {}", cell_address(description, false), rule["by"].get<std::string>(),
                     rule["metric"].get<std::string>(), rule["below"].dump(), repeat);
}

std::vector<Tuner::Task> Tuner::missing() {
  std::vector<Task> tasks;
  for (Searching& cell : cells_) {
    if (cell.over) continue;
    for (const double value : cell.search->wanted())
      for (int repeat = 0; repeat < cell.settings["repeats"].get<int>(); ++repeat)
        if (cell.log.find(key_of(cell, value, repeat)) == nullptr) tasks.push_back({&cell, value, repeat});
  }
  return tasks;
}

void Tuner::run() {
  for (bool searching = true; searching && !InterruptGuard::requested();) {
    if (const std::vector<Task> tasks = missing(); !tasks.empty()) carry_out(tasks);
    searching = false;
    for (Searching& cell : cells_)
      if (!cell.over && !InterruptGuard::requested()) searching |= take_in(cell);
  }
}

void Tuner::carry_out(const std::vector<Task>& tasks) {
  const Json& metrics = tasks[0].cell->config["record"]["metrics"];
  ProgressDisplay display(tasks.size(), metrics[0].get<std::string>(), options_.quiet, options_.on_progress,
                          false);
  std::vector<TaskSize> sizes;
  for (const Task& task : tasks) sizes.push_back({task.cell->expected.cost(), task.cell->expected.own_bytes});
  run_side_by_side(std::move(sizes), side_by_side(options_, threads_).runs, [&](std::size_t k) {
    Searching& cell = *tasks[k].cell;
    try {
      run_trial(tasks[k], k, display);
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      fail(cell, current_failure().message);
    }
  });
}

void Tuner::run_trial(const Task& task, std::size_t number_of_task, ProgressDisplay& display) {
  Searching& cell = *task.cell;
  {
    const std::scoped_lock lock(mutex_);
    if (cell.over) return;
  }
  TuningTrial trial{"refused", std::nan(""), false};
  try {
    Cell made{cell.cell.name, {}, config_with(cell, task.value)};
    check(configuration_grammar(), made.config, "");
    const Plan plan = make_plan(bind(configuration_, made), resources_);
    RunControl control;
    control.interrupt = &InterruptGuard::requested();
    control.on_progress = [&](const Progress& progress) { display.update(number_of_task, progress); };
    if (options_.backend == Backend::openmp)
      control.execution = OpenMp{side_by_side(options_, threads_).threads};
    const RepeatResult result = run_repeat(plan, task.repeat, resources_, control);
    if (result.outcome.reason == StopReason::interrupted) return;
    trial = trial_of(result, plan.experiment.record.metrics, cell.settings);
    display.finished(number_of_task, "tuning", result);
  } catch (const InputError&) {  // the value is no good
  }
  const std::scoped_lock lock(mutex_);
  cell.log.add(key_of(cell, task.value, task.repeat), trial);
}

// Whether the cell is to be searched further.
bool Tuner::take_in(Searching& cell) {
  std::map<double, Score> scores;
  for (const double value : cell.search->wanted()) {
    std::vector<TuningTrial> trials;
    for (int repeat = 0; repeat < cell.settings["repeats"].get<int>(); ++repeat) {
      const TuningTrial* const trial = cell.log.find(key_of(cell, value, repeat));
      if (trial == nullptr) return false;  // interrupted
      trials.push_back(*trial);
      cell.trials.push_back({{"field", cell.field},
                             {"value", value},
                             {"repeat", repeat},
                             {"outcome", trial->outcome},
                             {"measured", std::isfinite(trial->measured) ? Json(trial->measured) : Json()},
                             {"good", trial->good}});
    }
    scores[value] = score_of(trials, cell.settings);
  }
  cell.search->learn(scores);
  if (!cell.search->wanted().empty()) return true;
  end_field(cell);
  return !cell.over;
}

void Tuner::end_field(Searching& cell) {
  const std::optional<double> winner = cell.search->winner();
  if (!winner)
    return fail(cell,
                fmt::format("tuning of {}: no value from {:g} to {:g} is any good ({})", cell.field,
                            cell.search->tried().begin()->first, cell.search->tried().rbegin()->first,
                            cell.settings["by"] == "time_to_target" ? "no run reaches the target"
                                                                    : "all diverge, or end above `below`"));
  const Json config = config_with(cell, *winner);
  const Json value = *value_at(config, cell.field);
  set_field(cell.config, cell.field, value, cell.field);
  const Score score = cell.search->tried().at(*winner);
  cell.found[cell.field] = {{"winner", value},
                            {"at_edge", cell.search->at_edge()},
                            {"measured", cell.settings["goal"] == "largest" ? -score.mean : score.mean},
                            {"failed", score.failed}};
  if (cell.next_field < cell.cell.config["tune"].size()) return begin_field(cell);
  Json tuning = {{"tune", cell.cell.config["tune"]},
                 {"seed", cell.config["seed"]},
                 {"fields", cell.found},
                 {"trials", cell.trials}};
  cell.over = true;
  adopt_tuning(cell.cell, tuning);
}

void Tuner::fail(Searching& cell, const std::string& why) {
  cell.over = true;
  failures_.try_emplace(&cell.cell, why);
}

void adopt_tuning(Cell& cell, const Json& tuning) {
  for (const auto& [field, found] : tuning.at("fields").items())
    set_field(cell.config, field, found.at("winner"), "/tune/" + field);
  cell.config["tune"] = nullptr;
  cell.tuning = tuning;
}

}  // namespace acidsim
