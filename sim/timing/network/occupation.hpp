// What workers do with their time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

enum class Occupation : std::uint8_t {
  computing,
  waiting_for_partner,
  waiting_at_barrier,
  transferring,
  away
};
inline constexpr std::array<std::string_view, 5> occupation_names = {
    "computing", "waiting_for_partner", "waiting_at_barrier", "transferring", "away"};

// What a worker does from this time on.
struct OccupationChange {
  double time;
  Worker worker;
  Occupation occupation;
  friend bool operator==(const OccupationChange&, const OccupationChange&) = default;
};

// Walks the changes of all workers, in order of time.
class OccupationCursor {
 public:
  virtual ~OccupationCursor() = default;
  // The next ones, perhaps none. Valid until the next call.
  virtual std::span<const OccupationChange> next() = 0;
  // All changes before this time have been given; it grows with every call of next().
  virtual double reached() const = 0;
};

// The changes that a walk through a schedule notes: next() goes on, occupations() are those of the last step, in order,
// and reached() is the time before which no more come.
template <class Walk>
class OccupationsOf final : public OccupationCursor {
 public:
  explicit OccupationsOf(auto&&... arguments) : walk_(std::forward<decltype(arguments)>(arguments)...) {}
  std::span<const OccupationChange> next() override {
    walk_.next();
    return walk_.occupations();
  }
  double reached() const override { return walk_.reached(); }

 private:
  Walk walk_;
};

// How much of the time up to some moment workers have spent on what.
class Usage {
 public:
  Usage(std::unique_ptr<OccupationCursor> cursor, Worker workers);

  // Goes on to this time, which must not be before the last one.
  void advance(double time);

  using Times = std::array<double, occupation_names.size()>;  // by Occupation, in units of time
  // Of each worker; what it does now is counted up to now, so that times do not depend on how often anybody asks.
  std::vector<Times> workers() const;
  // Of all workers' time, by Occupation; all 0 at time 0.
  Times shares() const;

 private:
  std::unique_ptr<OccupationCursor> cursor_;
  std::span<const OccupationChange> changes_;  // that have not come yet
  double time_ = 0;
  struct Doing {
    Occupation occupation = Occupation::away;
    double since = 0;
  };
  std::vector<Doing> doing_;
  std::vector<Times> times_;
};

// The share in which no gradient is computed.
double idle_share(const Usage::Times& shares);

}  // namespace acidsim
