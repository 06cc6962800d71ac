#include "sim/experiment/repeat_steps.hpp"

#include "sim/experiment/repeat_run.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class TypedSteps final : public RepeatSteps {
 public:
  TypedSteps(const Plan& plan, int repeat, Resources& resources, const RunControl& control)
      : dimension_(0),
        run_(plan, repeat, resources, control, constants_of_run(plan, plan.seed_of(repeat)), nullptr) {
    run_.advance(0.0);
    dimension_ = static_cast<std::size_t>(run_.so_far().dimension);
  }
  bool advance(double until) override { return run_.advance(until); }
  const RepeatResult& so_far() const override { return run_.so_far(); }
  void read(Worker worker, int vector, void* out) const override {
    run_.read(worker, vector, {static_cast<Scalar*>(out), dimension_});
  }
  std::string digest() const override { return run_.digest(); }
  void save(const CheckpointPlace& place) override { run_.save(place); }

 private:
  std::size_t dimension_;
  RepeatRun<Scalar> run_;
};

}  // namespace

std::unique_ptr<RepeatSteps> repeat_in_steps(const Plan& plan, int repeat, Resources& resources,
                                             const RunControl& control) {
  try {
    if (plan.single_precision()) return std::make_unique<TypedSteps<float>>(plan, repeat, resources, control);
    return std::make_unique<TypedSteps<double>>(plan, repeat, resources, control);
  } catch (const InputError& error) {
    if (error.place().starts_with(plan.place())) throw;
    throw error.within(plan.place());
  }
}

}  // namespace acidsim
