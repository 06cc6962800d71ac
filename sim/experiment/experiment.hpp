// One experiment as a value: everything that its runs depend on. A configuration is bound to one
// (sim/app/json/bind.hpp); a program fills one in by itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/core/parameters.hpp"
#include "sim/core/types.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/experiment/sources.hpp"
#include "sim/optimizers/make_optimizer.hpp"
#include "sim/timing/availability_schedule.hpp"
#include "sim/timing/message_fates.hpp"
#include "sim/timing/source_schedule.hpp"
#include "sim/timing/worker_rates.hpp"

namespace acidsim {

enum class Precision { double_precision, single_precision };
std::string name_of(Precision precision);

// own: a source of events that a program or an extension brings.
enum class TimingModel { poisson, poisson_per_gradient, availability, trace, live_trace, own };

// Rates of workers that may have names (empty, or one each), from a file for example.
using ReadRates = std::function<std::vector<double>(Worker workers, std::span<const std::string> names)>;
struct RatesOfGraph {};  // Graph::worker_rates
using GradientRates = std::variant<double, std::vector<double>, RateDistribution, ReadRates, RatesOfGraph>;

// Whom a worker waits for in a round. `fitting`: all where the algorithm works in rounds, nobody elsewhere.
enum class Barrier { fitting, global, local, none };

// Whose links are asked for.
struct LinksOf {
  std::span<const Edge> edges;
  Worker workers;
  std::span<const std::string> names;  // of the workers; empty, or one each
};
// What messages take on their way.
struct TransferSource {
  TransferSettings settings = {};  // but for the links
  // One for each of these edges, or one for all; absent: messages take no time.
  std::function<std::vector<Link>(const LinksOf& of)> links = {};
  std::string of_edges = {};  // the field that tells edges apart; empty: all are alike
};

// Of the model `availability`: how long things take, and how workers meet.
struct AvailabilityTiming {
  // The law of the durations of gradients; absent: exponential.
  std::function<DurationLaw(Worker workers, std::span<const std::string> names)> gradient_duration = {};
  std::optional<SlowPhases> slow_phases = {};
  TransferSource transfer = {};
  std::optional<PairingRule> pairing = PairingRule::fifo;  // nothing: the Poisson clocks of the edges
  AveragingCount averagings = AveragingCount::poisson;
  Communication communication = Communication::blocking;
};

struct Timing {
  TimingModel model = TimingModel::poisson;
  GradientRates gradient_rate =
      1.0;  // gradients per unit time: of every worker, of each, drawn, from a file, or the graph's
  // Averagings per unit time that a worker takes part in, on average; where workers meet when they are available,
  // averagings that are due beside each gradient.
  double communication_rate = 1;
  Barrier barrier = Barrier::fitting;
  std::uint64_t backup_workers = 0;  // for whom no round waits; with a global barrier
  GradientRead read = GradientRead::at_step;
  std::optional<Churn> churn = {};  // nothing: all workers are always there
  MessageFaults messages = {};      // of methods that send one way
  AvailabilityTiming availability = {};
  MakeSource own = {};          // of the model `own`
  std::filesystem::path trace;  // of the models `trace` and `live_trace`
  double horizon = 1;           // live_trace: gradients of all workers that the learning rate counted on
};

struct AlgorithmSettings {
  std::string name = "a2cid2";                         // of a row of all_algorithms()
  Values parameters;                                   // those that are not the row's defaults
  std::shared_ptr<const Codec> compression = nullptr;  // of messages; null: none
  std::function<Matrix<double>()> mixing = {};  // the mixing matrix, in place of the parameter `mixing`
};

// automatic: network where the objective has random starting points of its own, else zero.
enum class InitialKind { automatic, zero, common_normal, normal, points, network };
struct InitialSettings {
  InitialKind kind = InitialKind::automatic;
  bool common = true;  // network: all workers start at the same point of the objective's
  double scale = 1;    // of the normal kinds: standard deviation of each coordinate
  // Of `points`. Column i is where worker i starts; one column is for all workers.
  std::function<Matrix<double>()> points = {};
  bool average = false;  // all start at the average of these points
  bool step_before =
      false;  // average: each worker takes one step of its optimizer first, at its own point; not counted
  std::string field = "/initial";  // where messages place what is wrong with the points
};

struct OptimizerSettings {
  OptimizerParameters rule = SgdParameters{};
  bool automatic_scale = false;  // learning_rate.scale = batch size × workers / 256
  ProgressClock clock = ProgressClock::time;
  bool average_buffers = false;  // exchanges average what the optimizer remembers, too

  // Where it is SGD; throws std::bad_variant_access where it is not.
  SgdParameters& sgd() { return std::get<SgdParameters>(rule); }
  const LearningRate& learning_rate() const { return learning_rate_of(rule); }
};

// A metric below a value.
struct Target {
  std::string metric;
  double below;
};
struct StopSettings {
  StopRules rules{.time = 200};
  std::optional<double> epochs =
      {};                // of the training rows, by all workers together; become gradients in the plan
  bool average = false;  // the states that a run leaves are the average of all models
  std::optional<Target> target;
};

// Whose states are given to Observers::on_states: nobody's, those at the end, those at every record.
enum class RecordedStates { none, final_states, all };

struct RecordSettings {
  std::optional<double> every;            // simulated time; nothing = automatic
  std::optional<double> automatic_every;  // what "automatic" was found to be before
  std::vector<std::string> metrics = {"consensus_distance", "loss"};  // names of all_metrics()
  std::optional<int> bytes_per_number;  // as it is counted on its way; nothing: of the precision
  bool events = false;
  std::optional<double> timeline = {};  // of the first repeat, up to this time
  bool staleness = false;               // how many gradients were how stale
  bool communication_counts = true;
  RecordedStates states = RecordedStates::none;
  bool train_rows = false;  // who owns which training rows
  bool test_rows = false;   // which rows of the table are test rows
  // Losses are evaluated on this many training rows, or test rows, the same all the time; nothing = on all.
  std::optional<std::uint64_t> evaluated_train = {}, evaluated_test = {};
};

struct CheckpointCadence {
  std::optional<double> every;          // simulated time
  std::optional<double> every_seconds;  // of the wall clock
  bool any() const { return every || every_seconds; }
};

// How replays spread the workers over ranks.
enum class RankPartition { blocks, metis };

struct LiveSettings {
  bool deterministic_neighbor = false;
  bool deterministic_averagings = false;
  std::variant<double, std::vector<double>> gradient_seconds = 0.0;  // a gradient takes at least this
};

struct Experiment {
  std::string name = "experiment";
  std::string place = "experiment";  // starts the messages
  std::uint64_t seed = 1;            // everything random follows from it
  int repeats = 1;                   // independent, with seeds that are derived from `seed`
  Precision precision = Precision::double_precision;
  TopologySource topology;
  Timing timing;
  AlgorithmSettings algorithm;
  ObjectiveSource objective;
  InitialSettings initial;
  OptimizerSettings optimizer;
  StopSettings stop;
  RecordSettings record;
  CheckpointCadence checkpoint;
  RankPartition rank_partition = RankPartition::blocks;
  LiveSettings live;
};

}  // namespace acidsim
