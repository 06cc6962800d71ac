// What the workers minimise: f = (1/n) Σ_i f_i, each f_i seen through stochastic gradients.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Gradient number `index` of a worker, counted from 0.
struct GradientAddress {
  Worker worker;
  std::uint64_t index;

  friend bool operator==(const GradientAddress&, const GradientAddress&) = default;
};

// Scratch memory of one thread; an objective sizes it on first use and never allocates after that.
template <class Scalar>
struct Workspace {
  Matrix<Scalar> batch, scores, weights;
  std::vector<std::uint32_t> rows;
  std::vector<std::int32_t> labels;
  Vector<Scalar> vector;

  // What Objective::announce was told, which of it is asked for next, and the noise drawn so far: for the
  // gradients drawn_from … drawn_to − 1 of it.
  std::vector<GradientAddress> announced;
  std::size_t next_announced = 0, drawn_from = 0, drawn_to = 0;
  std::vector<float> announced_noise;
};

// The exact minimiser of f, where it exists and is unique.
struct Minimiser {
  Vector<double> point;
  double value;          // f* = f(point)
  double gradient_norm;  // ‖∇f(point)‖: 0 for closed forms, else what the solver reached
};

// Immutable and shared between threads; all scratch is in the Workspace. Vectors x, g have dimension()
// entries and must be aligned as Eigen aligns its own (pass Vector<Scalar>, not a piece of a state), so that
// sums never depend on where a state lies in memory.
template <class Scalar>
class Objective {
 public:
  virtual ~Objective() = default;
  virtual Index dimension() const = 0;
  virtual Worker workers() const = 0;

  // g ← ∇F_i(x, ξ), ξ addressed by (seed of the objective, worker, index); index = 0, 1, … counts the
  // worker's gradients.
  virtual void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                        Workspace<Scalar>& workspace) const = 0;

  // Tells which gradients will be asked for next with this workspace, in this order, so that what does not
  // depend on x can be drawn for many of them at once. No value depends on it, and a gradient that was not
  // announced is right too.
  virtual void announce(std::span<const GradientAddress>, Workspace<Scalar>&) const {}

  virtual double loss(const Vector<Scalar>& x) const = 0;                            // f(x)
  virtual double worker_loss(Worker worker, const Vector<Scalar>& x) const = 0;      // f_i(x)
  virtual void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const = 0;  // ∇f(x)

  virtual ObjectiveConstants constants() const { return {}; }
  // Computed on first call, then kept (thread-safe). Throws InputError where no unique minimiser exists.
  virtual const Minimiser& minimiser() const = 0;
  // Why there is no minimiser(), or empty. Cheap: asked before a run starts.
  virtual std::string no_minimiser_reason() const { return {}; }

  virtual bool has_test_set() const { return false; }
  virtual bool is_classifier() const { return false; }
  virtual double test_loss(const Vector<Scalar>&) const { return 0; }
  virtual double test_accuracy(const Vector<Scalar>&) const { return 0; }  // in [0, 1]
};

}  // namespace acidsim
