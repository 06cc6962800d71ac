// Whole runs, by the program's own runner.
#include <pybind11/stl.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "sim/app/runner/runner.hpp"
#include "sim/core/error.hpp"
#include "sim/python/bindings.hpp"
#include "sim/system/interrupt.hpp"

namespace py = pybind11;

namespace acidsim::python {
namespace {

// What a run says, kept until the thread that waits for it looks: (level, text).
class Messages final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  std::deque<std::pair<std::string, std::string>> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(said_, {});
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto level = spdlog::level::to_string_view(message.level);
    said_.emplace_back(std::string(level.begin(), level.end()),
                       std::string(message.payload.begin(), message.payload.end()));
  }
  void flush_() override {}

 private:
  std::deque<std::pair<std::string, std::string>> said_;
};

const std::shared_ptr<Messages>& messages() {
  static const auto sink = std::make_shared<Messages>();
  return sink;
}

std::optional<py::error_already_set>& callback_error() {
  static std::optional<py::error_already_set> kept;
  return kept;
}

// The newest line of progress.
struct Line {
  std::mutex mutex;
  std::optional<std::string> text;

  void set(const std::string& line) {
    const std::scoped_lock lock(mutex);
    text = line;
  }
  std::optional<std::string> take() {
    const std::scoped_lock lock(mutex);
    return std::exchange(text, std::nullopt);
  }
};

struct Options {
  std::string out;
  int threads, jobs;
  std::string backend;
  bool resume;
  std::optional<double> extend;
  bool fail_fast, progress;
};

RunOptions run_options(const Options& options, Line& line) {
  RunOptions run;
  run.out = options.out;
  run.threads = options.threads;
  run.jobs = options.jobs;
  if (find_row(Kind::backend, options.backend) == nullptr)
    throw InputError("backend", "unknown backend", options.backend,
                     unknown_name_hint(options.backend, names_of(Kind::backend)));
  run.backend = row_named(backends(), options.backend).value;
  if (run.backend == Backend::mpi)
    throw InputError("backend", "is of several processes, which mpirun starts", "mpi",
                     "mpirun -np P acidsim run FILE --backend mpi; the digests are equal");
  run.resume = options.resume;
  run.extend = options.extend;
  run.fail_fast = options.fail_fast;
  run.summary = false;
  run.on_progress = [&line, wanted = options.progress](const std::string& text) {
    if (wanted) line.set(text);
  };
  return run;
}

// The exit code that the program would have. `tell(level, text)` gets what is said, with level "progress" what is shown.
int run_here(const Configuration& configuration, const Options& options, const py::function& tell) {
  static std::atomic<bool> busy = false;
  if (busy.exchange(true))
    throw std::runtime_error("another run is under way in this process; a sweep runs side by side");
  struct Done {
    ~Done() { busy = false; }
  } done;
  Line line;
  const RunOptions run = run_options(options, line);
  forget_callback_error();
  InterruptGuard::set(false);
  int code = 1;
  const auto tick = [&] {
    for (const auto& [level, text] : messages()->take()) tell(level, text);
    if (const auto text = line.take()) tell("progress", *text);
  };
  try {
    with_signals([&] { code = run_experiment(configuration, run); }, [] { InterruptGuard::set(true); }, tick);
  } catch (const std::runtime_error&) {  // perhaps in the place of what a callback threw
    throw_callback_error();
    throw;
  }
  throw_callback_error();
  return code;
}

}  // namespace

void keep_callback_error(py::error_already_set&& error) {
  if (!callback_error()) callback_error().emplace(std::move(error));
  InterruptGuard::set(true);
}

void forget_callback_error() { callback_error().reset(); }

void throw_callback_error() {
  if (!callback_error()) return;
  py::error_already_set error = std::move(*callback_error());
  callback_error().reset();
  throw error;
}

void with_signals(const std::function<void()>& work, const std::function<void()>& stop,
                  const std::function<void()>& tick) {
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::exception_ptr failure;
  std::optional<py::error_already_set> raised;
  std::thread thread([&] {
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    const std::scoped_lock lock(mutex);
    done = true;
    ended.notify_all();
  });
  const auto look = [&] {
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (tick) tick();
    } catch (py::error_already_set& error) {
      stop();
      if (!raised) raised.emplace(std::move(error));
    }
  };
  {
    const py::gil_scoped_release release;
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; })) {
      lock.unlock();
      {
        const py::gil_scoped_acquire acquire;
        look();
      }
      lock.lock();
    }
    lock.unlock();
    thread.join();  // which may need the GIL to end
    wait_for_threads();
  }
  look();
  if (raised) throw py::error_already_set(std::move(*raised));
  if (failure) std::rethrow_exception(failure);
}

void bind_runs(py::module_& module) {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("acidsim", messages()));
  module.def(
      "run",
      [](const Configuration& configuration, const std::string& out, int threads, int jobs,
         const std::string& backend, bool resume, std::optional<double> extend, bool fail_fast, bool progress,
         const py::function& tell) {
        return run_here(configuration, {out, threads, jobs, backend, resume, extend, fail_fast, progress},
                        tell);
      },
      py::arg("configuration"), py::arg("out"), py::arg("threads"), py::arg("jobs"), py::arg("backend"),
      py::arg("resume"), py::arg("extend"), py::arg("fail_fast"), py::arg("progress"), py::arg("tell"));
}

}  // namespace acidsim::python
