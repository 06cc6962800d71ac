// One run in steps.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <atomic>
#include <memory>
#include <stdexcept>

#include "sim/app/json/bind.hpp"
#include "sim/app/output/input_files.hpp"
#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/runner/cell_address.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/repeat_steps.hpp"
#include "sim/python/bindings.hpp"

namespace py = pybind11;

namespace acidsim::python {
namespace {

class Simulation {
 public:
  Simulation(const Configuration& configuration, int repeat)
      : configuration_(configuration), repeat_(repeat) {
    if (configuration.is_sweep)
      throw InputError(configuration.file.string(), "is a sweep",
                       std::to_string(configuration.cells.size()) + " cells", "a simulation is one run");
    forget_callback_error();
    control_.interrupt = &stop_;
    control_.on_notice = [this](const std::string& notice) { notices_.push_back(notice); };
    carefully([this] {
      plan_ = make_plan(bind(configuration_, cell()), resources_);
      if (repeat_ < 0 || repeat_ >= plan_.experiment.repeats)
        throw InputError(plan_.place(), "has no such repeat", std::to_string(repeat_), "0 … repeats − 1");
      notices_ = plan_.notices;
      steps_ = repeat_in_steps(plan_, repeat_, resources_, control_);
    });
  }

  bool advance(double until) {
    if (!(until >= time()))
      throw InputError("until", "lies in the past", std::to_string(until), "a time to come");
    carefully([&] { more_ = steps_->advance(until); });
    return more_;
  }
  double time() const { return so_far().outcome.time; }
  bool finished() const { return !more_; }
  const RepeatResult& so_far() const { return steps_->so_far(); }

  // workers × vectors × dimension, of the run's precision.
  py::array states() const {
    const auto d = static_cast<py::ssize_t>(so_far().dimension);
    const std::vector<py::ssize_t> shape = {static_cast<py::ssize_t>(plan_.nodes()), plan_.dynamics.size(),
                                            d};
    const bool single = plan_.single_precision();
    py::array states(single ? py::dtype::of<float>() : py::dtype::of<double>(), shape);
    char* out = static_cast<char*>(states.mutable_data());
    for (Worker worker = 0; worker < plan_.nodes(); ++worker)
      for (int a = 0; a < plan_.dynamics.size(); ++a, out += d * states.itemsize())
        steps_->read(worker, a, out);
    return states;
  }

  // What the last step ended with: columns of metrics.csv and their rows.
  py::tuple records() const {
    py::list rows;
    for (const RecordRow& record : so_far().records) {
      py::list row;
      row.append(record.time);
      row.append(record.gradients);
      row.append(record.communications);
      for (const double value : record.metrics) row.append(value);
      rows.append(row);
    }
    return py::make_tuple(plan_.experiment.record.metrics, rows);
  }

  // What `acidsim run FILE --out FOLDER --resume` goes on from.
  void checkpoint(const std::filesystem::path& folder) {
    const py::gil_scoped_release release;
    if (holds_something(folder) && !std::filesystem::exists(checkpoint_folder(folder)))
      throw InputError(folder.string(), "holds something else", "",
                       "choose another folder; nothing was written");
    InputFiles inputs(configuration_.directory);
    Json description = cell().config, resolved_description = resolved(cell(), plan_);
    description["inputs"] = inputs.digests(cell().config);
    resolved_description["address"] = cell_address(description, false);
    resolved_description["inputs"] = description["inputs"];
    const CheckpointLock lock(folder);
    CheckpointPlace place;
    place.folder = checkpoint_folder(folder, repeat_);
    place.description = resolved_description.dump();
    steps_->save(place);
  }

  std::string digest() const { return steps_->digest(); }
  std::string reason() const { return name_of(so_far().outcome.reason); }
  const Plan& plan() const { return plan_; }
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  const Cell& cell() const { return configuration_.cells.at(0); }

  template <class Work>
  void carefully(const Work& work) {
    stop_ = false;
    forget_callback_error();
    try {
      with_signals(work, [this] { stop_ = true; });
    } catch (const std::runtime_error&) {
      throw_callback_error();
      throw;
    }
    throw_callback_error();
  }

  Configuration configuration_;
  int repeat_;
  std::atomic<bool> stop_ = false;
  std::vector<std::string> notices_;
  Resources resources_;
  Plan plan_;
  RunControl control_;
  std::unique_ptr<RepeatSteps> steps_;
  bool more_ = true;
};

}  // namespace

void bind_simulations(py::module_& module) {
  py::class_<Simulation>(module, "Simulation")
      .def(py::init<const Configuration&, int>(), py::arg("configuration"), py::arg("repeat"))
      .def("advance", &Simulation::advance, py::arg("until"))
      .def(
          "checkpoint", [](Simulation& self, const std::string& folder) { self.checkpoint(folder); },
          py::arg("folder"))
      .def("states", &Simulation::states)
      .def("records", &Simulation::records)
      .def_property_readonly("time", &Simulation::time)
      .def_property_readonly("finished", &Simulation::finished)
      .def_property_readonly("digest", &Simulation::digest)
      .def_property_readonly("reason", &Simulation::reason)
      .def_property_readonly("notices", &Simulation::notices)
      .def_property_readonly("gradients",
                             [](const Simulation& self) { return self.so_far().outcome.counts.gradients; })
      .def_property_readonly(
          "communications",
          [](const Simulation& self) { return self.so_far().outcome.counts.communications; })
      .def_property_readonly("vectors", [](const Simulation& self) { return self.plan().dynamics.vectors; })
      .def_property_readonly("stop_time",
                             [](const Simulation& self) { return self.plan().experiment.stop.rules.time; });
}

}  // namespace acidsim::python
