// What the workers minimise: f = (1/n) Σ_i f_i, each f_i seen through stochastic gradients.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/core/parameter_block.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Scratch memory of one thread: each objective derives what its gradients need, sized on first use and never
// allocated again after that.
struct GradientScratch {
  virtual ~GradientScratch() = default;
  bool wants_loss = false;              // set by whoever asks for gradients, where reports_minibatch_loss()
  double loss = 0;                      // then: F_i(x, ξ) of the last gradient()
  std::vector<double> statistics = {};  // of the last gradient(), where there are running_statistics()
};

// Numbers that gradients report and that do not influence training: each worker keeps an exponential mean of its own,
// which begins at 0, for evaluations of models. (The mean and the variance that batch normalisation evaluates with.)
struct RunningStatistics {
  Index size = 0;  // 0: there are none
  bool averaged =
      false;  // every model is evaluated with the mean over all workers; else x_i with those of worker i, and x̄
              // with those of worker 0
};

// The exact minimiser of f, where it exists and is unique.
struct Minimiser {
  Vector<double> point;
  double value;          // f* = f(point)
  double gradient_norm;  // ‖∇f(point)‖: 0 for closed forms, else what the solver reached
};

// f_i(x) = ½ xᵀ H x − pullᵀ x + constant.
struct QuadraticForm {
  Matrix<double> hessian;  // H, d × d; or d × 1, the diagonal of a diagonal one
  Vector<double> pull;     // d
};

// Immutable and shared between threads, each of which passes scratch of its own. Vectors x, g have
// dimension() entries and must be aligned as Eigen aligns its own (pass Vector<Scalar>, not a piece of a
// state), so that sums never depend on where a state lies in memory.
template <class Scalar>
class Objective {
 public:
  virtual ~Objective() = default;
  virtual Index dimension() const = 0;
  virtual Worker workers() const = 0;
  // The pieces of x, in order and without gaps; empty where nothing tells its coordinates apart.
  virtual std::vector<ParameterBlock> blocks() const { return {}; }

  // Whether the model has random starting points of its own, and where it does: x ← one of them, drawn by (seed, number).
  virtual bool has_start() const { return false; }
  virtual void start(std::uint64_t /*seed*/, std::uint32_t /*number*/, Vector<Scalar>& /*x*/) const {
    throw std::logic_error("objective: it has no starting points of its own");
  }

  // Scratch for one thread, for gradient() and announce() of this objective alone.
  virtual std::unique_ptr<GradientScratch> scratch() const { return std::make_unique<GradientScratch>(); }

  // g ← ∇F_i(x, ξ), ξ addressed by (seed of the objective, worker, index); index = 0, 1, … counts the
  // worker's gradients.
  virtual void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                        GradientScratch& scratch) const = 0;

  // Whether gradient() can tell F_i(x, ξ), the mean loss of its samples, in scratch.loss.
  virtual bool reports_minibatch_loss() const { return false; }

  virtual RunningStatistics running_statistics() const { return {}; }
  // loss(), test_loss() and test_accuracy() of x with such statistics; for objectives that have them.
  virtual double loss_with(std::span<const double> /*statistics*/, const Vector<Scalar>& x) const {
    return loss(x);
  }
  virtual double test_loss_with(std::span<const double> /*statistics*/, const Vector<Scalar>& x) const {
    return test_loss(x);
  }
  virtual double test_accuracy_with(std::span<const double> /*statistics*/, const Vector<Scalar>& x) const {
    return test_accuracy(x);
  }

  // Products and sums that the loss of one sample takes, for estimates of what a run costs.
  virtual double products_per_sample() const { return static_cast<double>(dimension()); }
  // Rows that the evaluation of a model passes through beside those of its loss, once for each model.
  virtual double rows_per_evaluation() const { return 0; }
  // Bytes of the scratch() of a thread, about.
  virtual double scratch_bytes() const { return 0; }

  // Tells which gradients will be asked for next with this scratch, in this order, so that what does not
  // depend on x can be drawn for many of them at once. No value depends on it: a gradient that was not
  // announced, or is asked for out of order, is the same.
  virtual void announce(std::span<const GradientAddress>, GradientScratch&) const {}

  // Whether gradients are exact and each coordinate depends on that coordinate of x alone. Then gradient_part() gives
  // some coordinates of gradient(), bit for bit, from those of x: count numbers each, aligned anyhow.
  virtual bool is_separable() const { return false; }
  virtual void gradient_part(Worker, Range, const Scalar* /*x*/, Scalar* /*g*/) const {
    throw std::logic_error("objective: gradients are not computed in parts");
  }

  virtual double loss(const Vector<Scalar>& x) const = 0;                            // f(x)
  virtual double worker_loss(Worker worker, const Vector<Scalar>& x) const = 0;      // f_i(x)
  virtual void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const = 0;  // ∇f(x)

  virtual ObjectiveConstants constants() const { return {}; }
  // Computed on first call, then kept (thread-safe). Throws InputError where no unique minimiser exists.
  virtual const Minimiser& minimiser() const = 0;
  // Why there is no minimiser(), or empty. Cheap: asked before a run starts.
  virtual std::string no_minimiser_reason() const { return {}; }

  // f_i without the noise of its gradients, where it is a quadratic.
  virtual std::optional<QuadraticForm> quadratic_form(Worker) const { return std::nullopt; }

  // x ← ∇f_i*(z), where ∇f_i(x) = z; thread-safe. Throws InputError where no_conjugate_reason() says why.
  virtual void conjugate_gradient(Worker, const Vector<Scalar>&, Vector<Scalar>&) const {
    throw InputError("objective", no_conjugate_reason());
  }
  // Why there is no closed form of ∇f_i*, or empty. Cheap: asked before a run starts.
  virtual std::string no_conjugate_reason() const { return "has no closed form of it"; }

  virtual bool has_test_set() const { return false; }
  virtual bool is_classifier() const { return false; }
  virtual double test_loss(const Vector<Scalar>&) const { return 0; }
  virtual double test_accuracy(const Vector<Scalar>&) const { return 0; }  // in [0, 1]
};

}  // namespace acidsim
