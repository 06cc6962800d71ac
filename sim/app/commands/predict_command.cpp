// `acidsim predict`: what another live run would take, by what one took.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/app/commands/commands.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/experiment/live_settings.hpp"
#include "sim/live/live_forecast.hpp"

namespace acidsim {
namespace {

constexpr int draws = 20;

// A live run, from the folder of its results.
struct LiveResults {
  LiveProtocol protocol;
  LiveTrace trace;
  LiveCourse measured;
};

LiveResults read_live_results(const std::filesystem::path& folder, Resources& resources) {
  const std::filesystem::path run_file = folder / "run.json", replay_file = folder / "replay.json";
  std::error_code failed;
  if (!std::filesystem::exists(run_file, failed) || !std::filesystem::exists(replay_file, failed))
    throw InputError(folder.string(), "holds no live run", "",
                     "give a folder that `acidsim run FILE --backend live` has written");
  const Json run = read_json(run_file);
  const auto refuse = [&](const std::string& why) {
    return InputError(run_file.string(), why, "", "run it again");
  };
  const Json::json_pointer where("/config/stop");
  if (!run.contains(where) || !run[where].is_object() || !run.contains("backend") || run["backend"] != "live")
    throw refuse("is not of a live run");
  const Configuration configuration = load_configuration(replay_file, {});
  const Plan plan = make_plan(bind(configuration, configuration.cells.at(0)), resources);
  LiveResults results;
  results.trace = plan.live_trace();
  results.protocol = live_protocol(plan, replica_seed(plan.experiment.seed, 0));
  results.measured = measured_course(results.trace, results.protocol.edges);
  // The rule that ended it.
  const Json gradients = run[where].value("gradients", Json());
  const Json communications = run[where].value("communications", Json());
  const Json seconds = run[where].value("wall_seconds", Json());
  if (gradients.is_number_unsigned() && gradients == results.measured.total_gradients())
    results.protocol.gradients = gradients.get<std::uint64_t>();
  else if (communications.is_number_unsigned() && communications == results.measured.total_averagings())
    results.protocol.communications = communications.get<std::uint64_t>();
  else if (seconds.is_number() && seconds > 0)
    results.protocol.wall_seconds = std::min(seconds.get<double>(), results.measured.seconds);
  else
    throw refuse("and the trace beside it are not of the same run");
  return results;
}

// Refuses a run in which a worker computed nothing: how long its gradients take is not known.
void check_timings(const LiveTimings& timings, const std::string& folder) {
  for (std::size_t worker = 0; worker < timings.gradients.size(); ++worker)
    if (const auto& own = timings.gradients[worker]; std::accumulate(own.begin(), own.end(), 0.0) <= 0)
      throw InputError(folder, "does not say how long a gradient takes", fmt::format("worker {}", worker),
                       "give a run in which every worker computed some");
}

// One quantity over the draws.
struct ForecastRange {
  double mean = 0, low = infinity, high = -infinity;
};

struct Quantity {
  std::string name, what;  // key of --json, words
  double (*of)(const LiveCourse&);
};

double largest(const std::vector<std::uint64_t>& counts) {
  return counts.empty() ? 0 : static_cast<double>(*std::max_element(counts.begin(), counts.end()));
}
double least(const std::vector<std::uint64_t>& counts) {
  return counts.empty() ? 0 : static_cast<double>(*std::min_element(counts.begin(), counts.end()));
}

const std::vector<Quantity>& quantities() {
  static const std::vector<Quantity> all = {
      {"wall_seconds", "wall seconds", [](const LiveCourse& c) { return c.seconds; }},
      {"gradients", "gradients",
       [](const LiveCourse& c) { return static_cast<double>(c.total_gradients()); }},
      {"gradients_least", "  of a worker, least", [](const LiveCourse& c) { return least(c.gradients); }},
      {"gradients_most", "  of a worker, most", [](const LiveCourse& c) { return largest(c.gradients); }},
      {"idle_share", "idle share", [](const LiveCourse& c) { return c.idle_share(); }},
      {"communications", "communications",
       [](const LiveCourse& c) { return static_cast<double>(c.total_averagings()); }},
      {"communications_least", "  of a pair, least", [](const LiveCourse& c) { return least(c.pairs); }},
      {"communications_most", "  of a pair, most", [](const LiveCourse& c) { return largest(c.pairs); }},
  };
  return all;
}

ForecastRange range_of(const Quantity& quantity, const std::vector<LiveCourse>& courses) {
  ForecastRange found;
  for (const LiveCourse& course : courses) {
    const double value = quantity.of(course);
    found.mean += value / static_cast<double>(courses.size());
    found.low = std::min(found.low, value);
    found.high = std::max(found.high, value);
  }
  return found;
}

// Per worker or pair, the mean over the draws.
Json mean_counts(const std::vector<LiveCourse>& courses, std::vector<std::uint64_t> LiveCourse::*counts) {
  std::vector<double> mean((courses[0].*counts).size(), 0.0);
  for (const LiveCourse& course : courses)
    for (std::size_t k = 0; k < mean.size(); ++k)
      mean[k] += static_cast<double>((course.*counts)[k]) / static_cast<double>(courses.size());
  return mean;
}

}  // namespace

int predict_command(const PredictOptions& options) {
  Resources resources;
  const LiveResults fitted = read_live_results(options.folder, resources);
  const std::string of = options.against.empty() ? options.folder : options.against;
  const LiveResults target = options.against.empty() ? fitted : read_live_results(of, resources);
  const LiveTimings timings = fit_timings(fitted.trace);
  check_timings(timings, options.folder);
  std::vector<LiveCourse> courses;
  for (int draw = 0; draw < draws; ++draw)
    courses.push_back(forecast_live(target.protocol, timings, static_cast<std::uint64_t>(draw)));
  const LiveCourse& measured = target.measured;
  if (options.json) {
    Json out = {{"fitted_to", options.folder}, {"of", of}, {"draws", draws}};
    for (const Quantity& quantity : quantities()) {
      const ForecastRange found = range_of(quantity, courses);
      out["forecast"][quantity.name] = {{"mean", found.mean}, {"low", found.low}, {"high", found.high}};
      out["measured"][quantity.name] = quantity.of(measured);
    }
    out["forecast"]["worker_gradients"] = mean_counts(courses, &LiveCourse::gradients);
    out["measured"]["worker_gradients"] = measured.gradients;
    out["forecast"]["pair_communications"] = mean_counts(courses, &LiveCourse::pairs);
    out["measured"]["pair_communications"] = measured.pairs;
    fmt::print("{}\n", out.dump(1));
    return 0;
  }
  fmt::print("forecast of {} from the times measured in {} ({} draws)\n\n", of, options.folder, draws);
  fmt::print("{:22}{:>12}  {:>25}{:>12}{:>9}\n", "", "forecast", "least to most", "measured", "ratio");
  for (const Quantity& quantity : quantities()) {
    const ForecastRange found = range_of(quantity, courses);
    const double value = quantity.of(measured);
    fmt::print("{:22}{:>12.5g}  {:>25}{:>12.5g}{:>9}\n", quantity.what, found.mean,
               fmt::format("{:.5g} to {:.5g}", found.low, found.high), value,
               value > 0 ? fmt::format("{:.3f}", found.mean / value) : "");
  }
  return 0;
}

}  // namespace acidsim
