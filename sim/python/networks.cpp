// Graphs with their rates and χ's, and the events of experiments.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <atomic>
#include <cmath>
#include <utility>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/json/configuration.hpp"
#include "sim/core/large_array.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/python/bindings.hpp"

namespace py = pybind11;

namespace acidsim::python {
namespace {

template <class Value>
py::array_t<Value> array_of(const std::vector<Value>& values) {
  return py::array_t<Value>(static_cast<py::ssize_t>(values.size()), values.data());
}

py::object number_or_none(const std::optional<double>& value) {
  return value ? py::object(py::float_(*value)) : py::object(py::none());
}

py::dict facts_of(const Network& network) {
  const std::size_t m = network.edges.size();
  std::vector<std::uint32_t> i(m), j(m);
  std::vector<double> rates(m);
  for (std::size_t e = 0; e < m; ++e) {
    const Edge edge = network.edges[e];
    i[e] = edge.i;
    j[e] = edge.j;
    rates[e] = edge.rate;
  }
  py::dict facts;
  facts["name"] = network.graph.name;
  facts["workers"] = network.graph.workers;
  facts["i"] = array_of(i);
  facts["j"] = array_of(j);
  facts["rates"] = array_of(rates);
  facts["rate_total"] = network.rate_total;
  facts["names"] = network.graph.worker_names;
  facts["coordinates"] = network.graph.coordinates;
  facts["directed"] = network.directed();
  facts["notices"] = network.notices;
  if (const auto& s = network.spectrum) {
    facts["chi_1"] = s->chi_1;
    facts["chi_2"] = s->chi_2;
    facts["chi_1_bounds"] = py::make_tuple(s->chi_1_bounds.low, s->chi_1_bounds.high);
    facts["chi_2_bounds"] = py::make_tuple(s->chi_2_bounds.low, s->chi_2_bounds.high);
    facts["exact"] = s->exact;
    facts["method"] = s->method;
    facts["foster_residual"] = number_or_none(s->foster_residual);
    if (!s->resistances.empty()) facts["resistances"] = array_of(s->resistances);
  }
  if (const auto constants = network.constants()) {
    const A2cid2Parameters own = a2cid2_parameters(*constants);
    facts["a2cid2"] = py::make_tuple(own.eta, own.alpha, own.alpha_tilde);
  }
  if (const auto& c = network.certificate) {
    py::dict certificate;
    certificate["value"] = c->value;
    certificate["uniform_value"] = c->uniform_value;
    certificate["lower_bound"] = c->lower_bound;
    certificate["gap"] = c->gap();
    facts["certificate"] = certificate;
  }
  return facts;
}

// `need`: 0 = χ1 and χ2 where they are cheap, 1 = them, 2 = all resistances, too.
py::dict network_of(const Configuration& configuration, double rate, int need) {
  const Json& topology = configuration.cells.at(0).config["topology"];
  Network network;
  {
    const py::gil_scoped_release release;
    NetworkCache cache;
    try {
      network = make_network(bind_topology(Node(topology, "/topology", configuration.directory)), rate,
                             static_cast<SpectrumNeed>(need), cache);
    } catch (const InputError& error) {
      throw error.within(configuration.file.string());
    }
  }
  return facts_of(network);
}

// One event as NumPy gets it: where nobody is, −1.
struct EventRow {
  double time;
  std::int32_t i, j;
  std::uint32_t clock;
  std::uint8_t kind, spare[3];
};
static_assert(sizeof(EventRow) == 24);

using EventRows = LargeArray<EventRow>;  // in huge pages: there are as many page faults as pages

void add(std::span<const Event> events, std::span<const double> times, EventRows& rows) {
  const std::size_t before = rows.size();
  rows.resize(before + events.size());
  EventRow* const out = rows.data() + before;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& event = events[k];
    const auto i = static_cast<std::int32_t>(event.i), j = static_cast<std::int32_t>(event.j);
    out[k] = {times.empty() ? event.time : times[k],
              event.verb == Verb::round ? -1 : i,
              j == i ? -1 : j,
              event.clock,
              static_cast<std::uint8_t>(event.verb),
              {}};
  }
}

// As bytes that own the memory.
py::array_t<std::uint8_t> bytes_of(EventRows rows) {
  auto* const kept = new EventRows(std::move(rows));
  const py::capsule owner(kept, [](void* memory) { delete static_cast<EventRows*>(memory); });
  return py::array_t<std::uint8_t>(static_cast<py::ssize_t>(kept->size() * sizeof(EventRow)),
                                   reinterpret_cast<const std::uint8_t*>(kept->data()), owner);
}

py::array_t<std::uint8_t> events_of(const Configuration& configuration, std::optional<double> until,
                                    int repeat) {
  EventRows rows;
  std::atomic<bool> stop = false;
  const auto draw = [&] {
    Resources resources;
    const Plan plan = make_plan(bind(configuration, configuration.cells.at(0)), resources);
    const double end = until.value_or(plan.experiment.stop.rules.time);
    if (!(end >= 0) || !std::isfinite(end))
      throw InputError(plan.place(), "the experiment has no stop.time", until ? std::to_string(end) : "",
                       "give until=T");
    const auto schedule = plan.schedule(plan.seed_of(repeat));
    const double expected = 1.02 * end * (schedule->gradient_rate() + schedule->communication_rate()) + 4096;
    rows.reserve(static_cast<std::size_t>(std::min(expected, 1e9)));
    const auto cursor = schedule->from(0.0);
    for (auto events = cursor->next(); !events.empty(); events = cursor->next()) {
      const std::span<const double> times = cursor->run_times();
      const auto time_of = [&](std::size_t k) { return times.empty() ? events[k].time : times[k]; };
      std::size_t count = events.size();
      while (count > 0 && time_of(count - 1) > end) --count;
      add(events.first(count), times.empty() ? times : times.first(count), rows);
      if (count < events.size() || stop) break;
    }
  };
  with_signals(draw, [&] { stop = true; });
  return bytes_of(std::move(rows));
}

}  // namespace

void bind_networks(py::module_& module) {
  module.def("network", &network_of, py::arg("configuration"), py::arg("rate"), py::arg("need"));
  module.def("events", &events_of, py::arg("configuration"), py::arg("until"), py::arg("repeat"));
  py::list kinds;
  for (const std::string_view name : verb_names) kinds.append(py::str(name.data(), name.size()));
  module.attr("kinds") = kinds;
}

}  // namespace acidsim::python
