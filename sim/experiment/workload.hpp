// What a run costs, as far as its configuration tells: the size of its records against that of its events.
#pragma once

#include <vector>

#include "sim/core/types.hpp"
#include "sim/metrics/metric.hpp"

namespace acidsim {

// What the cost of a run depends on.
struct WorkloadFacts {
  double workers = 0, dimension = 0, vectors = 1;
  double gradients_per_time = 0, communications_per_time = 0;
  bool noise = false;                            // each gradient draws `dimension` normals
  double batch = 0, features = 0;                // rows that a gradient reads, and numbers in each
  double row_products = 0;                       // products and sums of the loss of a row
  double samples = 0, evaluated = 0, tests = 0;  // rows that ∇f(x), f(x) and the test metrics read; 0 = none
  double statistics_rows = 0;                    // that the evaluation of a model reads besides
  std::vector<MetricWork> records;               // of every metric that a record evaluates
  bool records_states = false;                   // a record writes all states down
};

// Nominal nanoseconds of one core, by a fixed model (workload.cpp): a function of the configuration alone,
// never of the machine, so that what is recorded can be repeated.
struct Workload {
  double per_time = 0;  // the events of one unit of simulated time
  double per_record = 0;

  // The share of a run that recording takes.
  double record_share(double every) const {
    const double records = per_record / every;
    return records > 0 ? records / (records + per_time) : 0.0;
  }
};
Workload workload(const WorkloadFacts& facts);

// `record.every` where the configuration says "auto". One unit of time, unless records that often would take
// more than 5 % of the run and more than 5 ms in all; then the least of 1, 2, 5, 10, 20, 50, … at which they
// take no more than 5 %, but not so large that a run of known length (`time`; infinite = not known) has fewer
// than about 20 records.
double automatic_cadence(const Workload& work, double time);

}  // namespace acidsim
