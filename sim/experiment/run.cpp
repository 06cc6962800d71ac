#include "sim/experiment/run.hpp"

#include "sim/experiment/live_settings.hpp"
#include "sim/experiment/ranks.hpp"
#include "sim/experiment/repeat.hpp"

namespace acidsim {

Results run(const Experiment& experiment, const Observers& observers, const Execution& execution) {
  MpiWorld* world = world_of(execution);
  const double local_share = share_here(world);
  Resources resources;
  Results results;
  std::vector<std::string> notices;
  collectively(world, [&] {
    results.plan = make_plan(experiment, resources, local_share);
    notices = results.plan.notices;
    if (!std::holds_alternative<Live>(execution)) return;
    const std::vector<std::string> of_live = check_live(results.plan);
    notices.insert(notices.end(), of_live.begin(), of_live.end());
  });
  agree(world, results.plan, experiment.name);
  if (observers.on_notice)
    for (const std::string& notice : notices) observers.on_notice(notice);
  RunControl control;
  static_cast<Observers&>(control) = observers;
  control.execution = execution;
  const auto go_on = [&] {
    const bool here = observers.interrupt == nullptr || !*observers.interrupt;
    return world != nullptr ? world->all(here) : here;
  };
  for (int repeat = 0; repeat < experiment.repeats && go_on(); ++repeat)
    results.repeats.push_back(run_repeat(results.plan, repeat, resources, control));
  return results;
}

}  // namespace acidsim
