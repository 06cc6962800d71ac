// Learning-rate schedules.
#pragma once

#include <string>
#include <vector>

namespace acidsim {

// What the progress of a run is counted in: fractions of the whole run; epochs or gradients, of all workers together;
// or time.
enum class ProgressUnit { fraction, epochs, gradients, time };
std::string name_of(ProgressUnit unit);

// γ as a function of time and progress. `constant`: γ0. `inverse_time`: γ0/(1 + decay·t). `step`:
// γ0·factor^(milestones passed). `cosine`: from γ0 to γ0·final_fraction along half a cosine of this length. `goyal`
// [Goyal et al. 2017]: linear from γ0 to γ0·scale over `warmup`, then × factor at each milestone. The others are
// multiplied by what rises linearly from warmup_start to 1 over their `warmup`; goyal has its own start, γ0.
struct LearningRate {
  enum class Kind { constant, inverse_time, step, cosine, goyal };
  Kind kind = Kind::constant;
  double base = 0.05;                   // γ0
  double decay = 0.01;                  // inverse_time, per unit time
  std::vector<double> milestones = {};  // step, goyal: increasing
  double factor = 0.1;                  // step, goyal
  double final_fraction = 0.0;          // cosine
  double length = 1.0;                  // cosine
  double scale = 1.0;                   // goyal: batch size × workers / 256
  double warmup = 0.0;
  double warmup_start = 0.0;                   // all but goyal
  ProgressUnit unit = ProgressUnit::fraction;  // of milestones, warmup, length, and of progress

  // time: simulated; progress: ≥ 0, in `unit`.
  double at(double time, double progress) const;
  bool is_constant() const { return kind == Kind::constant && warmup == 0.0; }
  // It cannot be told without the end of the run.
  bool needs_end() const {
    const bool counts = warmup > 0.0 || (kind != Kind::constant && kind != Kind::inverse_time);
    return counts && unit == ProgressUnit::fraction;
  }
};

// "constant", "inverse_time", …
std::string name_of(LearningRate::Kind kind);

}  // namespace acidsim
