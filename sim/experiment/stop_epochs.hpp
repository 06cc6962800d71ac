// stop.epochs as gradients.
#pragma once

#include "sim/experiment/plan.hpp"

namespace acidsim {

// Of E epochs: n·⌊E·e/n⌋ gradients in all, e those of one epoch (epochs.hpp), as the reference implementation counts. The
// plan's network is made; where stop.gradients is given too, the smaller number counts. Throws InputError without data.
void take_epochs(Plan& plan, Resources& resources);

}  // namespace acidsim
