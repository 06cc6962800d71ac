#include "sim/timing/network/availability.hpp"

#include <utility>

namespace acidsim {
namespace {

constexpr std::uint32_t nobody = ~std::uint32_t{0};  // the entity of draws that belong to no worker

}  // namespace

Availability::Availability(const AvailabilityRules& rules, AvailabilityCourse& course)
    : rules_(rules), course_(course), pairing_(rules.meetings), workers_(rules.meetings.workers) {}

// What is foreseen for one time happens in random order: by a draw for each, in place of a number in turn. Else workers
// whose gradients take equal times would meet the same neighbours for ever.
void Availability::foresee(double time, What what, Worker worker) {
  const Stream draws(rules_.meetings.seed, Purpose::partners, nobody);
  coming_.push({time, draws.bits(order_++).first, worker, what});
}

void Availability::start() {
  for (Worker worker = 0; worker < workers_.size(); ++worker)
    workers_[worker].granted = course_.grant(worker, now_);
  for (Worker worker = 0; worker < workers_.size(); ++worker) start_gradient(worker);
  if (const Presence* const presence = rules_.meetings.presence)
    for (Worker worker = 0; worker < presence->churn().leave_at.size(); ++worker)
      if (const double leaves = presence->churn().leave_at[worker]; leaves < infinity)
        foresee(leaves, What::withdraw, worker);
  if (const double last = rules_.meetings.last_change;
      last < infinity)  // who is alone from then on goes on alone
    for (Worker worker = 0; worker < workers_.size(); ++worker) foresee(last, What::retry, worker);
  make_offers();
}

void Availability::advance() {
  const auto [time, order, worker, what] = coming_.top();
  coming_.pop();
  now_ = time;
  switch (what) {
    case What::begin:
      begin(worker);
      break;
    case What::land:
      land(worker);
      break;
    case What::offer:
      offer(worker);
      break;
    case What::hear:
      hear(worker);
      break;
    case What::withdraw:
      withdraw(worker);
      break;
    case What::retry:
      retry(worker);
      break;
  }
  make_offers();
}

void Availability::close(double now) {
  now_ = now;
  closed_ = true;
  for (const Worker worker : pairing_.release()) give_up(worker);
  make_offers();
}

// The worker goes on without the averagings that are due.
void Availability::give_up(Worker worker) {
  WorkerState& own = workers_[worker];
  own.talks = own.waits = false;
  own.due = 0;
  start_gradient(worker);
  note_occupation(worker);
}

// Begins the next gradient where nothing stands in its way.
void Availability::start_gradient(Worker worker) {
  WorkerState& own = workers_[worker];
  if (own.computes || !own.granted || own.due > 0) return;
  own.computes = true;
  ++busy_;
  const double turnaround = course_.turnaround(worker);
  if (turnaround > 0)
    foresee(now_ + turnaround, What::begin, worker);
  else
    begin(worker);
}

void Availability::begin(Worker worker) {
  const bool overlapped = rules_.communication == Communication::overlapped;
  if (overlapped) add_due(worker);
  workers_[worker].granted = course_.grant(worker, now_);
  note_occupation(worker);
  foresee(now_ + course_.begin(worker, now_), What::land, worker);
  if (overlapped) prepare_offer(worker);
}

void Availability::land(Worker worker) {
  --busy_;
  workers_[worker].computes = false;
  course_.land(worker, now_);
  if (rules_.communication == Communication::blocking) {
    add_due(worker);
    prepare_offer(worker);
  }
  start_gradient(worker);
  note_occupation(worker);
}

void Availability::add_due(Worker worker) {
  WorkerState& own = workers_[worker];
  if (!closed_ && pairing_.has_neighbours(worker)) own.due += rules_.averagings.next(worker, own.counts);
}

void Availability::prepare_offer(Worker worker) {
  WorkerState& own = workers_[worker];
  if (own.due == 0 || own.talks) return;
  own.talks = true;
  const double ready = now_ + course_.offering(worker);
  const Presence* const presence = rules_.meetings.presence;
  const double time = presence != nullptr ? presence->next_presence(worker, ready) : ready;
  if (time > now_)
    foresee(time, What::offer, worker);
  else
    offers_.push_back(worker);
}

void Availability::make_offers() {
  while (!offers_.empty()) {
    const Worker worker = offers_.front();
    offers_.pop_front();
    offer(worker);
  }
}

void Availability::offer(Worker worker) {
  if (closed_ || pairing_.is_alone(worker, now_)) return give_up(worker);
  const auto partner = pairing_.offer(worker, now_);
  if (!partner) {
    workers_[worker].waits = true;
    for (const double time : pairing_.reopenings(worker, now_))
      if (time < infinity) foresee(time, What::retry, worker);
    watch(worker);
    if (const auto called = pairing_.called_by(worker)) watch(*called);
    return note_occupation(worker);
  }
  const Worker other = partner->worker;
  workers_[other].waits = false;
  workers_[worker].partner = *partner;
  workers_[other].partner = {worker, partner->edge};
  workers_[worker].exchanges = workers_[other].exchanges = true;
  busy_ += 2;
  const auto [first, second] = course_.meet(worker, *partner, now_);
  if (first == 0 && second == 0) {
    hear(worker);
    return hear(other);
  }
  foresee(now_ + first, What::hear, worker);
  foresee(now_ + second, What::hear, other);
  note_occupation(worker);
  note_occupation(other);
}

// When the worker leaves next must not be missed.
void Availability::watch(Worker worker) {
  const Presence* const presence = rules_.meetings.presence;
  if (presence == nullptr || workers_[worker].watched > now_) return;
  workers_[worker].watched = presence->next_change(worker, now_);
  if (workers_[worker].watched < infinity) foresee(workers_[worker].watched, What::withdraw, worker);
}

// It leaves: it waits no longer until it is back, and those who have called it call anew.
void Availability::withdraw(Worker worker) {
  const Presence& presence = *rules_.meetings.presence;
  if (presence.present(worker, now_))  // it was away when somebody called it, and is back
    return watch(worker);
  if (std::exchange(workers_[worker].waits, false))
    if (const double back = presence.next_presence(worker, now_); back < infinity)
      foresee(back, What::offer, worker);
  for (const Worker caller : pairing_.withdraw(worker)) {
    workers_[caller].waits = false;
    foresee(now_, What::offer, caller);
  }
  if (presence.next_presence(worker, now_) < infinity) return;
  for (const Worker lonely : pairing_.release_lonely(worker, now_)) give_up(lonely);
}

// An edge opens to a neighbour that waited too, and may wait still.
void Availability::retry(Worker worker) {
  if (!std::exchange(workers_[worker].waits, false)) return;
  pairing_.withdraw(worker);
  offer(worker);
}

void Availability::hear(Worker worker) {
  --busy_;
  WorkerState& own = workers_[worker];
  own.talks = own.exchanges = false;
  course_.hear(worker, own.partner, now_);
  if (own.due > 0) --own.due;
  prepare_offer(worker);
  start_gradient(worker);
  note_occupation(worker);
}

void Availability::note_occupation(Worker worker) {
  WorkerState& own = workers_[worker];
  const Occupation occupation = own.computes    ? Occupation::computing
                                : own.exchanges ? Occupation::transferring
                                                : Occupation::waiting_for_partner;
  if (occupation == own.occupation) return;
  own.occupation = occupation;
  course_.occupy(worker, occupation, now_);
}

}  // namespace acidsim
