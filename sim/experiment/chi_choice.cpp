#include "sim/experiment/chi_choice.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace {

constexpr GraphConstants not_connected = {infinity, infinity};
constexpr double most_windows = 1e5;

// The edges of the network with these rates; infinite where those of positive rate do not connect all workers.
GraphConstants constants_of(const Network& network, const std::vector<double>& rates) {
  Graph graph;
  graph.workers = network.graph.workers;
  for (std::uint32_t e = 0; e < network.edges.size(); ++e)
    if (rates[e] > 0) graph.edges.push_back({network.edges[e].i, network.edges[e].j, rates[e]});
  if (graph.workers < 2 || component_sizes(graph).size() > 1) return not_connected;
  return safe_constants(spectrum(graph.workers, graph.edges));
}

GraphConstants constants_of_phase(const Network& network, const CommunicationPhase& phase) {
  const double up = network.failures ? network.failures->up_fraction() : 1.0;
  std::vector<double> rates(network.edges.size(), 0.0);
  for (const CommunicationPhase::Clock& clock : phase.clocks) rates[clock.edge] = up * clock.rate;
  return constants_of(network, rates);
}

GraphConstants first_constants(const Network& network) {
  if (network.changes()) return constants_of_phase(network, network.phases.front());
  return network.constants().value_or(not_connected);
}

// Whether the constants may have a course at all.
bool may_change(const Plan& plan) {
  const std::string chi = chosen_chi(plan);
  return chi != "mean" && chi != "stale" && plan.algorithm().needs_spectrum(plan.constants);
}

// An exchange takes place where both workers are there.
GraphConstants thinned(const Plan& plan, const GraphConstants& graph) {
  const auto& churn = plan.experiment.timing.churn;
  const double there = churn ? churn->present_fraction() : 1.0;
  return {graph.chi_1 / (there * there), graph.chi_2 / (there * there)};
}

}  // namespace

std::optional<GraphConstants> constants_at_start(const Plan& plan) {
  const std::string chi = plan.constants.text("chi");
  const Network& network = *plan.network;
  if (chi == "oracle") return thinned(plan, first_constants(network));
  return network.changes() && chi != "mean" ? first_constants(network) : network.constants();
}

std::string chosen_chi(const Plan& plan) {
  return plan.algorithm().needs_spectrum ? plan.constants.text("chi") : "mean";
}

void check_chi(const Plan& plan) {
  const auto refuse = [](const char* place, const std::string& problem, const std::string& value,
                         const char* hint) { throw InputError(place, problem, value, hint); };
  const Timing& timing = plan.experiment.timing;
  const bool clocks = timing.model == TimingModel::poisson ||
                      (timing.model == TimingModel::availability && !timing.availability.pairing);
  if (chosen_chi(plan) == "oracle" && timing.churn && !clocks)
    refuse("/algorithm/chi", "how often workers meet that come and go is known of Poisson clocks alone",
           "\"oracle\"", "\"re_estimated\", or the timing model \"poisson\"");
  if (chosen_chi(plan) != "re_estimated") return;
  if (plan.experiment.timing.model == TimingModel::live_trace)
    refuse("/algorithm/chi", "a replay has the constants of its live run", "\"re_estimated\"", "\"mean\"");
  const double end = plan.experiment.stop.rules.time, window = plan.constants.number("chi_window");
  if (!std::isfinite(end))
    refuse("/algorithm/chi", "windows are counted before the run, which needs its end in time",
           "\"re_estimated\"", "give stop.time");
  if (end / window > most_windows)
    refuse("/algorithm/chi_window", "more than 100000 windows", fmt::format("{:g}", window),
           "a longer window, or an earlier stop.time");
}

ChiCourse oracle_course(const Network& network) {
  if (!network.changes()) return {{0.0}, {first_constants(network)}};
  ChiCourse course;
  double start = 0;
  for (const CommunicationPhase& phase : network.phases) {
    course.starts.push_back(start);
    course.graphs.push_back(constants_of_phase(network, phase));
    start += phase.duration;
  }
  if (network.periodic && network.phases.size() > 1) course.period = start;
  return course;
}

ChiCourse re_estimated_course(const Network& network, const Schedule& schedule, double window, double end) {
  ChiCourse course{{0.0}, {first_constants(network)}};
  std::vector<double> counts(network.edges.size(), 0.0);
  std::uint64_t windows = 1;
  const auto window_end = [&] { return static_cast<double>(windows) * window; };
  const auto close_window = [&] {
    std::vector<double> rates = counts;
    for (double& rate : rates) rate /= window;
    const GraphConstants found = constants_of(network, rates);
    if (std::isfinite(found.chi_1)) {
      course.starts.push_back(window_end());
      course.graphs.push_back(found);
    }
    counts.assign(counts.size(), 0.0);
    ++windows;
  };
  const auto cursor = schedule.from(0);
  for (auto events = cursor->next(); !events.empty() && window_end() <= end; events = cursor->next())
    for (const Event& event : events) {
      while (event.time >= window_end() && window_end() <= end) close_window();
      if (window_end() > end) break;
      if (event.verb == Verb::exchange || event.completes != 0) ++counts[event.clock - network.graph.workers];
    }
  return course;
}

std::optional<ChiCourse> chi_course(const Plan& plan, const Schedule& schedule) {
  const std::string chi = chosen_chi(plan);
  if (!may_change(plan)) return {};
  ChiCourse course = chi == "oracle"
                         ? oracle_course(*plan.network)
                         : re_estimated_course(*plan.network, schedule, plan.constants.number("chi_window"),
                                               plan.experiment.stop.rules.time);
  if (chi == "oracle")
    for (GraphConstants& graph : course.graphs) graph = thinned(plan, graph);
  if (course.starts.size() == 1) return {};
  return course;
}

Values constants_of_run(const Plan& plan, std::uint64_t seed) {
  Values values = plan.constants;
  if (!may_change(plan)) return values;
  if (const auto course = chi_course(plan, *plan.schedule(seed))) course->add_to(values);
  return values;
}

}  // namespace acidsim
