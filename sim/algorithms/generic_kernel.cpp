#include "sim/algorithms/generic_kernel.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/algorithms/compiled_dynamics.hpp"
#include "sim/algorithms/letters_tile.hpp"
#include "sim/algorithms/state_block.hpp"
#include "sim/algorithms/tiles.hpp"
#include "sim/algorithms/weights.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class GenericKernel final : public Kernel<Scalar> {
 public:
  GenericKernel(const Dynamics& dynamics, Worker workers, Index dimension)
      : rules_(dynamics),
        dimension_(dimension),
        states_(workers, dynamics.size(), dimension),
        last_(workers, 0.0),
        weights_(dynamics.weights, workers) {}

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return rules_.declared.size(); }
  bool weighted() const override { return rules_.declared.weighted(); }
  bool dual() const override { return rules_.declared.dual; }
  void use(const MessageCodec<Scalar>& codec) override { codec_ = &codec; }
  bool has_server() const override { return rules_.declared.has_server(); }
  void serve(Worker server) override {
    if (!has_server()) return Kernel<Scalar>::serve(server);
    server_ = server;
  }
  void use(const MessageCodec<Scalar>& codec, const EdgeClocks& edges) override {
    if (!rules_.declared.exchanges() || dual() || rules_.declared.told_vectors() != 1)
      return Kernel<Scalar>::use(codec, edges);
    codec_ = &codec;
    copies_.emplace(edges, dimension_);
  }
  bool dual_gradients() const override { return rules_.declared.dual_gradients; }
  void use(const DualOracle<Scalar>& oracle) override {
    if (!dual()) return Kernel<Scalar>::use(oracle);
    oracle_ = &oracle;
  }
  std::size_t message_size() const override {
    return static_cast<std::size_t>(rules_.declared.most_told_vectors() * dimension_) +
           std::size_t{weighted()};
  }
  std::size_t bytes() const override {
    return states_.bytes() + last_.size() * sizeof(double) + weights_.bytes() +
           (copies_ ? copies_->bytes() : 0);
  }
  double bound() const override { return rules_.flows ? infinity : states_.largest(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (int a = 0; a < vectors(); ++a)
      for (Index k = 0; k < dimension_; ++k)
        states_.vector(worker, a)[k] =
            static_cast<Scalar>(rules_.declared.initial[a] * static_cast<double>(x[k]));
    last_[worker] = 0.0;
    weights_.initialise(worker, rules_.declared.initial);
    if (copies_) copies_->clear(worker);
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    if (const Motion motion = motion_of(worker, time); !motion.empty())
      return combine(motion, a, worker, out.data());
    std::copy_n(states_.vector(worker, a), dimension_, out.data());
  }

  void model(Worker worker, double time, std::span<Scalar> out) const override {
    look(worker, rules_.model, motion_of(worker, time), out);
    if (dual()) to_primal(worker, out);
  }

  std::span<const Scalar> weights(Worker worker) const override { return weights_.of(worker); }

  void begin_gradient(Worker worker, double time, std::span<Scalar> out) override {
    begin_gradient(worker, time, motion_of(worker, time), out);
  }
  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    step(worker, time, motion_of(worker, time), rules_.gradient.after, learning_rate, direction);
  }
  void step_in_part(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction,
                    double share) override {
    const Dynamics::Gradient& how = rules_.declared.gradient;
    if (how.idle.size() == 0)
      return Kernel<Scalar>::step_in_part(worker, time, learning_rate, direction, share);
    const SparseRows after(how.idle + share * (how.after - how.idle));
    step(worker, time, motion_of(worker, time), after, share * learning_rate, direction);
  }

  bool has_gradient_at_start() const override { return rules_.declared.gradient.at_start.size() > 0; }
  void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction) override {
    if (!has_gradient_at_start()) return Kernel<Scalar>::land_at_start(worker, learning_rate, direction);
    for_each_tile([&](Index start, Index count) {
      land(rules_.declared.gradient.at_start, learning_rate, direction.data() + start,
           part(worker, start, count));
    });
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    tell(rules_.told, worker, time, {0, dimension_}, out);
    if (dual()) to_primal(worker, out);
  }
  bool acts_by_coordinate() const override {
    return !rules_.flows && !weighted() && !dual() && !has_server() && codec_ == nullptr;
  }
  void tell_in_round(Worker worker, int number, double time, Range range,
                     std::span<Scalar> out) const override {
    const SparseRows& told = round(worker, number).told;
    tell(told, worker, time, range, out);
    if (weighted()) out.back() = weights_.tell(worker, mixing(worker, number).told);
    if (codec_ == nullptr || mixing(worker, number).whole) return;
    const auto d = static_cast<std::size_t>(dimension_);
    for (int r = 0; r < told.size(); ++r)
      codec_->apply(worker, time, number * told.size() + r, out.subspan(static_cast<std::size_t>(r) * d, d));
  }

  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      rules_.hear(motion, own.data() + start, peer.data() + start, dimension_, part(worker, start, count));
    });
    last_[worker] = time;
  }

  void tell_along(std::uint32_t clock, Worker worker, double time, std::span<Scalar> out) const override {
    tell(worker, time, out);
    if (!copies_) return;
    copies_->subtract_own(worker, clock, out);
    codec_->apply(worker, time, static_cast<int>(clock), out);
  }
  void hear_along(std::uint32_t clock, Worker worker, double time, std::span<const Scalar> own,
                  std::span<const Scalar> peer) override {
    if (!copies_) return hear(worker, time, own, peer);
    const auto known = copies_->add(worker, clock, own, peer);
    hear(worker, time, known.own, known.peer);
  }

  void mix(Worker worker, int number, double time, Range range, const Letters<Scalar>& letters) override {
    if (!rules_.declared.mixes_in_rounds() && !has_server())
      return Kernel<Scalar>::mix(worker, number, time, range, letters);
    const Dynamics::Mixing& how = mixing(worker, number);
    const SparseRows& kept = round(worker, number).kept;
    const Motion motion = motion_of(worker, time);
    acidsim::for_each_tile(range, [&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      const LettersTile<Scalar> tile_of(letters, range.count, start - range.first, count);
      if (how.kept.size() == 0 && !letters.own_weight && !has_server())
        tile_of.land(how.landing, state);
      else
        tile_of.land(how, kept, state);
    });
    if (range.first > 0) return;
    last_[worker] = time;
    if (weighted()) weights_.mix(worker, how, letters);
  }

  void apply(std::span<const Event> events, GradientSource<Scalar>* gradients) override {
    // Oracles and codecs take whole messages, and a server takes its own.
    if (dual() || has_server() || copies_) return Kernel<Scalar>::apply(events, gradients);
    const bool in_parts = gradients != nullptr && gradients->is_separable() && !weighted();
    for (const Event& event : events) {
      if (event.verb == Verb::exchange)
        exchange(event, {0, dimension_});
      else if (in_parts)
        take_gradient(event, {0, dimension_}, *gradients, gradients->begin(event));
      else if (gradients != nullptr)
        take_gradient(event, *gradients);
    }
  }

  void apply_part(const Event& event, Range range, const GradientSource<Scalar>& gradients,
                  const BegunGradient& begun) override {
    if (event.verb == Verb::exchange) return exchange(event, range);
    take_gradient(event, range, gradients, begun);
  }

  bool directed() const override { return rules_.declared.sends(); }
  void send(Worker worker, double time, std::span<Scalar> out) override {
    if (!rules_.declared.sends()) return Kernel<Scalar>::send(worker, time, out);
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      rules_.told.tell(state, out.data() + start, dimension_);
      rules_.send_kept.transform(state);
    });
    last_[worker] = time;
    if (weighted()) out.back() = weights_.send(worker, rules_.declared.send);
  }

  void receive(Worker worker, double time, std::span<const Scalar> message) override {
    if (!rules_.declared.sends()) return Kernel<Scalar>::receive(worker, time, message);
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      rules_.receive(message.data() + start, dimension_, state);
    });
    last_[worker] = time;
    if (weighted()) weights_.receive(worker, rules_.declared.send, message.back());
  }

  void keep_sums(const EdgeClocks& edges) override {
    copies_.emplace(edges, static_cast<Index>(message_size()));
  }
  void send_along(std::uint32_t clock, Worker worker, double time, std::span<Scalar> out) override {
    send(worker, time, out);
    if (copies_) copies_->sum_up(worker, clock, out);
  }
  void receive_along(std::uint32_t clock, Worker worker, double time,
                     std::span<const Scalar> message) override {
    receive(worker, time, copies_ ? copies_->news(worker, clock, message) : message);
  }

  std::size_t stored_size() const override {
    return stored_state_size() + (copies_ ? copies_->stored_size() : 0);
  }
  double save(Worker worker, std::span<Scalar> out) const override {
    const std::span<Scalar> state = out.first(stored_state_size());
    const auto [vectors, weights] = parts_of(state);
    states_.copy_out(worker, vectors);
    std::ranges::copy(weights_.of(worker), weights.begin());
    if (copies_) copies_->save(worker, out.subspan(state.size()));
    return last_[worker];
  }
  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    const std::span<const Scalar> state = stored.first(stored_state_size());
    const auto [vectors, weights] = parts_of(state);
    states_.copy_in(worker, vectors);
    std::ranges::copy(weights, weights_.of(worker).begin());
    if (copies_) copies_->restore(worker, stored.subspan(state.size()));
    last_[worker] = time;
  }

 private:
  std::size_t stored_vectors() const {
    return static_cast<std::size_t>(vectors()) * static_cast<std::size_t>(dimension_);
  }
  std::size_t stored_state_size() const { return stored_vectors() + weights_.per_worker(); }
  template <class Number>
  auto parts_of(std::span<Number> state) const {
    return std::pair(state.first(stored_vectors()), state.subspan(stored_vectors()));
  }

  // Looks at times only where they matter: threads may act on other coordinates at the same time.
  Motion motion_of(Worker worker, double time) const {
    return rules_.flows ? rules_.motion(time - last_[worker]) : Motion();
  }

  Part<Scalar> part(Worker worker, Index start, Index count) {
    return {states_.vector(worker, 0) + start, states_.stride(), count};
  }
  Part<const Scalar> part(Worker worker, Index start, Index count) const {
    return {states_.vector(worker, 0) + start, states_.stride(), count};
  }

  template <class Act>
  void for_each_tile(const Act& act) const {
    acidsim::for_each_tile({0, dimension_}, act);
  }

  // out ← row r · S.
  void combine(const SparseRows& rows, int r, Worker worker, Scalar* out) const {
    for_each_tile(
        [&](Index start, Index count) { rows.combine(r, part(worker, start, count), out + start); });
  }

  // out ← pointᵀS, moved; of a weighted method divided by the weight.
  void look(Worker worker, const SparseRows& point, const Motion& motion, std::span<Scalar> out) const {
    if (!weighted()) return combine(Moved(point, motion).rows(), 0, worker, out.data());
    const double scale = 1.0 / static_cast<double>(weights_.of(worker).front());
    for_each_tile([&](Index start, Index count) {
      double sum[tile];
      point.combine(0, part(worker, start, count), sum);
      for (Index k = 0; k < count; ++k)
        out[static_cast<std::size_t>(start + k)] = static_cast<Scalar>(scale * sum[k]);
    });
  }

  // z ← ∇f_i*(z).
  void to_primal(Worker worker, std::span<Scalar> z) const {
    if (oracle_ == nullptr) throw std::logic_error("generic kernel: a dual method without its oracle");
    static thread_local Vector<Scalar> dual, primal;  // kept: exchanges allocate nothing
    dual = Eigen::Map<const Vector<Scalar>>(z.data(), dimension_);
    oracle_->conjugate_gradient(worker, dual, primal);
    std::copy_n(primal.data(), dimension_, z.data());
  }

  const SparseRows& gradient_point() const {
    return rules_.gradient.point.empty() ? rules_.model : rules_.gradient.point;
  }

  // Gradients read before they are computed, so that the flow is then behind them; or they leave the state alone.
  bool reads() const { return !rules_.gradient.before.empty(); }

  void begin_gradient(Worker worker, double time, const Motion& motion, std::span<Scalar> out) {
    if (reads()) {
      for_each_tile([&](Index start, Index count) {
        transform(motion, rules_.gradient.before, part(worker, start, count));
      });
      last_[worker] = time;
    }
    look(worker, gradient_point(), reads() ? at_rest : motion, out);
    if (dual() && rules_.gradient.point.empty()) to_primal(worker, out);
  }

  void step(Worker worker, double time, const Motion& motion, const SparseRows& after, double learning_rate,
            const Vector<Scalar>& direction) {
    for_each_tile([&](Index start, Index count) {
      rules_.step(motion, after, learning_rate, direction.data() + start, part(worker, start, count));
    });
    last_[worker] = time;
  }

  void take_gradient(const Event& event, GradientSource<Scalar>& gradients) {
    const Worker i = event.i;
    gradients.model.resize(dimension_);
    gradients.direction.resize(dimension_);
    const Motion motion = motion_of(i, event.time);
    begin_gradient(i, event.time, motion, {gradients.model.data(), static_cast<std::size_t>(dimension_)});
    const double learning_rate = gradients.evaluate(event);
    step(i, event.time, reads() ? at_rest : motion, rules_.gradient.after, learning_rate,
         gradients.direction);
  }

  // The same where coordinates are on their own: all of it, tile by tile.
  void take_gradient(const Event& event, Range range, const GradientSource<Scalar>& gradients,
                     const BegunGradient& begun) {
    const Motion motion = motion_of(event.i, event.time);
    const Moved point(gradient_point(), reads() ? at_rest : motion);
    acidsim::for_each_tile(range, [&](Index start, Index count) {
      const Part<Scalar> state = part(event.i, start, count);
      alignas(line) Scalar model[tile], direction[tile];
      if (reads()) transform(motion, rules_.gradient.before, state);
      point.rows().combine(0, state, model);
      gradients.evaluate_part(begun, {start, count}, model, direction);
      rules_.step(reads() ? at_rest : motion, rules_.gradient.after, begun.learning_rate, direction, state);
    });
    if (range.first == 0) last_[event.i] = event.time;
  }

  // Both halves, tile by tile.
  void exchange(const Event& event, Range range) {
    const Motion motion_i = motion_of(event.i, event.time), motion_j = motion_of(event.j, event.time);
    const Moved told_i(rules_.told, motion_i), told_j(rules_.told, motion_j);
    acidsim::for_each_tile(range, [&](Index start, Index count) {
      const Part<Scalar> i = part(event.i, start, count), j = part(event.j, start, count);
      alignas(line) Scalar of_i[most_vectors * tile], of_j[most_vectors * tile];
      told_i.rows().tell(i, of_i, tile);
      told_j.rows().tell(j, of_j, tile);
      rules_.hear(motion_i, of_i, of_j, tile, i);
      rules_.hear(motion_j, of_j, of_i, tile, j);
    });
    if (range.first == 0) last_[event.i] = last_[event.j] = event.time;
  }

  const CompiledDynamics::Round& round(Worker worker, int number) const {
    return rules_.round(number, worker == server_);
  }
  const Dynamics::Mixing& mixing(Worker worker, int number) const {
    return rules_.mixing(number, worker == server_);
  }

  void tell(const SparseRows& told, Worker worker, double time, Range range, std::span<Scalar> out) const {
    const Moved moved(told, motion_of(worker, time));
    acidsim::for_each_tile(range, [&](Index start, Index count) {
      moved.rows().tell(part(worker, start, count), out.data() + start - range.first, range.count);
    });
  }

  CompiledDynamics rules_;
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;  // per worker: the time of its state
  Weights<Scalar> weights_;
  Worker server_ = ~Worker{0};  // where there is one, and it is here
  const DualOracle<Scalar>* oracle_ = nullptr;
  const MessageCodec<Scalar>* codec_ = nullptr;
  std::optional<PublicCopies<Scalar>> copies_;  // of compressed exchanges, or running sums
};

}  // namespace

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_generic_kernel(const Dynamics& dynamics, Worker workers,
                                                    Index dimension) {
  return std::make_unique<GenericKernel<Scalar>>(dynamics, workers, dimension);
}
template std::unique_ptr<Kernel<float>> make_generic_kernel<float>(const Dynamics&, Worker, Index);
template std::unique_ptr<Kernel<double>> make_generic_kernel<double>(const Dynamics&, Worker, Index);

}  // namespace acidsim
