// Experiments made and run through the library.
#pragma once

#include <string>

#include "sim/app/json/configuration.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
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

struct Experiment {
  Configuration configuration;
  Resources resources;
  Plan plan;

  explicit Experiment(const Json& source, const std::filesystem::path& file = "test.json")
      : configuration(make_configuration(file, source)),
        plan(make_plan(configuration, configuration.cells[0], resources)) {}
  RepeatResult run(int repeat = 0, const RunControl& control = {}) {
    return run_repeat(plan, repeat, resources, control);
  }
};

inline RepeatResult run_once(const Json& source, const RunControl& control = {}) {
  return Experiment(source).run(0, control);
}

}  // namespace acidsim::testing
