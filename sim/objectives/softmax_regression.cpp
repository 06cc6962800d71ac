#include "sim/objectives/softmax_regression.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/objectives/linear_model_conjugate.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_softmax_regression(RegressionParameters<Scalar> parameters) {
  const int classes = parameters.data.train ? parameters.data.train->classes : 0;
  if (parameters.data.train && classes < 2) {
    throw InputError("data", "has fewer than two classes", fmt::format("{}", classes),
                     "a data set for classification");
  }
  return std::make_unique<LinearModel<Scalar, SoftmaxLoss>>(std::move(parameters), classes);
}

template std::unique_ptr<Objective<float>> make_softmax_regression(RegressionParameters<float>);
template std::unique_ptr<Objective<double>> make_softmax_regression(RegressionParameters<double>);

}  // namespace acidsim
