// Where the messages of rounds with local barriers wait: a publish leaves one for each listener and for the worker
// itself, and a mix takes the oldest of each.
#pragma once

#include <vector>

#include "sim/engine/event_application.hpp"
#include "sim/engine/mail.hpp"

namespace acidsim {

// Of a message over an edge of a run with n workers.
inline MailPlace letter_place(Worker workers, std::uint32_t edge, Worker from, Worker to) {
  return {workers + edge, from < to, needed_as_letter};
}
inline MailPlace own_place(Worker worker) { return {worker, false, needed_as_own}; }

// Calls act(listener, place) for each listener of a publish in its group, ascending.
template <class Act>
void for_each_listener(const Event& publish, const Group& group, const Act& act) {
  const auto workers = static_cast<Worker>(group.members.size());
  const Group::OneByOne& all = group.one_by_one;
  for (std::uint32_t k = all.listeners_first[publish.i]; k < all.listeners_first[publish.i + 1]; ++k)
    act(all.listeners[k], letter_place(workers, all.listener_edges[k], publish.i, all.listeners[k]));
}

// The places of a publish: of listeners for whom is_here(listener) holds, and of the worker itself if it is here.
template <class IsHere>
std::vector<MailPlace> places_of(const Event& publish, const Group& group, const IsHere& is_here) {
  std::vector<MailPlace> places;
  for_each_listener(publish, group, [&](Worker listener, const MailPlace& place) {
    if (is_here(listener)) places.push_back(place);
  });
  if (is_here(publish.i)) places.push_back(own_place(publish.i));
  return places;
}

// What a mix lands, taken from the mail.
template <class Scalar>
void take_letters(const Event& mix, const Group& group, Mail<Scalar>& mail, Route<Scalar>& route) {
  const auto workers = static_cast<Worker>(group.members.size());
  const std::uint32_t first = group.first[mix.i], end = group.first[mix.i + 1];
  route.letters.clear();
  for (std::uint32_t at = first; at < end; ++at)
    route.letters.push_back(mail.take_oldest(
        letter_place(workers, group.one_by_one.neighbour_edges[at], group.neighbours[at], mix.i)));
  route.weights = std::span(group.weights).subspan(first, end - first);
  route.own = mail.take_oldest(own_place(mix.i));
  route.own_weight = group.own_weight(mix.i);
}

}  // namespace acidsim
