#include "sim/optimizers/learning_rate.hpp"

#include <algorithm>

#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// factor^(milestones passed); a product rather than a power, so that it is the same on every machine.
double decayed(const LearningRate& rate, double progress) {
  double product = 1.0;
  for (const double milestone : rate.milestones) {
    if (progress >= milestone) product *= rate.factor;
  }
  return product;
}

}  // namespace

std::string name_of(LearningRate::Kind kind) {
  switch (kind) {
    case LearningRate::Kind::constant:
      return "constant";
    case LearningRate::Kind::inverse_time:
      return "inverse_time";
    case LearningRate::Kind::step:
      return "step";
    case LearningRate::Kind::cosine:
      return "cosine";
    case LearningRate::Kind::goyal:
      break;
  }
  return "goyal";
}

std::string name_of(ProgressUnit unit) {
  switch (unit) {
    case ProgressUnit::fraction:
      return "fraction";
    case ProgressUnit::epochs:
      return "epochs";
    case ProgressUnit::gradients:
      return "gradients";
    case ProgressUnit::time:
      break;
  }
  return "time";
}

double LearningRate::at(double time, double progress) const {
  const double risen = progress < warmup ? progress / warmup : 1.0;
  const double warm = kind == Kind::goyal || risen == 1.0 ? 1.0 : warmup_start + (1.0 - warmup_start) * risen;
  switch (kind) {
    case Kind::constant:
      break;
    case Kind::inverse_time:
      return warm * (base / (1.0 + decay * time));
    case Kind::step:
      return warm * (base * decayed(*this, progress));
    case Kind::cosine: {
      double sine, cosine;
      fast_sincos_turns(std::min(progress / length, 1.0) / 2, sine, cosine);
      return warm * (base * (final_fraction + (1.0 - final_fraction) * (1.0 + cosine) / 2));
    }
    case Kind::goyal:
      return base * (1.0 + (scale - 1.0) * risen) * decayed(*this, progress);
  }
  return warm * base;
}

}  // namespace acidsim
