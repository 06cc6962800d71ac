// Carries out a rank's own events. For the .cpp files of this folder.
#pragma once

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/engine/local_run.hpp"
#include "sim/mpi/communicator.hpp"
#include "sim/mpi/event_queue.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/rank_report.hpp"
#include "sim/mpi/rank_rounds.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// First in, first out, of at most `capacity` entries (a power of two).
class RingBuffer {
 public:
  explicit RingBuffer(std::size_t capacity) : places_(capacity) {}
  bool empty() const { return first_ == last_; }
  void push(std::uint32_t place) { places_[last_++ & (places_.size() - 1)] = place; }
  std::uint32_t pop() { return places_[first_++ & (places_.size() - 1)]; }

 private:
  std::vector<std::uint32_t> places_;
  std::size_t first_ = 0, last_ = 0;
};

// An exchange with another rank's worker takes a slot: room for what is told and what is heard. Slots are
// handed out in the order of the schedule, a receive is posted with each, and nothing is sent without one. So
// the earliest communication that is not done has its slot on both ranks, its workers' earlier events need
// nobody else, and it will be done: no rank waits for ever. While a worker waits for its message, whatever
// else is released goes on.
//
// A message between a send and its receive may be under way for long, so it takes memory of its own on both
// ranks: the receive is posted when the send is taken up. A published message is sent once to each rank that has a
// listener. In a round all ranks of its group meet.
template <class Scalar>
class ReplayEngine {
 public:
  ReplayEngine(const Simulation<Scalar>& simulation, const MpiWorld& world, const Ownership& ownership,
               std::size_t slots)
      : simulation_(simulation),
        world_(world),
        ownership_(ownership),
        gradients_(simulation, ownership.workers()),
        size_(simulation.kernel.message_size()),
        stride_(padded(size_)),
        numbers_(2 * slots * stride_),
        slots_(slots),
        tags_(static_cast<std::size_t>(world.size()), 0) {
    for (std::size_t s = slots; s-- > 0;) free_.push_back(static_cast<Slot>(s));
    for (Pending<Slot>* pending : {&hearing_, &sending_}) pending->reserve(slots);
    if (simulation.in_flight == nullptr) own_flight_.emplace(simulation.kernel);
    batch_.reserve(most_together);
    report_.rank = world.rank();
    report_.host = world.host();
    report_.workers = ownership.own.size();
  }

  // Enough to have messages on their way while others land, few enough to stay in a cache and to be searched
  // quickly. A worker takes part in one communication at a time, and one more may be prepared.
  static std::size_t usual_slots(std::size_t message_size, const Ownership& ownership, int ranks) {
    constexpr std::size_t memory = std::size_t{4} << 20;
    const std::size_t fitting = memory / (2 * padded(message_size) * sizeof(Scalar));
    const std::size_t useful =
        std::min(2 * ownership.own.size(), 16 * static_cast<std::size_t>(std::max(ranks - 1, 1)));
    return std::clamp<std::size_t>(std::min(fitting, useful), 2, 128);
  }

  // Before the first event: the gradients that the method takes at the start. Returns whether there were any.
  bool start() {
    if (!simulation_.kernel.has_gradient_at_start()) return false;
    take_gradients_at_start(simulation_, gradients_, [this](Worker place) { return ownership_.own[place]; });
    return true;
  }

  // Takes up the next events of the schedule and counts their gradients; carries out what it must to have
  // room for them.
  void add(std::span<const Event> events, Counts& counts) {
    for (const Event& event : events) {
      const std::uint64_t position = position_++;
      switch (event.verb) {
        case Verb::gradient:
        case Verb::read:
        case Verb::step:
          if (simulation_.objective != nullptr) add_gradient(event, position, counts);
          break;
        case Verb::exchange:
        case Verb::restart:
          add_exchange(event, position);
          break;
        case Verb::send:
          add_send(event, position);
          break;
        case Verb::receive:
          add_receive(event, position);
          break;
        case Verb::round:
          settle();
          rounds_.mix(event, [&](Worker place) { show(position, place); });
          break;
        case Verb::publish:
          add_publish(event, position);
          break;
        case Verb::mix:
          add_mix(event, position);
          break;
        case Verb::leave:
        case Verb::join:
        case Verb::offer:
          break;
      }
    }
  }

  // Own events taken up so far.
  std::uint64_t added() const { return queue_.added(); }

  // Carries out events until done() holds.
  template <class Done>
  void wait_until(const Done& done) {
    while (!done()) {
      if (progress()) continue;
      const auto since = Clock::now();
      world_.wait([&] { return land() || done(); });
      report_.waiting += std::chrono::duration<double>(Clock::now() - since).count();
    }
  }

  // Carries out the own events that were among the first `number` taken up.
  void settle(std::uint64_t number) {
    wait_until([&] { return queue_.oldest() >= number; });
  }
  // Carries out all events taken up, and waits for the messages under way to own workers.
  void settle() {
    settle(added());
    wait_until([&] { return incoming_.requests.empty(); });
  }

  InFlight<Scalar>& in_flight() {
    return simulation_.in_flight != nullptr ? *simulation_.in_flight : *own_flight_;
  }
  RankReport& report() { return report_; }

 private:
  using Clock = std::chrono::steady_clock;
  using QueueIndex = EventQueue::QueueIndex;
  using Slot = std::uint32_t;
  static constexpr Slot no_slot = ~Slot{0};
  static constexpr std::size_t capacity = 4096;        // events under way
  static constexpr std::size_t most_together = 512;    // events applied between two looks for messages
  static constexpr std::uint64_t largest_tag = 16383;  // far more than messages between two ranks under way

  using Message = typename Mail<Scalar>::Message;

  // A message that comes for an own worker, or leaves one.
  struct Transfer {
    Message message;
  };

  struct SlotState {
    MPI_Request receiving = MPI_REQUEST_NULL, sending = MPI_REQUEST_NULL;
    QueueIndex place = EventQueue::none;
  };

  // A message that leaves once its send is carried out.
  struct Leaving {
    Message message;
    int peer, tag;
  };

  // Requests under way and what each is for.
  template <class Item>
  struct Pending {
    std::vector<MPI_Request> requests;
    std::vector<Item> items;

    void reserve(std::size_t count) {
      requests.reserve(count);
      items.reserve(count);
    }
    void add(MPI_Request request, Item item) {
      requests.push_back(request);
      items.push_back(std::move(item));
    }
    void remove(std::size_t k) {
      requests[k] = requests.back();
      items[k] = std::move(items.back());
      requests.pop_back();
      items.pop_back();
    }
  };

  static std::size_t padded(std::size_t numbers) {
    constexpr std::size_t line = 64 / sizeof(Scalar);
    return (numbers + line - 1) / line * line;
  }
  std::span<Scalar> told(Slot slot) { return {numbers_.data() + 2 * slot * stride_, size_}; }
  std::span<Scalar> heard(Slot slot) { return {numbers_.data() + (2 * slot + 1) * stride_, size_}; }

  bool is_own(Worker worker) const { return ownership_.rank_of[worker] == ownership_.rank; }
  int next_tag(int peer) { return static_cast<int>(tags_[static_cast<std::size_t>(peer)]++ & largest_tag); }

  QueueIndex enqueue(const QueuedEvent& queued) {
    if (queue_.full()) wait_until([&] { return !queue_.full(); });
    const QueueIndex place = queue_.add(queued);
    routes_[place] = {};
    return place;
  }
  void push_if_released(QueueIndex place) {
    if (queue_.released(place)) ready_.push(place);
  }

  void add_gradient(const Event& event, std::uint64_t position, Counts& counts) {
    std::uint64_t& count = counts.worker_gradients[event.i];
    const std::uint64_t index = count;
    count += lands_gradient(event.verb);
    if (!is_own(event.i)) return;
    QueuedEvent queued{event, index, position};
    queued.event.i = queued.event.j = ownership_.places[event.i];
    report_.gradients += lands_gradient(event.verb);
    push_if_released(enqueue(queued));
  }

  void add_exchange(const Event& event, std::uint64_t position) {
    if (!is_own(event.i) && !is_own(event.j)) return;
    QueuedEvent queued{event, 0, position};
    queued.event.i = queued.event.j = ownership_.places[is_own(event.i) ? event.i : event.j];
    if (is_own(event.i) && is_own(event.j)) {
      queued.event.j = ownership_.places[event.j];
      report_.communications += event.verb == Verb::exchange;
      push_if_released(enqueue(queued));
      return;
    }
    queued.peer = ownership_.rank_of[is_own(event.i) ? event.j : event.i];
    queued.tag = next_tag(queued.peer);
    if (event.verb == Verb::restart) queued.event.number = is_own(event.i) ? 1 : 0;  // takes, or gives
    ++report_.messages;
    const QueueIndex place = enqueue(queued);
    without_slot_.push(place);
    slot_of_[place] = no_slot;
    hand_out_slots();
  }

  void add_send(const Event& event, std::uint64_t position) {
    const bool answered = !simulation_.kernel.directed();
    const std::uint8_t needed_there = answered ? needed_as_letter : needed_by_receiver_of(event);
    if (is_own(event.i)) {
      QueuedEvent queued{event, 0, position};
      queued.event.i = queued.event.j = ownership_.places[event.i];
      std::uint8_t needed = answered ? needed_as_own : 0;
      if (is_own(event.j)) {
        needed = static_cast<std::uint8_t>(needed | needed_there);
      } else if (needed_there != 0) {
        queued.peer = ownership_.rank_of[event.j];
        queued.tag = next_tag(queued.peer);
        ++report_.messages;
      }
      const QueueIndex place = enqueue(queued);
      routes_[place].out = in_flight().mail.post(event, needed);
      push_if_released(place);
    } else if (is_own(event.j) && needed_there != 0) {
      const int peer = ownership_.rank_of[event.i];
      Transfer transfer{in_flight().mail.post(event, needed_there)};
      MPI_Request request;
      MPI_Irecv(transfer.message->data(), static_cast<int>(size_), mpi_type(Scalar{}), peer, next_tag(peer),
                messages_.get(), &request);
      awaited_[transfer.message.get()];
      incoming_.add(request, std::move(transfer));
    }
  }

  void add_receive(const Event& event, std::uint64_t position) {
    if (!is_own(event.i)) return;
    QueuedEvent queued{event, 0, position};
    queued.event.i = queued.event.j = ownership_.places[event.i];
    // Of an own sender all earlier events come first, the send among them.
    if (is_own(event.j)) queued.event.j = ownership_.places[event.j];
    if (event.completes != 0) ++report_.communications;
    const QueueIndex place = enqueue(queued);
    Route<Scalar>& route = routes_[place];
    route.letter = in_flight().mail.letter(event);
    if (!simulation_.kernel.directed()) route.own = in_flight().mail.own(event);
    hold_for(route.letter, place);
    push_if_released(place);
  }

  // A message for listeners here, on other ranks, or both: one copy goes to each rank.
  void add_publish(const Event& event, std::uint64_t position) {
    const Group& group = simulation_.schedule.groups()[event.clock];
    const auto here = places_of(event, group, [this](Worker worker) { return is_own(worker); });
    if (!is_own(event.i)) {
      if (here.empty()) return;
      Transfer transfer{in_flight().mail.post(here)};
      const int peer = ownership_.rank_of[event.i];
      MPI_Request request;
      MPI_Irecv(transfer.message->data(), static_cast<int>(size_), mpi_type(Scalar{}), peer, next_tag(peer),
                messages_.get(), &request);
      awaited_[transfer.message.get()];
      incoming_.add(request, std::move(transfer));
      return;
    }
    std::set<int> ranks;
    for_each_listener(event, group, [&](Worker listener, const MailPlace&) {
      if (!is_own(listener)) ranks.insert(ownership_.rank_of[listener]);
    });
    QueuedEvent queued{event, 0, position};
    queued.event.i = queued.event.j = ownership_.places[event.i];
    const QueueIndex place = enqueue(queued);
    routes_[place].out = in_flight().mail.post(here);
    awaited_[routes_[place].out.get()];
    for (const int rank : ranks) {
      copies_[place].push_back({routes_[place].out, rank, next_tag(rank)});
      ++report_.messages;
    }
    push_if_released(place);
  }

  void add_mix(const Event& event, std::uint64_t position) {
    if (!is_own(event.i)) return;
    const Group& group = simulation_.schedule.groups()[event.clock];
    report_.communications += completed_edges(event, simulation_.schedule.groups()).size();
    QueuedEvent queued{event, 0, position};
    queued.event.i = queued.event.j = ownership_.places[event.i];
    const QueueIndex place = enqueue(queued);
    take_letters(event, group, in_flight().mail, routes_[place]);
    for (const Message& letter : routes_[place].letters) hold_for(letter, place);
    push_if_released(place);
  }

  // The event waits for the message if it is still to come.
  void hold_for(const Message& message, QueueIndex place) {
    const auto found = awaited_.find(message.get());
    if (found == awaited_.end()) return;
    found->second.push_back(place);
    queue_.hold(place);
  }
  // The message is there.
  void release_for(const Message& message) {
    const auto found = awaited_.find(message.get());
    if (found == awaited_.end()) return;
    const std::vector<QueueIndex> places = std::move(found->second);
    awaited_.erase(found);
    for (const QueueIndex place : places)
      if (queue_.arrive(place)) ready_.push(place);
  }

  // Does what can be done without waiting; false if there was nothing.
  bool progress() {
    const bool landed = land();
    const bool told = tell();
    const bool ran = run();
    return landed || told || ran;
  }

  void release(QueueIndex place) {
    const Verb verb = queue_.at(place).event.verb;
    if (queue_.at(place).peer < 0 || (verb != Verb::exchange && verb != Verb::restart)) {
      ready_.push(place);
    } else if (slot_of_[place] != no_slot) {
      to_tell_.push(slot_of_[place]);
    }
  }
  void finish(QueueIndex place) {
    queue_.finish(place, [this](QueueIndex next) { release(next); });
  }

  void hand_out_slots() {
    while (!free_.empty() && !without_slot_.empty()) {
      const Slot slot = free_.back();
      free_.pop_back();
      const QueueIndex place = without_slot_.pop();
      slot_of_[place] = slot;
      slots_[slot].place = place;
      const QueuedEvent& queued = queue_.at(place);
      MPI_Irecv(heard(slot).data(), static_cast<int>(size_), mpi_type(Scalar{}), queued.peer, queued.tag,
                communicator_.get(), &slots_[slot].receiving);
      if (queue_.released(place)) to_tell_.push(slot);
    }
  }

  // Sends what workers whose turn it is have to tell; lands what is there already.
  bool tell() {
    if (to_tell_.empty()) return false;
    while (!to_tell_.empty()) {
      const Slot slot = to_tell_.pop();
      SlotState& state = slots_[slot];
      const QueuedEvent& queued = queue_.at(state.place);
      tell_half(queued.event, told(slot));
      MPI_Isend(told(slot).data(), static_cast<int>(size_), mpi_type(Scalar{}), queued.peer, queued.tag,
                communicator_.get(), &state.sending);
      report_.bytes += size_ * sizeof(Scalar);
      int there = 0;
      MPI_Test(&state.receiving, &there, MPI_STATUS_IGNORE);
      if (there != 0) {
        hear(slot);
      } else {
        hearing_.add(state.receiving, slot);
      }
    }
    return true;
  }

  // A restart is an exchange of which one side takes the other's model, and the other nothing.
  void tell_half(const Event& event, std::span<Scalar> out) const {
    if (event.verb == Verb::exchange) return simulation_.kernel.tell_half(event, event.i, out);
    simulation_.kernel.model(event.i, event.time,
                             out.first(static_cast<std::size_t>(simulation_.kernel.dimension())));
  }
  void hear_half(const Event& event, Slot slot) {
    if (event.verb == Verb::exchange)
      return simulation_.kernel.hear_half(event, event.i, told(slot), heard(slot));
    if (event.number == 0) return;
    const Vector<Scalar> x =
        Eigen::Map<const Vector<Scalar>>(heard(slot).data(), simulation_.kernel.dimension());
    begin_anew(simulation_, event.i, event.time, x);
  }

  void hear(Slot slot) {
    SlotState& state = slots_[slot];
    const Event& event = queue_.at(state.place).event;
    hear_half(event, slot);
    if (event.verb == Verb::exchange || event.number != 0) show(queue_.at(state.place).position, event.i);
    finish(state.place);
    int sent = 0;
    MPI_Test(&state.sending, &sent, MPI_STATUS_IGNORE);
    if (sent != 0) {
      free_.push_back(slot);
    } else {
      sending_.add(state.sending, slot);
    }
    hand_out_slots();
  }

  // Lands the messages that have come, and takes back the slots of those that were sent.
  bool land() {
    const bool landed = complete(hearing_, [this](Slot slot) {
      hear(slot);
      tell();  // at once: the peer may have nothing else to do
    });
    const bool sent = complete(sending_, [this](Slot slot) { free_.push_back(slot); });
    if (sent) hand_out_slots();
    const bool arrived = complete(incoming_, [this](Transfer& transfer) { release_for(transfer.message); });
    const bool left = complete(outgoing_, [](Transfer&) {});
    return landed || sent || arrived || left;
  }

  template <class Item, class Act>
  bool complete(Pending<Item>& under_way, const Act& act) {
    if (under_way.requests.empty()) return false;
    int count = 0;
    finished_.resize(std::max(finished_.size(), under_way.requests.size()));
    MPI_Testsome(static_cast<int>(under_way.requests.size()), under_way.requests.data(), &count,
                 finished_.data(), MPI_STATUSES_IGNORE);
    if (count <= 0) return false;
    // From the back, so that what moves into a gap is under way still.
    std::sort(finished_.begin(), finished_.begin() + count);
    std::vector<Item> arrived;
    for (int k = count; k-- > 0;) {
      const auto at = static_cast<std::size_t>(finished_[static_cast<std::size_t>(k)]);
      arrived.push_back(std::move(under_way.items[at]));
      under_way.remove(at);
    }
    for (std::size_t k = arrived.size(); k-- > 0;) act(arrived[k]);
    return true;
  }

  // Applies released events, and those that they release in turn, about as many as take 50 µs.
  bool run() {
    if (ready_.empty()) return false;
    batch_.clear();
    batch_routes_.clear();
    leaving_.clear();
    gradients_.clear();
    while (batch_.size() < together_ && !ready_.empty()) {
      const QueueIndex place = ready_.pop();
      const QueuedEvent& queued = queue_.at(place);
      batch_.push_back(queued.event);
      last_position_ = queued.position;
      if (begins_gradient(queued.event.verb)) gradients_.add({ownership_.own[queued.event.i], queued.index});
      if (queued.event.verb == Verb::send && queued.peer >= 0)
        leaving_.push_back({routes_[place].out, queued.peer, queued.tag});
      if (queued.event.verb == Verb::publish) {
        std::move(copies_[place].begin(), copies_[place].end(), std::back_inserter(leaving_));
        copies_[place].clear();
        release_for(routes_[place].out);  // who hears it comes later in the batch, or after it
      }
      batch_routes_.push_back(std::move(routes_[place]));
      finish(place);
    }
    const auto started = Clock::now();
    gradients_.announce();
    apply_events<Scalar>(simulation_, batch_, batch_routes_, gradients_, in_flight().gradients);
    for (Leaving& leaving : leaving_) {
      MPI_Request request;
      MPI_Isend(leaving.message->data(), static_cast<int>(size_), mpi_type(Scalar{}), leaving.peer,
                leaving.tag, messages_.get(), &request);
      report_.bytes += size_ * sizeof(Scalar);
      outgoing_.add(request, {std::move(leaving.message)});
    }
    if (simulation_.observe.on_state) {
      const Event& event = batch_.front();
      show(last_position_, event.i);
      if (event.verb == Verb::exchange && event.j != event.i) show(last_position_, event.j);
      return true;
    }
    const auto spent = Clock::now() - started;
    if (spent > std::chrono::microseconds(100)) together_ = std::max<std::size_t>(together_ / 2, 1);
    if (spent < std::chrono::microseconds(25) && batch_.size() == together_)
      together_ = std::min(2 * together_, most_together);
    return true;
  }

  void show(std::uint64_t position, Worker place) {
    if (simulation_.observe.on_state)
      simulation_.observe.on_state(
          {position, ownership_.own[place], hasher_(simulation_.kernel, simulation_.optimizer, place)});
  }

  const Simulation<Scalar>& simulation_;
  const MpiWorld& world_;
  const Ownership& ownership_;
  EventGradients<Scalar> gradients_;
  Communicator communicator_;  // of exchanges
  Communicator messages_;      // of sends and publications
  std::optional<InFlight<Scalar>> own_flight_;
  EventQueue queue_{ownership_.own.size(), capacity};
  RingBuffer ready_{capacity};         // released events of own workers alone
  RingBuffer without_slot_{capacity};  // communications with other ranks that wait for a slot
  RingBuffer to_tell_{capacity};       // slots of released ones
  std::vector<Slot> slot_of_ = std::vector<Slot>(capacity, no_slot);          // per place
  std::vector<Route<Scalar>> routes_ = std::vector<Route<Scalar>>(capacity);  // per place
  std::vector<std::vector<Leaving>> copies_ =
      std::vector<std::vector<Leaving>>(capacity);  // of a publish, per place
  // Messages that are still to come or to be published, and the events that wait for each.
  std::unordered_map<const std::vector<Scalar>*, std::vector<QueueIndex>> awaited_;
  std::size_t size_;            // numbers in a message
  std::size_t stride_;          // numbers between two buffers
  LargeArray<Scalar> numbers_;  // what is told and heard, slot by slot
  std::vector<SlotState> slots_;
  std::vector<Slot> free_;
  Pending<Slot> hearing_, sending_;
  Pending<Transfer> incoming_, outgoing_;
  std::vector<int> finished_;
  std::vector<std::uint64_t> tags_;  // per rank: communications with it so far
  std::vector<Event> batch_;
  std::vector<Route<Scalar>> batch_routes_;
  std::vector<Leaving> leaving_;
  std::size_t together_ = 1;         // events; 1 always where states are hashed
  std::uint64_t last_position_ = 0;  // of the last event of the batch
  StateHasher<Scalar> hasher_;
  std::uint64_t position_ = 0;
  RankReport report_;
  RankRounds<Scalar> rounds_{simulation_, world_, ownership_, report_};
};

}  // namespace acidsim
