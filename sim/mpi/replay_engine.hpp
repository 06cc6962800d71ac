// Carries out a rank's own events. For the .cpp files of this folder.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/mpi/communicator.hpp"
#include "sim/mpi/event_queue.hpp"
#include "sim/mpi/replay.hpp"

namespace acidsim {

// First in, first out, of at most `capacity` entries (a power of two).
class PlaceLine {
 public:
  explicit PlaceLine(std::size_t capacity) : places_(capacity) {}
  bool empty() const { return first_ == last_; }
  void push(std::uint32_t place) { places_[last_++ & (places_.size() - 1)] = place; }
  std::uint32_t pop() { return places_[first_++ & (places_.size() - 1)]; }

 private:
  std::vector<std::uint32_t> places_;
  std::size_t first_ = 0, last_ = 0;
};

// What gradient events of own workers ask for; see EventGradients.
template <class Scalar>
class ReplayGradients final : public GradientSource<Scalar> {
 public:
  ReplayGradients(const Simulation<Scalar>& simulation, const Ownership& ownership)
      : simulation_(simulation), ownership_(ownership) {
    if (simulation.objective != nullptr) scratch_ = simulation.objective->scratch();
  }

  void forget() { coming_.clear(); }
  void add(const QueuedEvent& queued) { coming_.push_back({ownership_.own[queued.event.i], queued.index}); }
  // To be called once all that is asked for next was added.
  void announce() {
    next_ = 0;
    if (!coming_.empty()) simulation_.objective->announce(coming_, *scratch_);
  }

  double evaluate(const Event& event) override {
    const auto [worker, index] = coming_[next_++];
    simulation_.objective->gradient(worker, index, this->model, this->direction, *scratch_);
    simulation_.optimizer->direction(event.i, this->model, this->direction);
    const double done =
        simulation_.local_steps ? static_cast<double>(index) * ownership_.workers() : event.time;
    return simulation_.optimizer->learning_rate(event.time, done, simulation_.horizon);
  }

 private:
  const Simulation<Scalar>& simulation_;
  const Ownership& ownership_;
  std::unique_ptr<GradientScratch> scratch_;  // null without an objective
  std::vector<GradientAddress> coming_;
  std::size_t next_ = 0;
};

// A communication with another rank's worker takes a slot: room for what is told and what is heard. Slots are
// handed out in the order of the schedule, a receive is posted with each, and nothing is sent without one. So
// the earliest communication that is not done has its slot on both ranks, its workers' earlier events need
// nobody else, and it will be done: no rank waits for ever. While a worker waits for its message, whatever
// else is released goes on.
template <class Scalar>
class ReplayEngine {
 public:
  ReplayEngine(const Simulation<Scalar>& simulation, const MpiWorld& world, const Ownership& ownership,
               std::size_t slots)
      : simulation_(simulation),
        world_(world),
        ownership_(ownership),
        gradients_(simulation, ownership),
        dimension_(static_cast<std::size_t>(simulation.kernel.dimension())),
        stride_(padded(simulation.kernel.dimension())),
        numbers_(2 * slots * stride_),
        slots_(slots),
        tags_(static_cast<std::size_t>(world.size()), 0) {
    for (std::size_t s = slots; s-- > 0;) free_.push_back(static_cast<Slot>(s));
    for (Requests* requests : {&hearing_, &sending_}) requests->reserve(slots);
    finished_.resize(slots);
    batch_.reserve(most_together);
    report_.rank = world.rank();
    report_.host = world.host();
    report_.workers = ownership.own.size();
  }

  // Enough to have messages on their way while others land, few enough to stay in a cache and to be searched
  // quickly. A worker takes part in one communication at a time, and one more may be prepared.
  static std::size_t usual_slots(Index dimension, const Ownership& ownership, int ranks) {
    constexpr std::size_t memory = std::size_t{4} << 20;
    const std::size_t fitting = memory / (2 * padded(dimension) * sizeof(Scalar));
    const std::size_t useful =
        std::min(2 * ownership.own.size(), 16 * static_cast<std::size_t>(std::max(ranks - 1, 1)));
    return std::clamp<std::size_t>(std::min(fitting, useful), 2, 128);
  }

  // Takes up the next events of the schedule and counts their gradients; carries out what it must to have
  // room for them.
  void add(std::span<const Event> events, Counts& counts) {
    const int rank = ownership_.rank;
    for (const Event& event : events) {
      const std::uint64_t position = position_++;
      const int rank_i = ownership_.rank_of[event.i];
      QueuedEvent queued{event, 0, position};
      if (event.verb == Verb::gradient) {
        if (simulation_.objective == nullptr) continue;
        queued.index = counts.worker_gradients[event.i]++;
        if (rank_i != rank) continue;
        queued.event.i = queued.event.j = ownership_.places[event.i];
        ++report_.gradients;
      } else {
        const int rank_j = ownership_.rank_of[event.j];
        if (rank_i != rank && rank_j != rank) continue;
        const Worker own = rank_i == rank ? event.i : event.j;
        queued.event.i = queued.event.j = ownership_.places[own];
        if (rank_i == rank_j) {
          queued.event.j = ownership_.places[event.j];
          ++report_.communications;
        } else {
          queued.peer = rank_i == rank ? rank_j : rank_i;
          queued.tag = static_cast<int>(tags_[static_cast<std::size_t>(queued.peer)]++ & largest_tag);
          ++report_.messages;
        }
      }
      if (queue_.full()) wait_until([&] { return !queue_.full(); });
      const Place place = queue_.add(queued);
      if (queued.peer >= 0) {
        without_slot_.push(place);
        slot_of_[place] = no_slot;
        hand_out_slots();
      } else if (queue_.released(place)) {
        ready_.push(place);
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
  void settle() { settle(added()); }

  RankReport& report() { return report_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Place = EventQueue::Place;
  using Slot = std::uint32_t;
  static constexpr Slot no_slot = ~Slot{0};
  static constexpr std::size_t capacity = 4096;        // events under way
  static constexpr std::size_t most_together = 512;    // events applied between two looks for messages
  static constexpr std::uint64_t largest_tag = 16383;  // far more than messages between two ranks under way

  struct SlotState {
    MPI_Request receiving = MPI_REQUEST_NULL, sending = MPI_REQUEST_NULL;
    Place place = EventQueue::none;
  };

  // Requests under way and their slots.
  struct Requests {
    std::vector<MPI_Request> requests;
    std::vector<Slot> slots;

    void reserve(std::size_t count) {
      requests.reserve(count);
      slots.reserve(count);
    }
    void add(MPI_Request request, Slot slot) {
      requests.push_back(request);
      slots.push_back(slot);
    }
    void remove(std::size_t k) {
      requests[k] = requests.back();
      slots[k] = slots.back();
      requests.pop_back();
      slots.pop_back();
    }
  };

  static std::size_t padded(Index dimension) {
    constexpr std::size_t line = 64 / sizeof(Scalar);
    return (static_cast<std::size_t>(dimension) + line - 1) / line * line;
  }
  std::span<Scalar> told(Slot slot) { return {numbers_.data() + 2 * slot * stride_, dimension_}; }
  std::span<Scalar> heard(Slot slot) { return {numbers_.data() + (2 * slot + 1) * stride_, dimension_}; }

  // Does what can be done without waiting; false if there was nothing.
  bool progress() {
    const bool landed = land();
    const bool told = tell();
    const bool ran = run();
    return landed || told || ran;
  }

  void release(Place place) {
    if (queue_.at(place).peer < 0) {
      ready_.push(place);
    } else if (slot_of_[place] != no_slot) {
      to_tell_.push(slot_of_[place]);
    }
  }
  void finish(Place place) {
    queue_.finish(place, [this](Place next) { release(next); });
  }

  void hand_out_slots() {
    while (!free_.empty() && !without_slot_.empty()) {
      const Slot slot = free_.back();
      free_.pop_back();
      const Place place = without_slot_.pop();
      slot_of_[place] = slot;
      slots_[slot].place = place;
      const QueuedEvent& queued = queue_.at(place);
      MPI_Irecv(heard(slot).data(), static_cast<int>(dimension_), mpi_type(Scalar{}), queued.peer, queued.tag,
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
      simulation_.kernel.tell(queued.event.i, queued.event.time, told(slot));
      MPI_Isend(told(slot).data(), static_cast<int>(dimension_), mpi_type(Scalar{}), queued.peer, queued.tag,
                communicator_.get(), &state.sending);
      report_.bytes += dimension_ * sizeof(Scalar);
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

  void hear(Slot slot) {
    SlotState& state = slots_[slot];
    const Event& event = queue_.at(state.place).event;
    simulation_.kernel.hear(event.i, event.time, told(slot), heard(slot));
    show(queue_.at(state.place).position, event.i);
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
    return landed || sent;
  }

  template <class Act>
  bool complete(Requests& under_way, const Act& act) {
    if (under_way.requests.empty()) return false;
    int count = 0;
    MPI_Testsome(static_cast<int>(under_way.requests.size()), under_way.requests.data(), &count,
                 finished_.data(), MPI_STATUSES_IGNORE);
    if (count <= 0) return false;
    // From the back, so that what moves into a gap is under way still.
    std::sort(finished_.begin(), finished_.begin() + count);
    arrived_.clear();
    for (int k = count; k-- > 0;) {
      const auto at = static_cast<std::size_t>(finished_[static_cast<std::size_t>(k)]);
      arrived_.push_back(under_way.slots[at]);
      under_way.remove(at);
    }
    for (std::size_t k = arrived_.size(); k-- > 0;) act(arrived_[k]);
    return true;
  }

  // Applies released events, and those that they release in turn, about as many as take 50 µs.
  bool run() {
    if (ready_.empty()) return false;
    batch_.clear();
    gradients_.forget();
    while (batch_.size() < together_ && !ready_.empty()) {
      const Place place = ready_.pop();
      const QueuedEvent& queued = queue_.at(place);
      batch_.push_back(queued.event);
      last_position_ = queued.position;
      if (queued.event.verb == Verb::gradient) gradients_.add(queued);
      finish(place);
    }
    const auto started = Clock::now();
    gradients_.announce();
    simulation_.kernel.apply(batch_, simulation_.objective == nullptr ? nullptr : &gradients_);
    if (simulation_.on_state) {
      const Event& event = batch_.front();
      show(last_position_, event.i);
      if (event.j != event.i) show(last_position_, event.j);
      return true;
    }
    const auto spent = Clock::now() - started;
    if (spent > std::chrono::microseconds(100)) together_ = std::max<std::size_t>(together_ / 2, 1);
    if (spent < std::chrono::microseconds(25) && batch_.size() == together_)
      together_ = std::min(2 * together_, most_together);
    return true;
  }

  void show(std::uint64_t position, Worker place) {
    if (simulation_.on_state)
      simulation_.on_state(
          {position, ownership_.own[place], hasher_(simulation_.kernel, simulation_.optimizer, place)});
  }

  const Simulation<Scalar>& simulation_;
  const MpiWorld& world_;
  const Ownership& ownership_;
  ReplayGradients<Scalar> gradients_;
  Communicator communicator_;
  EventQueue queue_{ownership_.own.size(), capacity};
  PlaceLine ready_{capacity};         // released events of own workers alone
  PlaceLine without_slot_{capacity};  // communications with other ranks that wait for a slot
  PlaceLine to_tell_{capacity};       // slots of released ones
  std::vector<Slot> slot_of_ = std::vector<Slot>(capacity, no_slot);  // per place
  std::size_t dimension_;
  std::size_t stride_;          // numbers between two buffers
  LargeArray<Scalar> numbers_;  // what is told and heard, slot by slot
  std::vector<SlotState> slots_;
  std::vector<Slot> free_, arrived_;
  Requests hearing_, sending_;
  std::vector<int> finished_;
  std::vector<std::uint64_t> tags_;  // per rank: communications with it so far
  std::vector<Event> batch_;
  std::size_t together_ = 1;         // events; 1 always where states are hashed
  std::uint64_t last_position_ = 0;  // of the last event of the batch
  StateHasher<Scalar> hasher_;
  std::uint64_t position_ = 0;
  RankReport report_;
};

}  // namespace acidsim
