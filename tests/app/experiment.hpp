// Experiments made and run through the library.
#pragma once

#include <string>

#include "sim/app/json/bind.hpp"
#include "sim/app/json/configuration.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/runner/cell_selection.hpp"
#include "sim/experiment/repeat.hpp"

namespace acidsim::testing {

// Eight workers on a ring, noisy and heterogeneous quadratics, five units of time: every mechanism moves, in
// a millisecond.
inline Json small_experiment() {
  return Json::parse(R"({
    "name": "small",
    "topology": {"family": "cycle", "workers": 8},
    "algorithm": {"name": "a2cid2"},
    "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 1, "heterogeneity": 1},
    "stop": {"time": 5},
    "record": {"metrics": ["consensus_distance", "suboptimality"]}
  })");
}

// `source` with the dotted fields of `changes` (an object of dotted field → value) set.
inline Json changed(Json source, const Json& changes) {
  for (const auto& [field, value] : changes.items()) {
    std::string pointer = "/" + field;
    std::replace(pointer.begin(), pointer.end(), '.', '/');
    source[Json::json_pointer(pointer)] = value;
  }
  return source;
}

struct Trial {
  Configuration configuration;
  Resources resources;
  Plan plan;

  explicit Trial(const Json& source, const std::filesystem::path& file = "test.json")
      : configuration(make_configuration(file, source)),
        plan(make_plan(bind(configuration, configuration.cells[0]), resources)) {}
  // With the checkpoints of the command line, where the control names a folder of them.
  RepeatResult run(int repeat = 0, RunControl control = {}) {
    const Json config = resolved(configuration.cells[0], plan);
    CheckpointPlace& place = control.checkpoints;
    place.description = config.dump();
    place.accept = [&](const CheckpointHeader& header) {
      check_same_run(header, place.folder.string(), config, place.extend);
    };
    return run_repeat(plan, repeat, resources, control);
  }
};

inline RepeatResult run_once(const Json& source, const RunControl& control = {}) {
  return Trial(source).run(0, control);
}

}  // namespace acidsim::testing
