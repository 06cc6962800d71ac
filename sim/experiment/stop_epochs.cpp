#include "sim/experiment/stop_epochs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/experiment/epochs.hpp"

namespace acidsim {
namespace {

double training_rows(const Plan& plan, Resources& resources) {
  const ObjectiveSource& source = plan.experiment.objective;
  if (!source.data) return 0;
  const Index rows = plan.single_precision()
                         ? resources.data<float>(*source.data, source.needs).train->samples()
                         : resources.data<double>(*source.data, source.needs).train->samples();
  return static_cast<double>(rows);
}

}  // namespace

void take_epochs(Plan& plan, Resources& resources) {
  StopSettings& stop = plan.experiment.stop;
  if (!stop.epochs) return;
  const ObjectiveSource& source = plan.experiment.objective;
  const double rows = training_rows(plan, resources), workers = plan.workers();
  double batch = source.batch_size;
  if (batch == 0 && !source.shared_rows) batch = rows / workers;  // all rows of a worker, on average
  const auto each = gradients_per_epoch(rows, batch);
  if (!each)
    throw InputError("/stop/epochs", "the objective has no data that epochs would go through", source.name,
                     "give stop.gradients or stop.time");
  const double gradients = workers * std::floor(*stop.epochs * *each / workers);
  constexpr double most = 1e18;
  if (!(gradients >= 1 && gradients <= most))
    throw InputError("/stop/epochs",
                     gradients < 1 ? "are less than a gradient of each worker" : "are too many",
                     fmt::format("{}", *stop.epochs),
                     fmt::format("an epoch has {:g} gradients, of {:g} workers together", *each, workers));
  const auto count = static_cast<std::uint64_t>(gradients);
  stop.rules.gradients = std::min(stop.rules.gradients.value_or(count), count);
}

}  // namespace acidsim
