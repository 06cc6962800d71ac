// What linear, logistic and softmax regression take.
#pragma once

#include <memory>

#include "sim/core/dataset.hpp"
#include "sim/objectives/minibatch.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// f = (1/n) Σ_i f_i: workers weigh equally, so a sample of a worker that owns N_i of them weighs 1/(n N_i).
template <class Scalar>
struct RegressionParameters {
  DatasetPair<Scalar> data;
  Partition partition = {};
  Minibatch minibatch = {};
  double l2 = 0;  // adds (l2/2)‖x‖² to every f_i (not to the test loss)
  Worker workers = 1;
};

}  // namespace acidsim
