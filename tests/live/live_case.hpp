// Live runs within one process, and their replays.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "sim/live/live_run.hpp"
#include "sim/live/live_schedule.hpp"
#include "sim/live/local_transport.hpp"
#include "tests/algorithms/methods.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {

inline std::vector<Edge> edges_of(const std::string& graph, Worker n) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < n; ++i)
    for (Worker j = i + 1; j < n; ++j) {
      const bool ring = j == i + 1 || (i == 0 && j == n - 1);
      if (graph == "complete" || (graph == "cycle" && ring) || (graph == "star" && i == 0) ||
          (graph == "wheel" && (i == 0 || j == i + 1)))
        edges.push_back({i, j, 1.0});
    }
  return edges;
}

inline LiveProtocol protocol_of(const std::vector<Edge>& edges, Worker n, double rate) {
  LiveProtocol protocol;
  protocol.workers = n;
  for (const Edge& edge : edges) protocol.edges.push_back({edge.i, edge.j});
  protocol.rate = rate;
  protocol.gradients = 101;
  return protocol;
}

template <class Scalar>
struct LiveCase {
  OwnedRun<Scalar> owned;
  std::vector<Scalar> final_states = {};

  LiveCase(const std::string& method, Worker n, double learning_rate, double momentum)
      : owned(method_named(method).kernel<Scalar>(n, 5),
              make_quadratic<Scalar>({.dimension = 5, .noise = 1, .heterogeneity = 1}, n, 3, 3),
              {.learning_rate = {.base = learning_rate}, .momentum = momentum}) {}

  void keep(std::span<const std::byte> part) { append(part, final_states); }

  LiveResult<Scalar> live(const LiveProtocol& protocol, bool average_at_start = true,
                          const LiveControl& control = {},
                          const std::function<void(LiveRun<Scalar>&)>& change = {}) {
    LocalTransport transport(protocol.workers);
    LiveRun<Scalar> run{.protocol = protocol,
                        .kernel = *owned.kernel,
                        .optimizer = owned.optimizer,
                        .objective = *owned.objective,
                        .gradient_seconds = std::vector<double>(protocol.workers, 0.0002),
                        .horizon = 101,
                        .average_at_start = average_at_start,
                        .control = control};
    if (change) change(run);
    LiveResult<Scalar> result = run_live(run, transport);
    for_each_averaged_vector<Scalar>(
        result.mean, owned.kernel->vectors(), protocol.workers,
        [&](Worker worker) { return std::span<const std::byte>(result.states->memory(worker)); },
        [&](std::span<const std::byte> part) { keep(part); });
    return result;
  }

  Outcome replay(const LiveTrace& trace, const std::vector<Edge>& edges, StopRules stop = {}) {
    const LiveSchedule schedule(trace, edges, "trace");
    Simulation<Scalar> simulation = owned.on(schedule, stop);
    simulation.edges = static_cast<Index>(edges.size());
    return replay_live<Scalar>(
        simulation, 101, [](const auto& run) { return run_serial(run); },
        [&](std::span<const std::byte> part) { keep(part); });
  }
};

// Writes the trace and reads it back, as a replay does.
inline LiveTrace through_file(const LiveTrace& trace, const std::vector<Edge>& edges) {
  const auto file = std::filesystem::temp_directory_path() / ("acidsim-live-" + std::to_string(::getpid()));
  {
    std::ofstream out(file);
    write_live_trace(trace, out);
  }
  LiveTrace read = read_live_trace(file, static_cast<Worker>(trace.workers.size()), edges);
  std::filesystem::remove(file);
  return read;
}

}  // namespace acidsim
