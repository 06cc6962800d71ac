// What happens in a run, counted: gradients, communications, rounds, and what the method's messages hold.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/algorithms/dynamics.hpp"
#include "sim/core/event.hpp"
#include "sim/core/server.hpp"

namespace acidsim {

struct Tally {
  std::uint64_t gradients = 0;       // landed, over all workers
  std::uint64_t communications = 0;  // over all edges
  std::uint64_t rounds = 0;          // that are over for all workers
  std::uint64_t round_ends = 0;      // verbs at the end of the round under way, see Meter
  std::uint64_t vectors_sent = 0;    // by the method's messages
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_lost = 0, messages_repeated = 0;  // of methods that send one way

  friend bool operator==(const Tally&, const Tally&) = default;
};

// What each event adds to a tally.
//
// An exchange is two messages, a send one, whether it arrives or not; one with a server is those that its meeting says. In
// a round with neighbours, or with a partner, every member gets a message of each neighbour: two on each edge. The mean
// over all n workers is counted as the ring all-reduce makes it: every worker sends 2(n − 1) pieces of 1/n of a message,
// 2(n − 1) messages in all. Compressed messages have no sum that is compressed, so each goes whole to who takes the
// mean: n messages in all, those that are sent uncompressed too; what comes back is not counted, as the literature does.
//
// A round is one pass of all workers through the method's program. It is over with the program's last verb: the
// last mixing of every worker, and the steps or gradients of all workers that follow it in the program. With local
// barriers workers are in different rounds: `rounds` is then the mean over them, rounded down.
class Meter {
 public:
  struct Message {
    std::uint64_t vectors = 0, bytes = 0;
  };

  Meter() = default;  // of a method that sends nothing
  // trains: there is an objective; else the program is made of its mixings alone. codec: what compresses the
  // messages; null: nothing does, and every number takes bytes_per_number. buffers: further vectors, and further numbers,
  // of every message.
  struct Buffers {
    std::uint64_t vectors = 0, numbers = 0;
  };
  Meter(const Dynamics& dynamics, Index dimension, int bytes_per_number, Worker workers, bool trains,
        const Codec* codec = nullptr, const Buffers& buffers = {0, 0});

  // Of an exchange or a send; in rounds, of the mixing with this number.
  Message message(int number = 0) const {
    return messages_.empty() ? Message{} : messages_[static_cast<std::size_t>(number)];
  }
  // What a worker and the server tell each other in a meeting.
  struct Encounter {
    Message there = {}, back = {};
  };
  const Encounter& encounter(Meeting meeting) const { return meetings_[static_cast<std::size_t>(meeting)]; }
  // There is a server, and what an exchange sends depends on the event.
  bool has_server() const { return !meetings_.empty(); }
  // The gradient of an event is done with it; one that goes to a server is when it has come there.
  bool lands(const Event& event) const {
    if (!has_server()) return lands_gradient(event.verb);
    return event.verb == Verb::exchange && static_cast<Meeting>(event.number) != Meeting::restarted;
  }
  // Gradients are computed where the worker's model stood at its previous gradient.
  bool reads_early() const { return reads_early_; }

  // All but the gradients.
  void add(const Event& event, std::span<const Group> groups, Tally& tally) const {
    if (event.verb == Verb::round || event.verb == Verb::mix) {
      const Group& group = groups[event.clock];
      const bool whole = event.verb == Verb::round;
      tally.communications += completed_edges(event, groups).size();
      add_messages(whole ? messages_in(group) : group.heard_by(event.i), message(event.number), tally);
      if ((event.number + std::size_t{1}) % mixings_ == 0) end_round(whole ? group.members.size() : 1, tally);
    } else if (event.verb == Verb::exchange) {
      ++tally.communications;
      if (has_server()) {
        add_messages(1, meetings_[event.number].there, tally);
        add_messages(1, meetings_[event.number].back, tally);
      } else {
        add_messages(2, message(), tally);
      }
    } else if (event.verb == Verb::send) {
      add_messages(1, message(), tally);
      add_fate(event, tally);
    } else if (event.verb == Verb::restart) {
      if (event.j != event.i) add_messages(1, message(), tally);  // a model that is copied
    } else if (is_of_gradients(event.verb)) {
      if (tally.round_ends >= workers_ && tally.round_ends > 0) end_round(1, tally);
    } else {
      tally.communications += event.completes;
    }
  }
  static void add_messages(std::uint64_t number, Message message, Tally& tally) {
    tally.vectors_sent += number * message.vectors;
    tally.bytes_sent += number * message.bytes;
  }
  static void add_fate(const Event& event, Tally& tally) {
    tally.messages_lost += event.verb == Verb::send && event.fate() == Fate::lost;
    tally.messages_repeated += event.verb == Verb::send && event.fate() == Fate::repeated;
  }

 private:
  std::uint64_t messages_in(const Group& group) const {
    if (!group.mean_of_all) return group.neighbours.size();
    return compressed_ ? group.members.size() : 2 * (group.members.size() - 1);
  }
  void end_round(std::uint64_t verbs, Tally& tally) const {
    tally.round_ends += verbs;
    if (tally.round_ends < round_ends_) return;
    tally.round_ends = 0;
    ++tally.rounds;
  }

  std::vector<Message> messages_;    // empty: the method sends nothing
  std::vector<Encounter> meetings_;  // by kind of meeting with the server; empty where there is none
  std::size_t mixings_ = 1;          // in a round; those of an opening have messages of their own
  std::uint64_t workers_ = 0;
  std::uint64_t round_ends_ = 1;  // verbs at the end of a round: last mixings, and what follows them
  bool reads_early_ = false;
  bool compressed_ = false;
};

}  // namespace acidsim
