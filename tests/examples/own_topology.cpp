// A topology of one's own: a ladder, two lines of workers / 2 that are joined rung by rung.
#include <sim/experiment/plugin_entry.hpp>

namespace {

acidsim::Graph ladder(const acidsim::Values& values) {
  const auto workers = static_cast<acidsim::Worker>(values.whole("workers"));
  if (workers % 2 != 0)
    throw acidsim::InputError("workers", "a ladder has two sides of equal length", std::to_string(workers),
                              "an even number");
  acidsim::Graph graph{
      .name = "ladder", .workers = workers, .edges = {}, .worker_names = {}, .coordinates = {}};
  for (acidsim::Worker i = 0; i < workers; i += 2) {
    graph.edges.push_back({i, i + 1, values.number("rung")});
    if (i + 2 == workers) break;
    graph.edges.push_back({i, i + 2});
    graph.edges.push_back({i + 1, i + 3});
  }
  acidsim::normalise(graph);
  return graph;
}

}  // namespace

ACIDSIM_EXTENSION(extension) {
  extension.add(
      acidsim::OwnTopology{.name = "ladder",
                           .summary = "two lines of workers / 2, joined rung by rung",
                           .parameters = {acidsim::workers_parameter(),
                                          {.name = "rung",
                                           .default_value = 1.0,
                                           .what = "weight of a rung beside that of an edge along a side",
                                           .minimum = 0,
                                           .above_minimum = true}},
                           .make = ladder});
}
