#include "sim/engine/tally.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace acidsim {
namespace {

// The bytes of one message of `vectors` vectors, and of the weight of a weighted method.
std::uint64_t message_bytes(std::uint64_t vectors, Index dimension, bool weighted, int bytes_per_number,
                            const Codec* codec) {
  if (codec != nullptr)
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(vectors) * codec->bits(dimension) / 8));
  const std::uint64_t numbers = vectors * static_cast<std::uint64_t>(dimension) + (weighted ? 1 : 0);
  return numbers * static_cast<std::uint64_t>(bytes_per_number);
}

}  // namespace

Meter::Meter(const Dynamics& dynamics, Index dimension, int bytes_per_number, Worker workers, bool trains,
             const Codec* codec, const Buffers& buffers)
    : workers_(workers),
      reads_early_(trains && dynamics.gradient.point.size() > 0),
      compressed_(codec != nullptr) {
  if (!dynamics.communicates()) return;
  const auto message = [&](std::uint64_t vectors, bool whole) {
    return Message{vectors, message_bytes(vectors, dimension, dynamics.weighted(), bytes_per_number,
                                          whole ? nullptr : codec)};
  };
  const std::size_t kinds = std::max<std::size_t>(dynamics.rounds.size() + dynamics.opening.size(), 1);
  for (int number = 0; number < static_cast<int>(kinds); ++number)
    messages_.push_back(message(static_cast<std::uint64_t>(dynamics.told_vectors(number)),
                                dynamics.mixes_in_rounds() && dynamics.mixing(number).whole));
  for (Message& one : messages_) {
    one.vectors += buffers.vectors;
    one.bytes += (buffers.vectors * static_cast<std::uint64_t>(dimension) + buffers.numbers) *
                 static_cast<std::uint64_t>(bytes_per_number);
  }
  for (const Dynamics::Encounter& meeting : dynamics.meetings) {
    Encounter& sent = meetings_.emplace_back();
    const auto of = [&](const Dynamics::Mixing& side) {
      return message(static_cast<std::uint64_t>(side.told.rows()), side.whole);
    };
    if (meeting.worker_tells) sent.there = of(meeting.worker);
    if (meeting.server_tells) sent.back = of(meeting.server);
  }
  mixings_ = std::max<std::size_t>(dynamics.rounds.size(), 1);
  const std::vector<Verb>& program = dynamics.program;
  const auto after_last = std::find(program.rbegin(), program.rend(), Verb::round) - program.rbegin();
  round_ends_ = workers_ * (1 + (trains ? static_cast<std::uint64_t>(after_last) : 0));
}

}  // namespace acidsim
