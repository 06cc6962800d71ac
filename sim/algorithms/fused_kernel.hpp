// What the fused kernels share: everything but the arithmetic of one algorithm.
#pragma once

#include <algorithm>
#include <array>

#include "sim/algorithms/kernel.hpp"
#include "sim/algorithms/state_block.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// An algorithm whose flow is one decaying factor per worker, e^{−rate·s} after a time s. `CoordinateUpdate` is its
// arithmetic on `count` coordinates; S points at a worker's first vector there, the others follow at
// `stride`:
//     static constexpr int vectors;        m
//     static constexpr double growth;      |coordinate| ≤ growth × the largest stored number
//     double decay_rate() const;           0 where nothing flows
//     void read(int a, Scalar decay, const Scalar* S, Index stride, Index count, Scalar* out) const;
//     void step(Scalar rate, const Scalar* p, Scalar* S, Index stride, Index count) const;
//     void exchange(Scalar decay_i, Scalar* S_i, Scalar decay_j, Scalar* S_j, Index stride, Index count) const;
//     void land(Scalar decay, const Scalar* own, const Scalar* peer, Scalar* S, Index stride,
//               Index count) const;        one worker's half of an exchange: the same operations on each number
// The message of an exchange is vector 0, as read() returns it. An exchange applies the flow of both workers
// up to its time; a step does not.
//
// The schedule is known ahead, so the factors of many events are computed together in vectors, states are
// fetched before they are needed, and long stretches of communications are applied tile by tile of the
// dimension: a communication acts on each coordinate alone, so that all of them can be applied to a tile
// while it is in the cache. None of this changes a bit of the result.
template <class Scalar, class CoordinateUpdate>
class FusedKernel final : public Kernel<Scalar> {
 public:
  FusedKernel(const CoordinateUpdate& update, Worker workers, Index dimension)
      : update_(update),
        workers_(workers),
        dimension_(dimension),
        states_(workers, CoordinateUpdate::vectors, dimension),
        flowed_(update.decay_rate() == 0.0 ? 0 : workers, 0.0) {}

  Worker workers() const override { return workers_; }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return CoordinateUpdate::vectors; }
  std::size_t bytes() const override { return states_.bytes() + flowed_.size() * sizeof(double); }
  double bound() const override { return CoordinateUpdate::growth * states_.largest(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    update_.start(x.data(), states_.vector(worker, 0), states_.stride(), dimension_);
    if (flows()) flowed_[worker] = 0.0;
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    const Scalar decay = flows() ? factor(time - flowed_[worker]) : Scalar{1};
    update_.read(a, decay, states_.vector(worker, 0), states_.stride(), dimension_, out.data());
  }

  void step(Worker worker, double, double learning_rate, const Vector<Scalar>& direction) override {
    update_.step(static_cast<Scalar>(-learning_rate), direction.data(), states_.vector(worker, 0),
                 states_.stride(), dimension_);
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override { read(worker, 0, time, out); }

  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    const Scalar decay = flows() ? factor(time - flowed_[worker]) : Scalar{1};
    update_.land(decay, own.data(), peer.data(), states_.vector(worker, 0), states_.stride(), dimension_);
    if (flows()) flowed_[worker] = time;
  }

  double save(Worker worker, std::span<Scalar> out) const override {
    states_.copy_out(worker, out);
    return flows() ? flowed_[worker] : 0.0;
  }

  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    states_.copy_in(worker, stored);
    if (flows()) flowed_[worker] = time;
  }

  void apply(std::span<const Event> events, GradientSource<Scalar>* gradients) override {
    if (gradients != nullptr) {
      gradients->model.resize(dimension_);
      gradients->direction.resize(dimension_);
    }
    while (!events.empty()) {
      const auto chunk = events.first(std::min(events.size(), most_together));
      Decays decays;
      advance_flow(chunk, decays);
      if (gradients == nullptr && states_.bytes() > last_level_cache && tile(chunk.size()) < dimension_) {
        exchange_in_tiles(chunk, decays, 0, dimension_);
      } else {
        apply_in_order(chunk, decays, gradients);
      }
      events = events.subspan(chunk.size());
    }
  }

  void communicate(std::span<const Event> events, const ShareRanges& share) override {
    while (!events.empty()) {
      const auto chunk = events.first(std::min(events.size(), most_together));
      Decays decays;
      advance_flow(chunk, decays);
      share(dimension_, [&](Index first, Index last) { exchange_in_tiles(chunk, decays, first, last); });
      events = events.subspan(chunk.size());
    }
  }
  using Kernel<Scalar>::communicate;

 private:
  static constexpr std::size_t most_together = 512;                 // events
  using Decays = std::array<std::array<double, 2>, most_together>;  // of workers i and j of each event
  static constexpr std::size_t last_level_cache = 16 << 20;         // bytes: one core's share of it, or less
  static constexpr std::size_t cache_share = 256 << 10;             // bytes of a second-level cache
  static constexpr std::size_t fetched_ahead = 12;                  // events
  static constexpr std::size_t most_fetched =
      512;  // bytes of a worker; the hardware prefetches longer ones itself

  bool flows() const { return !flowed_.empty(); }
  Scalar factor(double elapsed) const {
    return static_cast<Scalar>(fast_exp(-update_.decay_rate() * elapsed));
  }

  // Computes the decay factors of both workers of every event, since the time in flowed_; an exchange then
  // sets flowed_ to its own time, a gradient event only reads the model and leaves it.
  void advance_flow(std::span<const Event> events, Decays& decays) {
    if (!flows()) {
      std::fill_n(decays.begin(), events.size(), std::array{1.0, 1.0});
      return;
    }
    const bool fetches = flowed_.size() > 4096;  // more than the first-level cache holds
    for (std::size_t k = 0; k < events.size(); ++k) {
      if (fetches && k + fetched_ahead < events.size()) {
        __builtin_prefetch(&flowed_[events[k + fetched_ahead].i], 1);
        __builtin_prefetch(&flowed_[events[k + fetched_ahead].j], 1);
      }
      const Event& event = events[k];
      const double from_i = flowed_[event.i], from_j = flowed_[event.j];
      decays[k] = {event.time - from_i, event.time - from_j};
      const bool exchanges = event.verb == Verb::exchange;
      flowed_[event.i] = exchanges ? event.time : from_i;
      flowed_[event.j] = exchanges ? event.time : from_j;
    }
    double* const values = decays[0].data();
    for (std::size_t k = 0; k < 2 * events.size(); ++k)
      values[k] = fast_exp(-update_.decay_rate() * values[k]);
  }

  void exchange(const Event& event, const std::array<double, 2>& decays, Index first, Index count) {
    update_.exchange(static_cast<Scalar>(decays[0]), states_.vector(event.i, 0) + first,
                     static_cast<Scalar>(decays[1]), states_.vector(event.j, 0) + first, states_.stride(),
                     count);
  }

  void apply_in_order(std::span<const Event> events, const Decays& decays,
                      GradientSource<Scalar>* gradients) {
    const bool fetches = states_.bytes() > cache_share && bytes_per_worker() <= most_fetched;
    for (std::size_t k = 0; k < events.size(); ++k) {
      if (fetches && k + fetched_ahead < events.size()) {
        fetch(events[k + fetched_ahead].i);
        fetch(events[k + fetched_ahead].j);
      }
      const Event& event = events[k];
      if (event.verb == Verb::exchange) {
        exchange(event, decays[k], 0, dimension_);
      } else if (gradients != nullptr) {
        Scalar* const state = states_.vector(event.i, 0);
        update_.read(0, static_cast<Scalar>(decays[k][0]), state, states_.stride(), dimension_,
                     gradients->model.data());
        const double learning_rate = gradients->evaluate(event);
        update_.step(static_cast<Scalar>(-learning_rate), gradients->direction.data(), state,
                     states_.stride(), dimension_);
      }
    }
  }

  // The length at which the tiles of all workers that the events touch fit in the cache together.
  Index tile(std::size_t events) const {
    const std::size_t touched = std::min<std::size_t>(workers_, 2 * events);
    const auto fitting =
        static_cast<Index>(cache_share / (touched * CoordinateUpdate::vectors * sizeof(Scalar)));
    return std::max<Index>(fitting / 64, 1) * 64;
  }

  void exchange_in_tiles(std::span<const Event> events, const Decays& decays, Index first, Index last) {
    const Index length = tile(events.size());
    for (Index start = first; start < last; start += length) {
      const Index count = std::min(length, last - start);
      for (std::size_t k = 0; k < events.size(); ++k) {
        if (events[k].verb == Verb::exchange) exchange(events[k], decays[k], start, count);
      }
    }
  }

  std::size_t bytes_per_worker() const {
    return static_cast<std::size_t>(states_.stride()) * CoordinateUpdate::vectors * sizeof(Scalar);
  }
  void fetch(Worker worker) const {
    const char* const begin = reinterpret_cast<const char*>(states_.vector(worker, 0));
    for (std::size_t offset = 0; offset < bytes_per_worker() + 63; offset += 64)
      __builtin_prefetch(begin + offset, 1);
  }

  CoordinateUpdate update_;
  Worker workers_;
  Index dimension_;
  StateBlock<Scalar> states_;
  LargeArray<double> flowed_;  // per worker: the time to which its flow is up to date; empty without flow
};

}  // namespace acidsim
