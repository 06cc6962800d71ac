// Messages under way between a send and its receive.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/core/event.hpp"

namespace acidsim {

// Who still needs a message, as bits.
inline constexpr std::uint8_t needed_as_letter = 1;  // its receiver
inline constexpr std::uint8_t needed_as_own = 2;     // its sender, whose half of the exchange lands later
inline constexpr std::uint8_t needed_again = 4;      // its receiver, a second time
inline constexpr std::uint8_t needed_by_receiver = needed_as_letter | needed_again;

// Of a message that is sent one way: how often it lands.
inline std::uint8_t needed_by_receiver_of(const Event& send) {
  if (send.fate() == Fate::lost) return 0;
  return send.fate() == Fate::repeated ? needed_by_receiver : needed_as_letter;
}

// One message of a checkpoint.
template <class Scalar>
struct Parcel {
  std::uint32_t clock = 0;
  bool upwards = false;     // from the smaller to the larger worker
  std::uint8_t needed = 0;  // as above
  std::vector<Scalar> values;
};

// Where a message waits: on the clock of an edge in one direction or, for the sender itself, on the clock of its
// gradients; and for whom, as bits.
struct MailPlace {
  std::uint32_t clock;
  bool upwards;
  std::uint8_t needed;
};

// A message is frozen when it is sent. It is named by its clock, its direction and how many later ones of
// both there are (Event::number). Whoever holds a Message keeps its memory; the memory of messages that nobody
// holds is used again. Calls are made in order of the schedule, by one thread; messages may be read, written
// and dropped by any.
template <class Scalar>
class Mail {
 public:
  using Message = std::shared_ptr<std::vector<Scalar>>;

  // size: numbers in a message.
  explicit Mail(std::size_t size) : size_(size) {}

  // Room for the message of a send, and who will ask for it here.
  Message post(const Event& send, std::uint8_t needed);
  // The message that a receive lands. Throws std::logic_error where there is none.
  Message letter(const Event& receive);
  // What the receiver itself told on this clock.
  Message own(const Event& receive);

  // Room for one message that waits in several places at once.
  Message post(std::span<const MailPlace> places);
  // The oldest message there, which its one reader takes. Throws std::logic_error where there is none.
  Message take_oldest(const MailPlace& place);

  std::vector<Parcel<Scalar>> save() const;  // in order of clock, direction and age
  void restore(const std::vector<Parcel<Scalar>>& parcels);
  void clear() { lanes_.clear(); }

 private:
  struct Waiting {
    Message message;
    std::uint8_t needed;
  };
  using Lane = std::deque<Waiting>;  // the newest last

  // Memory of messages that nobody holds any more.
  struct Pool {
    std::mutex mutex;
    std::vector<std::unique_ptr<std::vector<Scalar>>> free;
  };

  static std::uint64_t lane_of(std::uint32_t clock, bool upwards) {
    return (std::uint64_t{clock} << 1) | std::uint64_t{upwards};
  }
  Message make();
  Message take(std::uint64_t lane, std::uint16_t back, std::uint8_t need);

  std::size_t size_;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::shared_ptr<Pool> pool_ = std::make_shared<Pool>();
};

// The messages of several ranks as one memory would hold them: each rank's in the order of save().
template <class Scalar>
std::vector<Parcel<Scalar>> joined(const std::vector<std::vector<Parcel<Scalar>>>& ranks);

}  // namespace acidsim
