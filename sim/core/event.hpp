// One event of the timing plane, as the data plane sees it: a verb on one worker, or on two, or on a group.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// What a worker does. A gradient is a read and a step at one time; an exchange is a send and a receive both
// ways at one time: these two are the fast, fused forms.
//     gradient   i reads its model, computes a gradient there, and the step lands at once
//     exchange   i and j send each other a message and both land at once
//     read       i begins a gradient: the model is read now, its direction is kept until the step
//     step       the gradient that i has under way lands; at most one is under way for each worker
//     send       i sends j a message, frozen at this time
//     receive    a message from j, sent before, lands on i
//     round      all members of a group mix: each hears what its neighbours held at this time
//     publish    i freezes its message of a mixing for those who will hear it
//     mix        i mixes with the oldest messages of its neighbours that it has not heard: its part of a round
//     leave      i takes part in nothing until it joins again
//     join       i takes part again
//     offer      i says that it is ready for a communication; no state changes
//     restart    i begins anew: at its initial point (j = i), or at the model of j
enum class Verb : std::uint8_t {
  gradient,
  exchange,
  read,
  step,
  send,
  receive,
  round,
  leave,
  join,
  offer,
  publish,
  mix,
  restart
};

// As tables of events name them; an exchange is called a communication there.
inline constexpr std::array<std::string_view, 13> verb_names = {
    "gradient", "communication", "read",  "step",    "send", "receive", "round",
    "leave",    "join",          "offer", "publish", "mix",  "restart"};
constexpr std::string_view name_of(Verb verb) { return verb_names[static_cast<std::size_t>(verb)]; }

// What becomes of a message of a directed method: it lands once, never, or twice.
enum class Fate : std::uint16_t { arrives, lost, repeated };

// Gradients and exchanges, which kernels carry out in fused form.
constexpr bool is_fused(Verb verb) { return verb <= Verb::exchange; }
constexpr bool is_of_gradients(Verb verb) {
  return verb == Verb::gradient || verb == Verb::read || verb == Verb::step;
}
constexpr bool is_of_presence(Verb verb) {
  return verb == Verb::leave || verb == Verb::join || verb == Verb::restart;
}
constexpr bool begins_gradient(Verb verb) { return verb == Verb::gradient || verb == Verb::read; }
constexpr bool lands_gradient(Verb verb) { return verb == Verb::gradient || verb == Verb::step; }

// Clocks 0 … n − 1 are the gradient clocks of the workers; clock n + e belongs to edge e, in both directions.
// The schedule fixes the order of its events; independent clocks are merged in order of (time, clock). Where
// a verb has no second worker, j = i. Of a round, i is the lowest member and `clock` its group, a position in
// Schedule::groups(); of publish and mix, too, `clock` is the group.
//
// Of a method with a server, which is one more worker, the last: `clock` of a gradient is its delay, the steps of the
// server since the worker got its copy of the model. Exchanges are between a worker, i, and the server, j; `number`
// says what comes of it (sim/core/server.hpp), and the clock is `no_edge`.
struct Event {
  double time = 0;  // of the states that it touches, in mean gradient durations
  Worker i = 0;
  Worker j = 0;
  std::uint32_t clock = 0;
  Verb verb = Verb::gradient;
  std::uint8_t completes = 0;  // receive: 1 where a communication is complete with it; an exchange always is
  // receive: how many messages of this clock from j to i were sent after this one, lost ones not counted. send: its
  // Fate. round, publish, mix: which of the method's mixings.
  std::uint16_t number = 0;

  static constexpr std::uint32_t no_edge = ~std::uint32_t{0};

  Fate fate() const { return static_cast<Fate>(number); }

  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 24);

// The order in which independent clocks are merged.
inline bool before(const Event& a, const Event& b) {
  return a.time != b.time ? a.time < b.time : a.clock < b.clock;
}

// With whom the members of a round mix: with their neighbours, with all, with one neighbour that is drawn anew
// for each round, or along the directed edges: `pushed` shares out what each tells (weights that sum to 1 over
// those who hear it), `pulled` averages what each hears (weights that sum to 1 over those it hears).
enum class Company { neighbours, everyone, partner, pushed, pulled };
inline constexpr bool is_along_directions(Company company) { return company >= Company::pushed; }

// Who takes part in a round, and how much of each other's message the members take.
struct Group {
  std::vector<Worker> members = {};  // ascending
  // The neighbours that member k hears, as positions among the members, and their weights are entries first[k] …
  // first[k + 1] − 1, ascending. Empty with `mean_of_all`.
  std::vector<std::uint32_t> first = {}, neighbours = {};
  std::vector<double> weights = {};
  std::vector<double> own = {};           // members' own weights; empty: 1 minus the sum of their neighbours'
  std::vector<std::uint32_t> edges = {};  // positions of the edges that a round of this group uses, each once
  bool mean_of_all = false;               // every member hears the mean over all members
  // Where members mix one by one, at times of their own, and members are the workers 0 … n − 1; else empty.
  struct OneByOne {
    std::vector<std::uint32_t> neighbour_edges;  // the edge of each entry of `neighbours`
    std::vector<std::uint32_t>
        edges_first;  // the mixing of k completes edges[edges_first[k]] … [edges_first[k + 1] − 1]
    // Who hears member k, and over which edges: entries listeners_first[k] … listeners_first[k + 1] − 1, ascending.
    std::vector<std::uint32_t> listeners_first;
    std::vector<Worker> listeners;
    std::vector<std::uint32_t> listener_edges;
  } one_by_one = {};

  std::size_t heard_by(std::size_t k) const { return first[k + 1] - first[k]; }  // neighbours
  std::optional<double> own_weight(std::size_t k) const {
    return own.empty() ? std::nullopt : std::optional(own[k]);
  }
};

// The edges whose communications are complete with a round, or with the mixing of one worker.
inline std::span<const std::uint32_t> completed_edges(const Event& event, std::span<const Group> groups) {
  if (event.verb == Verb::round) return groups[event.clock].edges;
  if (event.verb != Verb::mix) return {};
  const Group& group = groups[event.clock];
  const std::vector<std::uint32_t>& first = group.one_by_one.edges_first;
  return std::span(group.edges).subspan(first[event.i], first[event.i + 1] - first[event.i]);
}

// Calls act(worker) for each worker whose state the event touches, in ascending order.
template <class Act>
void for_each_participant(const Event& event, std::span<const Group> groups, const Act& act) {
  if (event.verb == Verb::round) {
    for (const Worker member : groups[event.clock].members) act(member);
  } else if (event.verb == Verb::exchange) {
    act(std::min(event.i, event.j));
    act(std::max(event.i, event.j));
  } else if (event.verb != Verb::leave && event.verb != Verb::join && event.verb != Verb::offer) {
    act(event.i);
  }
}

}  // namespace acidsim
