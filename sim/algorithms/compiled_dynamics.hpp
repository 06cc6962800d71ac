// A declaration of a method, made ready for the generic kernel.
#pragma once

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/tiles.hpp"

namespace acidsim {

// The flow since a worker's last event, e^{As}; empty where it stands still.
using Motion = SparseRows;
inline const Motion at_rest = {};

// The matrices of a declaration as sparse rows, and what events do with them.
class CompiledDynamics {
 public:
  struct Gradient {
    SparseRows before, after, point;
  };
  struct Round {
    SparseRows told, kept;  // kept: where it is written as S ← kept·S + landing·M
  };

  // Throws std::logic_error for what the kernel cannot carry out.
  explicit CompiledDynamics(const Dynamics& dynamics)
      : declared(checked(dynamics)),
        flows(dynamics.flow.size() > 0 && !dynamics.flow.isZero(0.0)),
        model(dynamics.point.transpose()),
        gradient{SparseRows(dynamics.gradient.before), SparseRows(dynamics.gradient.after),
                 SparseRows(dynamics.gradient.point.transpose())},
        told(dynamics.exchanges() ? dynamics.exchange.told : dynamics.send.told),
        exchange_kept(dynamics.exchange_kept),
        send_kept(dynamics.send.kept),
        flow_(dynamics.flow) {
    for (const auto* mixings : {&dynamics.rounds, &dynamics.opening})
      for (const Dynamics::Mixing& how : *mixings) add_round(how);
    for (const Dynamics::Encounter& meeting : dynamics.meetings) {
      add_round(meeting.worker);
      add_round(meeting.server);
    }
  }

  Motion motion(double elapsed) const {
    if (!flows || elapsed == 0) return {};
    return Motion(exponential(flow_ * elapsed));
  }

  // A mixing in rounds, or one side of a meeting with the server.
  const Round& round(int number, bool of_server) const {
    return rounds_[static_cast<std::size_t>(declared.has_server() ? 2 * number + int{of_server} : number)];
  }
  const Dynamics::Mixing& mixing(int number, bool of_server) const {
    if (!declared.has_server()) return declared.mixing(number);
    const Dynamics::Encounter& meeting = declared.meetings[static_cast<std::size_t>(number)];
    return of_server ? meeting.server : meeting.worker;
  }

  // --- Events on a tile.
  template <class Scalar>
  void step(const Motion& moves, const SparseRows& after, double learning_rate, const Scalar* direction,
            const Part<Scalar>& state) const {
    transform(moves, after, state);
    land(declared.gradient.landing, learning_rate, direction, state);
  }
  // One half of an exchange; vectors of messages follow each other at `stride`.
  template <class Scalar>
  void hear(const Motion& moves, const Scalar* own, const Scalar* peer, Index stride,
            const Part<Scalar>& state) const {
    transform(moves, exchange_kept, state);
    const Matrix<double>& landing = declared.exchange.landing;
    for (Index r = 0; r < landing.cols(); ++r) {
      const ScaledDifference<Scalar> difference{1.0, own + r * stride, peer + r * stride};
      for (int a = 0; a < landing.rows(); ++a)
        if (landing(a, r) != 0.0)
          sum_few(Land{-landing(a, r)}, std::span(&difference, 1), state.count, state.vector(a));
    }
  }
  template <class Scalar>
  void receive(const Scalar* message, Index stride, const Part<Scalar>& state) const {
    const Matrix<double>& landing = declared.send.landing;
    for (int a = 0; a < declared.size(); ++a) {
      std::array<Scaled<Scalar>, most_vectors> terms;
      for (Index r = 0; r < landing.cols(); ++r)
        terms[static_cast<std::size_t>(r)] = {landing(a, r), message + r * stride};
      alignas(line) double sum[tile];
      std::copy_n(state.vector(a), state.count, sum);
      add_terms(std::span(std::as_const(terms)).first(static_cast<std::size_t>(landing.cols())), state.count,
                sum);
      store(sum, state.count, state.vector(a));
    }
  }

  const Dynamics declared;
  const bool flows;
  const SparseRows model;
  const Gradient gradient;
  const SparseRows told, exchange_kept, send_kept;  // told: in an exchange or a send

 private:
  static const Dynamics& checked(const Dynamics& dynamics) {
    check_shapes(dynamics);
    if (std::max(dynamics.size(), dynamics.most_told_vectors()) > most_vectors)
      throw std::logic_error("generic kernel: more than 16 vectors per worker");
    return dynamics;
  }

  void add_round(const Dynamics::Mixing& how) {
    const Index m = declared.size();
    const Matrix<double> kept = how.kept.size() > 0
                                    ? how.kept
                                    : Matrix<double>(Matrix<double>::Identity(m, m) - how.landing * how.told);
    rounds_.push_back({SparseRows(how.told), SparseRows(kept)});
  }

  SmallMatrix flow_;
  std::vector<Round> rounds_;
};

// What tells of the state as it is what `told` tells of the state when it has moved; `told` itself where it has not.
class Moved {
 public:
  Moved(const SparseRows& told, const Motion& motion) : told_(told) {
    if (!motion.empty()) moved_ = SparseRows(told * motion);
  }
  const SparseRows& rows() const { return moved_.empty() ? told_ : moved_; }

 private:
  const SparseRows& told_;
  SparseRows moved_;
};

}  // namespace acidsim
