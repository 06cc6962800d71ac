// The codecs as kernels are given them in a run, with draws addressed by worker, time and number.
#pragma once

#include "sim/core/random.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {

class TestCodec final : public MessageCodec<double> {
 public:
  TestCodec(const std::string& name, const Values& values) {
    for (const CodecRow& row : all_codecs())
      if (row.name == name) codec_ = row.make(with_defaults(row.parameters, values));
  }
  void apply(Worker place, double time, int number, std::span<double> vector) const override {
    const Stream draws(3, Purpose::compression, place);
    const auto message = static_cast<std::uint64_t>(1e6 * time) + (static_cast<std::uint64_t>(number) << 40);
    codec_->apply(vector, [&](Index c) {
      return 1 - open_uniform(draws.bits(message + static_cast<std::uint64_t>(c)).first);
    });
  }
  const Codec& codec() const { return *codec_; }

 private:
  std::shared_ptr<const Codec> codec_;
};

inline Values coordinates(std::int64_t k) { return {{"k", k}}; }

}  // namespace acidsim
