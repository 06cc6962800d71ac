// A codec as a kernel asks for it: with draws that are addressed.
#pragma once

#include <bit>
#include <memory>
#include <vector>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/core/random.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

// Draw c of a message belongs to its worker, its time and its number. `own`: the workers that the kernel holds, where it
// does not hold all; null: it does.
template <class Scalar>
class MessageCompression final : public MessageCodec<Scalar> {
 public:
  MessageCompression(std::shared_ptr<const Codec> codec, std::uint64_t seed, const std::vector<Worker>* own)
      : codec_(std::move(codec)), seed_(seed), own_(own) {}

  void apply(Worker place, double time, int number, std::span<Scalar> vector) const override {
    const Stream draws(seed_, Purpose::compression, own_ != nullptr ? (*own_)[place] : place);
    const std::uint64_t message =
        std::bit_cast<std::uint64_t>(time) * 0x9E3779B97F4A7C15u + (static_cast<std::uint64_t>(number) << 40);
    static thread_local std::vector<double> values;  // kept: messages allocate nothing
    values.assign(vector.begin(), vector.end());
    codec_->apply(values, [&](Index c) {
      return 1 - open_uniform(draws.bits(message + static_cast<std::uint64_t>(c)).first);
    });
    for (std::size_t c = 0; c < vector.size(); ++c) vector[c] = static_cast<Scalar>(values[c]);
  }

 private:
  std::shared_ptr<const Codec> codec_;
  std::uint64_t seed_;
  const std::vector<Worker>* own_;
};

// The edges of the workers in `own`, null: of all workers.
inline EdgeClocks edge_clocks(const Plan& plan, const std::vector<Worker>* own) {
  std::vector<std::vector<std::uint32_t>> of(plan.workers());
  std::uint32_t clock = plan.workers();
  for (const Edge& edge : plan.network->edges) {
    of[edge.i].push_back(clock);
    of[edge.j].push_back(clock++);
  }
  EdgeClocks edges;
  for (const auto& clocks : of) edges.most = std::max(edges.most, clocks.size());
  const Worker places = own != nullptr ? static_cast<Worker>(own->size()) : plan.workers();
  for (Worker place = 0; place < places; ++place) {
    const auto& clocks = of[own != nullptr ? (*own)[place] : place];
    edges.clocks.insert(edges.clocks.end(), clocks.begin(), clocks.end());
    edges.first.push_back(edges.clocks.size());
  }
  return edges;
}

// Makes the kernel compress its messages, where the experiment says so.
template <class Scalar>
void compress(const Plan& plan, const MessageCodec<Scalar>& codec, const std::vector<Worker>* own,
              Kernel<Scalar>& kernel) {
  if (plan.keeps_copies())
    kernel.use(codec, edge_clocks(plan, own));
  else
    kernel.use(codec);
}

}  // namespace acidsim
