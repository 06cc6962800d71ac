#include "sim/timing/network/availability.hpp"

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
  }
  make_offers();
}

void Availability::close(double now) {
  now_ = now;
  closed_ = true;
  for (const Worker worker : pairing_.release()) {
    workers_[worker].talks = false;
    workers_[worker].due = 0;
    start_gradient(worker);
  }
  make_offers();
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
  const double offering = course_.offering(worker);
  if (offering > 0)
    foresee(now_ + offering, What::offer, worker);
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
  if (closed_) {
    workers_[worker].talks = false;
    workers_[worker].due = 0;
    return start_gradient(worker);
  }
  const auto partner = pairing_.offer(worker);
  if (!partner) return note_occupation(worker);
  const Worker other = partner->worker;
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
