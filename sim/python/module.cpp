// The extension module: names, in the order of their sources. Python's side is the package in acidsim/.
#include <exception>

#include "sim/core/error.hpp"
#include "sim/python/bindings.hpp"
#include "sim/system/interrupt.hpp"

namespace py = pybind11;

namespace acidsim::python {

// InputError is a class of the package, so that it has a docstring and can be pickled.
void bind_errors(py::module_&) {
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const InputError& error) {
      const py::object type = py::module_::import("acidsim.errors").attr("InputError");
      const py::object made = type(error.place(), error.problem(), error.value(), error.hint());
      PyErr_SetObject(type.ptr(), made.ptr());
    }
  });
}

}  // namespace acidsim::python

PYBIND11_MODULE(_acidsim, module) {
  module.doc() = "The C++ side of the package acidsim; use that one.";
  acidsim::InterruptGuard::leave_signals_to_host();
  acidsim::python::bind_errors(module);
  acidsim::python::bind_configurations(module);
  acidsim::python::bind_networks(module);
  acidsim::python::bind_own_rows(module);
  acidsim::python::bind_runs(module);
  acidsim::python::bind_simulations(module);
}
