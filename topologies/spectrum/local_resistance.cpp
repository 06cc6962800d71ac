#include "topologies/spectrum/local_resistance.hpp"

#include <algorithm>

namespace acidsim {

LocalResistance::LocalResistance(const RatedRows& rows, double chi_1, double chi_normalised)
    : rows_(rows), chi_1_(chi_1), chi_normalised_(chi_normalised), slot_(rows.workers(), 0) {}

Bounds LocalResistance::start(Worker i, Worker j, double rate) const {
  const double a = rows_.load(i), b = rows_.load(j);
  // Where i or j has no other neighbour the edge is a bridge; rounding must not make the bound exceed 1/λ.
  const double low = (a + b - 2.0 * rate) / (a * b - rate * rate);
  const double high = std::min({1.0 / rate, 2.0 * chi_1_, chi_normalised_ * (1.0 / a + 1.0 / b)});
  return {low > 0 ? std::min(low, high) : high, high};
}

// The place of a worker, which becomes a member where it was none.
std::uint32_t LocalResistance::slot(Worker i) {
  std::uint32_t& place = slot_[i];
  if (place >= worker_.size() || worker_[place] != i) {
    place = static_cast<std::uint32_t>(worker_.size());
    worker_.push_back(i);
    member_.push_back({0.0, 0.0, 0.0, rows_.load(i)});
  }
  return place;
}

// Looks up the neighbours of the first members, which become members too.
void LocalResistance::reach(std::uint32_t members) {
  for (; rows_known_ < members; ++rows_known_) {
    const Worker i = worker_[rows_known_];
    for (const Worker j : rows_.rows().neighbours(i)) neighbour_.push_back(slot(j));
  }
}

// product ← Λ direction; directionᵀ product.
double LocalResistance::multiply() {
  const auto active = static_cast<std::uint32_t>(member_.size());
  reach(active);
  for (Member& m : member_) m.product = 0.0;
  std::size_t next = 0;
  for (std::uint32_t s = 0; s < active; ++s) {
    const double direction = member_[s].direction;
    const auto& first = rows_.rows().first;
    const Worker i = worker_[s];
    for (std::uint32_t k = first[i]; k < first[i + 1]; ++k) {
      member_[neighbour_[next++]].product -= rows_.rate(k) * direction;
    }
    member_[s].product += member_[s].load * direction;
  }
  visits_ += static_cast<double>(next + member_.size());
  double sum = 0.0;
  for (std::uint32_t s = 0; s < active; ++s) sum += member_[s].direction * member_[s].product;
  return sum;
}

// From one step to the next [Meurant and Tichý, Numer. Algorithms 62, 2013, section 4]. Below `length` there is rounding
// alone, and the largest factor is right at every step.
double LocalResistance::next_factor(double factor, double length, double growth) const {
  const double excess = factor - length;
  return excess > 0 ? std::min(chi_normalised_, excess / (excess / chi_normalised_ + growth))
                    : chi_normalised_;
}

Bounds LocalResistance::bounds(Worker i, Worker j, double rate, const ResistanceGoal& goal) {
  Bounds result = start(i, j, rate);
  worker_.clear();
  member_.clear();
  neighbour_.clear();
  rows_known_ = 0;
  member_[slot(i)].residual = 1.0;
  member_[slot(j)].residual = -1.0;
  double scaled = 0.0;  // rᵀD⁻¹r
  for (Member& m : member_) {
    m.direction = m.residual / m.load;
    scaled += m.residual * m.direction;
  }
  const double visits_before = visits_;
  double value = 0.0;               // bᵀx = 2bᵀx − xᵀΛx, for these x
  double factor = chi_normalised_;  // R − value ≤ factor · rᵀD⁻¹r
  for (int step = 0; step < goal.steps; ++step) {
    if (result.high < goal.settled_below || result.high - result.low <= goal.width * result.low) break;
    if (visits_ - visits_before > goal.visits) break;
    const double curvature = multiply();
    if (!(curvature > 0)) break;
    const double length = scaled / curvature;
    value += length * scaled;
    double square = 0.0, next_scaled = 0.0;
    for (Member& m : member_) {
      m.residual -= length * m.product;
      square += m.residual * m.residual;
      next_scaled += m.residual * m.residual / m.load;
    }
    const double growth = next_scaled / scaled;
    factor = next_factor(factor, length, growth);
    result.low = std::max(result.low, value);
    result.high = std::min(result.high, value + std::min(chi_1_ * square, factor * next_scaled));
    result.low = std::min(result.low, result.high);
    scaled = next_scaled;
    for (Member& m : member_) m.direction = m.residual / m.load + growth * m.direction;
  }
  return result;
}

}  // namespace acidsim
