#include "sim/algorithms/generic_kernel.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <unsupported/Eigen/MatrixFunctions>
#include <vector>

#include "sim/algorithms/mixed_messages.hpp"
#include "sim/algorithms/state_block.hpp"

namespace acidsim {
namespace {

constexpr int max_vectors = 16;
constexpr Index tile = 64;  // coordinates handled at a time, on the stack

// Some coordinates of several vectors, in double.
struct Tile {
  double values[max_vectors][tile];
};

template <class Scalar>
class GenericKernel final : public Kernel<Scalar> {
 public:
  GenericKernel(const Dynamics& dynamics, Worker workers, Index dimension)
      : dynamics_(dynamics),
        flows_(dynamics.flow.size() > 0 && !dynamics.flow.isZero(0.0)),
        dimension_(dimension),
        states_(workers, dynamics.size(), dimension),
        last_(workers, 0.0),
        weights_(dynamics.weighted ? workers : 0, Scalar{1}) {
    check_shapes(dynamics);
    if (std::max(dynamics.size(), dynamics.most_told_vectors()) > max_vectors)
      throw std::logic_error("generic kernel: more than 16 vectors per worker");
    for (const auto* mixings : {&dynamics.rounds, &dynamics.opening})
      for (const Dynamics::Mixing& how : *mixings) kept_.push_back(kept_by(how));
  }

  Worker workers() const override { return static_cast<Worker>(last_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return dynamics_.size(); }
  bool weighted() const override { return dynamics_.weighted; }
  bool dual() const override { return dynamics_.dual; }
  void use(const MessageCodec<Scalar>& codec) override { codec_ = &codec; }
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
    return states_.bytes() + last_.size() * sizeof(double) + weights_.size() * sizeof(Scalar) +
           (copies_ ? copies_->bytes() : 0);
  }
  double bound() const override { return flows_ ? infinity : states_.largest(); }

  void initialise(Worker worker, const Vector<Scalar>& x) override {
    for (int a = 0; a < vectors(); ++a)
      for (Index k = 0; k < dimension_; ++k)
        states_.vector(worker, a)[k] = static_cast<Scalar>(dynamics_.initial[a] * static_cast<double>(x[k]));
    last_[worker] = 0.0;
    if (weighted()) weights_[worker] = Scalar{1};
    if (copies_) copies_->clear(worker);
  }

  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    if (flows_) return combine(flow_of(worker, time).row(a), worker, 1.0, out);
    std::copy_n(states_.vector(worker, a), dimension_, out.data());
  }

  void model(Worker worker, double time, std::span<Scalar> out) const override {
    look(worker, time, dynamics_.point, out);
    if (dual()) to_primal(worker, out);
  }

  Scalar weight(Worker worker) const override { return weighted() ? weights_[worker] : Scalar{1}; }

  void begin_gradient(Worker worker, double time, std::span<Scalar> out) override {
    if (dynamics_.gradient.before.size() > 0) {
      advance(worker, time);
      transform(worker, dynamics_.gradient.before);
    }
    if (dynamics_.gradient.point.size() > 0)
      look(worker, time, dynamics_.gradient.point, out);
    else
      model(worker, time, out);
  }

  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    advance(worker, time);
    if (dynamics_.gradient.after.size() > 0) transform(worker, dynamics_.gradient.after);
    land(worker, dynamics_.gradient.landing, learning_rate, direction);
  }

  bool has_gradient_at_start() const override { return dynamics_.gradient.at_start.size() > 0; }
  void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction) override {
    if (!has_gradient_at_start()) return Kernel<Scalar>::land_at_start(worker, learning_rate, direction);
    land(worker, dynamics_.gradient.at_start, learning_rate, direction);
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    tell(dynamics_.exchanges() ? dynamics_.exchange.told : dynamics_.send.told, worker, time, out);
    if (dual()) to_primal(worker, out);
  }
  void tell_in_round(Worker worker, int number, double time, std::span<Scalar> out) const override {
    tell(mixing(number).told, worker, time, out);
    if (weighted()) out.back() = weights_[worker];
    if (codec_ == nullptr) return;
    const auto d = static_cast<std::size_t>(dimension_);
    const Index vectors_told = mixing(number).told.rows();
    for (Index r = 0; r < vectors_told; ++r)
      codec_->apply(worker, time, static_cast<int>(number * vectors_told + r),
                    out.subspan(static_cast<std::size_t>(r) * d, d));
  }

  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    if (dynamics_.exchange_kept.size() > 0) {
      advance(worker, time);
      transform(worker, dynamics_.exchange_kept);
    }
    const Letter<Scalar> letter{1.0, peer};
    advance(worker, time);
    hear(worker, dynamics_.exchange.landing, {own, {&letter, 1}});
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

  void mix(Worker worker, int number, double time, const Letters<Scalar>& letters) override {
    if (!dynamics_.mixes_in_rounds()) return Kernel<Scalar>::mix(worker, number, time, letters);
    advance(worker, time);
    const Dynamics::Mixing& how = mixing(number);
    if (how.kept.size() == 0 && !letters.own_weight)
      hear(worker, how.landing, letters);
    else
      take_mixed(worker, how, kept_[static_cast<std::size_t>(number)], letters);
    if (weighted()) weights_[worker] = mixed_weight(letters);
  }

  bool directed() const override { return dynamics_.sends(); }
  void send(Worker worker, double time, std::span<Scalar> out) override {
    if (!dynamics_.sends()) return Kernel<Scalar>::send(worker, time, out);
    advance(worker, time);
    tell(dynamics_.send.told, worker, out);
    transform(worker, dynamics_.send.kept);
    if (!weighted()) return;
    const auto weight = static_cast<double>(weights_[worker]);
    out.back() = static_cast<Scalar>(dynamics_.send.told(0, 0) * weight);
    weights_[worker] = static_cast<Scalar>(dynamics_.send.kept(0, 0) * weight);
  }

  void receive(Worker worker, double time, std::span<const Scalar> message) override {
    if (!dynamics_.sends()) return Kernel<Scalar>::receive(worker, time, message);
    advance(worker, time);
    const Matrix<double>& landing = dynamics_.send.landing;
    for_each_tile([&](Index start, Index count) {
      for (int a = 0; a < vectors(); ++a) {
        Scalar* const state = states_.vector(worker, a) + start;
        for (Index k = 0; k < count; ++k) {
          double sum = static_cast<double>(state[k]);
          for (Index r = 0; r < landing.cols(); ++r)
            sum += landing(a, r) *
                   static_cast<double>(message[static_cast<std::size_t>(r * dimension_ + start + k)]);
          state[k] = static_cast<Scalar>(sum);
        }
      }
    });
    if (weighted())
      weights_[worker] = static_cast<Scalar>(static_cast<double>(weights_[worker]) +
                                             landing(0, 0) * static_cast<double>(message.back()));
  }

  std::size_t stored_size() const override {
    return stored_state_size() + (copies_ ? copies_->stored_size() : 0);
  }
  double save(Worker worker, std::span<Scalar> out) const override {
    const std::span<Scalar> state = out.first(stored_state_size());
    states_.copy_out(worker, state.first(state.size() - std::size_t{weighted()}));
    if (weighted()) state.back() = weights_[worker];
    if (copies_) copies_->save(worker, out.subspan(state.size()));
    return last_[worker];
  }
  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    const std::span<const Scalar> state = stored.first(stored_state_size());
    states_.copy_in(worker, state.first(state.size() - std::size_t{weighted()}));
    if (weighted()) weights_[worker] = state.back();
    if (copies_) copies_->restore(worker, stored.subspan(state.size()));
    last_[worker] = time;
  }

 private:
  std::size_t stored_state_size() const {
    return static_cast<std::size_t>(vectors()) * static_cast<std::size_t>(dimension_) +
           std::size_t{weighted()};
  }

  // e^{As} for the time s since the worker's last event.
  Matrix<double> flow_of(Worker worker, double time) const {
    const Matrix<double> generator = dynamics_.flow * (time - last_[worker]);
    return generator.exp();
  }

  // out ← pointᵀS, flowed to `time`; of a weighted method divided by the weight.
  void look(Worker worker, double time, const Vector<double>& point, std::span<Scalar> out) const {
    const Matrix<double> row = point.transpose();
    combine(flows_ ? Matrix<double>(row * flow_of(worker, time)) : row, worker,
            weighted() ? 1.0 / static_cast<double>(weights_[worker]) : 1.0, out);
  }

  // z ← ∇f_i*(z).
  void to_primal(Worker worker, std::span<Scalar> z) const {
    if (oracle_ == nullptr) throw std::logic_error("generic kernel: a dual method without its oracle");
    static thread_local Vector<Scalar> dual, primal;  // kept: exchanges allocate nothing
    dual = Eigen::Map<const Vector<Scalar>>(z.data(), dimension_);
    oracle_->conjugate_gradient(worker, dual, primal);
    std::copy_n(primal.data(), dimension_, z.data());
  }

  // Calls act(start, count) for tiles that cover the coordinates.
  template <class Act>
  void for_each_tile(const Act& act) const {
    for (Index start = 0; start < dimension_; start += tile) act(start, std::min(tile, dimension_ - start));
  }

  // sum ← scale · Σ_a weights_a S_a, in a tile.
  template <class Row>
  void combine(const Row& weights, Worker worker, Index start, Index count, double* sum) const {
    std::fill_n(sum, count, 0.0);
    for (int a = 0; a < vectors(); ++a) {
      const double weight = weights[a];
      if (weight == 0.0) continue;
      const Scalar* const state = states_.vector(worker, a) + start;
      for (Index k = 0; k < count; ++k) sum[k] += weight * static_cast<double>(state[k]);
    }
  }

  void combine(const Matrix<double>& weights, Worker worker, double scale, std::span<Scalar> out) const {
    for_each_tile([&](Index start, Index count) {
      std::array<double, tile> sum;
      combine(weights.row(0), worker, start, count, sum.data());
      for (Index k = 0; k < count; ++k)
        out[static_cast<std::size_t>(start + k)] = static_cast<Scalar>(scale * sum[k]);
    });
  }

  const Dynamics::Mixing& mixing(int number) const { return dynamics_.mixing(number); }

  void tell(const Matrix<double>& told, Worker worker, double time, std::span<Scalar> out) const {
    tell(flows_ ? Matrix<double>(told * flow_of(worker, time)) : told, worker, out);
  }
  void tell(const Matrix<double>& told, Worker worker, std::span<Scalar> out) const {
    const auto d = static_cast<std::size_t>(dimension_);
    for (Index r = 0; r < told.rows(); ++r)
      combine(told.row(r), worker, 1.0, out.subspan(static_cast<std::size_t>(r) * d, d));
  }

  // S ← M S.
  void transform(Worker worker, const Matrix<double>& matrix) {
    for_each_tile([&](Index start, Index count) {
      Tile moved;
      for (int a = 0; a < vectors(); ++a) combine(matrix.row(a), worker, start, count, moved.values[a]);
      store(worker, start, count, moved);
    });
  }

  void store(Worker worker, Index start, Index count, const Tile& moved) {
    for (int a = 0; a < vectors(); ++a) {
      Scalar* const state = states_.vector(worker, a) + start;
      for (Index k = 0; k < count; ++k) state[k] = static_cast<Scalar>(moved.values[a][k]);
    }
  }

  // S ← S + landing·γpᵀ.
  void land(Worker worker, const Vector<double>& landing, double learning_rate,
            const Vector<Scalar>& direction) {
    for (int a = 0; a < vectors(); ++a) {
      const double factor = landing[a] * learning_rate;
      if (landing[a] == 0.0) continue;
      Scalar* const state = states_.vector(worker, a);
      for (Index k = 0; k < dimension_; ++k)
        state[k] =
            static_cast<Scalar>(static_cast<double>(state[k]) + factor * static_cast<double>(direction[k]));
    }
  }

  // What a mixing keeps of S, where it is written as S ← kept·S + landing·M.
  Matrix<double> kept_by(const Dynamics::Mixing& how) const {
    if (how.kept.size() > 0) return how.kept;
    return Matrix<double>::Identity(vectors(), vectors()) - how.landing * how.told;
  }

  // sum ← sum + factors·(own message), of row a of `factors`.
  void add_own(const Matrix<double>& factors, int a, double times, std::span<const Scalar> own, Index start,
               Index count, double* sum) const {
    for (Index r = 0; r < factors.cols(); ++r) {
      const double factor = times * factors(a, r);
      if (factor == 0.0) continue;
      const Scalar* const mine = own.data() + r * dimension_ + start;
      for (Index k = 0; k < count; ++k) sum[k] += factor * static_cast<double>(mine[k]);
    }
  }

  // S ← kept·S + landing·M + (own + degree·own_per_neighbour)·(own message).
  void take_mixed(Worker worker, const Dynamics::Mixing& how, const Matrix<double>& kept,
                  const Letters<Scalar>& letters) {
    for_each_tile([&](Index start, Index count) {
      Tile mixed, moved;
      for (Index r = 0; r < how.told.rows(); ++r)
        mix_messages(letters, {r, start, count, dimension_}, mixed.values[r]);
      for (int a = 0; a < vectors(); ++a) {
        double* const sum = moved.values[a];
        combine(kept.row(a), worker, start, count, sum);
        for (Index r = 0; r < how.told.rows(); ++r) {
          const double factor = how.landing(a, r);
          if (factor == 0.0) continue;
          for (Index k = 0; k < count; ++k) sum[k] += factor * mixed.values[r][k];
        }
        add_own(how.own, a, 1.0, letters.own, start, count, sum);
        add_own(how.own_per_neighbour, a, static_cast<double>(letters.others.size()), letters.own, start,
                count, sum);
      }
      store(worker, start, count, moved);
    });
  }

  // S ← S − landing·Σ_j w_j (own − message of j).
  void hear(Worker worker, const Matrix<double>& landing, const Letters<Scalar>& letters) {
    for_each_tile([&](Index start, Index count) {
      Tile differences;
      for (Index r = 0; r < landing.cols(); ++r)
        add_differences(letters, {r, start, count, dimension_}, differences.values[r]);
      for (int a = 0; a < vectors(); ++a) {
        Scalar* const state = states_.vector(worker, a) + start;
        for (Index r = 0; r < landing.cols(); ++r) {
          const double factor = landing(a, r);
          if (factor == 0.0) continue;
          for (Index k = 0; k < count; ++k)
            state[k] = static_cast<Scalar>(static_cast<double>(state[k]) - factor * differences.values[r][k]);
        }
      }
    });
  }

  // Brings the worker's state to `time`: S ← e^{As} S.
  void advance(Worker worker, double time) {
    const bool moves = flows_ && time != last_[worker];
    if (moves) transform(worker, flow_of(worker, time));
    last_[worker] = time;
  }

  Dynamics dynamics_;
  bool flows_;
  std::vector<Matrix<double>> kept_;  // by number of mixing
  Index dimension_;
  StateBlock<Scalar> states_;
  std::vector<double> last_;     // per worker: the time of its state
  std::vector<Scalar> weights_;  // per worker; empty without weights
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
