// How much of a run its workers have waited, and its messages have been under way.
#pragma once

#include <optional>

#include "sim/experiment/plan.hpp"
#include "sim/timing/flights.hpp"

namespace acidsim {

// Walks what the workers do beside the run itself, so that every backend, and a run that was resumed, tells the same.
class RunUsage {
 public:
  // Both must outlive it.
  RunUsage(const Schedule& schedule, const Plan& plan) : schedule_(schedule), plan_(plan) {}

  // Up to this time of the run; nothing where workers never wait.
  std::optional<Usage::Times> shares(double time) {
    if (!at(time)) return std::nullopt;
    return usage_->shares();
  }
  std::vector<Usage::Times> worker_times(double time) {
    return at(time) ? usage_->workers() : std::vector<Usage::Times>{};
  }
  double share_idle(double time) { return idle_share(shares(time).value_or(Usage::Times{})); }

  // Nothing where messages take no time.
  std::optional<Flights::Means> flights(double time) {
    if (!fly_to(time)) return std::nullopt;
    return flights_->means();
  }
  double messages_in_flight(double time) {
    return fly_to(time) ? static_cast<double>(flights_->messages()) : 0.0;
  }

 private:
  bool fly_to(double time) {
    if (!schedule_.has_flights()) return false;
    if (!flights_ || time < flown_) {
      const std::size_t edges = plan_.network->edges.size();
      flights_.emplace(schedule_.from(0), plan_.workers(), edges, plan_.network->links());
    }
    flown_ = time;
    flights_->advance(time);
    return true;
  }

  bool at(double time) {
    if (!usage_ || time < time_) {
      auto occupations = schedule_.occupations();
      if (!occupations) return false;
      usage_.emplace(std::move(occupations), plan_.workers());
    }
    time_ = time;
    usage_->advance(time);
    return true;
  }

  const Schedule& schedule_;
  const Plan& plan_;
  std::optional<Usage> usage_;
  double time_ = 0;
  std::optional<Flights> flights_;
  double flown_ = 0;
};

}  // namespace acidsim
