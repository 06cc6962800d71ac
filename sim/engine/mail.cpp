#include "sim/engine/mail.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>

namespace acidsim {

template <class Scalar>
auto Mail<Scalar>::make() -> Message {
  std::unique_ptr<std::vector<Scalar>> values;
  {
    const std::scoped_lock lock(pool_->mutex);
    if (!pool_->free.empty()) {
      values = std::move(pool_->free.back());
      pool_->free.pop_back();
    }
  }
  if (!values) values = std::make_unique<std::vector<Scalar>>(size_);
  return Message(values.release(), [pool = pool_](std::vector<Scalar>* returned) {
    std::unique_ptr<std::vector<Scalar>> owned(returned);
    const std::scoped_lock lock(pool->mutex);
    pool->free.push_back(std::move(owned));
  });
}

template <class Scalar>
auto Mail<Scalar>::post(const Event& send, std::uint8_t needed) -> Message {
  Message message = make();
  if (needed != 0) lanes_[lane_of(send.clock, send.i < send.j)].push_back({message, needed});
  return message;
}

template <class Scalar>
auto Mail<Scalar>::letter(const Event& receive) -> Message {
  return take(lane_of(receive.clock, receive.j < receive.i), receive.number, needed_by_receiver);
}

template <class Scalar>
auto Mail<Scalar>::own(const Event& receive) -> Message {
  return take(lane_of(receive.clock, receive.i < receive.j), 0, needed_as_own);
}

template <class Scalar>
auto Mail<Scalar>::post(std::span<const MailPlace> places) -> Message {
  Message message = make();
  for (const MailPlace& place : places)
    lanes_[lane_of(place.clock, place.upwards)].push_back({message, place.needed});
  return message;
}

template <class Scalar>
auto Mail<Scalar>::take_oldest(const MailPlace& place) -> Message {
  const auto found = lanes_.find(lane_of(place.clock, place.upwards));
  const std::size_t waiting = found == lanes_.end() ? 0 : found->second.size();
  return take(lane_of(place.clock, place.upwards), static_cast<std::uint16_t>(waiting - 1), place.needed);
}

template <class Scalar>
auto Mail<Scalar>::take(std::uint64_t lane, std::uint16_t back, std::uint8_t need) -> Message {
  const auto found = lanes_.find(lane);
  const bool there = found != lanes_.end() && found->second.size() > back;
  Waiting* const waiting = there ? &found->second[found->second.size() - 1 - back] : nullptr;
  if (waiting == nullptr || (waiting->needed & need) == 0)
    throw std::logic_error("schedule: a message lands that is not under way, clock " +
                           std::to_string(lane >> 1));
  Message message = waiting->message;
  const int asked = waiting->needed & need;
  waiting->needed = static_cast<std::uint8_t>(waiting->needed & ~(asked & -asked));  // the first of them
  Lane& messages = found->second;
  while (!messages.empty() && messages.front().needed == 0) messages.pop_front();
  if (messages.empty()) lanes_.erase(found);
  return message;
}

template <class Scalar>
std::vector<Parcel<Scalar>> Mail<Scalar>::save() const {
  const std::map<std::uint64_t, Lane> ordered(lanes_.begin(), lanes_.end());
  std::vector<Parcel<Scalar>> parcels;
  for (const auto& [lane, messages] : ordered)
    for (const Waiting& waiting : messages)
      parcels.push_back(
          {static_cast<std::uint32_t>(lane >> 1), (lane & 1) != 0, waiting.needed, *waiting.message});
  return parcels;
}

template <class Scalar>
void Mail<Scalar>::restore(const std::vector<Parcel<Scalar>>& parcels) {
  lanes_.clear();
  for (const Parcel<Scalar>& parcel : parcels) {
    Lane& lane = lanes_[lane_of(parcel.clock, parcel.upwards)];
    if (lane.empty() && parcel.needed == 0) continue;  // nobody here will ask for it, or for an older one
    Message message = make();
    *message = parcel.values;
    lane.push_back({std::move(message), parcel.needed});
  }
  std::erase_if(lanes_, [](const auto& lane) { return lane.second.empty(); });
}

template <class Scalar>
std::vector<Parcel<Scalar>> joined(const std::vector<std::vector<Parcel<Scalar>>>& ranks) {
  // A lane ends with the same message on every rank that has it, so that messages are matched by their age.
  std::map<std::tuple<std::uint32_t, bool>, std::vector<Parcel<Scalar>>> lanes;  // the newest first
  for (const auto& parcels : ranks) {
    std::map<std::tuple<std::uint32_t, bool>, std::size_t> age;
    for (auto parcel = parcels.rbegin(); parcel != parcels.rend(); ++parcel) {
      const std::tuple key(parcel->clock, parcel->upwards);
      std::vector<Parcel<Scalar>>& lane = lanes[key];
      const std::size_t at = age[key]++;
      if (at == lane.size())
        lane.push_back(*parcel);
      else
        lane[at].needed = static_cast<std::uint8_t>(lane[at].needed | parcel->needed);
    }
  }
  std::vector<Parcel<Scalar>> all;
  for (auto& [key, lane] : lanes)
    for (auto parcel = lane.rbegin(); parcel != lane.rend(); ++parcel) all.push_back(std::move(*parcel));
  return all;
}

template class Mail<float>;
template class Mail<double>;
template std::vector<Parcel<float>> joined(const std::vector<std::vector<Parcel<float>>>&);
template std::vector<Parcel<double>> joined(const std::vector<std::vector<Parcel<double>>>&);

}  // namespace acidsim
