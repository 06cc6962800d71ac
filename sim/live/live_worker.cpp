#include "sim/live/live_worker.hpp"

#include <algorithm>
#include <iterator>
#include <thread>
#include <utility>

namespace acidsim {

template <class Scalar>
LiveWorker<Scalar>::LiveWorker(const LiveWorkerSetup<Scalar>& setup, std::vector<LiveOperation> operations)
    : setup_(setup),
      counts_(setup.protocol.averaging_law(), setup.worker),
      meets_(std::any_of(
          setup.protocol.edges.begin(), setup.protocol.edges.end(),
          [&](const WorkerPair& edge) { return edge.i == setup.worker || edge.j == setup.worker; })),
      model_(setup.kernel.dimension()),
      direction_(setup.kernel.dimension()),
      scratch_(setup.objective.scratch()),
      told_(setup.kernel.message_size()),
      heard_(told_.size()),
      operations_(std::move(operations)),
      index_(setup.kernel.has_gradient_at_start() ? 1 : 0) {
  for (const LiveOperation& operation : operations_) follow(operation);
  const auto last_talk = std::find_if(operations_.rbegin(), operations_.rend(), [](const LiveOperation& o) {
    return o.verb == Verb::offer || o.verb == Verb::receive;
  });
  if (last_talk != operations_.rend() && last_talk->verb == Verb::offer)
    operations_.erase(std::next(last_talk).base());
}

template <class Scalar>
void LiveWorker<Scalar>::note(Verb verb, double time, double at, Worker peer, std::uint64_t exchange) {
  operations_.push_back({.verb = verb,
                         .peer = peer,
                         .time = time,
                         .wall = at,
                         .exchange = exchange,
                         .version = verb == Verb::read ? changes_ : 0});
  follow(operations_.back());
}

// What an operation changes besides the state.
template <class Scalar>
void LiveWorker<Scalar>::follow(const LiveOperation& operation) {
  switch (operation.verb) {
    case Verb::read:
      begun_ = operation.wall;
      if (meets_) debt_ += counts_.next();
      break;
    case Verb::step:
      clock_.measured(operation.wall, operation.wall - begun_);
      ++index_;
      ++changes_;
      break;
    case Verb::receive:
      --debt_;
      ++changes_;
      break;
    default:
      break;
  }
}

template <class Scalar>
void LiveWorker<Scalar>::run_gradients() {
  LiveTransport& transport = setup_.transport;
  const LiveRequest request{LiveRequest::Kind::gradient, setup_.worker};
  transport.ask(request);
  while (transport.await(setup_.worker, LiveLoop::gradients).granted != 0) {
    {
      Lock lock(mutex_);
      changed_.wait(lock, [&] { return debt_ == 0 || released_ || abandoned_; });
      if (abandoned_) throw LiveAbandoned();
    }
    transport.ask(request);  // for the next one, while this one is computed
    compute();
  }
  const std::scoped_lock lock(mutex_);
  computed_ = true;
  changed_.notify_all();
}

template <class Scalar>
void LiveWorker<Scalar>::compute() {
  {
    const std::scoped_lock lock(mutex_);
    const double now = wall(), time = clock_.at(now);
    setup_.kernel.begin_gradient(setup_.local, time,
                                 {model_.data(), static_cast<std::size_t>(model_.size())});
    note(Verb::read, time, now);
    changed_.notify_all();
  }
  setup_.objective.gradient(setup_.worker, index_, model_, direction_, *scratch_);
  setup_.optimizer.take_in(setup_.local, scratch_->statistics);
  setup_.optimizer.direction(setup_.local, model_, direction_);
  const double learning_rate =
      live_learning_rate(setup_.optimizer, index_, setup_.protocol.workers, setup_.horizon);
  if (setup_.gradient_seconds > 0)
    std::this_thread::sleep_until(start_ +
                                  std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(begun_ + setup_.gradient_seconds)));
  const std::scoped_lock lock(mutex_);
  const double landed = wall(), time = clock_.at(landed);
  setup_.kernel.step(setup_.local, time, learning_rate, direction_);
  note(Verb::step, time, landed);
}

template <class Scalar>
bool LiveWorker<Scalar>::has_debt() {
  Lock lock(mutex_);
  changed_.wait(lock, [&] { return debt_ > 0 || computed_ || abandoned_; });
  if (abandoned_) throw LiveAbandoned();
  if (debt_ == 0) return false;
  note(Verb::offer, 0, wall());
  return true;
}

template <class Scalar>
void LiveWorker<Scalar>::run_averagings() {
  LiveTransport& transport = setup_.transport;
  while (has_debt()) {
    transport.ask({LiveRequest::Kind::partner, setup_.worker});
    const LiveAnswer answer = transport.await(setup_.worker, LiveLoop::averagings);
    if (answer.granted == 0) break;
    meet(answer);
  }
  const std::scoped_lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

template <class Scalar>
void LiveWorker<Scalar>::meet(const LiveAnswer& meeting) {
  {
    const std::scoped_lock lock(mutex_);
    const double now = wall(), time = clock_.at(now);
    if (setup_.kernel.directed())
      setup_.kernel.send(setup_.local, time, told_);
    else
      setup_.kernel.tell(setup_.local, time, told_);
    note(Verb::send, time, now, meeting.partner, meeting.exchange);
  }
  setup_.transport.exchange(setup_.worker, meeting.partner, std::as_bytes(std::span(told_)),
                            std::as_writable_bytes(std::span(heard_)));
  const std::scoped_lock lock(mutex_);
  const double now = wall(), time = clock_.at(now);
  if (setup_.kernel.directed())
    setup_.kernel.receive(setup_.local, time, heard_);
  else
    setup_.kernel.hear(setup_.local, time, told_, heard_);
  note(Verb::receive, time, now, meeting.partner, meeting.exchange);
  changed_.notify_all();
}

template <class Scalar>
void LiveWorker<Scalar>::abandon() {
  const std::scoped_lock lock(mutex_);
  abandoned_ = true;
  changed_.notify_all();
}

template class LiveWorker<float>;
template class LiveWorker<double>;

}  // namespace acidsim
