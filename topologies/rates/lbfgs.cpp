#include "topologies/rates/lbfgs.hpp"

#include <LBFGS.h>

#include <stdexcept>

namespace acidsim {

void descend(const RateFunction& f, Vector<double> x, int iterations, double change, int past) {
  LBFGSpp::LBFGSParam<double> parameters;
  parameters.m = 25;
  // Gradients near 0 mean little where f is nearly not smooth.
  parameters.epsilon = parameters.epsilon_rel = 0;
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
