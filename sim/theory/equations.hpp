// The stochastic equations of a linear method on quadratics, written out from its declaration.
#pragma once

#include <vector>

#include "sim/algorithms/dynamics.hpp"

namespace acidsim {

// The gradients of one worker, along D coordinates that depend on each other: g = H x − P u + noise·N(0, I), where u
// holds p numbers of the worker that never change, such as the centre of its quadratic.
struct LinearGradient {
  Matrix<double> hessian;  // H, D × D
  Matrix<double> pull;     // P, D × p
  double noise = 0;
};

// What becomes of a gradient: v ← β v + g + decay·x, and the step is γ v, or with Nesterov's momentum γ (g + decay·x + β v).
struct StepRule {
  double learning_rate = 0;  // γ
  double momentum = 0;       // β
  bool nesterov = false;
  double weight_decay = 0;
};

// The state z_i of worker i holds V numbers: the m vectors of the method, coordinate by coordinate, then the momentum
// (nothing without), then u. It flows by dz_i = flow·z_i dt, and events are linear jumps:
//     a gradient   z_i ← z_i + jump·z_i + noise, which has second moments `noise`
//     an exchange  z_i ← z_i + kept·z_i − landing·told·(z_i − z_j), and the same for j
struct MomentEquations {
  struct Gradient {
    Matrix<double> jump, noise;  // V × V
    Matrix<double> jump_at_start,
        noise_at_start;  // of the gradient before the first event; empty: there is none
    double rate = 0;
  };

  Index vectors = 0;                // V
  Matrix<double> flow;              // V × V
  Matrix<double> kept;              // V × V; no rows: 0
  Matrix<double> landing, told;     // V × r and r × V; r = 0 where nothing is exchanged
  std::vector<Gradient> gradients;  // of each worker, or one for all; none in pure gossip
  Matrix<double> model;             // D × V: model·z_i = x_i
  Matrix<double> start;             // V × (D + p): z_i at time 0 from x_0 and u
};

// `gradients`: of each worker, or one for all, or none; `rates`: of their events, one for each of `gradients`.
// `unchanging`: p, also where there are no gradients. The method has to be linear and to exchange in pairs, or not to
// communicate.
MomentEquations moment_equations(const Dynamics& dynamics, const StepRule& step,
                                 const std::vector<LinearGradient>& gradients,
                                 const std::vector<double>& rates, Index coordinates, Index unchanging);

// The equations whose operator on second moments is the transpose of these equations' operator.
MomentEquations transposed(const MomentEquations& equations);

// Whether all workers may be moved by the same vector, and the method moves with them: then quadratics may be seen from
// any point, such as their minimiser.
bool moves_with_origin(const Dynamics& dynamics);

}  // namespace acidsim
