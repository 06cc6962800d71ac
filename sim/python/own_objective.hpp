// An objective whose functions are Python's.
#pragma once

#include <pybind11/numpy.h>

#include <memory>
#include <mutex>
#include <string>

#include "sim/objectives/objective.hpp"
#include "sim/python/bindings.hpp"
#include "sim/python/random_bits.hpp"

namespace acidsim::python {

// The methods of an object of the class acidsim.Objective; those that it does not have are None.
struct Callbacks {
  std::string label;
  pybind11::object gradient, loss, worker_loss, full_gradient, test_loss, test_accuracy, minimiser, start;
  bool takes_out = false;  // gradient() writes into an array that it is given
  Index dimension = 0;
  ObjectiveConstants constants = {};

  // Needs the GIL.
  explicit Callbacks(const std::string& label, const pybind11::object& object);
};
// Callbacks that are let go of without the GIL.
std::shared_ptr<const Callbacks> shared_callbacks(const std::string& label, const pybind11::object& object);

// Keeps the thread known to Python from its first call on: without it each acquisition of the GIL makes it known anew.
void keep_thread_known();

// Calls back with the GIL. What Python throws is kept (keep_callback_error), and a std::runtime_error thrown in its place.
template <class Call>
auto call_back(const Callbacks& callbacks, const char* function, const Call& call) {
  keep_thread_known();
  const pybind11::gil_scoped_acquire acquire;
  try {
    return call();
  } catch (pybind11::error_already_set& error) {
    keep_callback_error(std::move(error));
  } catch (const pybind11::builtin_exception& error) {
    error.set_error();
    keep_callback_error(pybind11::error_already_set());
  }
  throw std::runtime_error(callbacks.label + "." + function + "() raised an exception");
}

// Numbers that Python sees where they lie, during a call.
template <class Scalar>
pybind11::array view_of(const Scalar* numbers, Index count, bool writable) {
  pybind11::array_t<Scalar> view({static_cast<pybind11::ssize_t>(count)}, numbers, pybind11::none());
  if (!writable)
    pybind11::detail::array_proxy(view.ptr())->flags &= ~pybind11::detail::npy_api::NPY_ARRAY_WRITEABLE_;
  return view;
}

template <class Scalar>
class OwnObjectiveOf final : public Objective<Scalar> {
 public:
  OwnObjectiveOf(std::shared_ptr<const Callbacks> callbacks, Worker workers, std::uint64_t seed)
      : callbacks_(std::move(callbacks)), workers_(workers), seed_(seed) {}

  Index dimension() const override { return callbacks_->dimension; }
  Worker workers() const override { return workers_; }
  ObjectiveConstants constants() const override { return callbacks_->constants; }

  std::unique_ptr<GradientScratch> scratch() const override {
    return call_back(*callbacks_, "gradient", [] { return std::make_unique<Scratch>(); });
  }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& scratch) const override {
    auto& own = static_cast<Scratch&>(scratch);
    own.bits->put(seed_, worker, index);
    g.resize(x.size());
    call_back(*callbacks_, "gradient", [&] {
      const pybind11::array at = view_of(x.data(), x.size(), false);
      if (callbacks_->takes_out) {
        callbacks_->gradient(worker, index, at, own.generator, view_of(g.data(), g.size(), true));
        return;
      }
      take(callbacks_->gradient(worker, index, at, own.generator), "gradient", g);
    });
  }

  double loss(const Vector<Scalar>& x) const override {
    if (!callbacks_->loss.is_none()) return number(callbacks_->loss, "loss", x);
    double sum = 0;
    for (Worker worker = 0; worker < workers_; ++worker) sum += worker_loss(worker, x);
    return sum / workers_;
  }
  double worker_loss(Worker worker, const Vector<Scalar>& x) const override {
    if (callbacks_->worker_loss.is_none()) refuse("loss(self, x) and worker_loss(self, worker, x)");
    return call_back(*callbacks_, "worker_loss", [&] {
      return callbacks_->worker_loss(worker, view_of(x.data(), x.size(), false)).template cast<double>();
    });
  }
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    if (callbacks_->full_gradient.is_none()) refuse("full_gradient(self, x)");
    g.resize(x.size());
    call_back(*callbacks_, "full_gradient", [&] {
      take(callbacks_->full_gradient(view_of(x.data(), x.size(), false)), "full_gradient", g);
    });
  }

  bool has_test_set() const override { return !callbacks_->test_loss.is_none() || is_classifier(); }
  bool is_classifier() const override { return !callbacks_->test_accuracy.is_none(); }
  double test_loss(const Vector<Scalar>& x) const override {
    if (callbacks_->test_loss.is_none()) refuse("test_loss(self, x)");
    return number(callbacks_->test_loss, "test_loss", x);
  }
  double test_accuracy(const Vector<Scalar>& x) const override {
    return number(callbacks_->test_accuracy, "test_accuracy", x);
  }

  bool has_start() const override { return !callbacks_->start.is_none(); }
  void start(std::uint64_t seed, std::uint32_t number_of_start, Vector<Scalar>& x) const override {
    x.resize(dimension());
    call_back(*callbacks_, "start", [&] {
      AddressedBits* bits = nullptr;
      const pybind11::object generator = make_generator(bits);
      bits->put(seed, number_of_start, std::uint64_t{1} << 31);
      take(callbacks_->start(generator), "start", x);
    });
  }

  std::string no_minimiser_reason() const override {
    return callbacks_->minimiser.is_none() ? callbacks_->label + " has no minimiser(self)" : "";
  }
  const Minimiser& minimiser() const override {
    std::call_once(found_, [&] {
      Vector<Scalar> point(dimension()), slope(dimension());
      call_back(*callbacks_, "minimiser", [&] { take(callbacks_->minimiser(), "minimiser", point); });
      minimiser_.point = point.template cast<double>();
      minimiser_.value = loss(point);
      if (!callbacks_->full_gradient.is_none()) full_gradient(point, slope);
      minimiser_.gradient_norm =
          callbacks_->full_gradient.is_none() ? 0.0 : static_cast<double>(slope.norm());
    });
    return minimiser_;
  }

 private:
  struct Scratch : GradientScratch {
    Scratch() : generator(make_generator(bits)) {}
    ~Scratch() override {
      const pybind11::gil_scoped_acquire acquire;
      generator = {};
    }
    AddressedBits* bits = nullptr;  // the generator's
    pybind11::object generator;
  };

  [[noreturn]] void refuse(const std::string& function) const {
    throw InputError("/record/metrics", "a metric needs what the objective does not have", callbacks_->label,
                     "define " + function + ", or record other metrics");
  }
  double number(const pybind11::object& function, const char* name, const Vector<Scalar>& x) const {
    return call_back(*callbacks_, name,
                     [&] { return function(view_of(x.data(), x.size(), false)).template cast<double>(); });
  }
  // What a function gave, as numbers.
  void take(const pybind11::object& given, const char* name, Vector<Scalar>& out) const {
    using Array = pybind11::array_t<Scalar, pybind11::array::c_style | pybind11::array::forcecast>;
    const Array array = Array::ensure(given);
    if (!array) throw pybind11::error_already_set();
    if (array.size() != out.size())
      throw pybind11::value_error(callbacks_->label + "." + name + "() gave " + std::to_string(array.size()) +
                                  " numbers, not " + std::to_string(out.size()));
    std::copy_n(array.data(), out.size(), out.data());
  }

  std::shared_ptr<const Callbacks> callbacks_;
  Worker workers_;
  std::uint64_t seed_;
  mutable std::once_flag found_;
  mutable Minimiser minimiser_ = {};
};

}  // namespace acidsim::python
