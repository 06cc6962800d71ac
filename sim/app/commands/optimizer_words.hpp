// What `acidsim explain` says of the optimizer.
#pragma once

#include <string>

#include "sim/experiment/plan.hpp"

namespace acidsim {

// "adam: β1 0.9, β2 0.999, ε 1e-08, weight decay 0.1 (not of bias); clipped at ‖g‖ = 1"
std::string optimizer_words(const OptimizerParameters& parameters);
// "step, milestones 30, 60 epochs (× 0.1), …", as far as it is not constant.
std::string schedule_words(const Plan& plan);

}  // namespace acidsim
