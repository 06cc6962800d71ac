// Rows of the registry that stand for what Python brings: the objective `python` and the method `declared`, each with the
// label under which the package has put it.
#include "sim/app/registry/own_rows.hpp"

#include <pybind11/eigen.h>
#include <pybind11/stl.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "sim/core/error.hpp"
#include "sim/python/own_objective.hpp"

namespace py = pybind11;

namespace acidsim::python {
namespace {

// Never taken down: the objects in it must not outlive Python.
template <class Thing>
class Shelf {
 public:
  void put(const std::string& label, Thing thing) {
    const std::scoped_lock lock(mutex_);
    things_.insert_or_assign(label, std::move(thing));
  }
  Thing get(const std::string& label, const char* field, const char* hint) const {
    const std::scoped_lock lock(mutex_);
    const auto found = things_.find(label);
    if (found == things_.end()) throw InputError(field, "is not there in this process", label, hint);
    return found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Thing> things_;
};

Shelf<std::shared_ptr<const Callbacks>>& objectives_here() {
  static auto* shelf = new Shelf<std::shared_ptr<const Callbacks>>;
  return *shelf;
}
Shelf<Dynamics>& dynamics_here() {
  static auto* shelf = new Shelf<Dynamics>;
  return *shelf;
}

std::atomic<int> known_threads = 0;

OwnObjective objective_row() {
  OwnObjective row;
  row.name = "python";
  row.summary = "an acidsim.Objective of the running Python program";
  row.parameters = {{.name = "object", .kind = Parameter::Kind::text, .what = "its label", .required = true}};
  row.make = [](const ObjectiveChoice& choice) {
    const auto callbacks = objectives_here().get(choice.values.text("object"), "/objective/object",
                                                 "run(…, objective=OBJECT) brings it");
    ObjectiveSource source;
    source.dimension = callbacks->dimension;
    source.make = ByPrecision<MakeObjective>([callbacks]<class Scalar>(const ObjectiveInput<Scalar>& input) {
      return std::unique_ptr<Objective<Scalar>>(
          std::make_unique<OwnObjectiveOf<Scalar>>(callbacks, input.workers, input.seed));
    });
    return source;
  };
  return row;
}

AlgorithmRow method_row() {
  AlgorithmRow row;
  row.name = "declared";
  row.summary = "an acidsim.Dynamics of the running Python program";
  row.parameters = {
      {.name = "declaration", .kind = Parameter::Kind::text, .what = "its label", .required = true}};
  row.dynamics = [](const Values& values) {
    return dynamics_here().get(values.text("declaration"), "/algorithm/declaration",
                               "run(…, algorithm=DYNAMICS) brings it");
  };
  return row;
}

Matrix<double> matrix(const py::dict& given, const char* key) {
  return given.contains(key) ? given[key].cast<Matrix<double>>() : Matrix<double>();
}
Vector<double> vector(const py::dict& given, const char* key) {
  return given.contains(key) ? given[key].cast<Vector<double>>() : Vector<double>();
}

// Keys as the fields of Dynamics, gradient_landing for gradient.landing.
Dynamics dynamics_of(const py::dict& given) {
  Dynamics dynamics;
  dynamics.vectors = given["vectors"].cast<std::vector<std::string>>();
  dynamics.initial = vector(given, "initial");
  dynamics.flow = matrix(given, "flow");
  dynamics.point = vector(given, "point");
  dynamics.gradient.before = matrix(given, "gradient_before");
  dynamics.gradient.after = matrix(given, "gradient_after");
  dynamics.gradient.landing = vector(given, "gradient_landing");
  dynamics.gradient.at_start = vector(given, "gradient_at_start");
  dynamics.gradient.point = vector(given, "gradient_point");
  dynamics.exchange.told = matrix(given, "exchange_told");
  dynamics.exchange.landing = matrix(given, "exchange_landing");
  dynamics.exchange_kept = matrix(given, "exchange_kept");
  dynamics.send.told = matrix(given, "send_told");
  dynamics.send.landing = matrix(given, "send_landing");
  dynamics.send.kept = matrix(given, "send_kept");
  try {
    check_shapes(dynamics);
  } catch (const std::logic_error& error) {
    throw py::value_error(error.what());
  }
  return dynamics;
}

}  // namespace

Callbacks::Callbacks(const std::string& label_, const py::object& object)
    : label(label_), dimension(object.attr("dimension").cast<Index>()) {
  const auto function = [&](const char* name) -> py::object { return py::getattr(object, name, py::none()); };
  gradient = function("gradient");
  loss = function("loss");
  worker_loss = function("worker_loss");
  full_gradient = function("full_gradient");
  test_loss = function("test_loss");
  test_accuracy = function("test_accuracy");
  minimiser = function("minimiser");
  start = function("start");
  takes_out = py::module_::import("acidsim.objectives").attr("takes_out")(gradient).cast<bool>();
  const auto constant = [&](const char* name) -> std::optional<double> {
    const py::object value = function(name);
    return value.is_none() ? std::nullopt : std::optional(value.cast<double>());
  };
  constants.smoothness = constant("smoothness");
  constants.strong_convexity = constant("strong_convexity");
  if (dimension < 1) throw py::value_error(label + ".dimension is not a positive number");
}

std::shared_ptr<const Callbacks> shared_callbacks(const std::string& label, const py::object& object) {
  return {new Callbacks(label, object), [](const Callbacks* callbacks) {
            const py::gil_scoped_acquire acquire;
            delete callbacks;
          }};
}

void keep_thread_known() {
  class Known {
   public:
    Known() : state_(PyGILState_Ensure()), thread_(PyEval_SaveThread()) { ++known_threads; }
    ~Known() {
      PyEval_RestoreThread(thread_);
      PyGILState_Release(state_);
      --known_threads;
    }

   private:
    PyGILState_STATE state_;
    PyThreadState* thread_;
  };
  if (PyGILState_GetThisThreadState() != nullptr) return;
  static thread_local Known known;
}

void wait_for_threads() {
  for (int tries = 0; known_threads > 0 && tries < 1000; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void bind_own_rows(py::module_& module) {
  Extension rows;
  rows.add(objective_row());
  rows.add(method_row());
  add_to_registry(std::move(rows));
  module.def(
      "put_objective",
      [](const std::string& label, const py::object& object) {
        objectives_here().put(label, shared_callbacks(label, object));
      },
      py::arg("label"), py::arg("object"));
  module.def(
      "put_dynamics",
      [](const std::string& label, const py::dict& given) { dynamics_here().put(label, dynamics_of(given)); },
      py::arg("label"), py::arg("dynamics"));
  module.def("replica_seed", &replica_seed, py::arg("seed"), py::arg("repeat"));
  module.def(
      "generator",
      [](std::uint64_t seed, std::uint32_t entity, std::uint64_t index) {
        AddressedBits* bits = nullptr;
        py::object made = make_generator(bits);
        bits->put(seed, entity, index);
        return made;
      },
      py::arg("seed"), py::arg("entity"), py::arg("index"));
}

}  // namespace acidsim::python
