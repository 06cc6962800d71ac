// acidsim schedule, validate, list, explain.
#include "sim/app/commands/commands.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>

#include "sim/app/commands/optimizer_words.hpp"
#include "sim/app/commands/search_words.hpp"
#include "sim/app/commands/theory_words.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/schema.hpp"
#include "sim/app/output/progress.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/chi_choice.hpp"
#include "sim/experiment/counting.hpp"
#include "sim/experiment/limits.hpp"
#include "sim/experiment/mixings.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/repeat.hpp"
#include "sim/experiment/state_recorder.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/standard_streams.hpp"
#include "sim/timing/trace_schedule.hpp"

namespace acidsim {
namespace {

const Cell& only_cell(const Configuration& configuration) {
  if (configuration.is_sweep)
    throw InputError(configuration.file.string(), "is a sweep",
                     fmt::format("{} cells", configuration.cells.size()),
                     "choose one: --set sweep=null --set field=value");
  return configuration.cells[0];
}

// The events of time ≤ until, to a stream.
void write_schedule(const Schedule& schedule, double until, std::ostream& out) {
  write_events_header(out);
  const auto cursor = schedule.from(0.0);
  std::uint64_t written = 0;
  for (auto events = cursor->next(); !events.empty(); events = cursor->next()) {
    const std::span<const double> times = cursor->run_times();
    std::size_t count = 0;
    while (count < events.size() && (times.empty() ? events[count].time : times[count]) <= until) ++count;
    const auto kept = events.first(count);
    write_events(out, written, kept, times.empty() ? times : times.first(count));
    written += kept.size();
    if (kept.size() < events.size() || !out || InterruptGuard::requested()) break;
  }
}

// A schedule may take the place of an older one, but of nothing else.
bool may_replace(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return true;
  std::ifstream in(file);
  std::string line;
  return std::filesystem::is_regular_file(file) && (!std::getline(in, line) || line == "index,time,kind,i,j");
}

void print_field(const Field& field, int indent) {
  std::string range;
  if (field.minimum) range += fmt::format(", {} {}", field.above_minimum ? ">" : "≥", *field.minimum);
  if (field.maximum && *field.maximum < 1e6) range += fmt::format(", ≤ {}", *field.maximum);
  if (!field.choices.empty()) range += fmt::format(", {}", fmt::join(field.choices, " | "));
  const std::string default_value = field.default_value.is_discarded() ? "required"
                                    : field.default_value.is_object()  ? "{…}"
                                                                       : field.default_value.dump();
  fmt::print("{:{}}{:<22} {:<12} {} ({}{})\n", "", indent, field.name, default_value, field.what,
             describe_types(field.types), range);
  for (const Field& inner : field.fields) print_field(inner, indent + 4);
  if (field.variants != Kind::none) {
    for (const Category& kind : categories())
      if (kind.kind == field.variants)
        fmt::print("{:{}}… and what `acidsim list {}` shows for the chosen {}\n", "", indent + 4, kind.name,
                   field.discriminator);
  }
}

void print_kind(const Category& kind) {
  fmt::print("{} — {} ({})\n", kind.name, kind.summary, kind.where);
  for (const Row& row : kind.rows()) {
    fmt::print("  {:<22} {}{}\n", row.name, row.summary, row.source.empty() ? "" : " [" + row.source + "]");
    for (const std::string& fact : row.facts) fmt::print("      {}\n", fact);
    for (const Field& field : row.parameters) print_field(field, 6);
  }
  fmt::print("\n");
}

// Constants that change over time: how they do at first.
void print_chi_course(const Plan& plan) {
  const auto course = chi_course(plan, *plan.schedule(plan.experiment.seed));
  if (!course) return;
  constexpr std::size_t most = 8;
  for (std::size_t k = 0; k < std::min(course->starts.size(), most); ++k)
    fmt::print("             from time {:g}: χ1 {:.6g}, χ2 {:.6g}\n", course->starts[k],
               course->graphs[k].chi_1, course->graphs[k].chi_2);
  if (course->starts.size() > most) fmt::print("             … {} times in all\n", course->starts.size());
  if (std::isfinite(course->period)) fmt::print("             and again from time {:g}\n", course->period);
}

std::string squared_distance(const Bias& bias, double value) {
  return bias.is_rounding(value) ? "0 (to rounding)" : fmt::format("{:.6g}", value);
}

// Which steps are stable, and where the workers end.
void print_limits(const KnownLimits& known) {
  if (known.step) fmt::print("             {}\n", known.step->words);
  if (!known.bias) return;
  fmt::print("             ends, apart from noise, at ‖x̄ − x*‖² = {} and (1/n) Σ_i ‖x_i − x*‖² = {}\n",
             squared_distance(*known.bias, known.bias->of_mean),
             squared_distance(*known.bias, known.bias->of_workers));
}

// Where in x the pieces of the model lie.
void print_blocks(const std::vector<ParameterBlock>& blocks) {
  std::size_t widest = 0;
  for (const ParameterBlock& block : blocks) widest = std::max(widest, block.name.size());
  for (const ParameterBlock& block : blocks)
    fmt::print("             {:<{}}  from {:<9} {}{}\n", block.name, widest, block.offset,
               fmt::join(block.shape, " × "),
               block.role == BlockRole::weight ? ""
               : block.role == BlockRole::bias ? ", a bias"
                                               : ", of normalisation");
}

void print_numbers(const Json& config, const Plan& plan, Resources& resources) {
  const Network& network = *plan.network;
  const Estimate& cost = plan.expected;
  fmt::print(
      "topology     {}: {} workers, {} edges, rates {}, {:.6g} communications per unit time, {:.6g} "
      "averagings per worker\n",
      network.graph.name, plan.workers(), network.edges.size(),
      config["topology"]["rates"]["scheme"].get<std::string>(), network.rate_total,
      network.averagings_per_worker());
  if (network.changes())
    fmt::print("             changes over time: {} phase(s){}; what follows is the mean\n",
               network.phases.size(), network.failures ? ", edges fail and return" : "");
  if (network.certificate)
    fmt::print(
        "             rates optimised: {:.6g}, {:.4g} times better than uniform_edge; gap to the optimum at "
        "most {:.2g}\n",
        network.certificate->value, network.certificate->uniform_value / network.certificate->value,
        network.certificate->gap());
  if (network.spectrum)
    fmt::print("             χ1 {:.8g}, χ2 {:.8g}, √(χ1χ2) {:.8g}\n", network.spectrum->chi_1,
               network.spectrum->chi_2, std::sqrt(network.spectrum->chi_1 * network.spectrum->chi_2));
  else
    fmt::print("             χ1, χ2 {}\n", network.no_spectrum);
  fmt::print("algorithm    {}: {}\n", plan.algorithm().name, plan.algorithm().summary);
  for (const std::string& equation : plan.algorithm().equations) fmt::print("             {}\n", equation);
  for (const std::string& fact : facts_of(plan.algorithm())) fmt::print("             {}\n", fact);
  if (takes_prescribed_mixing(plan))
    fmt::print("             each phase has the mixing matrix that {} prescribes\n", network.graph.name);
  if (const std::uint64_t backups = plan.experiment.timing.backup_workers; backups > 0)
    fmt::print(
        "             {} backup worker(s): a round ends with the gradients of the {} fastest of {}, its step "
        "is "
        "their mean, and the others begin anew\n",
        backups, plan.workers() - backups, plan.workers());
  if (plan.dynamics.communicates())
    fmt::print("             a message holds {} vector(s) of {} numbers, {} bytes\n",
               plan.dynamics.told_vectors(), plan.expected.dimension,
               Sending(plan.experiment, plan.dynamics, plan.workers(), plan.expected.dimension)
                   .meter()
                   .message()
                   .bytes);
  for (const Parameter& parameter : plan.algorithm().parameters)
    if (parameter.automatic)
      fmt::print("             {} = {:.12g}{}\n", parameter.name, plan.constants.number(parameter.name),
                 plan.constants.automatic(parameter.name) ? "   (theory)" : "   (given)");
  print_chi_course(plan);
  fmt::print("optimizer    {}\n", optimizer_words(plan.optimizer()));
  fmt::print("             γ = {}, schedule {}\n", config["optimizer"]["learning_rate"].dump(),
             schedule_words(plan));
  if (!std::holds_alternative<SgdParameters>(plan.experiment.optimizer.rule))
    fmt::print("             closed forms of stable steps and of limits are of sgd: none are known here\n");
  const KnownLimits known = known_limits(plan, resources);
  print_limits(known);
  const auto* sgd = std::get_if<SgdParameters>(&plan.experiment.optimizer.rule);
  print_theory(plan, resources, known.step && sgd != nullptr && sgd->momentum == 0);
  fmt::print("objective    {}: {}; dimension {}\n", plan.experiment.objective.name,
             plan.experiment.objective.summary, cost.dimension);
  print_blocks(known.blocks);
  if (known.constants && known.constants->smoothness) {
    const auto& mu = known.constants->strong_convexity;
    fmt::print("             L {:.6g}{}\n", *known.constants->smoothness,
               mu ? fmt::format(", μ {:.6g}", *mu) : "");
  }
  fmt::print("expected     {:.6g} gradients, {:.6g} communications per repeat, to time {:.6g}; {}\n",
             cost.gradients, cost.communications, cost.time, repeats_in_words(config));
  for (const std::string& line : tuning_in_words(config)) fmt::print("tuned        {}\n", line);
  fmt::print("records      every {:g}{}: about {:.2g} % of the work of a run\n", cost.record_every,
             !plan.experiment.record.every ? " (auto)" : "", 100 * cost.work.record_share(cost.record_every));
  const CheckpointCadence& saved = plan.experiment.checkpoint;
  if (saved.every) fmt::print("checkpoints  every {} of simulated time, the last two kept\n", *saved.every);
  if (saved.every_seconds)
    fmt::print("checkpoints  every {} s of the wall clock, the last two kept\n", *saved.every_seconds);
  if (const double bytes = recorded_state_bytes(plan); bytes > 0)
    fmt::print("states.npy   {}B on disk, twice that while it is written\n",
               std::isfinite(bytes) ? with_unit(bytes) : "an unknown number of ");
  fmt::print("memory       states {}B per run, data {}B\n", with_unit(cost.state_bytes),
             with_unit(cost.data_bytes));
  if (uses_torch(plan.experiment.objective.name))
    fmt::print(
        "             and of each thread the network's {}B with what passes keep, which LibTorch does not "
        "tell\n",
        with_unit(4.0 * static_cast<double>(cost.dimension)));
}

// Times a short piece of the run itself: the honest way to say how long it takes.
void print_time(const Plan& plan, Resources& resources) {
  const double end = plan.expected.time;
  Plan trial = plan;
  trial.experiment.stop.rules.wall_seconds = 0.5;
  trial.experiment.repeats = 1;
  const RepeatResult result = run_repeat(trial, 0, resources, {});
  const double share = end > 0 && std::isfinite(end) ? result.outcome.time / end : 1.0;
  if (share > 0)
    fmt::print("time         about {} per repeat on one core (from the first {:.3g} % of it)\n",
               duration_text(result.outcome.wall_seconds / std::min(1.0, share)), 100 * std::min(1.0, share));
}

}  // namespace

int schedule_command(const Configuration& configuration, std::optional<double> until,
                     const std::filesystem::path& out) {
  if (until && !(*until >= 0 && std::isfinite(*until)))
    throw InputError("--until", "not a time", fmt::format("{}", *until), "a finite number ≥ 0");
  Resources resources;
  const Plan plan = make_plan(bind(configuration, only_cell(configuration)), resources);
  const double stop = plan.experiment.stop.rules.time;
  if (!until && !std::isfinite(stop))
    throw InputError("acidsim schedule", "the experiment has no stop.time", "", "give --until T");
  const double end = until.value_or(stop);
  const auto schedule = plan.schedule(plan.experiment.seed);
  if (out.empty()) {
    write_schedule(*schedule, end, std::cout);
    std::cout.flush();
    if (!std::cout) throw std::runtime_error("standard output: cannot be written (disk full?)");
    return 0;
  }
  if (!may_replace(out))
    throw InputError(out.string(), "is there already and is no schedule", "",
                     "choose another --out; nothing was written");
  const InterruptGuard guard;
  const std::filesystem::path pending = out.string() + ".partial";
  std::ofstream file(pending, std::ios::binary);
  if (!file) throw InputError(out.string(), "cannot be written", "", "no such folder, or no permission");
  write_schedule(*schedule, end, file);
  file.close();
  if (!file || InterruptGuard::requested()) {
    std::filesystem::remove(pending);
    throw std::runtime_error(
        out.string() + (file ? ": interrupted, nothing was written" : ": cannot be written (disk full?)"));
  }
  std::filesystem::rename(pending, out);
  return 0;
}

int validate_command(const std::vector<std::string>& files, const std::vector<std::string>& settings) {
  int code = 0;
  for (const std::string& file : files) {
    try {
      const Configuration configuration = load_configuration(file, settings);
      Resources resources;
      for (const Cell& cell : configuration.cells)
        static_cast<void>(make_plan(bind(configuration, cell), resources));
      fmt::print("{}: valid{}\n", file,
                 configuration.is_sweep ? fmt::format(" ({} cells)", configuration.cells.size()) : "");
    } catch (const InputError& error) {
      print_error(fmt::format("{}\n", error.what()));
      code = 2;
    }
  }
  return code;
}

int list_command(const std::string& kind) {
  std::vector<std::string> names = {"configuration", "schema"};
  for (const Category& known : categories()) names.push_back(known.name);
  if (!kind.empty() && std::find(names.begin(), names.end(), kind) == names.end())
    throw InputError("acidsim list", "unknown kind", kind, unknown_name_hint(kind, names));
  if (kind == "schema") {
    fmt::print("{}\n", configuration_schema().dump(1));
    return 0;
  }
  if (kind.empty() || kind == "configuration") {
    fmt::print("configuration — every field with its default\n");
    for (const Field& field : configuration_grammar().fields) print_field(field, 2);
    fmt::print("\n");
  }
  for (const Category& known : categories())
    if (kind.empty() || kind == known.name) print_kind(known);
  return 0;
}

int explain_command(const Configuration& configuration) {
  Resources resources;
  if (configuration.is_sweep) {
    fmt::print("sweep        {} cells over {}; the first:\n", configuration.cells.size(),
               fmt::join(configuration.fields, ", "));
    for (const auto& [field, value] : configuration.cells[0].values)
      fmt::print("             {} = {}\n", field, value.dump());
  }
  const Cell& cell = configuration.cells[0];
  const Plan plan = make_plan(bind(configuration, cell), resources);
  for (const std::string& notice : plan.notices) spdlog::warn(notice);
  fmt::print("experiment   {} (seed {}, {} precision)\n", configuration.name, plan.experiment.seed,
             name_of(plan.experiment.precision));
  print_numbers(cell.config, plan, resources);
  print_time(plan, resources);
  Json shown = resolved(cell, plan);
  shown["repeats"] = cell.config["repeats"];
  fmt::print("resolved     {}\n", shown.dump());
  return 0;
}

}  // namespace acidsim
