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
  // Carries the round out in these coordinates; all of them where the kernel does not act by coordinate. share(count,
  // work) calls work(k) for k = 0 … count − 1, one after another or at the same time, and returns when all are done.
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

 private:
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

  // Applies `events` in order and counts gradients by worker. `share`: see RoundRoom.
  template <class Share>
  void apply(std::span<const Event> events, Counts& counts, const Share& share) {
    apply_with(events, counts, share, [&](std::span<const Event> between) {
      if (simulation_.objective != nullptr) gradients_.announce(between, counts);
      apply_events<Scalar>(simulation_, between, routes(between), gradients_, in_flight().gradients);
    });
  }

  // The same, with `between(span)` for the events that the next paragraph is not about.
  //
  // Long vectors are cut into blocks of coordinates where events act on each coordinate alone: as many events as
  // follow each other are applied to one block, while it is in the cache, and blocks do not wait for each other.
  template <class Share, class Between>
  void apply_with(std::span<const Event> events, Counts& counts, const Share& share, const Between& between) {
    const bool in_blocks =
        simulation_.kernel.dimension() >= long_vector && simulation_.kernel.acts_by_coordinate();
    const bool gradients_too = in_blocks && (simulation_.objective == nullptr || gradients_.is_separable());
    if (!gradients_too && all_fused(events)) return between(events);
    const auto is_for_blocks = [&](const Event& event) {
      return event.verb == Verb::round || (gradients_too && is_fused(event.verb));
    };
    while (!events.empty()) {
      const auto other = std::find_if_not(events.begin(), events.end(), is_for_blocks);
      const auto together = events.first(static_cast<std::size_t>(other - events.begin()));
      if (in_blocks) {
        apply_in_blocks(together, counts, share);
      } else {
        for (const Event& round : together)
          room_.mix(simulation_.kernel, group_of(round), round, {0, simulation_.kernel.dimension()}, share);
      }
      events = events.subspan(together.size());
      const auto next = std::find_if(events.begin(), events.end(), is_for_blocks);
      const auto others = events.first(static_cast<std::size_t>(next - events.begin()));
      if (!others.empty()) between(others);
      events = events.subspan(others.size());
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
        routes_[k].out = mail.post(events[k], directed ? needed_by_receiver_of(events[k])
                                                       : std::uint8_t{needed_as_letter | needed_as_own});
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
  static constexpr Index long_vector = 1024, block = 256, line = 8;  // coordinates

  const Group& group_of(const Event& round) const { return simulation_.schedule.groups()[round.clock]; }

  template <class Share>
  void apply_in_blocks(std::span<const Event> events, Counts& counts, const Share& share) {
    if (events.empty()) return;
    const bool trains = simulation_.objective != nullptr;
    begun_.clear();
    if (trains) {
      gradients_.announce(events, counts);
      for (const Event& event : events)
        if (event.verb == Verb::gradient) begun_.push_back(gradients_.begin(event));
    }
    constexpr Index several = 4;  // threads get as much
    const Index d = simulation_.kernel.dimension(), blocks = (d / block + several - 1) / several * several;
    const Index length = (d / blocks / line + 1) * line;
    share(static_cast<std::size_t>((d + length - 1) / length), [&](std::size_t k) {
      static thread_local RoundRoom<Scalar> room;
      const Index first = static_cast<Index>(k) * length;
      const Range range{first, std::min(length, d - first)};
      auto gradient = begun_.begin();
      for (const Event& event : events) {
        if (event.verb == Verb::round)
          room.mix(simulation_.kernel, group_of(event), event, range, in_turn);
        else if (event.verb == Verb::exchange)
          simulation_.kernel.apply_part(event, range, gradients_, {});
        else if (trains)
          simulation_.kernel.apply_part(event, range, gradients_, *gradient++);
      }
    });
  }

  static constexpr auto in_turn = [](std::size_t count, const auto& work) {
    for (std::size_t k = 0; k < count; ++k) work(k);
  };

  static bool all_fused(std::span<const Event> events) {
    std::uint8_t largest = 0;
    for (const Event& event : events) largest = std::max(largest, static_cast<std::uint8_t>(event.verb));
    return is_fused(static_cast<Verb>(largest));
  }

  const Simulation<Scalar>& simulation_;
  std::optional<InFlight<Scalar>> own_;
  EventGradients<Scalar> gradients_;
  std::vector<Route<Scalar>> routes_;
  std::vector<BegunGradient> begun_;  // of the events at hand, in order
  RoundRoom<Scalar> room_;
};

}  // namespace acidsim
