#include "sim/experiment/repeat.hpp"

#include "sim/experiment/repeat_run.hpp"

namespace acidsim {
namespace {

template <class Scalar>
RepeatResult run_typed(const Plan& plan, int repeat, Resources& resources, const RunControl& control) {
  MpiWorld* world = world_of(control.execution);
  std::optional<Ownership> ownership;
  if (world != nullptr)
    ownership = std::holds_alternative<Live>(control.execution)
                    ? own_blocks(plan.nodes(), world->size(), world->rank())
                    : assign_workers(plan, *world);
  Values constants;
  collectively(world, [&] { constants = constants_of_run(plan, plan.seed_of(repeat)); });
  agree(world, constants);
  std::optional<RepeatRun<Scalar>> run;
  collectively(world, [&] {
    run.emplace(plan, repeat, resources, control, constants, ownership ? &*ownership : nullptr);
  });
  expect_common(world, control.checkpoints.folder.string(), run->start());
  return run->run();
}

}  // namespace

MpiWorld* world_of(const Execution& execution) {
  if (const auto* ranks = std::get_if<Ranks>(&execution)) return ranks->world;
  if (const auto* live = std::get_if<Live>(&execution)) return live->world;
  return nullptr;
}

RepeatResult run_repeat(const Plan& plan, int repeat, Resources& resources, const RunControl& control) {
  try {
    return plan.single_precision() ? run_typed<float>(plan, repeat, resources, control)
                                   : run_typed<double>(plan, repeat, resources, control);
  } catch (const InputError& error) {
    if (error.place().starts_with(plan.place())) throw;
    throw error.within(plan.place());
  }
}

}  // namespace acidsim
