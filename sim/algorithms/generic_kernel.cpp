#include "sim/algorithms/generic_kernel.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/letters_tile.hpp"
#include "sim/algorithms/state_block.hpp"
#include "sim/algorithms/tiles.hpp"
#include "sim/algorithms/weights.hpp"

namespace acidsim {
namespace {

// Throws std::logic_error for what the kernel cannot carry out.
const Dynamics& checked(const Dynamics& dynamics) {
  check_shapes(dynamics);
  if (std::max(dynamics.size(), dynamics.most_told_vectors()) > most_vectors)
    throw std::logic_error("generic kernel: more than 16 vectors per worker");
  return dynamics;
}

// The flow since a worker's last event, e^{As}; empty where it stands still.
using Motion = SparseRows;

template <class Scalar>
class GenericKernel final : public Kernel<Scalar> {
 public:
  GenericKernel(const Dynamics& dynamics, Worker workers, Index dimension)
      : dynamics_(checked(dynamics)),
        flows_(dynamics.flow.size() > 0 && !dynamics.flow.isZero(0.0)),
        flow_(dynamics.flow),
        model_(dynamics.point.transpose()),
        gradient_(dynamics.gradient),
        told_(dynamics.exchanges() ? dynamics.exchange.told : dynamics.send.told),
        exchange_kept_(dynamics.exchange_kept),
        send_kept_(dynamics.send.kept),
        dimension_(dimension),
        states_(workers, dynamics.size(), dimension),
        last_(workers, 0.0),
        weights_(dynamics.weights, workers) {
    for (const auto* mixings : {&dynamics.rounds, &dynamics.opening})
      for (const Dynamics::Mixing& how : *mixings)
        rounds_.push_back({SparseRows(how.told), SparseRows(kept_by(how))});
    for (const Dynamics::Encounter& meeting : dynamics.meetings)
      for (const Dynamics::Mixing* how : {&meeting.worker, &meeting.server})
        rounds_.push_back({SparseRows(how->told), SparseRows(kept_by(*how))});
  }

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return dynamics_.size(); }
  bool weighted() const override { return dynamics_.weighted(); }
  bool dual() const override { return dynamics_.dual; }
  void use(const MessageCodec<Scalar>& codec) override { codec_ = &codec; }
  bool has_server() const override { return dynamics_.has_server(); }
  void serve(Worker server) override {
    if (!has_server()) return Kernel<Scalar>::serve(server);
    server_ = server;
  }
  void use(const MessageCodec<Scalar>& codec, const EdgeClocks& edges) override {
    if (!dynamics_.exchanges() || dual() || dynamics_.told_vectors() != 1)
      return Kernel<Scalar>::use(codec, edges);
    codec_ = &codec;
    copies_.emplace(edges, dimension_);
  }
  bool dual_gradients() const override { return dynamics_.dual_gradients; }
  void use(const DualOracle<Scalar>& oracle) override {
    if (!dual()) return Kernel<Scalar>::use(oracle);
    oracle_ = &oracle;
  }
  std::size_t message_size() const override {
    return static_cast<std::size_t>(dynamics_.most_told_vectors()) * static_cast<std::size_t>(dimension_) +
           std::size_t{weighted()};
  }
  std::size_t bytes() const override {
    return states_.bytes() + last_.size() * sizeof(double) + weights_.bytes() +
           (copies_ ? copies_->bytes() : 0);
  }
  double bound() const override { return flows_ ? infinity : states_.largest(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (int a = 0; a < vectors(); ++a)
      for (Index k = 0; k < dimension_; ++k)
        states_.vector(worker, a)[k] = static_cast<Scalar>(dynamics_.initial[a] * static_cast<double>(x[k]));
    last_[worker] = 0.0;
    weights_.initialise(worker, dynamics_.initial);
    if (copies_) copies_->clear(worker);
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    if (const Motion motion = motion_of(worker, time); !motion.empty())
      return combine(motion, a, worker, out.data());
    std::copy_n(states_.vector(worker, a), dimension_, out.data());
  }

  void model(Worker worker, double time, std::span<Scalar> out) const override {
    look(worker, model_, motion_of(worker, time), out);
    if (dual()) to_primal(worker, out);
  }

  std::span<const Scalar> weights(Worker worker) const override { return weights_.of(worker); }

  void begin_gradient(Worker worker, double time, std::span<Scalar> out) override {
    begin_gradient(worker, time, motion_of(worker, time), out);
  }
  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    step(worker, time, motion_of(worker, time), gradient_.after, learning_rate, direction);
  }
  void step_in_part(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction,
                    double share) override {
    const Dynamics::Gradient& how = dynamics_.gradient;
    if (how.idle.size() == 0)
      return Kernel<Scalar>::step_in_part(worker, time, learning_rate, direction, share);
    const SparseRows after(how.idle + share * (how.after - how.idle));
    step(worker, time, motion_of(worker, time), after, share * learning_rate, direction);
  }

  bool has_gradient_at_start() const override { return dynamics_.gradient.at_start.size() > 0; }
  void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction) override {
    if (!has_gradient_at_start()) return Kernel<Scalar>::land_at_start(worker, learning_rate, direction);
    for_each_tile([&](Index start, Index count) {
      land(dynamics_.gradient.at_start, learning_rate, direction.data() + start, part(worker, start, count));
    });
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    tell(told_, worker, time, {0, dimension_}, out);
    if (dual()) to_primal(worker, out);
  }
  bool mixes_by_coordinate() const override { return !flows_ && !weighted() && codec_ == nullptr; }
  void tell_in_round(Worker worker, int number, double time, Range range,
                     std::span<Scalar> out) const override {
    const SparseRows& told = rounds_[place_of(worker, number)].told;
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
      hear(part(worker, start, count), motion, own.data() + start, peer.data() + start, dimension_);
    });
    last_[worker] = time;
  }

  void tell_along(std::uint32_t clock, Worker worker, double time, std::span<Scalar> out) const override {
    tell(worker, time, out);
    if (!copies_) return;
    const std::span<const Scalar> known = copies_->own(worker, clock);
    for (std::size_t k = 0; k < known.size(); ++k) out[k] -= known[k];
    codec_->apply(worker, time, static_cast<int>(clock), out);
  }
  void hear_along(std::uint32_t clock, Worker worker, double time, std::span<const Scalar> own,
                  std::span<const Scalar> peer) override {
    if (!copies_) return hear(worker, time, own, peer);
    const auto known = copies_->of(worker, clock);
    for (std::size_t k = 0; k < own.size(); ++k) {
      known.own[k] += own[k];
      known.peer[k] += peer[k];
    }
    hear(worker, time, known.own, known.peer);
  }

  void mix(Worker worker, int number, double time, Range range, const Letters<Scalar>& letters) override {
    if (!dynamics_.mixes_in_rounds() && !has_server())
      return Kernel<Scalar>::mix(worker, number, time, range, letters);
    const Dynamics::Mixing& how = mixing(worker, number);
    const SparseRows& kept = rounds_[place_of(worker, number)].kept;
    const Motion motion = motion_of(worker, time);
    for_each_tile(range, [&](Index start, Index count) {
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
    for (const Event& event : events) {
      if (event.verb == Verb::exchange)
        exchange(event);
      else if (gradients != nullptr)
        take_gradient(event, *gradients);
    }
  }

  bool directed() const override { return dynamics_.sends(); }
  void send(Worker worker, double time, std::span<Scalar> out) override {
    if (!dynamics_.sends()) return Kernel<Scalar>::send(worker, time, out);
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      told_.tell(state, out.data() + start, dimension_);
      send_kept_.transform(state);
    });
    last_[worker] = time;
    if (weighted()) out.back() = weights_.send(worker, dynamics_.send);
  }

  void receive(Worker worker, double time, std::span<const Scalar> message) override {
    if (!dynamics_.sends()) return Kernel<Scalar>::receive(worker, time, message);
    const Matrix<double>& landing = dynamics_.send.landing;
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      for (int a = 0; a < vectors(); ++a) {
        std::array<Scaled<Scalar>, most_vectors> terms;
        for (Index r = 0; r < landing.cols(); ++r)
          terms[static_cast<std::size_t>(r)] = {landing(a, r), message.data() + r * dimension_ + start};
        double sum[tile];
        std::copy_n(state.vector(a), count, sum);
        add_terms(std::span(std::as_const(terms)).first(static_cast<std::size_t>(landing.cols())), count,
                  sum);
        store(sum, count, state.vector(a));
      }
    });
    last_[worker] = time;
    if (weighted()) weights_.receive(worker, dynamics_.send, message.back());
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

  struct Gradient {
    explicit Gradient(const Dynamics::Gradient& how)
        : before(how.before), after(how.after), point(how.point.transpose()) {}
    SparseRows before, after, point;
  };
  struct Round {
    SparseRows told, kept;  // kept: where it is written as S ← kept·S + landing·M
  };

  inline static const Motion at_rest = {};

  Motion motion_of(Worker worker, double time) const {
    if (!flows_ || time == last_[worker]) return {};
    return Motion(exponential(flow_ * (time - last_[worker])));
  }

  Part<Scalar> part(Worker worker, Index start, Index count) {
    return {states_.vector(worker, 0) + start, states_.stride(), count};
  }
  Part<const Scalar> part(Worker worker, Index start, Index count) const {
    return {states_.vector(worker, 0) + start, states_.stride(), count};
  }

  // Calls act(start, count) for tiles that cover the coordinates.
  template <class Act>
  static void for_each_tile(Range range, const Act& act) {
    const Index end = range.first + range.count;
    for (Index start = range.first; start < end; start += tile) act(start, std::min(tile, end - start));
  }
  template <class Act>
  void for_each_tile(const Act& act) const {
    for_each_tile({0, dimension_}, act);
  }

  // out ← row r · S.
  void combine(const SparseRows& rows, int r, Worker worker, Scalar* out) const {
    for_each_tile(
        [&](Index start, Index count) { rows.combine(r, part(worker, start, count), out + start); });
  }

  // out ← pointᵀS, moved; of a weighted method divided by the weight.
  void look(Worker worker, const SparseRows& point, const Motion& motion, std::span<Scalar> out) const {
    if (!motion.empty()) return combine(moved(point, motion), 0, worker, out.data());
    if (!weighted()) return combine(point, 0, worker, out.data());
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

  void begin_gradient(Worker worker, double time, const Motion& motion, std::span<Scalar> out) {
    const bool transforms = !gradient_.before.empty();
    if (transforms) {
      for_each_tile([&](Index start, Index count) {
        motion.transform(part(worker, start, count));
        gradient_.before.transform(part(worker, start, count));
      });
      last_[worker] = time;
    }
    const bool elsewhere = !gradient_.point.empty();
    look(worker, elsewhere ? gradient_.point : model_, transforms ? at_rest : motion, out);
    if (dual() && !elsewhere) to_primal(worker, out);
  }

  void step(Worker worker, double time, const Motion& motion, const SparseRows& after, double learning_rate,
            const Vector<Scalar>& direction) {
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      motion.transform(state);
      after.transform(state);
      land(dynamics_.gradient.landing, learning_rate, direction.data() + start, state);
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
    step(i, event.time, gradient_.before.empty() ? motion : at_rest, gradient_.after, learning_rate,
         gradients.direction);
  }

  // Both halves, tile by tile.
  void exchange(const Event& event) {
    const Motion motion_i = motion_of(event.i, event.time), motion_j = motion_of(event.j, event.time);
    const SparseRows moved_i = moved(told_, motion_i), moved_j = moved(told_, motion_j);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> i = part(event.i, start, count), j = part(event.j, start, count);
      Scalar of_i[most_vectors * tile], of_j[most_vectors * tile];
      (moved_i.empty() ? told_ : moved_i).tell(i, of_i, tile);
      (moved_j.empty() ? told_ : moved_j).tell(j, of_j, tile);
      hear(i, motion_i, of_i, of_j, tile);
      hear(j, motion_j, of_j, of_i, tile);
    });
    last_[event.i] = last_[event.j] = event.time;
  }

  // Of the mixings in rounds, or of both sides of the meetings with a server.
  std::size_t place_of(Worker worker, int number) const {
    return static_cast<std::size_t>(has_server() ? 2 * number + int{worker == server_} : number);
  }
  const Dynamics::Mixing& mixing(Worker worker, int number) const {
    if (!has_server()) return dynamics_.mixing(number);
    const Dynamics::Encounter& meeting = dynamics_.meetings[static_cast<std::size_t>(number)];
    return worker == server_ ? meeting.server : meeting.worker;
  }

  // What tells of the state as it is what `told` tells of the state when it has moved; empty where that is `told`.
  static SparseRows moved(const SparseRows& told, const Motion& motion) {
    if (motion.empty()) return {};
    return SparseRows(told * motion);
  }

  void tell(const SparseRows& told, Worker worker, double time, Range range, std::span<Scalar> out) const {
    const SparseRows moves = moved(told, motion_of(worker, time));
    for_each_tile(range, [&](Index start, Index count) {
      (moves.empty() ? told : moves)
          .tell(part(worker, start, count), out.data() + start - range.first, range.count);
    });
  }
  // One half of an exchange, in a tile.
  void hear(const Part<Scalar>& state, const Motion& motion, const Scalar* own, const Scalar* peer,
            Index stride) const {
    motion.transform(state);
    exchange_kept_.transform(state);
    const Matrix<double>& landing = dynamics_.exchange.landing;
    Differences differences;
    for (Index r = 0; r < landing.cols(); ++r) {
      const ScaledDifference<Scalar> difference{1.0, own + r * stride, peer + r * stride};
      sum_terms(std::span(&difference, 1), state.count, differences[r]);
    }
    subtract(landing, differences, state);
  }

  // What a mixing keeps of S, where it is written as S ← kept·S + landing·M.
  Matrix<double> kept_by(const Dynamics::Mixing& how) const {
    if (how.kept.size() > 0) return how.kept;
    return Matrix<double>::Identity(vectors(), vectors()) - how.landing * how.told;
  }

  Dynamics dynamics_;
  bool flows_;
  SmallMatrix flow_;
  SparseRows model_;
  Gradient gradient_;
  SparseRows told_, exchange_kept_, send_kept_;  // told: in an exchange or a send
  std::vector<Round> rounds_;                    // by place_of()
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;  // per worker: the time of its state
  Weights<Scalar> weights_;
  Worker server_ = std::numeric_limits<Worker>::max();  // where there is one, and it is here
  const DualOracle<Scalar>* oracle_ = nullptr;
  const MessageCodec<Scalar>* codec_ = nullptr;
  std::optional<PublicCopies<Scalar>> copies_;  // of compressed exchanges
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
