// The constants of A²CiD², and the order within a communication. Equations and symbols: a2cid2.hpp.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

struct A2cid2Parameters {
  double eta = 0;
  double alpha = 0.5;
  double alpha_tilde = 0.5;
};

// In which order a communication mixes x with x̃ (the flow since the worker's last event) and takes the
// difference that lands. Only the first follows the differential equation:
//     sde                both mix to the time of the event, then take the difference of what they hold
//     paper_algorithm    the difference of x as it stood after each worker's last event; then both mix, and
//                        the difference lands (Algorithm 1 of the paper, read literally)
//     reference          x travels as it stood, each worker mixes its own state and takes the difference of
//                        that and what came (the paper's published implementation): the two differences are
//                        not equal, so that the mean moves
enum class ExchangeOrder { sde, paper_algorithm, reference };

// The choice of Proposition 3.6: η = 1/(2√(χ1 χ2)), α = ½, α̃ = ½√(χ1/χ2).
A2cid2Parameters a2cid2_parameters(const GraphConstants& graph);

}  // namespace acidsim
