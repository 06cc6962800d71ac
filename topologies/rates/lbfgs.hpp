// L-BFGS as the optimisation of rates uses it.
#pragma once

#include <LBFGS.h>

#include <stdexcept>

#include "sim/core/types.hpp"

namespace acidsim {

// Descends on f(x, gradient) from x until f changes by less than `change` in `past` iterations, `iterations`
// are done, or rounding hides any descent. The last x need not be the best one: f must keep the best point
// itself.
template <class Function>
void descend(Function& f, Vector<double> x, int iterations, double change, int past) {
  LBFGSpp::LBFGSParam<double> parameters;
  parameters.m = 25;
  parameters.epsilon = parameters.epsilon_rel =
      0;  // gradients near 0 mean little where f is nearly not smooth
  parameters.past = past;
  parameters.delta = change;
  parameters.max_iterations = iterations;
  parameters.max_linesearch = 30;
  parameters.linesearch = LBFGSpp::LBFGS_LINESEARCH_BACKTRACKING_WOLFE;  // keeps the curvature pairs positive
  LBFGSpp::LBFGSSolver<double> solver(parameters);
  double value = 0;
  try {
    solver.minimize(f, x, value);
  } catch (const std::runtime_error&) {  // no step decreases f
  } catch (const std::logic_error&) {    // no direction of descent
  }
}

}  // namespace acidsim
