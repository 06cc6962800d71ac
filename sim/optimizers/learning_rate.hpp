// Learning-rate schedules.
#pragma once

#include <string>
#include <vector>

namespace acidsim {

// γ as a function of time and progress. `constant`: γ0. `inverse_time`: γ0/(1 + decay·t). `step`:
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

// "constant", "inverse_time", …
std::string name_of(LearningRate::Kind kind);

}  // namespace acidsim
