#include "sim/objectives/linear_regression.hpp"

#include "sim/objectives/linear_model_conjugate.hpp"

namespace acidsim {

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_linear_regression(RegressionParameters<Scalar> parameters) {
  return std::make_unique<LinearModel<Scalar, SquaredLoss>>(std::move(parameters));
}

template std::unique_ptr<Objective<float>> make_linear_regression(RegressionParameters<float>);
template std::unique_ptr<Objective<double>> make_linear_regression(RegressionParameters<double>);

}  // namespace acidsim
