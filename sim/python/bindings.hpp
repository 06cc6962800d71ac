// What each source adds to the extension module _acidsim.
#pragma once

#include <pybind11/pybind11.h>

#include <functional>
#include <string>

namespace acidsim::python {

void bind_errors(pybind11::module_& module);
void bind_configurations(pybind11::module_& module);
void bind_networks(pybind11::module_& module);
void bind_own_rows(pybind11::module_& module);
void bind_runs(pybind11::module_& module);
void bind_simulations(pybind11::module_& module);

// The first exception that a callback has thrown since forget_callback_error(). Needs the GIL. Callbacks run on threads of
// C++, which see a std::runtime_error in its place; whoever started the run then throws it on.
void keep_callback_error(pybind11::error_already_set&& error);
void forget_callback_error();
void throw_callback_error();  // nothing where there is none

// Without the GIL, which they need for it: waits until the threads that have called back, and that have ended, are unknown
// to Python again. OpenMP's end a moment after those who brought them, and must not do so while Python is taken down.
void wait_for_threads();

// Does `work` on a thread of its own while this one waits without the GIL and looks for signals; where one raises, calls
// `stop`, waits, and throws what it raised. `tick` is called with the GIL, several times a second and at the end.
void with_signals(const std::function<void()>& work, const std::function<void()>& stop,
                  const std::function<void()>& tick = {});

}  // namespace acidsim::python
