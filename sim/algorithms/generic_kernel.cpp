#include "sim/algorithms/generic_kernel.hpp"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/state_block.hpp"
#include "sim/algorithms/tiles.hpp"

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
        weights_(dynamics.weighted ? workers : 0, Scalar{1}) {
    for (const auto* mixings : {&dynamics.rounds, &dynamics.opening})
      for (const Dynamics::Mixing& how : *mixings)
        rounds_.push_back({SparseRows(how.told), SparseRows(kept_by(how))});
  }

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return dynamics_.size(); }
  bool weighted() const override { return dynamics_.weighted; }
  bool dual() const override { return dynamics_.dual; }
  void use(const MessageCodec<Scalar>& codec) override { codec_ = &codec; }
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
    return states_.bytes() + last_.size() * sizeof(double) + weights_.size() * sizeof(Scalar);
  }
  double bound() const override { return flows_ ? infinity : states_.largest(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (int a = 0; a < vectors(); ++a)
      for (Index k = 0; k < dimension_; ++k)
        states_.vector(worker, a)[k] = static_cast<Scalar>(dynamics_.initial[a] * static_cast<double>(x[k]));
    last_[worker] = 0.0;
    if (weighted()) weights_[worker] = Scalar{1};
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

  Scalar weight(Worker worker) const override { return weighted() ? weights_[worker] : Scalar{1}; }

  void begin_gradient(Worker worker, double time, std::span<Scalar> out) override {
    begin_gradient(worker, time, motion_of(worker, time), out);
  }
  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    step(worker, time, motion_of(worker, time), learning_rate, direction);
  }

  bool has_gradient_at_start() const override { return dynamics_.gradient.at_start.size() > 0; }
  void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction) override {
    if (!has_gradient_at_start()) return Kernel<Scalar>::land_at_start(worker, learning_rate, direction);
    for_each_tile([&](Index start, Index count) {
      land(part(worker, start, count), dynamics_.gradient.at_start, learning_rate, direction.data() + start);
    });
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    tell(told_, worker, time, out);
    if (dual()) to_primal(worker, out);
  }
  void tell_in_round(Worker worker, int number, double time, std::span<Scalar> out) const override {
    const SparseRows& told = rounds_[static_cast<std::size_t>(number)].told;
    tell(told, worker, time, out);
    if (weighted()) out.back() = weights_[worker];
    if (codec_ == nullptr) return;
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

  void mix(Worker worker, int number, double time, const Letters<Scalar>& letters) override {
    if (!dynamics_.mixes_in_rounds()) return Kernel<Scalar>::mix(worker, number, time, letters);
    const Dynamics::Mixing& how = dynamics_.mixing(number);
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      move(state, motion);
      if (how.kept.size() == 0 && !letters.own_weight)
        hear_letters(state, how.landing, letters, start);
      else
        take_mixed(state, how, rounds_[static_cast<std::size_t>(number)].kept, letters, start);
    });
    last_[worker] = time;
    if (weighted()) weights_[worker] = mixed_weight(letters);
  }

  void apply(std::span<const Event> events, GradientSource<Scalar>* gradients) override {
    if (dual()) return Kernel<Scalar>::apply(events, gradients);  // oracles take whole messages
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
      move(state, motion);
      tell(told_, state, out.data() + start, dimension_);
      send_kept_.transform(state);
    });
    last_[worker] = time;
    if (!weighted()) return;
    const auto weight = static_cast<double>(weights_[worker]);
    out.back() = static_cast<Scalar>(dynamics_.send.told(0, 0) * weight);
    weights_[worker] = static_cast<Scalar>(dynamics_.send.kept(0, 0) * weight);
  }

  void receive(Worker worker, double time, std::span<const Scalar> message) override {
    if (!dynamics_.sends()) return Kernel<Scalar>::receive(worker, time, message);
    const Matrix<double>& landing = dynamics_.send.landing;
    const Motion motion = motion_of(worker, time);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      move(state, motion);
      for (int a = 0; a < vectors(); ++a) {
        std::array<Scaled<Scalar>, most_vectors + 1> terms;
        terms[0] = {1.0, state.vector(a)};
        for (Index r = 0; r < landing.cols(); ++r)
          terms[static_cast<std::size_t>(r + 1)] = {landing(a, r), message.data() + r * dimension_ + start};
        double sum[tile];
        sum_terms(std::span<const Scaled<Scalar>>(terms).first(static_cast<std::size_t>(landing.cols() + 1)),
                  count, sum);
        copy_to(sum, count, state.vector(a));
      }
    });
    last_[worker] = time;
    if (weighted())
      weights_[worker] = static_cast<Scalar>(static_cast<double>(weights_[worker]) +
                                             landing(0, 0) * static_cast<double>(message.back()));
  }

  std::size_t stored_size() const override {
    return static_cast<std::size_t>(vectors()) * static_cast<std::size_t>(dimension_) +
           std::size_t{weighted()};
  }
  double save(Worker worker, std::span<Scalar> out) const override {
    states_.copy_out(worker, out.first(out.size() - std::size_t{weighted()}));
    if (weighted()) out.back() = weights_[worker];
    return last_[worker];
  }
  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    states_.copy_in(worker, stored.first(stored.size() - std::size_t{weighted()}));
    if (weighted()) weights_[worker] = stored.back();
    last_[worker] = time;
  }

 private:
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
  void for_each_tile(const Act& act) const {
    for (Index start = 0; start < dimension_; start += tile) act(start, std::min(tile, dimension_ - start));
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
    const double scale = 1.0 / static_cast<double>(weights_[worker]);
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
        move(part(worker, start, count), motion);
        gradient_.before.transform(part(worker, start, count));
      });
      last_[worker] = time;
    }
    const bool elsewhere = !gradient_.point.empty();
    look(worker, elsewhere ? gradient_.point : model_, transforms ? at_rest : motion, out);
    if (dual() && !elsewhere) to_primal(worker, out);
  }

  void step(Worker worker, double time, const Motion& motion, double learning_rate,
            const Vector<Scalar>& direction) {
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> state = part(worker, start, count);
      move(state, motion);
      if (!gradient_.after.empty()) gradient_.after.transform(state);
      land(state, dynamics_.gradient.landing, learning_rate, direction.data() + start);
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
    step(i, event.time, gradient_.before.empty() ? motion : at_rest, learning_rate, gradients.direction);
  }

  // Both halves, tile by tile.
  void exchange(const Event& event) {
    const Motion motion_i = motion_of(event.i, event.time), motion_j = motion_of(event.j, event.time);
    const SparseRows moved_i = moved(told_, motion_i), moved_j = moved(told_, motion_j);
    for_each_tile([&](Index start, Index count) {
      const Part<Scalar> i = part(event.i, start, count), j = part(event.j, start, count);
      Scalar of_i[most_vectors * tile], of_j[most_vectors * tile];
      tell(moved_i.empty() ? told_ : moved_i, i, of_i, tile);
      tell(moved_j.empty() ? told_ : moved_j, j, of_j, tile);
      hear(i, motion_i, of_i, of_j, tile);
      hear(j, motion_j, of_j, of_i, tile);
    });
    last_[event.i] = last_[event.j] = event.time;
  }

  // What tells of the state as it is what `told` tells of the state when it has moved; empty where that is `told`.
  static SparseRows moved(const SparseRows& told, const Motion& motion) {
    if (motion.empty()) return {};
    return SparseRows(told * motion);
  }

  void tell(const SparseRows& told, Worker worker, double time, std::span<Scalar> out) const {
    const SparseRows moves = moved(told, motion_of(worker, time));
    for_each_tile([&](Index start, Index count) {
      tell(moves.empty() ? told : moves, part(worker, start, count), out.data() + start, dimension_);
    });
  }
  // In a tile; the vectors of the message follow each other at `stride`.
  template <class State>
  static void tell(const SparseRows& told, const State& state, Scalar* out, Index stride) {
    for (int r = 0; r < told.size(); ++r) told.combine(r, state, out + r * stride);
  }

  static void move(const Part<Scalar>& state, const Motion& motion) {
    if (!motion.empty()) motion.transform(state);
  }

  static void copy_to(const double* values, Index count, Scalar* out) {
    for (Index k = 0; k < count; ++k) out[k] = static_cast<Scalar>(values[k]);
  }

  // S ← S + landing·γpᵀ.
  static void land(const Part<Scalar>& state, const Vector<double>& landing, double learning_rate,
                   const Scalar* direction) {
    for (int a = 0; a < landing.size(); ++a) {
      if (landing[a] == 0.0) continue;
      add_scaled(landing[a] * learning_rate, direction, state.count, state.vector(a));
    }
  }

  // S ← S − landing·differences.
  static void subtract(const Part<Scalar>& state, const Matrix<double>& landing,
                       const double (&differences)[most_vectors][tile]) {
    for (int a = 0; a < landing.rows(); ++a)
      for (Index r = 0; r < landing.cols(); ++r)
        if (landing(a, r) != 0.0) add_scaled(-landing(a, r), differences[r], state.count, state.vector(a));
  }

  // One half of an exchange, in a tile.
  void hear(const Part<Scalar>& state, const Motion& motion, const Scalar* own, const Scalar* peer,
            Index stride) const {
    move(state, motion);
    if (!exchange_kept_.empty()) exchange_kept_.transform(state);
    const Matrix<double>& landing = dynamics_.exchange.landing;
    double differences[most_vectors][tile];
    for (Index r = 0; r < landing.cols(); ++r) {
      const ScaledDifference<Scalar> difference{1.0, own + r * stride, peer + r * stride};
      sum_terms(std::span(&difference, 1), state.count, differences[r]);
    }
    subtract(state, landing, differences);
  }

  // Of all letters, the coordinates from `start` on of vector r of a message.
  const Scalar* coordinates(std::span<const Scalar> message, Index r, Index start) const {
    return message.data() + r * dimension_ + start;
  }

  // sum ← Σ_j w_j (own − message of j).
  void add_differences(const Letters<Scalar>& letters, Index r, Index start, Index count, double* sum) const {
    static thread_local std::vector<ScaledDifference<Scalar>> terms;  // kept: rounds allocate nothing
    terms.clear();
    for (const Letter<Scalar>& letter : letters.others)
      terms.push_back(
          {letter.weight, coordinates(letters.own, r, start), coordinates(letter.message, r, start)});
    sum_terms(std::span<const ScaledDifference<Scalar>>(terms), count, sum);
  }

  // S ← S − landing·Σ_j w_j (own − message of j).
  void hear_letters(const Part<Scalar>& state, const Matrix<double>& landing, const Letters<Scalar>& letters,
                    Index start) const {
    double differences[most_vectors][tile];
    for (Index r = 0; r < landing.cols(); ++r)
      add_differences(letters, r, start, state.count, differences[r]);
    subtract(state, landing, differences);
  }

  // sum ← the mixed message. A neighbour of weight 1, the mean over all for example, is taken as it is.
  void mix_messages(const Letters<Scalar>& letters, Index r, Index start, Index count, double* sum) const {
    const Scalar* const mine = coordinates(letters.own, r, start);
    if (letters.own_weight) {
      static thread_local std::vector<Scaled<Scalar>> terms;  // kept: rounds allocate nothing
      terms.assign(1, {*letters.own_weight, mine});
      for (const Letter<Scalar>& letter : letters.others)
        terms.push_back({letter.weight, coordinates(letter.message, r, start)});
      sum_terms(std::span<const Scaled<Scalar>>(terms), count, sum);
    } else if (letters.others.size() == 1 && letters.others[0].weight == 1.0) {
      std::copy_n(coordinates(letters.others[0].message, r, start), count, sum);
    } else {
      add_differences(letters, r, start, count, sum);
      for (Index k = 0; k < count; ++k) sum[k] = static_cast<double>(mine[k]) - sum[k];
    }
  }

  // What a mixing keeps of S, where it is written as S ← kept·S + landing·M.
  Matrix<double> kept_by(const Dynamics::Mixing& how) const {
    if (how.kept.size() > 0) return how.kept;
    return Matrix<double>::Identity(vectors(), vectors()) - how.landing * how.told;
  }

  // S ← kept·S + landing·M + own·(own message).
  void take_mixed(const Part<Scalar>& state, const Dynamics::Mixing& how, const SparseRows& kept,
                  const Letters<Scalar>& letters, Index start) const {
    double mixed[most_vectors][tile], moved[most_vectors][tile];
    for (Index r = 0; r < how.told.rows(); ++r) mix_messages(letters, r, start, state.count, mixed[r]);
    for (int a = 0; a < vectors(); ++a) {
      kept.combine(a, state, moved[a]);
      for (Index r = 0; r < how.told.rows(); ++r)
        if (how.landing(a, r) != 0.0) add_scaled(how.landing(a, r), mixed[r], state.count, moved[a]);
      for (Index r = 0; r < how.own.cols(); ++r)
        if (how.own(a, r) != 0.0)
          add_scaled(how.own(a, r), coordinates(letters.own, r, start), state.count, moved[a]);
    }
    for (int a = 0; a < vectors(); ++a) copy_to(moved[a], state.count, state.vector(a));
  }

  Scalar mixed_weight(const Letters<Scalar>& letters) const {
    const auto own = static_cast<double>(letters.own.back());
    double mixed = letters.own_weight ? *letters.own_weight * own : own;
    for (const Letter<Scalar>& letter : letters.others) {
      const auto other = static_cast<double>(letter.message.back());
      mixed += letter.weight * (letters.own_weight ? other : other - own);
    }
    return static_cast<Scalar>(mixed);
  }

  Dynamics dynamics_;
  bool flows_;
  SmallMatrix flow_;
  SparseRows model_;
  Gradient gradient_;
  SparseRows told_, exchange_kept_, send_kept_;  // told: in an exchange or a send
  std::vector<Round> rounds_;                    // by number of mixing
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;     // per worker: the time of its state
  std::vector<Scalar> weights_;  // per worker; empty without weights
  const DualOracle<Scalar>* oracle_ = nullptr;
  const MessageCodec<Scalar>* codec_ = nullptr;
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
