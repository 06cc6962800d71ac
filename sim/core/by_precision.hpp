// One callable for each precision, from one text.
#pragma once

#include <type_traits>

namespace acidsim {

// Made from one generic lambda: ByPrecision<F>([]<class Scalar>(…) { … }) calls it with Scalar = double and
// with Scalar = float.
template <template <class> class Function>
class ByPrecision {
 public:
  ByPrecision() = default;
  template <class Make>
  explicit ByPrecision(const Make& make)
      : as_double_([make](auto&&... arguments) { return make.template operator()<double>(arguments...); }),
        as_float_([make](auto&&... arguments) { return make.template operator()<float>(arguments...); }) {}

  template <class Scalar>
  const Function<Scalar>& get() const {
    if constexpr (std::is_same_v<Scalar, double>)
      return as_double_;
    else
      return as_float_;
  }
  explicit operator bool() const { return static_cast<bool>(as_double_); }

 private:
  Function<double> as_double_;
  Function<float> as_float_;
};

}  // namespace acidsim
