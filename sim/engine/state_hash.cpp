#include "sim/engine/state_hash.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace acidsim {
namespace {

// Multiplication by an odd number and a shift, word by word, each a permutation: a changed word changes the
// hash. The constants are those of SplitMix64 [Steele, Lea and Flood 2014].
class Mixer {
 public:
  void add(std::span<const std::byte> bytes) {
    for (std::size_t k = 0; k < bytes.size(); k += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + k, std::min(sizeof(word), bytes.size() - k));
      hash_ = (hash_ ^ word) * 0xbf58476d1ce4e5b9u;
      hash_ ^= hash_ >> 31;
    }
  }
  std::uint64_t hash() const { return hash_; }

 private:
  std::uint64_t hash_ = 0x9e3779b97f4a7c15u;
};

}  // namespace

template <class Scalar>
std::uint64_t StateHasher<Scalar>::operator()(const Kernel<Scalar>& kernel,
                                              const Optimizer<Scalar>* optimizer, Worker place) {
  stored_.resize(kernel.stored_size());
  const double stands_at = kernel.save(place, stored_);
  Mixer mixer;
  mixer.add(std::as_bytes(std::span(&stands_at, 1)));
  mixer.add(std::as_bytes(std::span(stored_)));
  if (optimizer != nullptr) mixer.add(optimizer->memory().bytes(place));
  return mixer.hash();
}
template class StateHasher<float>;
template class StateHasher<double>;

std::optional<StateDifference> first_difference(std::span<const StateHash> a, std::span<const StateHash> b) {
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_a == a.end() && at_b == b.end()) return {};
  if (at_a == a.end()) return StateDifference{at_b->event, at_b->worker};
  if (at_b == b.end()) return StateDifference{at_a->event, at_a->worker};
  const auto [event, worker] =
      std::min(std::tuple(at_a->event, at_a->worker), std::tuple(at_b->event, at_b->worker));
  return StateDifference{event, worker};
}

}  // namespace acidsim
