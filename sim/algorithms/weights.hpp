// The weights of a method that has them (Dynamics::weights), as the generic kernel keeps them.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"
#include "sim/algorithms/tiles.hpp"

namespace acidsim {

// One more coordinate of the first vectors of every worker, on which events act as on the others.
template <class Scalar>
class Weights {
 public:
  Weights(int per_worker, Worker workers)
      : per_worker_(static_cast<std::size_t>(per_worker)), all_(workers * per_worker_) {}

  std::size_t per_worker() const { return per_worker_; }
  std::size_t bytes() const { return all_.size() * sizeof(Scalar); }
  std::span<Scalar> of(Worker worker) { return std::span(all_).subspan(worker * per_worker_, per_worker_); }
  std::span<const Scalar> of(Worker worker) const {
    return std::span(all_).subspan(worker * per_worker_, per_worker_);
  }

  void initialise(Worker worker, const Vector<double>& initial) {
    for (std::size_t a = 0; a < per_worker_; ++a)
      of(worker)[a] = static_cast<Scalar>(initial[static_cast<Index>(a)]);
  }

  // What a message tells of them, with its first vector.
  Scalar tell(Worker worker, const Matrix<double>& told) const {
    return static_cast<Scalar>(combined(worker, told, 0));
  }

  void mix(Worker worker, const Dynamics::Mixing& how, const Letters<Scalar>& letters) {
    const bool apart = how.own_share.size() > 0;
    const auto own = static_cast<double>(letters.own.back());
    double mixed = apart ? 0.0 : letters.own_weight ? *letters.own_weight * own : own;
    for (const Letter<Scalar>& letter : letters.others) {
      const auto other = static_cast<double>(letter.message.back());
      mixed += letter.weight * (apart || letters.own_weight ? other : other - own);
    }
    std::array<double, most_vectors> moved;
    for (std::size_t a = 0; a < per_worker_; ++a) {
      const auto row = static_cast<Index>(a);
      moved[a] = combined(worker, how.kept, row) + how.landing(row, 0) * mixed;
      if (apart) moved[a] += how.own_share(row, 0) * letters.weight_of_own() * own;
    }
    std::transform(moved.begin(), moved.begin() + per_worker_, of(worker).begin(),
                   [](double weight) { return static_cast<Scalar>(weight); });
  }

  // Of methods that send single messages, whose workers have one weight: what the message takes along.
  Scalar send(Worker worker, const Dynamics::Sending& how) {
    const Scalar told = tell(worker, how.told);
    of(worker).front() = static_cast<Scalar>(combined(worker, how.kept, 0));
    return told;
  }
  void receive(Worker worker, const Dynamics::Sending& how, Scalar message) {
    Scalar& weight = of(worker).front();
    weight =
        static_cast<Scalar>(static_cast<double>(weight) + how.landing(0, 0) * static_cast<double>(message));
  }

 private:
  // Row `row` of a matrix of the vectors, times the weights.
  double combined(Worker worker, const Matrix<double>& matrix, Index row) const {
    double sum = 0;
    for (std::size_t a = 0; a < per_worker_; ++a)
      sum += matrix(row, static_cast<Index>(a)) * static_cast<double>(of(worker)[a]);
    return sum;
  }

  std::size_t per_worker_;
  std::vector<Scalar> all_;  // worker by worker
};

}  // namespace acidsim
