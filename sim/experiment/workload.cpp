#include "sim/experiment/workload.hpp"

#include <algorithm>
#include <cmath>

#include "sim/metrics/most_records.hpp"

namespace acidsim {
namespace {

// Nanoseconds, measured once on one core (AMD EPYC, AVX2) and rounded; tests/bench/metrics_bench.cpp holds
// the shares that follow from them against the clock.
constexpr double per_event = 15;            // drawing it, and reaching its worker
constexpr double per_moved = 0.15;          // a number of a state, read and written
constexpr double per_normal = 2.0;          // of the gradient's noise
constexpr double per_batch_product = 0.08;  // a product and sum of a minibatch's matrix product
constexpr double per_gathered = 0.5;        // a number of a minibatch, copied from the data
constexpr double per_stop = 2000;           // the events stop, and a row is written
constexpr double per_read_worker = 15;      // reading a worker's state
constexpr double per_read = 0.2;            // a number of it, for each vector that the model is made of
constexpr double per_spread = 0.5;          // a number of a model, taken into mean and distances
constexpr double per_written = 4;           // a number of a state, written to a file
constexpr double per_row_product = 0.3;     // a product and sum over all rows, which come from memory

constexpr double largest_share = 0.05;
constexpr double negligible = 5e6;  // 5 ms
constexpr double fewest_records = 20;

double gradient_cost(const WorkloadFacts& f) {
  const double state = f.dimension * (3 * per_moved + (f.noise ? per_normal : 0.0));
  return per_event + state + f.batch * f.row_products * 2 * per_batch_product +
         f.batch * f.features * per_gathered;
}

double communication_cost(const WorkloadFacts& f) {
  return per_event + 2 * f.vectors * f.dimension * per_moved;
}

double record_cost(const WorkloadFacts& f) {
  const double model = per_read_worker + f.dimension * f.vectors * per_read;
  const double row = f.row_products * per_row_product;
  const double loss = f.samples > 0 ? f.evaluated * row : f.dimension * per_read;
  const double gradient = 2 * (f.samples > 0 ? f.samples * row : f.dimension * per_read);
  const double statistics = f.statistics_rows * row;
  double cost = per_stop;
  bool mean_loss = false, mean_tests = false;
  for (const MetricWork& metric : f.records) {
    mean_loss |= metric.mean_loss;
    mean_tests |= metric.mean_tests > 0;
    cost += metric.mean_gradients * gradient + metric.mean_tests * f.tests * row;
    cost += metric.worker_losses * f.workers * (model + loss + statistics);
    cost += metric.worker_tests * f.workers * (model + f.tests * row + statistics);
    cost += metric.further_vectors * f.workers * (model + f.dimension * per_spread);
  }
  if (mean_loss) cost += loss;
  if (mean_loss || mean_tests) cost += statistics;
  if (f.records_states)
    cost += f.workers * f.vectors * (per_read_worker + f.dimension * (f.vectors * per_read + per_written));
  if (!f.records.empty()) cost += f.workers * (model + f.dimension * per_spread);
  return cost;
}

// 1, 2, 5, 10, 20, 50, …
double next_in_series(double every) {
  const double mantissa = every / std::pow(10.0, std::floor(std::log10(every) + 1e-9));
  return every * (mantissa < 1.5 ? 2.0 : mantissa < 3 ? 2.5 : 2.0);
}

}  // namespace

Workload workload(const WorkloadFacts& facts) {
  return {facts.gradients_per_time * gradient_cost(facts) +
              facts.communications_per_time * communication_cost(facts),
          record_cost(facts)};
}

double automatic_cadence(const Workload& work, double time) {
  double every = 1;
  const bool known = std::isfinite(time);
  while (known && time / every > most_records) every = next_in_series(every);
  if (known && work.per_record * time / every <= negligible) return every;
  while (work.record_share(every) > largest_share) {
    const double next = next_in_series(every);
    if (!(next < 1e15) || (known && time / next < fewest_records)) break;
    every = next;
  }
  return every;
}

}  // namespace acidsim
