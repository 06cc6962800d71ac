// The states of a run in one memory, and what events and rounds do to them.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/engine/event_application.hpp"
#include "sim/engine/publications.hpp"
#include "sim/engine/tree_sum.hpp"

namespace acidsim {

// What a round needs beside the kernel: what every member told. Kept from round to round.
template <class Scalar>
class RoundRoom {
 public:
  // Carries the round out. share(count, work) calls work(k) for k = 0 … count − 1, one after another or at
  // the same time, and returns when all are done. Long vectors are cut: what the members told of a piece is still
  // in the cache when it is mixed, and pieces do not wait for each other.
  template <class Share>
  void mix(Kernel<Scalar>& kernel, const Group& group, const Event& round, const Share& share) {
    const Index d = kernel.dimension();
    if (d < long_vector || !kernel.mixes_by_coordinate()) return mix(kernel, group, round, {0, d}, share);
    constexpr Index several = 4;  // threads get as much
    const Index pieces = (d / piece + several - 1) / several * several;
    const Index length = (d / pieces / line + 1) * line;
    share(static_cast<std::size_t>((d + length - 1) / length), [&](std::size_t k) {
      static thread_local RoundRoom room;
      const Index first = static_cast<Index>(k) * length;
      room.mix(kernel, group, round, {first, std::min(length, d - first)}, in_turn);
    });
  }

 private:
  static constexpr Index long_vector = 1024, piece = 256, line = 8;  // coordinates

  static constexpr auto in_turn = [](std::size_t count, const auto& work) {
    for (std::size_t k = 0; k < count; ++k) work(k);
  };

  template <class Share>
  void mix(Kernel<Scalar>& kernel, const Group& group, const Event& round, Range range, const Share& share) {
    const double time = round.time;
    const int number = round.number;
    const std::size_t members = group.members.size();
    const std::size_t size = range.count == kernel.dimension()
                                 ? kernel.message_size()
                                 : kernel.message_size() / static_cast<std::size_t>(kernel.dimension()) *
                                       static_cast<std::size_t>(range.count);
    told_.resize(members * size);
    const auto message = [&](std::size_t k) { return std::span<Scalar>(told_).subspan(k * size, size); };
    share(members,
          [&](std::size_t k) { kernel.tell_in_round(group.members[k], number, time, range, message(k)); });
    if (group.mean_of_all) {
      TreeSum<Scalar> sum(size);
      for (std::size_t k = 0; k < members; ++k) sum.add(message(k));
      mean_.resize(size);
      sum.mean(mean_);
      const Letter<Scalar> letter{1.0, mean_};
      share(members, [&](std::size_t k) {
        kernel.mix(group.members[k], number, time, range, {message(k), {&letter, 1}});
      });
      return;
    }
    share(members, [&](std::size_t k) {
      static thread_local std::vector<Letter<Scalar>> letters;  // kept: rounds allocate nothing
      letters.clear();
      for (std::uint32_t at = group.first[k]; at < group.first[k + 1]; ++at)
        letters.push_back({group.weights[at], message(group.neighbours[at])});
      kernel.mix(group.members[k], number, time, range, {message(k), letters, group.own_weight(k)});
    });
  }

  std::vector<Scalar> told_, mean_;
};

// Carries out events of a kernel that holds all workers.
template <class Scalar>
class LocalRun {
 public:
  explicit LocalRun(const Simulation<Scalar>& simulation)
      : simulation_(simulation), gradients_(simulation, simulation.kernel.workers()) {
    if (simulation.in_flight == nullptr) own_.emplace(simulation.kernel);
  }

  bool start() {
    if (!simulation_.kernel.has_gradient_at_start()) return false;
    take_gradients_at_start(simulation_, gradients_, [](Worker place) { return place; });
    return true;
  }

  void checkpoint(const Position& position, const Counts& counts) {
    simulation_.checkpoints.write(position, counts, in_flight().mail.save());
  }

  // Applies `events` in order and counts gradients by worker. `share`: see RoundRoom.
  template <class Share>
  void apply(std::span<const Event> events, Counts& counts, const Share& share) {
    apply_with(events, share, [&](std::span<const Event> between) {
      if (simulation_.objective != nullptr) gradients_.announce(between, counts);
      apply_events<Scalar>(simulation_, between, routes(between), gradients_, in_flight().gradients);
    });
  }

  // The same, with `between(span)` for the events between rounds.
  template <class Share, class Between>
  void apply_with(std::span<const Event> events, const Share& share, const Between& between) {
    if (all_fused(events)) return between(events);
    while (!events.empty()) {
      const auto at = std::find_if(events.begin(), events.end(),
                                   [](const Event& event) { return event.verb == Verb::round; });
      const auto before = events.first(static_cast<std::size_t>(at - events.begin()));
      if (!before.empty()) between(before);
      if (at == events.end()) return;
      const Group& group = simulation_.schedule.groups()[at->clock];
      room_.mix(simulation_.kernel, group, *at, share);
      events = events.subspan(before.size() + 1);
    }
  }

  // Finds the messages of events that send or hear any; then threads may carry the events out. Valid until the next
  // call.
  std::span<const Route<Scalar>> routes(std::span<const Event> events) {
    if (all_fused(events)) return {};
    Mail<Scalar>& mail = in_flight().mail;
    const bool directed = simulation_.kernel.directed();
    const std::span<const Group> groups = simulation_.schedule.groups();
    routes_.assign(events.size(), {});
    for (std::size_t k = 0; k < events.size(); ++k) {
      if (events[k].verb == Verb::send) {
        routes_[k].out = mail.post(
            events[k], directed ? needed_as_letter : std::uint8_t{needed_as_letter | needed_as_own});
      } else if (events[k].verb == Verb::receive) {
        routes_[k].letter = mail.letter(events[k]);
        if (!directed) routes_[k].own = mail.own(events[k]);
      } else if (events[k].verb == Verb::publish) {
        routes_[k].out =
            mail.post(places_of(events[k], groups[events[k].clock], [](Worker) { return true; }));
      } else if (events[k].verb == Verb::mix) {
        take_letters(events[k], groups[events[k].clock], mail, routes_[k]);
      }
    }
    return routes_;
  }

  InFlight<Scalar>& in_flight() { return simulation_.in_flight != nullptr ? *simulation_.in_flight : *own_; }

 private:
  static bool all_fused(std::span<const Event> events) {
    std::uint8_t largest = 0;
    for (const Event& event : events) largest = std::max(largest, static_cast<std::uint8_t>(event.verb));
    return is_fused(static_cast<Verb>(largest));
  }

  const Simulation<Scalar>& simulation_;
  std::optional<InFlight<Scalar>> own_;
  EventGradients<Scalar> gradients_;
  std::vector<Route<Scalar>> routes_;
  RoundRoom<Scalar> room_;
};

}  // namespace acidsim
