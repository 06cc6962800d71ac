#include "sim/objectives/logistic_regression.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/objectives/linear_model_conjugate.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_logistic_regression(RegressionParameters<Scalar> parameters) {
  if (parameters.data.train && parameters.data.train->classes != 2) {
    throw InputError("data", "does not have exactly two classes",
                     fmt::format("{}", parameters.data.train->classes),
                     "softmax_regression takes any number of classes");
  }
  return std::make_unique<LinearModel<Scalar, LogisticLoss>>(std::move(parameters));
}

template std::unique_ptr<Objective<float>> make_logistic_regression(RegressionParameters<float>);
template std::unique_ptr<Objective<double>> make_logistic_regression(RegressionParameters<double>);

}  // namespace acidsim
