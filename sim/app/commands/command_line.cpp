#include "sim/app/commands/command_line.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "sim/app/commands/commands.hpp"
#include "sim/app/commands/completion.hpp"
#include "sim/app/registry/own_rows.hpp"
#include "sim/app/runner/runner.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/mpi/shared_states.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/standard_streams.hpp"

namespace acidsim {
namespace {

struct Options {
  std::string file, kind, out, cells, backend = "serial", shell;
  std::vector<std::string> files, settings, plugins;
  RunOptions run;
  TopologyOptions topology;
  PredictOptions predict;
  DataOptions data;
  ExportOptions exported;
  CellsOptions cells_command;
  std::optional<double> until;
};

void add_file_and_settings(CLI::App& command, Options& options) {
  command.add_option("FILE", options.file, "experiment (JSON)")->required();
  command
      .add_option("--set", options.settings, "path=value: change one field, for example topology.workers=32")
      ->take_all()
      ->expected(1);
}

// For commands that read configurations or tell what there is.
void add_plugins(CLI::App& command, Options& options) {
  command
      .add_option("--plugin", options.plugins,
                  "a shared library with methods, objectives, topologies or timing models of its own; may be "
                  "repeated")
      ->take_all()
      ->expected(1);
}

void add_run(CLI::App& command, Options& options) {
  add_file_and_settings(command, options);
  command.add_option("--out", options.run.out, "result folder (default results/NAME)");
  command.add_option("--threads", options.run.threads, "cores to use (default all)")
      ->check(CLI::Range(1, 4096));
  command
      .add_option("--jobs", options.run.jobs,
                  "cells of a sweep at once (default: as many as there are cores for); with the backend "
                  "openmp: runs at "
                  "once, which share the cores")
      ->check(CLI::Range(1, 4096));
  command.add_flag("--fail-fast", options.run.fail_fast,
                   "end a sweep at the first cell that fails; else the others go on");
  command.add_option("--backend", options.backend, "see `acidsim list backends`");
  command.add_option("--cells", options.cells,
                     "K/N: only part K of N of a sweep's cells; N commands may run at the same time");
  command.add_flag("--resume", options.run.resume,
                   "keep what is finished in the result folder, go on with the rest, from checkpoints where "
                   "there are any");
  command.add_option("--extend", options.run.extend,
                     "go on with the run in the result folder, to this stop.time, from its last checkpoint");
  command.add_flag(
      "--verify", options.run.verify,
      "with the backend mpi: run serially too, and name the first event after which a state differs");
  command.add_flag("--quiet", options.run.quiet, "no progress, no summary");
  command.add_flag("--dry-run", options.run.dry_run,
                   "check everything, tell events, memory and time, run nothing");
}

void add_topology(CLI::App& command, Options& options) {
  TopologyOptions& topology = options.topology;
  command.add_option("FILE", topology.file, "graph (edge list, GraphML, …), or an experiment (JSON)");
  command.add_option("--family", topology.family, "graph family, see `acidsim list topologies`");
  command.add_option("--workers", topology.workers, "number of workers");
  command
      .add_option("--param", topology.parameters,
                  "name=value: a parameter of the family or file, or rates.name=value")
      ->take_all()
      ->expected(1);
  command.add_option("--rate", topology.rate, "averagings per worker and unit time (default 1)");
  command.add_option("--rates", topology.rates, "rate scheme, see `acidsim list rates`");
  command.add_option("--edges", topology.edges, "write every edge with its rate and resistance (CSV)");
  command.add_option("--export", topology.export_to, "write the graph: .graphml, or else an edge list");
  command.add_flag("--json", topology.json, "one JSON object");
}

void add_data(CLI::App& command, DataOptions& options) {
  command.add_option("NAME", options.name, "colour_fashion; without a name: what there is");
  command.add_option("--out", options.out, "folder to make (default NAME)");
  command.add_option("--rows", options.rows, "training images (default 10000)");
  command.add_option("--test-rows", options.test_rows, "test images (default 2000)");
}

void add_export(CLI::App& command, ExportOptions& options) {
  command.add_option("DIR", options.folder, "results of a run with \"record\": {\"states\": \"final\"}")
      ->required();
  command
      .add_option("FILE", options.file,
                  ".npz (an array for each piece), .npy (one), or .pt for objective torchscript")
      ->required();
  command.add_option("--model", options.model, "mean (default), or worker:K");
  command.add_option("--repeat", options.repeat, "of which repeat (default 0)");
}

void add_cells(CLI::App& command, CellsOptions& options) {
  command.add_option("DIR", options.folder, "results of a sweep")->required();
  command
      .add_option("--where", options.where,
                  "path=value: only cells with this value of a swept field; several: of all")
      ->take_all()
      ->expected(1);
  command.add_option("--state", options.state, "only cells that are finished, partial, failed or missing");
  command.add_flag("--paths", options.paths, "only their folders, one a line");
  command.add_flag("--json", options.json, "one JSON list");
}

// For what one rank alone came upon while others may wait for it, in a handler: tells the user, and ends all
// ranks.
[[noreturn]] void end_all_ranks(MpiWorld& world) {
  int code = 1;
  try {
    throw;
  } catch (const RootFailed&) {  // which tells why and ends this rank too
    std::this_thread::sleep_for(std::chrono::seconds(2));
  } catch (...) {
    const Failure own = current_failure();
    code = own.code;
    print_error(fmt::format("rank {} on {}: {}\n", world.rank(), world.host(), own.message));
  }
  world.abort(code);
}

[[noreturn]] void refuse_several(const Options& options) {
  throw InputError(
      "--backend", "mpirun or srun started several processes, and each would do the whole run",
      options.backend,
      "--backend mpi shares it among them, --backend live trains; mpirun deals out the cells of a sweep");
}

// The code of a farm, from those of its ranks.
int code_of_all(MpiWorld& world, int code) {
  std::string worst = "0";
  for (const std::string& text : world.gather(std::to_string(code)))
    if (worst != "1" && text != "0") worst = text;
  return std::stoi(from_root(&world, worst));
}

// On every rank: of one run after the other, or each of its part of the cells.
int run_together(Options& options, MpiWorld::Threads threads, bool farm = false) {
  MpiWorld world(threads, &InterruptGuard::requested());
  (farm ? options.run.farm : options.run.world) = &world;
  if (farm)
    options.run.cells = {static_cast<std::size_t>(world.rank()), static_cast<std::size_t>(world.size())};
  else if (!is_root(&world))
    spdlog::set_level(spdlog::level::off);
  try {
    std::optional<Configuration> configuration;
    collectively(&world, [&] {
      configuration = load_configuration(options.file, options.settings);
      if (farm && !configuration->is_sweep) refuse_several(options);
    });
    const int code = run_experiment(*configuration, options.run);
    return farm ? code_of_all(world, code) : code;
  } catch (const RanksStopped& stopped) {
    if (!stopped.message.empty()) print_error(stopped.message + "\n");
    world.all(true);  // mpirun ends the other ranks as soon as one has ended: not before the user is told
    return stopped.code;
  } catch (...) {
    end_all_ranks(world);
  }
}

// Its product is a folder: whether anybody hears what it says does not matter.
int run(Options options) {
  std::signal(SIGPIPE, SIG_IGN);
  if (!options.cells.empty()) options.run.cells = parse_cell_part(options.cells);
  if (find_row(Kind::backend, options.backend) == nullptr)
    throw InputError("--backend", "unknown backend", options.backend,
                     unknown_name_hint(options.backend, names_of(Kind::backend)));
  const Backend backend = options.run.backend = row_named(backends(), options.backend).value;
  if (options.run.verify && backend != Backend::mpi)
    throw InputError("--verify", "compares a run of several ranks with a serial one", options.backend,
                     "--backend mpi");
  if (options.run.verify && (options.run.resume || options.run.extend))
    throw InputError("--verify", "compares whole runs", options.run.resume ? "--resume" : "--extend",
                     "give one of the two");
  if (backend == Backend::live && options.run.extend)
    throw InputError("--extend", "takes another stop.time, and a live run does not look at it", "live",
                     "--resume goes on with a live run that was interrupted or killed");
  const bool simulated = backend == Backend::serial || backend == Backend::openmp;
  if (simulated && MpiWorld::launched_as().size > 1 && options.run.cells.count == 1) {
    if (!MpiWorld::available() || std::getenv("OMPI_COMM_WORLD_SIZE") == nullptr) refuse_several(options);
    return run_together(options, MpiWorld::Threads::one, true);
  }
  if (backend == Backend::mpi) return run_together(options, MpiWorld::Threads::one);
  if (backend == Backend::live && MpiWorld::launched())
    return run_together(options, MpiWorld::Threads::several);
  return run_experiment(load_configuration(options.file, options.settings), options.run);
}

int completion_command(const std::string& shell, const CLI::App& app) {
  if (shell != "bash") throw InputError("acidsim completion", "no script for this shell", shell, "bash");
  fmt::print("{}", bash_completion(app));
  return 0;
}

// The code of a command whose product is what it prints.
template <class Print>
int with_output(const Print& print) {
  try {
    const int code = print();
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  } catch (const std::system_error&) {
    if (std::ferror(stdout) == 0) throw;
  }
  throw std::runtime_error("acidsim: standard output: cannot be written (disk full?)");
}

int dispatch(int argc, char** argv) {
  CLI::App app("acidsim: simulator of asynchronous decentralized optimization", "acidsim");
  app.set_version_flag("--version", "acidsim " ACIDSIM_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 2 bad input, nothing written; 3 a run diverged; 1 anything else (interrupted, "
      "disk full, …).");
  Options options;
  CLI::App* run_app = app.add_subcommand("run", "run an experiment or a sweep");
  add_run(*run_app, options);
  CLI::App* topology = app.add_subcommand("topology", "a graph's χ1, χ2 and the constants of A²CiD²");
  add_topology(*topology, options);
  CLI::App* schedule = app.add_subcommand("schedule", "print the events of an experiment as CSV");
  add_file_and_settings(*schedule, options);
  schedule->add_option("--until", options.until, "simulated time (default stop.time)");
  schedule->add_option("--out", options.out, "file to write (default standard output)");
  CLI::App* validate = app.add_subcommand("validate", "check experiments without running them");
  validate->add_option("FILE", options.files, "experiments (JSON)")->required();
  validate->add_option("--set", options.settings, "path=value")->take_all()->expected(1);
  CLI::App* predict = app.add_subcommand(
      "predict", "what a live run takes, by the times measured in one: forecast and measured");
  predict->add_option("DIR", options.predict.folder, "results of a live run, whose times are taken")
      ->required();
  predict->add_option("--against", options.predict.against,
                      "results of another live run, which is forecast (default DIR itself)");
  predict->add_flag("--json", options.predict.json, "one JSON object");
  CLI::App* cells = app.add_subcommand("cells", "the cells of a sweep with their states and values");
  add_cells(*cells, options.cells_command);
  CLI::App* data = app.add_subcommand("data", "make a data set for tests and figures");
  add_data(*data, options.data);
  CLI::App* exported = app.add_subcommand("export", "write the model that a run ended with to a file");
  add_export(*exported, options.exported);
  CLI::App* list = app.add_subcommand("list", "what can be chosen in an experiment, with defaults");
  list->add_option("KIND", options.kind,
                   "topologies, algorithms, objectives, … (default all); `configuration`; `schema`");
  CLI::App* explain = app.add_subcommand("explain", "what an experiment will do: equations, constants, cost");
  add_file_and_settings(*explain, options);
  CLI::App* theory = app.add_subcommand(
      "theory", "what is expected exactly, at the times of the records, in the limit, and at which rate");
  theory->add_option("FILE", options.file, "experiment (JSON), or a folder of results")->required();
  theory->add_option("--set", options.settings, "path=value: change one field")->take_all()->expected(1);
  theory->add_option("--out", options.out,
                     "file to write (default standard output; theory.csv in a folder of results)");
  CLI::App* selftest = app.add_subcommand(
      "selftest", "checks on this machine: clocks, conservation, theory, equal bits; less than a minute");
  CLI::App* completion = app.add_subcommand(
      "completion", "a script that completes acidsim's command line: source <(acidsim completion bash)");
  completion->add_option("SHELL", options.shell, "bash")->required();
  CLI::App* tested =
      app.add_subcommand("test-plugin", "runs the contracts of acidsim on each row that a plug-in brings");
  tested->add_option("FILE", options.file, "the plug-in: a shared library")->required();
  for (CLI::App* command :
       {run_app, topology, schedule, validate, predict, cells, exported, list, explain, theory, completion})
    add_plugins(*command, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return with_output([&] { return app.exit(success); });
  } catch (const CLI::ParseError& error) {
    std::vector<std::string> commands;
    for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
      commands.push_back(command->get_name());
    const std::string first = argc > 1 ? argv[1] : "-";
    if (first[0] != '-' && std::find(commands.begin(), commands.end(), first) == commands.end())
      throw InputError("acidsim", "unknown command", first, unknown_name_hint(first, commands));
    throw InputError("acidsim", error.what(), "", "see acidsim --help");
  }
  for (const std::string& file : options.plugins) add_plugin(file);
  if (*run_app) return run(options);
  return with_output([&] {
    if (*topology) return topology_command(options.topology);
    if (*schedule)
      return schedule_command(load_configuration(options.file, options.settings), options.until, options.out);
    if (*validate) return validate_command(options.files, options.settings);
    if (*predict) return predict_command(options.predict);
    if (*cells) return cells_command(options.cells_command);
    if (*data) return data_command(options.data);
    if (*exported) return export_command(options.exported);
    if (*list) return list_command(options.kind);
    if (*theory) return theory_command(options.file, options.out, options.settings);
    if (*selftest) return selftest_command();
    if (*tested) return test_plugin_command(options.file);
    if (*completion) return completion_command(options.shell, app);
    return explain_command(load_configuration(options.file, options.settings));
  });
}

}  // namespace

int run_command_line(int argc, char** argv) {
  open_standard_streams();
#ifdef __GLIBC__
  // What is large goes back to the system when it is freed, from the size on that the allocator starts with;
  // left alone it raises that to 32 MB, and arrays of planning and of finished runs leave holes.
  ::mallopt(M_MMAP_THRESHOLD, 128 << 10);
#endif
  const auto logger = spdlog::stderr_color_mt("acidsim");
  logger->set_pattern("%^%l%$: %v");
  spdlog::set_default_logger(logger);
  int code = 1;
  try {
    code = dispatch(argc, argv);
  } catch (...) {
    const Failure failure = current_failure();
    code = failure.code;
    // Bad input is found by all ranks, and told once: mpirun ends the others as soon as one has ended, so those that
    // have nothing to tell wait.
    if (code == 2 && MpiWorld::launched_as().rank > 0)
      std::this_thread::sleep_for(std::chrono::seconds(2));
    else
      print_error(failure.message + "\n");
  }
  spdlog::shutdown();
  return code;
}

}  // namespace acidsim
