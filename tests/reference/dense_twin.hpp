// A²CiD² as the paper writes it (arXiv 2306.08289, equation 4): at every event the x and x̃ of all workers
// flow to the time of the event, then the event lands. With η = 0 and α = ½ its x is asynchronous gossip.
#pragma once

#include <functional>
#include <vector>

#include "sim/timing/schedule.hpp"
#include "tests/reference/slow_optimizer.hpp"

namespace acidsim::reference {

class DenseTwin {
 public:
  DenseTwin(Real eta, Real alpha, Real alpha_tilde, std::vector<Reals> start)
      : eta_(eta), alpha_(alpha), alpha_tilde_(alpha_tilde), x_(start), y_(std::move(start)) {}

  // Both x and x̃ of a worker: y is x̃ here and below.
  const Reals& x(Worker worker) const { return x_[worker]; }
  const Reals& y(Worker worker) const { return y_[worker]; }

  void flow_to(Real time) {
    const Real decayed = std::exp(-2 * eta_ * (time - time_));
    const Real kept = (1 + decayed) / 2, taken = (1 - decayed) / 2;
    for (std::size_t i = 0; i < x_.size(); ++i) {
      for (std::size_t k = 0; k < x_[i].size(); ++k) {
        const Real x = x_[i][k], y = y_[i][k];
        x_[i][k] = kept * x + taken * y;
        y_[i][k] = taken * x + kept * y;
      }
    }
    time_ = time;
  }

  // `step` turns (worker, x) into γ·direction.
  void apply(const Event& event, const std::function<Reals(Worker, const Reals&)>& step) {
    flow_to(event.time);
    if (event.verb == Verb::gradient) {
      const Reals moved = step(event.i, x_[event.i]);
      for (std::size_t k = 0; k < moved.size(); ++k) {
        x_[event.i][k] -= moved[k];
        y_[event.i][k] -= moved[k];
      }
      return;
    }
    for (std::size_t k = 0; k < x_[event.i].size(); ++k) {
      const Real difference = x_[event.i][k] - x_[event.j][k];
      x_[event.i][k] -= alpha_ * difference;
      x_[event.j][k] += alpha_ * difference;
      y_[event.i][k] -= alpha_tilde_ * difference;
      y_[event.j][k] += alpha_tilde_ * difference;
    }
  }

 private:
  Real eta_, alpha_, alpha_tilde_, time_ = 0;
  std::vector<Reals> x_, y_;
};

}  // namespace acidsim::reference
