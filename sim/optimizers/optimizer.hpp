// The local optimizer: what a worker makes of its gradient before the step lands.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// γ as a function of progress. `constant`: γ0. `inverse_time`: γ0/(1 + decay·t). `step`:
// γ0·factor^(milestones passed). `cosine`: from γ0 to γ0·final_fraction along half a cosine. `goyal` [Goyal
// et al. 2017]: linear from γ0 to γ0·scale over the first `warmup` of the run, then × factor at each
// milestone. Milestones, warm-up and cosine count in fractions of the run.
struct LearningRate {
  enum class Kind { constant, inverse_time, step, cosine, goyal };
  Kind kind = Kind::constant;
  double base = 0.05;                   // γ0
  double decay = 0.01;                  // inverse_time, per unit time
  std::vector<double> milestones = {};  // step, goyal: fractions of the run, increasing
  double factor = 0.1;                  // step, goyal
  double final_fraction = 0.0;          // cosine
  double scale = 1.0;                   // goyal: batch size × workers / 256
  double warmup = 0.0;                  // goyal: fraction of the run

  // time: simulated; progress: fraction of the run, clamped to [0, 1].
  double at(double time, double progress) const;
};

// Order of operations, as in the reference implementation (PyTorch's SGD after clip_grad_norm_):
//   g ← g·min(1, clip/‖g‖);   g ← g + weight_decay·x;   buffer ← momentum·buffer + g;   direction = buffer.
// The buffer is state of the worker: it never travels, and it takes part in the digest.
struct OptimizerParameters {
  LearningRate learning_rate = {};
  double momentum = 0.0;
  double weight_decay = 0.0;
  std::optional<double> clip_norm = {};
};

template <class Scalar>
class Optimizer {
 public:
  Optimizer(const OptimizerParameters& parameters, Worker workers, Index dimension);

  // Turns the gradient at x into the direction, in place. Workers may be served at the same time.
  void direction(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
    const bool plain = !parameters_.clip_norm && parameters_.weight_decay == 0.0 && !has_buffers();
    if (!plain) transform(worker, x, gradient);
  }
  // γ at a time, with done/all of the run behind it.
  double learning_rate(double time, double done, double all) const {
    const LearningRate& rate = parameters_.learning_rate;
    return rate.kind == LearningRate::Kind::constant ? rate.base : rate.at(time, done / all);
  }

  bool has_buffers() const { return parameters_.momentum != 0.0; }
  std::span<const Scalar> buffer(Worker worker) const;          // momentum buffer; empty without momentum
  void restore(Worker worker, std::span<const Scalar> buffer);  // the other way round
  std::size_t bytes() const { return static_cast<std::size_t>(buffers_.size()) * sizeof(Scalar); }

 private:
  void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient);

  OptimizerParameters parameters_;
  Matrix<Scalar> buffers_;  // dimension × workers, column = worker
};

}  // namespace acidsim
