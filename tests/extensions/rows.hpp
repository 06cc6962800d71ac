// Rows of one's own that are those of acidsim under other names, added once to the registry of the test program.
#pragma once

#include <fmt/format.h>

#include "sim/app/registry/own_rows.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/app/experiment.hpp"
#include "topologies/families/families.hpp"

namespace acidsim::testing {

// Tells the events of a schedule.
class Retold final : public EventSource {
 public:
  Retold(std::unique_ptr<Schedule> schedule, Worker workers)
      : schedule_(std::move(schedule)), cursor_(schedule_->from(0)), workers_(workers) {}
  std::optional<SourceEvent> next() override {
    if (coming_.empty()) coming_ = cursor_->next();
    if (coming_.empty()) return std::nullopt;
    const Event event = coming_.front();
    coming_ = coming_.subspan(1);
    return event.verb == Verb::gradient ? gradient_at(event.time, event.i)
                                        : communication_at(event.time, event.clock - workers_);
  }

 private:
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<EventCursor> cursor_;
  Worker workers_;
  std::span<const Event> coming_;
};

inline std::unique_ptr<EventSource> poisson_clocks(const TimingInput& input) {
  return std::make_unique<Retold>(
      std::make_unique<PoissonSchedule>(input.seed, input.gradient_rates, input.edges), input.workers);
}

inline AlgorithmRow renamed_a2cid2() {
  AlgorithmRow row = row_named(all_algorithms(), "a2cid2");
  row.name = "my_a2cid2";
  return row;
}

inline OwnObjective renamed_quadratic() {
  return {.name = "my_quadratic",
          .summary = "a quadratic under another name",
          .parameters = {dimension_parameter(3),
                         {.name = "noise", .default_value = 1.0, .what = "of gradients", .minimum = 0}},
          .make = [](const ObjectiveChoice& choice) {
            return quadratic_objective({.dimension = choice.values.whole("dimension"),
                                        .curvature_max = 2,
                                        .noise = choice.values.number("noise"),
                                        .heterogeneity = 1});
          }};
}

inline OwnObjective renamed_softmax() {
  return {.name = "my_softmax",
          .summary = "softmax regression under another name",
          .data = DataNeeds{.classification = true},
          .make = [](const ObjectiveChoice& choice) {
            return regression_objective(Regression::softmax, choice.learning.value());
          }};
}

inline OwnTopology renamed_cycle() {
  return {.name = "my_cycle",
          .summary = "a ring under another name",
          .parameters = {workers_parameter(8)},
          .make = [](const Values& values) { return cycle(static_cast<Worker>(values.whole("workers"))); }};
}

inline OwnTiming renamed_poisson() {
  return {.name = "my_poisson",
          .summary = "Poisson clocks under another name",
          .make = [](const Values&, const TimingInput& input) { return poisson_clocks(input); }};
}

inline void add_renamed_rows() {
  static const bool added = [] {
    Extension extension;
    extension.add(renamed_a2cid2());
    extension.add(renamed_quadratic());
    extension.add(renamed_softmax());
    extension.add(renamed_cycle());
    extension.add(renamed_poisson());
    add_to_registry(std::move(extension));
    return true;
  }();
  static_cast<void>(added);
}

}  // namespace acidsim::testing
